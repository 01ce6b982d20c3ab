// What could not be processed: records that do not decode, expressions that fail on a row. One log a worker,
// collected by the engine into the relation sqlmill_errors.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/sql/error.h"

namespace sqlmill::rt::delta {

struct ErrorRecord {
  std::string_view
      relation;  // Where it was noticed: an input, a view or a sink. Lives as long as the pipeline.
  std::string_view source;  // The input that the record came from; empty when not known.
  std::optional<int32_t> partition;
  std::optional<int64_t> offset;
  std::string sqlstate;
  std::string reason;
  std::optional<std::string> raw;  // The record's bytes.
};

class ErrorLog {
 public:
  void add(ErrorRecord record) {
    ++count_;
    if (records_.size() < kMaxPending) records_.push_back(std::move(record));
  }
  /// What was added since the last call, at most kMaxPending; count() counts all.
  std::vector<ErrorRecord> take() { return std::exchange(records_, {}); }
  uint64_t count() const { return count_; }

 private:
  static constexpr size_t kMaxPending = 10'000;
  std::vector<ErrorRecord> records_;
  uint64_t count_ = 0;
};

}  // namespace sqlmill::rt::delta
