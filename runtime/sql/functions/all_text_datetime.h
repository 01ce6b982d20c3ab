// The functions on text, bytea, dates, times and JSON.
#pragma once

#include "runtime/sql/functions/age.h"
#include "runtime/sql/functions/bytes.h"
#include "runtime/sql/functions/date_bin.h"
#include "runtime/sql/functions/date_trunc.h"
#include "runtime/sql/functions/datetime_cast.h"
#include "runtime/sql/functions/datetime_operators.h"
#include "runtime/sql/functions/extract.h"
#include "runtime/sql/functions/jsonb_access.h"
#include "runtime/sql/functions/jsonb_cast.h"
#include "runtime/sql/functions/like.h"
#include "runtime/sql/functions/make_datetime.h"
#include "runtime/sql/functions/md5.h"
#include "runtime/sql/functions/text_build.h"
#include "runtime/sql/functions/text_case.h"
#include "runtime/sql/functions/text_parts.h"
#include "runtime/sql/functions/timezone.h"
