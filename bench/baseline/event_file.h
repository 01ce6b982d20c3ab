// The bytes of an NDJSON file in memory, with padding behind them that vector loads may read.
#pragma once

#include <cstddef>

#include "bench/baseline/memory.h"

namespace sqlmill::bench::baseline {

class EventFile {
 public:
  /// Behind the last byte are zeros: enough for simdjson and for the scanner.
  static constexpr size_t kPadding = 256;

  /// Ends the program with a message when the file cannot be read.
  explicit EventFile(const char* path);

  const char* begin() const { return mapping_.data(); }
  const char* end() const { return mapping_.data() + size_; }
  size_t size() const { return size_; }

 private:
  Mapping mapping_;
  size_t size_ = 0;
};

}  // namespace sqlmill::bench::baseline
