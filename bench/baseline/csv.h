// Views as CSV, for comparison with others'.
#pragma once

#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include "bench/baseline/text.h"

namespace sqlmill::bench::baseline {

/// A field quoted as PostgreSQL's COPY does: NULL is empty, the empty text is "".
std::string csv(std::string_view text);
std::string csv(const Text& text);

/// `name`, a header, the rows sorted bytewise, and an empty line.
void print_view(std::FILE* out, const char* name, const char* header, std::vector<std::string>& rows);

/// `value` / 10^scale with all its decimals.
std::string format_decimal(__int128 value, int scale);

}  // namespace sqlmill::bench::baseline
