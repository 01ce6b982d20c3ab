// Arrays: reading, building, text form. An Array's bytes are
//
//   element type · dimensions and flags · for each dimension its size (4 bytes) and, if one of them is not 1,
//   the lower bounds (4 bytes each) · if an element is NULL, a bit for each element (1: NULL) · the elements
//
// Elements stand one after the other in row order: of a fixed size as in memory, others behind a table of
// where each ends (4 bytes each). NULLs are zeros, or empty. An empty array has no dimensions and two bytes.
//
// Invariant: equal bytes exactly if the arrays print the same and have the same element type. Nothing in here
// depends on the address of the bytes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/sql/datum.h"

namespace sqlmill::rt::sql {

inline constexpr int kMaxDimensions = 6;
inline constexpr int64_t kMaxArrayElements = 134'217'727;

struct Dimension {
  int32_t size = 0;
  int32_t lower = 1;
  int32_t upper() const { return lower + size - 1; }
  friend bool operator==(const Dimension&, const Dimension&) = default;
};

/// Looks into an array, which must stay where it is: a short one has its bytes inside. Elements borrow from
/// it, but short ones are copies.
class ArrayReader {
 public:
  explicit ArrayReader(const Array& array);
  explicit ArrayReader(Array&&) = delete;

  TypeId element_type() const { return element_; }
  /// 0 of an empty array.
  int dimensions() const { return dimensions_; }
  /// Of all dimensions together.
  int32_t size() const { return size_; }
  bool has_nulls() const { return nulls_ != nullptr; }
  Dimension dimension(int i) const;
  std::vector<Dimension> all_dimensions() const;

  /// In row order, from 0.
  bool is_null(int32_t i) const { return nulls_ != nullptr && (nulls_[i / 8] >> (i % 8) & 1) != 0; }
  Datum at(int32_t i) const;

 private:
  TypeId element_;
  int dimensions_;
  int32_t size_ = 0;
  const char* sizes_;
  const char* lowers_ = nullptr;
  const uint8_t* nulls_ = nullptr;
  const char* values_ = nullptr;
};

/// Puts an array together, element by element.
class ArrayBuilder {
 public:
  explicit ArrayBuilder(TypeId element) : element_(element) {}

  /// NULL, or of the element type; its bytes are copied.
  void add(const Datum& value);
  int32_t size() const { return static_cast<int32_t>(count_); }
  /// One dimension from 1 on, or none if there are no elements. Fails if it is too long.
  Array finish(Context& context);
  /// `dimensions` must have as many places as elements were added.
  Array finish(Context& context, const std::vector<Dimension>& dimensions);

 private:
  TypeId element_;
  int64_t count_ = 0;
  std::vector<bool> nulls_;
  std::vector<uint32_t> ends_;  // Only of elements without a fixed size.
  std::string values_;
  bool has_nulls_ = false;
};

/// Bytes of an element, 0 if they differ.
size_t fixed_element_size(TypeId element);

/// `{1,2,NULL}`, `[0:1]={a,b}`, `{{1,2},{3,4}}`.
Array array_from_text(Context& context, TypeId element, std::string_view text);
void append_text(const Array& value, std::string& out);

}  // namespace sqlmill::rt::sql
