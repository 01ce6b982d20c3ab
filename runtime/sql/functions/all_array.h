// The functions on arrays.
#pragma once

#include "runtime/sql/functions/array_access.h"
#include "runtime/sql/functions/array_any.h"
#include "runtime/sql/functions/array_build.h"
#include "runtime/sql/functions/array_cast.h"
