// The views as CSV, for comparison with others'.
#pragma once

#include <cstdio>

#include "bench/baseline/session_sizes/views.h"

namespace sqlmill::bench::baseline::session_sizes {

/// The three views in the order of the pipeline's file.
void print_views(Views& views, std::FILE* out);

}  // namespace sqlmill::bench::baseline::session_sizes
