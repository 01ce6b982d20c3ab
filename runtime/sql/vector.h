// Columns of values for execution over many rows at a time: what ad hoc queries work on. A Vector has up to
// kVectorRows values of one type in the C++ type of that SQL type, and a NULL flag each; a Chunk is the
// columns of the same rows. Out-of-line bytes are borrowed, as everywhere.
//
// Invariant: where nulls()[i] is set, values<T>()[i] is any value that may be copied, but not looked at.
#pragma once

#include <array>
#include <memory>
#include <new>
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
  explicit Vector(TypeId type)
      : type_(type), memory_(std::make_shared_for_overwrite<Memory[]>(lines(value_size(type)))) {
    values_ = memory_[0].bytes;
    nulls_ = values_ + kVectorRows * value_size(type);
  }

  TypeId type() const { return type_; }
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
  struct alignas(64) Memory {
    std::byte bytes[64];
  };
  static size_t lines(size_t value_bytes) { return (kVectorRows * (value_bytes + 1) + 63) / 64; }

  TypeId type_ = TypeId::kUnknown;
  std::shared_ptr<Memory[]> memory_;
  std::byte* values_ = nullptr;
  std::byte* nulls_ = nullptr;
};

struct Chunk {
  uint32_t rows = 0;  // At most kVectorRows.
  std::vector<Vector> columns;
};

}  // namespace sqlmill::rt::sql
