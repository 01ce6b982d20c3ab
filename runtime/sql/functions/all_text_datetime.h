// The functions on text, dates, times and JSON.
#pragma once

#include "runtime/sql/functions/date_trunc.h"
#include "runtime/sql/functions/datetime_cast.h"
#include "runtime/sql/functions/datetime_operators.h"
#include "runtime/sql/functions/extract.h"
#include "runtime/sql/functions/like.h"
#include "runtime/sql/functions/text_case.h"
#include "runtime/sql/functions/timezone.h"
