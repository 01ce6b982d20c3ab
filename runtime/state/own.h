// Moving values into state and out of it: a value in state owns its out-of-line bytes, which live in the heap
// of its table.
#pragma once

#include <type_traits>

#include "runtime/base/heap.h"
#include "runtime/base/prefetch.h"
#include "runtime/sql/values.h"

namespace sqlmill::rt::state {

using base::Heap;

template <class T>
T own(Heap&, const T& value) {
  static_assert(!std::is_pointer_v<T>, "what it points to would not be owned");
  return value;
}
inline sql::Text own(Heap& heap, const sql::Text& value) {
  if (value.is_inline()) return value;
  char* bytes = heap.allocate(value.size());
  std::memcpy(bytes, value.data(), value.size());
  return sql::Text(std::string_view(bytes, value.size()));
}
inline sql::Bytea own(Heap& heap, const sql::Bytea& value) {
  return {own(heap, value.bytes)};
}
inline sql::Jsonb own(Heap& heap, const sql::Jsonb& value) {
  return {own(heap, value.text)};
}
inline sql::Array own(Heap& heap, const sql::Array& value) {
  return {own(heap, value.bytes)};
}
inline sql::Numeric own(Heap& heap, const sql::Numeric& value) {
  if (value.kind() != sql::Numeric::Kind::kBig) return value;
  const std::string_view magnitude = value.big_magnitude();
  char* bytes = heap.allocate(magnitude.size());
  std::memcpy(bytes, magnitude.data(), magnitude.size());
  return sql::Numeric::big(value.big_is_negative(), {bytes, magnitude.size()}, value.scale());
}
template <class T>
sql::Nullable<T> own(Heap& heap, const sql::Nullable<T>& value) {
  return value.has_value() ? sql::Nullable<T>(own(heap, value.value())) : value;
}

/// Gives the bytes of an owned value back.
template <class T>
void release(Heap&, const T&) {}
inline void release(Heap& heap, const sql::Text& value) {
  if (!value.is_inline()) heap.free(value.data(), value.size());
}
inline void release(Heap& heap, const sql::Bytea& value) {
  release(heap, value.bytes);
}
inline void release(Heap& heap, const sql::Jsonb& value) {
  release(heap, value.text);
}
inline void release(Heap& heap, const sql::Array& value) {
  release(heap, value.bytes);
}
inline void release(Heap& heap, const sql::Numeric& value) {
  if (value.kind() == sql::Numeric::Kind::kBig)
    heap.free(value.big_magnitude().data(), value.big_magnitude().size());
}
template <class T>
void release(Heap& heap, const sql::Nullable<T>& value) {
  if (value.has_value()) release(heap, value.value());
}

/// Fetches the out-of-line bytes of a value that is about to be compared.
template <class T>
void prefetch(const T&) {}
inline void prefetch(const sql::Text& value) {
  if (!value.is_inline()) base::prefetch(value.data());
}
inline void prefetch(const sql::Nullable<sql::Text>& value) {
  if (value.has_value()) prefetch(value.value());
}

}  // namespace sqlmill::rt::state
