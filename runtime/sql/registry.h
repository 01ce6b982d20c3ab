// The lists behind functions() and casts(), a translation unit for each family because their wrappers take
// long to compile.
#pragma once

#include <vector>

#include "runtime/sql/function.h"

namespace sqlmill::rt::sql {

void add_operators(std::vector<Function>& functions);
void add_math(std::vector<Function>& functions);
void add_text(std::vector<Function>& functions);
void add_datetime(std::vector<Function>& functions);
void add_json(std::vector<Function>& functions);
void add_arrays(std::vector<Function>& functions);
void add_clock(std::vector<Function>& functions);

}  // namespace sqlmill::rt::sql
