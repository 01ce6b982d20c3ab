// has_table_privilege() and its kin: every role may read, and write if it is not read-only.
#pragma once

#include <vector>

#include "runtime/sql/function.h"

namespace sqlmill::rt::query {

void add_privileges(std::vector<sql::Function>& functions);

}  // namespace sqlmill::rt::query
