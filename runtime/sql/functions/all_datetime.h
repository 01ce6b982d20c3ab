// The functions on dates, times and intervals.
#pragma once

#include "runtime/sql/functions/age.h"
#include "runtime/sql/functions/date_bin.h"
#include "runtime/sql/functions/date_trunc.h"
#include "runtime/sql/functions/datetime_cast.h"
#include "runtime/sql/functions/datetime_operators.h"
#include "runtime/sql/functions/extract.h"
#include "runtime/sql/functions/make_datetime.h"
#include "runtime/sql/functions/overlaps.h"
#include "runtime/sql/functions/timezone.h"
#include "runtime/sql/functions/to_char_datetime.h"
#include "runtime/sql/functions/to_timestamp.h"
