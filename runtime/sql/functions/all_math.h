// The mathematical functions.
#pragma once

#include "runtime/sql/functions/abs.h"
#include "runtime/sql/functions/bits.h"
#include "runtime/sql/functions/ceil.h"
#include "runtime/sql/functions/div.h"
#include "runtime/sql/functions/floor.h"
#include "runtime/sql/functions/gcd.h"
#include "runtime/sql/functions/logarithm.h"
#include "runtime/sql/functions/power.h"
#include "runtime/sql/functions/round.h"
#include "runtime/sql/functions/scale.h"
#include "runtime/sql/functions/sign.h"
#include "runtime/sql/functions/sqrt.h"
#include "runtime/sql/functions/trigonometry.h"
#include "runtime/sql/functions/trunc.h"
