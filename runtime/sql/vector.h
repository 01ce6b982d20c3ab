// Columns of values for execution over many rows at a time: what ad hoc queries work on. A Vector has up to
// kVectorRows values of one type in the C++ type of that SQL type, and a NULL flag each; a Chunk is the
// columns of the same rows. Out-of-line bytes are borrowed, as everywhere.
//
// Invariant: where nulls()[i] is set, values<T>()[i] is any value that may be copied, but not looked at.
#pragma once

#include <array>
#include <memory>
#include <type_traits>
#include <vector>

#include "runtime/sql/datum.h"

namespace sqlmill::rt::sql {

inline constexpr uint32_t kVectorRows = 1024;

/// Bytes of one value in a vector.
size_t value_size(TypeId type);

/// Copies share the values: what is shared must not be written.
class Vector {
 public:
  Vector() = default;
  /// With room for so many rows.
  explicit Vector(TypeId type, uint32_t rows = kVectorRows);

  TypeId type() const { return type_; }
  /// Gets room for `rows` rows, if it has less; then its values are new ones.
  void make_room(uint32_t rows) {
    if (room_ < rows) *this = Vector(type_, rows <= kFewRows ? kFewRows : kVectorRows);
  }
  template <class T>
  T* values() {
    static_assert(std::is_trivially_copyable_v<T>);
    return reinterpret_cast<T*>(values_);
  }
  template <class T>
  const T* values() const {
    return reinterpret_cast<const T*>(values_);
  }
  /// A byte a row: 1 is NULL.
  uint8_t* nulls() { return reinterpret_cast<uint8_t*>(nulls_); }
  const uint8_t* nulls() const { return reinterpret_cast<const uint8_t*>(nulls_); }

  /// T is the value type or its Nullable.
  template <class T>
  void set(uint32_t row, const T& value) {
    if constexpr (kIsNullable<T>) {
      nulls()[row] = !value.has_value();
      if (value.has_value())
        values<ValueOf<T>>()[row] = value.value();
      else
        values<ValueOf<T>>()[row] = ValueOf<T>();
    } else {
      nulls()[row] = 0;
      values<T>()[row] = value;
    }
  }
  /// T is the value type, where the value is known not to be NULL, or its Nullable.
  template <class T>
  T get(uint32_t row) const {
    if constexpr (kIsNullable<T>) {
      return nulls()[row] ? T() : T(values<ValueOf<T>>()[row]);
    } else {
      return values<T>()[row];
    }
  }
  void set_null(uint32_t row);
  void set_datum(uint32_t row, const Datum& value);
  Datum datum(uint32_t row) const;

 private:
  /// A look-up has one row: what that takes comes from malloc's small pieces, which are cheap.
  static constexpr uint32_t kFewRows = 4;

  TypeId type_ = TypeId::kUnknown;
  uint32_t room_ = 0;
  std::shared_ptr<std::byte[]> memory_;
  std::byte* values_ = nullptr;
  std::byte* nulls_ = nullptr;
};

struct Chunk {
  uint32_t rows = 0;  // At most kVectorRows, and not more than the vectors have room for.
  std::vector<Vector> columns;
};

}  // namespace sqlmill::rt::sql
