// Rows on their way between operators. Texts are borrowed until the end of the epoch.
#pragma once

#include <cstdint>
#include <vector>

namespace sqlmill::rt::delta {

/// Whether a stream ever takes rows back; then the weight of each row is part of its batch, otherwise it is 1
/// at compile time.
template <class Row, bool kAppendOnly>
class Batch {
 public:
  static constexpr bool kOnlyInserts = kAppendOnly;

  void add(const Row& row, int64_t weight = 1) {
    rows_.push_back(row);
    if constexpr (!kAppendOnly) weights_.push_back(weight);
  }
  size_t size() const { return rows_.size(); }
  bool empty() const { return rows_.empty(); }
  const Row& row(size_t i) const { return rows_[i]; }
  int64_t weight(size_t i) const {
    if constexpr (kAppendOnly) {
      return 1;
    } else {
      return weights_[i];
    }
  }
  void clear() {
    rows_.clear();
    weights_.clear();
  }
  /// A row to be filled in place; drop_last() takes it back.
  Row& add_empty() { return rows_.emplace_back(); }
  void drop_last() { rows_.pop_back(); }

 private:
  std::vector<Row> rows_;
  std::vector<int64_t> weights_;  // Unused when append-only.
};

}  // namespace sqlmill::rt::delta
