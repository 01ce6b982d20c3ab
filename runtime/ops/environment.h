// What a kernel gets from its worker.
#pragma once

#include <string_view>

#include "runtime/delta/error_log.h"
#include "runtime/sql/context.h"

namespace sqlmill::rt::ops {

struct Environment {
  sql::Context& context;
  delta::ErrorLog& errors;
  size_t worker;
  size_t workers;

  /// Moves the context's failure to the error log, under the name of what noticed it.
  [[gnu::cold, gnu::noinline]] void log_failure(std::string_view relation) {
    sql::Error error = context.take_error();
    errors.add({relation, {}, {}, {}, std::string(sql::sqlstate(error.code)), std::move(error.message), {}});
  }
};

/// Work done, for the run summary and for tests that nothing is recomputed.
struct Counters {
  uint64_t rows_in = 0;
  uint64_t touched = 0;
  uint64_t rows_out = 0;
};

}  // namespace sqlmill::rt::ops
