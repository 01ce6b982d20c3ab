// Functions that are not immutable: the time, and chance. They are legal in queries and statements that run
// once; views refuse them. Local time is UTC.
#pragma once

#include "runtime/sql/context.h"
#include "runtime/sql/type.h"

namespace sqlmill::rt::sql {

/// The time at which the context's statement began.
Timestamptz now(Context& context);
Date current_date(Context& context);
Timestamp localtimestamp(Context& context);
Time localtime(Context& context);
Timestamptz clock_timestamp();

double random();
Uuid gen_random_uuid();

}  // namespace sqlmill::rt::sql
