// Every scalar function: what the registry and generated code see.
#pragma once

#include "runtime/sql/functions/all_array.h"
#include "runtime/sql/functions/all_datetime.h"
#include "runtime/sql/functions/all_json.h"
#include "runtime/sql/functions/all_math.h"
#include "runtime/sql/functions/all_text.h"
#include "runtime/sql/functions/arithmetic.h"
#include "runtime/sql/functions/cast_numeric.h"
#include "runtime/sql/functions/clock.h"
#include "runtime/sql/functions/comparison.h"
#include "runtime/sql/functions/modifier.h"
#include "runtime/sql/functions/uuid_cast.h"
