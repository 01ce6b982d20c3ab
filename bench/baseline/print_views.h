// The views as CSV, for comparison with others'.
#pragma once

#include <cstdio>

#include "bench/baseline/views.h"

namespace sqlmill::bench::baseline {

/// The four views in the order of their names in the pipeline's file: `-- name`, a header, the rows sorted
/// bytewise. Fields are quoted as PostgreSQL's COPY does: NULL is empty, the empty text is "".
void print_views(const Views& views, std::FILE* out);

}  // namespace sqlmill::bench::baseline
