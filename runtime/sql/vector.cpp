#include "runtime/sql/vector.h"

namespace sqlmill::rt::sql {

size_t value_size(TypeId type) {
  if (type == TypeId::kUnknown) return sizeof(Text);
  return visit_type(type, [](auto tag) { return sizeof(typename decltype(tag)::type); });
}

Vector::Vector(TypeId type, uint32_t rows) : type_(type), room_(rows) {
  if (rows == 0) return;
  // Cache lines of its own where it is long.
  const size_t alignment = rows <= kFewRows ? 16 : 64;
  const size_t bytes = rows * (value_size(type) + 1);
  memory_ = std::make_shared_for_overwrite<std::byte[]>(bytes + alignment - 1);
  values_ = memory_.get() + (-reinterpret_cast<uintptr_t>(memory_.get()) & (alignment - 1));
  nulls_ = values_ + rows * value_size(type);
}

void Vector::set_null(uint32_t row) {
  nulls()[row] = 1;
  const size_t size = value_size(type_);
  std::memset(values_ + row * size, 0, size);
}

void Vector::set_datum(uint32_t row, const Datum& value) {
  if (value.is_null()) {
    set_null(row);
    return;
  }
  visit_type(type_, [&](auto tag) { set(row, value.as<typename decltype(tag)::type>()); });
}

Datum Vector::datum(uint32_t row) const {
  if (nulls()[row]) return Datum::null(type_);
  return visit_type(type_, [&](auto tag) { return Datum(values<typename decltype(tag)::type>()[row]); });
}

}  // namespace sqlmill::rt::sql
