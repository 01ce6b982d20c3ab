#include "runtime/engine/row_encoding.h"

#include <cmath>
#include <cstdint>
#include <limits>
#include <string_view>
#include <type_traits>

namespace sqlmill::rt::engine {

namespace {

using sql::Datum;

template <class T>
void append_bytes(const T& value, std::string& out) {
  static_assert(std::has_unique_object_representations_v<T> || std::is_floating_point_v<T>);
  out.append(reinterpret_cast<const char*>(&value), sizeof value);
}

void append_sized(std::string_view bytes, std::string& out) {
  append_bytes(static_cast<uint32_t>(bytes.size()), out);
  out.append(bytes);
}

void append_numeric(const sql::Numeric& value, std::string& out) {
  out.push_back(static_cast<char>(value.kind()));
  if (!value.is_finite()) return;
  append_bytes(static_cast<int16_t>(value.scale()), out);
  if (value.is_small()) {
    append_bytes(static_cast<uint64_t>(value.unscaled()), out);
    append_bytes(static_cast<uint64_t>(value.unscaled() >> 64), out);
  } else {
    out.push_back(value.big_is_negative() ? '-' : '+');
    append_sized(value.big_magnitude(), out);
  }
}

template <class T>
void append_value(const T& value, std::string& out) {
  if constexpr (std::is_same_v<T, sql::Text>) {
    append_sized(value.view(), out);
  } else if constexpr (std::is_same_v<T, sql::Bytea>) {
    append_sized(value.bytes.view(), out);
  } else if constexpr (std::is_same_v<T, sql::Jsonb>) {
    append_sized(value.text.view(), out);
  } else if constexpr (std::is_same_v<T, sql::Array>) {
    append_sized(value.bytes.view(), out);
  } else if constexpr (std::is_same_v<T, sql::Numeric>) {
    append_numeric(value, out);
  } else if constexpr (std::is_floating_point_v<T>) {
    // All NaNs print alike.
    append_bytes(std::isnan(value) ? std::numeric_limits<T>::quiet_NaN() : value, out);
  } else {
    append_bytes(value, out);
  }
}

}  // namespace

void append_encoding(std::span<const Datum> row, std::string& out) {
  for (const Datum& datum : row) {
    out.push_back(datum.is_null() ? 0 : 1);
    if (datum.is_null()) continue;
    sql::visit_type(datum.type(), [&](auto type) {
      using T = typename decltype(type)::type;
      append_value(datum.as<T>(), out);
    });
  }
}

}  // namespace sqlmill::rt::engine
