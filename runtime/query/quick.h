// Which plans are over in microseconds, whatever the values: those a thread may run that others wait for.
#pragma once

#include "runtime/query/builder.h"

namespace sqlmill::rt::query {

/// At most one row that a key finds, or constants, and nothing computed but by numbers, times and booleans.
bool is_quick(const plan::NodeRef& plan, const Relations& relations);

}  // namespace sqlmill::rt::query
