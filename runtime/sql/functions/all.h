// Every scalar function: what the registry and generated code see.
#pragma once

#include "runtime/sql/functions/all_math.h"
#include "runtime/sql/functions/all_text_datetime.h"
#include "runtime/sql/functions/arithmetic.h"
#include "runtime/sql/functions/cast_numeric.h"
#include "runtime/sql/functions/comparison.h"
#include "runtime/sql/functions/modifier.h"
