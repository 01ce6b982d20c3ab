#include "runtime/query/execution.h"

#include <fmt/format.h>

#include <algorithm>

namespace sqlmill::rt::query {

void Execution::check() {
  if (limits_.stop.stop_requested()) {
    throw QueryError(ErrorCode::kQueryCanceled, "canceling statement due to user request");
  }
  if (limits_.deadline != std::chrono::steady_clock::time_point::max() &&
      std::chrono::steady_clock::now() >= limits_.deadline) {
    throw QueryError(ErrorCode::kQueryCanceled, "canceling statement due to statement timeout");
  }
}

void Execution::charge(size_t bytes) {
  if (used_bytes_ + bytes > limits_.memory_bytes) {
    throw QueryError(ErrorCode::kOutOfMemory, fmt::format("the query needs more than its {} MiB of memory",
                                                          limits_.memory_bytes >> 20));
  }
  used_bytes_ += bytes;
  peak_bytes_ = std::max(peak_bytes_, used_bytes_);
}

void Evaluation::raise() {
  const sql::Error error = context_.take_error();
  throw QueryError(error.code, error.message);
}

}  // namespace sqlmill::rt::query
