// What ends the compiler when its parts disagree about what a plan may hold.
#pragma once

#include <string_view>

namespace sqlmill::plan {

/// For the way of a view, where it meets what the binder only makes for ad hoc queries. Ends the process.
[[noreturn]] void abort_not_in_views(std::string_view what);

}  // namespace sqlmill::plan
