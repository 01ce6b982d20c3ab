// Weighted rows that own their bytes, consolidated as they come: the same row added twice is one change with
// the sum of the weights, and a row whose weights cancel is gone.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "runtime/base/arena.h"
#include "runtime/sql/datum.h"

namespace sqlmill::rt::engine {

struct OrderKey;

struct Change {
  int64_t weight;
  std::span<const sql::Datum> row;
};

class Changes {
 public:
  explicit Changes(size_t columns) : columns_(columns) {}

  void add(int64_t weight, std::span<const sql::Datum> row);
  /// Adds all of `other`, which stays as it is.
  void add(const Changes& other);
  void clear();

  /// By `order`, then by all columns ascending with NULLs last, then (rows that SQL calls equal) by encoding:
  /// the same rows are in the same order whatever order they came in. Drops what has cancelled. Call it once,
  /// after the last add().
  void sort(std::span<const OrderKey> order);

  /// After sort(): the changes, each with a weight that is not zero.
  size_t size() const { return sorted_.size(); }
  bool empty() const { return sorted_.empty(); }
  Change operator[](size_t i) const { return at(sorted_[i]); }
  size_t columns() const { return columns_; }

 private:
  struct Entry {
    int64_t weight;
    std::string_view encoding;
  };
  Change at(uint32_t entry) const {
    return {entries_[entry].weight, {cells_.data() + entry * columns_, columns_}};
  }

  size_t columns_;
  base::Arena arena_;  // Encodings, and what cells borrow.
  std::vector<Entry> entries_;
  std::vector<sql::Datum> cells_;
  std::unordered_map<std::string_view, uint32_t> entry_of_;
  std::vector<uint32_t> sorted_;
  std::string scratch_;
};

}  // namespace sqlmill::rt::engine
