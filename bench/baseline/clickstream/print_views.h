// The views as CSV, for comparison with others'.
#pragma once

#include <cstdio>

#include "bench/baseline/clickstream/views.h"

namespace sqlmill::bench::baseline::clickstream {

/// The four views in the order of the pipeline's file.
void print_views(const Views& views, std::FILE* out);

}  // namespace sqlmill::bench::baseline::clickstream
