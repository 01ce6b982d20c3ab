// Rows that an operator keeps: for a hash table, for sorting, for a window. A row is a header of the owner's,
// the values at fixed places, and a NULL flag each; out-of-line bytes are copied.
#pragma once

#include <vector>

#include "runtime/query/values.h"

namespace sqlmill::rt::query {

class RowLayout {
 public:
  RowLayout(uint32_t header_bytes, std::vector<TypeId> types);

  uint32_t row_bytes() const { return row_bytes_; }
  size_t columns() const { return types_.size(); }
  TypeId type(size_t column) const { return types_[column]; }
  char* value(char* row, size_t column) const { return row + offsets_[column]; }
  const char* value(const char* row, size_t column) const { return row + offsets_[column]; }
  bool is_null(const char* row, size_t column) const { return row[nulls_ + column] != 0; }
  void set_null(char* row, size_t column, bool is_null) const {
    row[nulls_ + column] = static_cast<char>(is_null);
  }
  Datum datum(const char* row, size_t column) const;

  /// Writes values `selected[i]` (null: i) of a vector into `rows[i]`; bytes that do not fit inline are
  /// copied into `arena`.
  void write(size_t column, const Vector& values, const uint32_t* selected, uint32_t count, char* const* rows,
             Arena& arena) const;
  void read(size_t column, const char* const* rows, uint32_t count, Vector& values) const;
  /// As GROUP BY has it: two NULLs are the same.
  bool same(size_t column, const char* row, const Vector& values, uint32_t at) const;
  /// Copies the out-of-line bytes of a row into `arena`.
  void keep(char* row, Arena& arena) const;
  /// Of values that are equal and print differently (1.0 and 1.00) a row keeps the least, so that it does not
  /// matter which came first.
  void keep_least(size_t column, char* row, const Vector& values, uint32_t at, Arena& arena) const;
  bool has_equal_forms() const { return has_equal_forms_; }
  /// In the order of ORDER BY ascending, NULLs last.
  int compare(size_t column, const char* a, const char* b) const;
  bool same(size_t column, const char* a, const char* b) const;

 private:
  std::vector<TypeId> types_;
  std::vector<const ValueType*> value_types_;
  std::vector<uint32_t> offsets_;
  uint32_t nulls_;
  uint32_t row_bytes_;
  bool has_equal_forms_ = false;
};

/// Rows of one layout, numbered as they come. Their addresses are stable.
class Rows {
 public:
  Rows(RowLayout layout, Execution& execution) : layout_(std::move(layout)), charge_(execution) {}

  const RowLayout& layout() const { return layout_; }
  uint32_t size() const { return size_; }
  char* operator[](uint32_t number) {
    return blocks_[number / kBlockRows] + number % kBlockRows * layout_.row_bytes();
  }
  const char* operator[](uint32_t number) const {
    return blocks_[number / kBlockRows] + number % kBlockRows * layout_.row_bytes();
  }
  Arena& arena() { return arena_; }

  /// A new row with zeros, no value is NULL.
  char* add();
  /// A copy of a row of the same layout, out-of-line bytes too.
  char* add_copy(const char* row);
  /// Appends rows of vectors, a column each. `selected` as in RowLayout::write; returns the number of the
  /// first.
  uint32_t append(std::span<const Vector* const> columns, const uint32_t* selected, uint32_t count);
  /// Brings the charge up to date; the caller decides how often.
  void account() { charge_.set(arena_.capacity_bytes()); }
  void clear();

 private:
  static constexpr uint32_t kBlockRows = 1024;

  RowLayout layout_;
  Charge charge_;
  Arena arena_{32 * 1024};
  std::vector<char*> blocks_;
  uint32_t size_ = 0;
  std::vector<char*> targets_;
};

/// All columns of a chunk.
std::vector<const Vector*> columns_of(const Chunk& chunk);

}  // namespace sqlmill::rt::query
