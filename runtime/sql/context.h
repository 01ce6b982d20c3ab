// What a scalar function may need besides its arguments: memory for results that do not fit into the value,
// and a place to report failure. A function that takes an Arena& allocates and cannot fail; one that takes a
// Context& may fail. After fail() the function returns any value; the caller looks at failed() once per row.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "runtime/base/arena.h"
#include "runtime/sql/error.h"
#include "runtime/sql/fixed_timestamps.h"

namespace sqlmill::rt::sql {

using base::Arena;

class CompiledPatterns;

/// Microseconds since 2000-01-01 00:00:00 UTC by the system's clock.
int64_t current_micros();

class Context {
 public:
  explicit Context(Arena& arena) : arena_(&arena) {}

  /// Memory until the end of the epoch.
  Arena& arena() { return *arena_; }
  FixedTimestamps& fixed_timestamps() { return fixed_timestamps_; }
  /// Regular expressions and formats that were read before: compiled_patterns.h.
  CompiledPatterns& compiled_patterns();

  /// What now() gives; in microseconds since 2000-01-01 UTC. Who runs a statement says when it began;
  /// otherwise that is when it is asked for the first time.
  void begin_statement(int64_t micros) { statement_micros_ = micros; }
  int64_t statement_micros() {
    if (!statement_micros_) statement_micros_ = current_micros();
    return *statement_micros_;
  }

  /// Records the first failure of a row; later ones are consequences and are ignored.
  [[gnu::cold, gnu::noinline]] void fail(ErrorCode code, std::string_view message) {
    if (!error_) error_ = Error{code, std::string(message)};
  }
  bool failed() const { return error_.has_value(); }
  const Error& error() const { return *error_; }
  /// Takes the failure, so that the next row starts clean.
  Error take_error() {
    Error taken = std::move(*error_);
    error_.reset();
    return taken;
  }
  void clear_error() { error_.reset(); }

 private:
  Arena* arena_;
  FixedTimestamps fixed_timestamps_;
  std::shared_ptr<CompiledPatterns> compiled_patterns_;
  std::optional<int64_t> statement_micros_;
  std::optional<Error> error_;
};

}  // namespace sqlmill::rt::sql
