// The views' changes of a batch: rows with weights in a flat buffer, which a consumer reads to its end.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>

#include "bench/baseline/text.h"

namespace sqlmill::bench::baseline {

struct ChangeHeader {
  int32_t view;    // by its place in the pipeline's file
  int32_t weight;  // +1 or -1
};

/// A text as the consumer gets it: its bytes when short, a digest of them when long.
struct TextField {
  uint64_t words[2];

  explicit TextField(const Text& text) {
    std::memcpy(words, &text, sizeof words);
    if (text.is_long()) [[unlikely]]
      words[0] = text.hash();
  }
};

/// The consumer is a checksum: it reads every word, so that no change can be left out, and costs next to
/// nothing.
class ChangeLog {
 public:
  ChangeLog() : words_(std::make_unique<uint64_t[]>(kWords)) {}

  /// Builds the change where the consumer reads it: a copy of what has just been written in pieces would
  /// stall.
  template <class Change, class... Fields>
  void append(Fields&&... fields) {
    static_assert(sizeof(Change) % sizeof(uint64_t) == 0 && std::is_trivially_destructible_v<Change>);
    if (used_ + sizeof(Change) / sizeof(uint64_t) > kWords) consume();
    new (words_.get() + used_) Change{std::forward<Fields>(fields)...};
    used_ += sizeof(Change) / sizeof(uint64_t);
    ++changes_;
  }

  void consume() {
    uint64_t sum = 0;
    for (size_t i = 0; i < used_; ++i) sum += words_[i] * (words_[i] >> 32 | 1);
    checksum_ += sum;
    used_ = 0;
  }

  uint64_t changes() const { return changes_; }
  uint64_t checksum() const { return checksum_; }

 private:
  static constexpr size_t kWords = 8192;
  std::unique_ptr<uint64_t[]> words_;
  size_t used_ = 0;
  uint64_t changes_ = 0;
  uint64_t checksum_ = 0;
};

}  // namespace sqlmill::bench::baseline
