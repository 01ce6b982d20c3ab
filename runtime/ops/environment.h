// What a kernel gets from its worker.
#pragma once

#include <cstdint>
#include <string_view>

#include "runtime/base/heap.h"
#include "runtime/delta/error_log.h"
#include "runtime/sql/context.h"
#include "runtime/state/pins.h"

namespace sqlmill::rt::ops {

struct Environment {
  sql::Context& context;
  delta::ErrorLog& errors;
  size_t worker;
  size_t workers;
  state::Pins& pins;

  /// At the end of an epoch: what a kernel has freed can be used again, unless readers still see it.
  void collect(base::Heap& heap) { pins.add_kept(heap.collect(pins.epoch(), pins.oldest())); }

  /// Moves the context's failure to the error log, under the name of what noticed it.
  [[gnu::cold, gnu::noinline]] void log_failure(std::string_view relation) {
    sql::Error error = context.take_error();
    errors.add({relation, {}, {}, {}, std::string(sql::sqlstate(error.code)), std::move(error.message), {}});
  }
  /// What cannot be computed: noted there, or forgotten. False.
  [[gnu::cold, gnu::noinline]] bool fails(std::string_view relation, bool logs) {
    if (logs) {
      log_failure(relation);
    } else {
      context.clear_error();
    }
    return false;
  }
};

/// A scan asks for the memory of the record that comes so many later: records are longer than what a
/// processor fetches ahead by itself.
inline constexpr uint32_t kReadAhead = 16;

/// Work done, for the run summary and for tests that nothing is recomputed.
struct Counters {
  uint64_t rows_in = 0;
  uint64_t touched = 0;
  uint64_t rows_out = 0;
};

}  // namespace sqlmill::rt::ops
