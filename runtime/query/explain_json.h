// EXPLAIN (FORMAT JSON): the lines of the text format as PostgreSQL nests a plan.
#pragma once

#include <string>
#include <vector>

namespace sqlmill::rt::query {

/// `[{"Plan": {"Node Type": …, "Plans": [ … ]}, "Execution Time": … }]`. Lines are indented by two spaces a
/// level; those at the margin behind the first say something of the whole: `Memory: 12 KiB at most`.
std::string explain_json(const std::vector<std::string>& lines);

}  // namespace sqlmill::rt::query
