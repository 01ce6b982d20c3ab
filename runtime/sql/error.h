// Failures of SQL evaluation, with the SQLSTATE that PostgreSQL gives them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace sqlmill::rt::sql {

enum class ErrorCode : uint8_t {
#define SQLMILL_ERROR_CODE(name, sqlstate) name,
#include "runtime/sql/error_codes.def"
#undef SQLMILL_ERROR_CODE
};

constexpr std::string_view sqlstate(ErrorCode code) {
  constexpr std::string_view kStates[] = {
#define SQLMILL_ERROR_CODE(name, sqlstate) sqlstate,
#include "runtime/sql/error_codes.def"
#undef SQLMILL_ERROR_CODE
  };
  return kStates[static_cast<size_t>(code)];
}

struct Error {
  ErrorCode code;
  std::string message;  // As PostgreSQL words it, without "ERROR:".
};

}  // namespace sqlmill::rt::sql
