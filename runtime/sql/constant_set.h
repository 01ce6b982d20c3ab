// The right side of a long IN (…) of constants.
#pragma once

#include <algorithm>
#include <string_view>
#include <vector>

#include "runtime/sql/compare.h"
#include "runtime/sql/datum.h"

namespace sqlmill::rt::sql {

template <class T>
class ConstantSet {
 public:
  /// `encoded`: for each value its text form, after the number of its bytes and a colon: `5:/home4:/doc`. The
  /// compiler wrote it.
  explicit ConstantSet(std::string_view encoded) {
    Context context(arena_);
    while (!encoded.empty()) {
      size_t size = 0;
      size_t i = 0;
      for (; encoded[i] != ':'; ++i) size = size * 10 + static_cast<size_t>(encoded[i] - '0');
      const std::string_view text = encoded.substr(i + 1, size);
      encoded.remove_prefix(i + 1 + size);
      values_.push_back(copy(Datum(decode_constant<T>(context, text)), arena_).template as<T>());
    }
    std::sort(values_.begin(), values_.end(), less);
  }

  bool contains(const T& value) const {
    return std::binary_search(values_.begin(), values_.end(), value, less);
  }
  Nullable<bool> contains(const Nullable<T>& value) const {
    return value.has_value() ? Nullable<bool>(contains(value.value())) : Nullable<bool>();
  }

 private:
  static bool less(const T& a, const T& b) { return compare(a, b) < 0; }

  Arena arena_{4096};
  std::vector<T> values_;
};

}  // namespace sqlmill::rt::sql
