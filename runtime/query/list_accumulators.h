// Aggregates that put all values of a group together, in the order in which they come: string_agg, array_agg,
// jsonb_agg, jsonb_object_agg. For ad hoc queries: a view would have to keep all values, and make the list
// anew with each change.
//
// They see NULLs: `add(Heap&, const Nullable<T>&…)`, of any type `add(Heap&, const Datum&…)`.
#pragma once

#include <algorithm>
#include <cstring>

#include "runtime/base/heap.h"
#include "runtime/sql/datum.h"

namespace sqlmill::rt::query {

using sql::TypeId;

/// Bytes that grow at their end. What lies in the heap goes with the heap.
class GrowingBytes {
 public:
  void append(base::Heap& heap, std::string_view bytes) {
    if (size_ + bytes.size() > capacity_) grow(heap, size_ + bytes.size());
    if (!bytes.empty()) std::memcpy(data_ + size_, bytes.data(), bytes.size());
    size_ += bytes.size();
  }
  size_t size() const { return size_; }
  std::string_view view() const { return {data_, size_}; }

 private:
  void grow(base::Heap& heap, size_t wanted) {
    const size_t capacity = std::max({wanted, capacity_ * 2, size_t{64}});
    char* data = heap.allocate(capacity);
    if (size_ > 0) std::memcpy(data, data_, size_);
    if (data_) heap.free(data_, capacity_);
    data_ = data;
    capacity_ = capacity;
  }

  char* data_ = nullptr;
  size_t size_ = 0;
  size_t capacity_ = 0;
};

inline bool fits_one_value(sql::Context& context, size_t bytes) {
  if (bytes <= sql::Text::kMaxBytes) return true;
  context.fail(sql::ErrorCode::kProgramLimitExceeded, "the result of the aggregate is longer than 1 GB");
  return false;
}

/// The separator before the first value is not written; NULL is none.
template <class T>
class StringAgg {
 public:
  void add(base::Heap& heap, const sql::Nullable<T>& value, const sql::Nullable<T>& separator) {
    if (!value.has_value()) return;
    if (any_ && separator.has_value()) append(heap, separator.value());
    any_ = true;
    append(heap, value.value());
  }
  sql::Nullable<T> value(sql::Context& context) const {
    if (!any_ || !fits_one_value(context, bytes_.size())) return {};
    return T{sql::Text(bytes_.view())};
  }

 private:
  void append(base::Heap& heap, const sql::Text& text) { bytes_.append(heap, text.view()); }
  void append(base::Heap& heap, const sql::Bytea& bytea) { append(heap, bytea.bytes); }

  GrowingBytes bytes_;
  bool any_ = false;
};

/// Values of any type, with their bytes.
class KeptValues {
 public:
  void add(base::Heap& heap, const sql::Datum& value);
  size_t size() const { return bytes_.size() / sizeof(sql::Datum); }
  sql::Datum at(size_t i) const {
    sql::Datum value;
    std::memcpy(&value, bytes_.view().data() + i * sizeof value, sizeof value);
    return value;
  }

 private:
  static_assert(std::is_trivially_copyable_v<sql::Datum>);
  GrowingBytes bytes_;
};

/// Of arrays an array with one dimension more.
class ArrayAgg {
 public:
  void add(base::Heap& heap, const sql::Datum& value) { values_.add(heap, value); }
  sql::Nullable<sql::Array> value(sql::Context& context) const;

 private:
  KeptValues values_;
};

class JsonbAgg {
 public:
  void add(base::Heap& heap, const sql::Datum& value) { values_.add(heap, value); }
  sql::Nullable<sql::Jsonb> value(sql::Context& context) const;

 private:
  KeptValues values_;
};

/// Of equal keys the last one stays.
class JsonbObjectAgg {
 public:
  void add(base::Heap& heap, const sql::Datum& key, const sql::Datum& value) {
    keys_.add(heap, key);
    values_.add(heap, value);
  }
  sql::Nullable<sql::Jsonb> value(sql::Context& context) const;

 private:
  KeptValues keys_;
  KeptValues values_;
};

}  // namespace sqlmill::rt::query
