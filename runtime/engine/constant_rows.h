// The rows of an INSERT, as the compiler wrote them: for each value `N` (NULL), or the number of bytes of its
// text form, a colon, and the text: `2:u1N19:2026-04-01 09:00:00`.
#pragma once

#include <string_view>

#include "runtime/sql/datum.h"

namespace sqlmill::rt::engine {

class ConstantRows {
 public:
  explicit ConstantRows(std::string_view encoded) : rest_(encoded) {}

  bool has_next() const { return !rest_.empty(); }

  /// The next value, as T or Nullable<T>; texts borrow from what the rows were made of.
  template <class V>
  V take(sql::Context& context) {
    using T = sql::ValueOf<V>;
    if (rest_[0] == 'N') {
      rest_.remove_prefix(1);
      return V();
    }
    size_t size = 0;
    size_t i = 0;
    for (; rest_[i] != ':'; ++i) size = size * 10 + static_cast<size_t>(rest_[i] - '0');
    const std::string_view text = rest_.substr(i + 1, size);
    rest_.remove_prefix(i + 1 + size);
    if constexpr (std::is_same_v<T, sql::Text>) {
      return sql::Text(text);
    } else {
      return sql::decode_constant<T>(context, text);
    }
  }

 private:
  std::string_view rest_;
};

}  // namespace sqlmill::rt::engine
