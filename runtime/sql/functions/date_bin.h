// date_bin(stride, x, origin): the beginning of the bin of length `stride`, counted from `origin`, that x is
// in.
#pragma once

#include "runtime/sql/datetime.h"

namespace sqlmill::rt::sql {

Timestamp date_bin_timestamp(Context& context, Interval stride, Timestamp value, Timestamp origin);
Timestamptz date_bin_timestamptz(Context& context, Interval stride, Timestamptz value, Timestamptz origin);

}  // namespace sqlmill::rt::sql
