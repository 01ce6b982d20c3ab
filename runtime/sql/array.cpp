#include "runtime/sql/array.h"

#include <cmath>
#include <cstring>
#include <limits>

#include "runtime/sql/compare.h"

namespace sqlmill::rt::sql {

namespace {

constexpr uint8_t kHasNulls = 0x80;
constexpr uint8_t kHasLowers = 0x40;
constexpr uint8_t kDimensionsMask = 0x07;

int32_t load_int(const char* at) {
  int32_t value;
  std::memcpy(&value, at, sizeof value);
  return value;
}

void append_int(int32_t value, std::string& out) {
  out.append(reinterpret_cast<const char*>(&value), sizeof value);
}

// ---- An element's bytes ----

template <class T>
inline constexpr bool kHasFixedSize =
    !std::is_same_v<T, Text> && !std::is_same_v<T, Bytea> && !std::is_same_v<T, Jsonb> &&
    !std::is_same_v<T, Array> && !std::is_same_v<T, Numeric>;

/// A numeric: its kind, sign and scale, then the magnitude or as many bytes of the two's complement as it
/// takes.
void append_numeric(const Numeric& value, std::string& out) {
  out += static_cast<char>(value.kind());
  if (!value.is_finite()) return;
  const auto scale = static_cast<uint16_t>(value.scale());
  out += static_cast<char>(scale & 0xff);
  out += static_cast<char>(scale >> 8);
  if (!value.is_small()) {
    out += value.big_is_negative() ? '-' : '+';
    out += value.big_magnitude();
    return;
  }
  for (__int128 rest = value.unscaled();; rest >>= 8) {
    out += static_cast<char>(rest);
    if (rest >= -128 && rest <= 127) return;
  }
}

Numeric load_numeric(std::string_view bytes) {
  const auto kind = static_cast<Numeric::Kind>(bytes[0]);
  if (kind != Numeric::Kind::kSmall && kind != Numeric::Kind::kBig) return Numeric::special(kind);
  const int scale = static_cast<uint8_t>(bytes[1]) | static_cast<uint8_t>(bytes[2]) << 8;
  if (kind == Numeric::Kind::kBig) return Numeric::big(bytes[3] == '-', bytes.substr(4), scale);
  const std::string_view digits = bytes.substr(3);
  __int128 value = static_cast<signed char>(digits.back());
  for (size_t i = digits.size() - 1; i-- > 0;) value = value * 256 + static_cast<uint8_t>(digits[i]);
  return Numeric(value, scale);
}

template <class T>
void append_value(const T& value, std::string& out) {
  if constexpr (std::is_same_v<T, Text>) {
    out += value.view();
  } else if constexpr (std::is_same_v<T, Bytea> || std::is_same_v<T, Array>) {
    out += value.bytes.view();
  } else if constexpr (std::is_same_v<T, Jsonb>) {
    out += value.text.view();
  } else if constexpr (std::is_same_v<T, Numeric>) {
    append_numeric(value, out);
  } else if constexpr (std::is_floating_point_v<T>) {
    // All NaNs print alike.
    const T canonical = std::isnan(value) ? std::numeric_limits<T>::quiet_NaN() : value;
    out.append(reinterpret_cast<const char*>(&canonical), sizeof canonical);
  } else {
    static_assert(std::has_unique_object_representations_v<T>);
    out.append(reinterpret_cast<const char*>(&value), sizeof value);
  }
}

template <class T>
T load_value(std::string_view bytes) {
  if constexpr (std::is_same_v<T, Text>) {
    return Text(bytes);
  } else if constexpr (std::is_same_v<T, Bytea> || std::is_same_v<T, Array> || std::is_same_v<T, Jsonb>) {
    return T{Text(bytes)};
  } else if constexpr (std::is_same_v<T, Numeric>) {
    return load_numeric(bytes);
  } else {
    T value;
    std::memcpy(&value, bytes.data(), sizeof value);
    return value;
  }
}

/// Elements that stand for -1, 0 or 1: the first difference of two arrays of one element type, then sizes.
int compare_elements(const ArrayReader& a, const ArrayReader& b, bool total) {
  const int32_t both = std::min(a.size(), b.size());
  for (int32_t i = 0; i < both; ++i) {
    const bool is_null = a.is_null(i);
    if (is_null || b.is_null(i)) {
      if (is_null && b.is_null(i)) continue;
      return is_null ? 1 : -1;
    }
    const Datum x = a.at(i);
    const Datum y = b.at(i);
    if (const int order = total ? compare_total(x, y) : compare(x, y)) return order < 0 ? -1 : 1;
  }
  if (const int order = compare(a.size(), b.size())) return order;
  if (const int order = compare(a.dimensions(), b.dimensions())) return order;
  for (int i = 0; i < a.dimensions(); ++i) {
    if (const int order = compare(a.dimension(i).size, b.dimension(i).size)) return order;
  }
  for (int i = 0; i < a.dimensions(); ++i) {
    if (const int order = compare(a.dimension(i).lower, b.dimension(i).lower)) return order;
  }
  return 0;
}

int compare_arrays(const Array& a, const Array& b, bool total) {
  const ArrayReader x(a);
  const ArrayReader y(b);
  if (x.element_type() != y.element_type()) {
    return compare(static_cast<int32_t>(x.element_type()), static_cast<int32_t>(y.element_type()));
  }
  return compare_elements(x, y, total);
}

}  // namespace

size_t fixed_element_size(TypeId element) {
  return visit_type(element, []<class T>(std::type_identity<T>) { return kHasFixedSize<T> ? sizeof(T) : 0; });
}

// ---- Reading ----

ArrayReader::ArrayReader(const Array& array) {
  const char* at = array.bytes.data();
  element_ = static_cast<TypeId>(at[0]);
  const auto flags = static_cast<uint8_t>(at[1]);
  dimensions_ = flags & kDimensionsMask;
  at += 2;
  sizes_ = at;
  if (dimensions_ == 0) return;
  size_ = 1;
  for (int i = 0; i < dimensions_; ++i, at += 4) size_ *= load_int(at);
  if ((flags & kHasLowers) != 0) {
    lowers_ = at;
    at += 4 * static_cast<ptrdiff_t>(dimensions_);
  }
  if ((flags & kHasNulls) != 0) {
    nulls_ = reinterpret_cast<const uint8_t*>(at);
    at += (size_ + 7) / 8;
  }
  values_ = at;
}

Dimension ArrayReader::dimension(int i) const {
  const ptrdiff_t at = 4 * static_cast<ptrdiff_t>(i);
  return {load_int(sizes_ + at), lowers_ == nullptr ? 1 : load_int(lowers_ + at)};
}

std::vector<Dimension> ArrayReader::all_dimensions() const {
  std::vector<Dimension> all;
  for (int i = 0; i < dimensions_; ++i) all.push_back(dimension(i));
  return all;
}

Datum ArrayReader::at(int32_t i) const {
  if (is_null(i)) return Datum::null(element_);
  const auto place = static_cast<size_t>(i);
  return visit_type(element_, [&]<class T>(std::type_identity<T>) {
    if constexpr (kHasFixedSize<T>) {
      return Datum(load_value<T>({values_ + place * sizeof(T), sizeof(T)}));
    } else {
      const auto begin = i == 0 ? 0 : static_cast<uint32_t>(load_int(values_ + 4 * (place - 1)));
      const auto end = static_cast<uint32_t>(load_int(values_ + 4 * place));
      const char* const bytes = values_ + 4 * static_cast<size_t>(size_);
      return Datum(load_value<T>({bytes + begin, end - begin}));
    }
  });
}

// ---- Building ----

void ArrayBuilder::add(const Datum& value) {
  // What a function gave after a failure is an array of nothing.
  if (element_ == TypeId::kUnknown) return;
  ++count_;
  nulls_.push_back(value.is_null());
  has_nulls_ = has_nulls_ || value.is_null();
  visit_type(element_, [&]<class T>(std::type_identity<T>) {
    if (!value.is_null()) append_value(value.as<T>(), values_);
    if constexpr (!kHasFixedSize<T>) {
      ends_.push_back(static_cast<uint32_t>(values_.size()));
    } else if (value.is_null()) {
      values_.append(sizeof(T), '\0');
    }
  });
}

Array ArrayBuilder::finish(Context& context) {
  if (count_ == 0) return finish(context, {});
  return finish(context, {{static_cast<int32_t>(std::min<int64_t>(count_, INT32_MAX)), 1}});
}

Array ArrayBuilder::finish(Context& context, const std::vector<Dimension>& dimensions) {
  std::string out;
  uint8_t flags = static_cast<uint8_t>(dimensions.size());
  for (const Dimension& d : dimensions) {
    if (d.lower != 1) flags |= kHasLowers;
  }
  if (has_nulls_) flags |= kHasNulls;
  const size_t most = values_.size() + ends_.size() * 4 + nulls_.size() / 8 + 64;
  if (count_ > kMaxArrayElements || most > Text::kMaxBytes) {
    context.fail(ErrorCode::kProgramLimitExceeded,
                 "array size exceeds the maximum allowed (" + std::to_string(kMaxArrayElements) + ")");
    return {};
  }
  out.reserve(most);
  out += static_cast<char>(element_);
  out += static_cast<char>(flags);
  for (const Dimension& d : dimensions) append_int(d.size, out);
  if ((flags & kHasLowers) != 0) {
    for (const Dimension& d : dimensions) append_int(d.lower, out);
  }
  if (has_nulls_) {
    const size_t begin = out.size();
    out.append((nulls_.size() + 7) / 8, '\0');
    for (size_t i = 0; i < nulls_.size(); ++i) {
      if (nulls_[i]) out[begin + i / 8] = static_cast<char>(out[begin + i / 8] | 1 << i % 8);
    }
  }
  for (const uint32_t end : ends_) append_int(static_cast<int32_t>(end), out);
  out += values_;
  const Text borrowed{std::string_view(out)};
  return {borrowed.is_inline() ? borrowed : Text(context.arena().copy(out))};
}

// ---- Comparison ----

int compare(const Array& a, const Array& b) {
  return compare_arrays(a, b, false);
}

int compare_total(const Array& a, const Array& b) {
  return compare_arrays(a, b, true);
}

uint64_t hash(const Array& value) {
  const ArrayReader reader(value);
  uint64_t combined = static_cast<uint64_t>(reader.size());
  for (int32_t i = 0; i < reader.size(); ++i) combined = hash_combine(combined, hash(reader.at(i)));
  return combined;
}

}  // namespace sqlmill::rt::sql
