// The schema of system relations that are read by a call in FROM: no name that anybody can write.
#pragma once

#include <string_view>

namespace sqlmill::catalog {

inline constexpr std::string_view kFunctionSchema = "pg_catalog()";

}  // namespace sqlmill::catalog
