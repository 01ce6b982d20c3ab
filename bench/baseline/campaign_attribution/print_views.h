// The views as CSV, for comparison with others'.
#pragma once

#include <cstdio>

#include "bench/baseline/campaign_attribution/views.h"

namespace sqlmill::bench::baseline::campaign_attribution {

/// The three views in the order of the pipeline's file.
void print_views(const Views& views, std::FILE* out);

}  // namespace sqlmill::bench::baseline::campaign_attribution
