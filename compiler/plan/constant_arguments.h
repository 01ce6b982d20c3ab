// Functions that can fail, but not for the constants that they are called with: split_part(url, '/', 2),
// url LIKE '%utm_source=%', n / 100, EXTRACT(HOUR FROM t).
#pragma once

#include <vector>

#include "compiler/plan/expr.h"

namespace sqlmill::plan {

/// Whether the constants among `arguments` rule out that `function` fails, whatever the others are.
bool never_fails(const sql::Function& function, const std::vector<ExprRef>& arguments);

}  // namespace sqlmill::plan
