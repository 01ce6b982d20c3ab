#include "runtime/sql/functions/array_build.h"

#include <algorithm>
#include <string>

#include "runtime/sql/text_result.h"
#include "runtime/sql/utf8.h"

namespace sqlmill::rt::sql {

namespace {

bool is_same(const Datum& a, const Datum& b) {
  if (a.is_null() || b.is_null()) return a.is_null() == b.is_null();
  return compare(a, b) == 0;
}

void add_all(const ArrayReader& reader, ArrayBuilder& builder) {
  for (int32_t i = 0; i < reader.size(); ++i) builder.add(reader.at(i));
}

Array fail_incompatible(Context& context) {
  context.fail(ErrorCode::kArraySubscriptError, "cannot concatenate incompatible arrays");
  return {};
}

/// `element` before or behind an array of one dimension at the most.
Array extend(Context& context, const Nullable<Array>& array, const Datum& element, bool at_end) {
  const Array value = array.has_value() ? array.value() : Array{};
  if (!array.has_value()) {
    ArrayBuilder builder(element.type());
    builder.add(element);
    return builder.finish(context);
  }
  const ArrayReader reader(value);
  if (reader.dimensions() > 1) {
    context.fail(ErrorCode::kDataException, "argument must be empty or one-dimensional array");
    return {};
  }
  ArrayBuilder builder(reader.element_type());
  if (!at_end) builder.add(element);
  add_all(reader, builder);
  if (at_end) builder.add(element);
  const int32_t lower = reader.dimensions() == 0 ? 1 : reader.dimension(0).lower;
  return builder.finish(context, {{builder.size(), lower}});
}

Array concatenate(Context& context, const Array& a, const Array& b) {
  const ArrayReader left(a);
  const ArrayReader right(b);
  if (left.dimensions() == 0) return b;
  if (right.dimensions() == 0) return a;
  std::vector<Dimension> x = left.all_dimensions();
  std::vector<Dimension> y = right.all_dimensions();
  std::vector<Dimension> result = x.size() >= y.size() ? x : y;
  const bool one_more = x.size() == y.size() + 1 || y.size() == x.size() + 1;
  if (x.size() != y.size() && !one_more) return fail_incompatible(context);
  // The dimensions below the first must agree; a smaller array is one element of the other's first.
  if (x.size() >= y.size()) x.erase(x.begin());
  if (y.size() > x.size() + (one_more ? 0 : 1) || y.size() == result.size()) y.erase(y.begin());
  if (x != y) return fail_incompatible(context);
  const auto first_size = [&](const ArrayReader& reader) {
    return static_cast<size_t>(reader.dimensions()) == result.size() ? reader.dimension(0).size : 1;
  };
  result[0].size = first_size(left) + first_size(right);
  ArrayBuilder builder(left.element_type());
  add_all(left, builder);
  add_all(right, builder);
  return builder.finish(context, result);
}

void append_joined(const ArrayReader& reader, std::string_view delimiter, const Nullable<Text>& null_text,
                   std::string& out) {
  bool first = true;
  for (int32_t i = 0; i < reader.size(); ++i) {
    const Datum element = reader.at(i);
    if (element.is_null() && !null_text.has_value()) continue;
    if (!first) out += delimiter;
    first = false;
    if (element.is_null()) {
      out += null_text.value().view();
    } else {
      append_text(element, out);
    }
  }
}

}  // namespace

Array make_array(Context& context, Variadic<AnyElement> elements) {
  ArrayBuilder builder(elements.values[0].type());
  for (const Datum& element : elements.values) builder.add(element);
  return builder.finish(context);
}

Array make_array_of_arrays(Context& context, Variadic<Array> arrays) {
  const auto refuse = [&] {
    context.fail(ErrorCode::kArraySubscriptError,
                 "multidimensional arrays must have array expressions with matching dimensions");
    return Array{};
  };
  std::vector<Dimension> inner;
  TypeId element = TypeId::kUnknown;
  size_t empty = 0;
  for (size_t i = 0; i < arrays.values.size(); ++i) {
    if (arrays.values[i].is_null()) {
      ++empty;
      continue;
    }
    const auto array = arrays.values[i].as<Array>();
    const ArrayReader reader(array);
    element = reader.element_type();
    if (reader.dimensions() == 0) {
      ++empty;
    } else if (inner.empty()) {
      inner = reader.all_dimensions();
    } else if (inner != reader.all_dimensions()) {
      return refuse();
    }
  }
  ArrayBuilder builder(element);
  if (empty == arrays.values.size()) return builder.finish(context);
  if (empty != 0) return refuse();
  if (inner.size() + 1 > static_cast<size_t>(kMaxDimensions)) {
    context.fail(ErrorCode::kProgramLimitExceeded,
                 "number of array dimensions (7) exceeds the maximum allowed (6)");
    return {};
  }
  for (const Datum& value : arrays.values) {
    const auto array = value.as<Array>();
    add_all(ArrayReader(array), builder);
  }
  inner.insert(inner.begin(), {static_cast<int32_t>(arrays.values.size()), 1});
  return builder.finish(context, inner);
}

Nullable<Array> array_fill_from(Context& context, AnyElement value, Nullable<ArrayOf<int32_t>> sizes,
                                Nullable<ArrayOf<int32_t>> lower) {
  const auto refuse = [&](ErrorCode code, const char* message) {
    context.fail(code, message);
    return kNull;
  };
  if (!sizes.has_value() || !lower.has_value())
    return refuse(ErrorCode::kNullValueNotAllowed, "dimension array or low bound array cannot be null");
  const Array size_array = sizes.value();
  const Array lower_array = lower.value();
  const ArrayReader size_reader(size_array);
  const ArrayReader lower_reader(lower_array);
  if (size_reader.dimensions() > 1 || lower_reader.dimensions() > 1 ||
      (lower_reader.size() != 0 && lower_reader.size() != size_reader.size()))
    return refuse(ErrorCode::kArraySubscriptError, "wrong number of array subscripts");
  if (size_reader.has_nulls() || lower_reader.has_nulls())
    return refuse(ErrorCode::kNullValueNotAllowed, "dimension values cannot be null");
  if (size_reader.size() > kMaxDimensions)
    return refuse(ErrorCode::kProgramLimitExceeded,
                  "number of array dimensions exceeds the maximum allowed (6)");
  ArrayBuilder builder(value.datum.type());
  std::vector<Dimension> dimensions;
  int64_t count = size_reader.size() == 0 ? 0 : 1;
  for (int32_t i = 0; i < size_reader.size(); ++i) {
    const auto size = size_reader.at(i).as<int32_t>();
    const auto first = lower_reader.size() == 0 ? 1 : lower_reader.at(i).as<int32_t>();
    dimensions.push_back({size, first});
    count *= std::max(size, 0);
    if (size < 0 || count > kMaxArrayElements || static_cast<int64_t>(first) + size > INT32_MAX)
      return refuse(ErrorCode::kProgramLimitExceeded, "array size exceeds the maximum allowed (134217727)");
  }
  for (int64_t i = 0; i < count; ++i) builder.add(value.datum);
  return count == 0 ? builder.finish(context) : builder.finish(context, dimensions);
}

Nullable<Array> array_fill(Context& context, AnyElement value, Nullable<ArrayOf<int32_t>> sizes) {
  ArrayBuilder none(TypeId::kInteger);
  return array_fill_from(context, value, sizes, ArrayOf<int32_t>(none.finish(context)));
}

Array array_append(Context& context, Nullable<Array> array, AnyElement element) {
  return extend(context, array, element.datum, true);
}
Array array_prepend(Context& context, AnyElement element, Nullable<Array> array) {
  return extend(context, array, element.datum, false);
}

Nullable<Array> array_cat(Context& context, Nullable<Array> a, Nullable<Array> b) {
  if (!a.has_value()) return b;
  if (!b.has_value()) return a;
  return concatenate(context, a.value(), b.value());
}

Nullable<Array> array_remove(Context& context, Nullable<Array> array, AnyElement element) {
  if (!array.has_value()) return kNull;
  const Array value = array.value();
  const ArrayReader reader(value);
  if (reader.dimensions() > 1) {
    context.fail(ErrorCode::kFeatureNotSupported,
                 "removing elements from multidimensional arrays is not supported");
    return kNull;
  }
  ArrayBuilder builder(reader.element_type());
  for (int32_t i = 0; i < reader.size(); ++i) {
    const Datum at = reader.at(i);
    if (!is_same(at, element.datum)) builder.add(at);
  }
  if (builder.size() == 0) return builder.finish(context);
  return builder.finish(context, {{builder.size(), reader.dimension(0).lower}});
}

Nullable<Array> array_replace(Context& context, Nullable<Array> array, AnyElement from, AnyElement to) {
  if (!array.has_value()) return kNull;
  const Array value = array.value();
  const ArrayReader reader(value);
  ArrayBuilder builder(reader.element_type());
  for (int32_t i = 0; i < reader.size(); ++i) {
    const Datum at = reader.at(i);
    builder.add(is_same(at, from.datum) ? to.datum : at);
  }
  return builder.finish(context, reader.all_dimensions());
}

Text array_to_string(Arena& arena, Array array, Text delimiter) {
  std::string out;
  append_joined(ArrayReader(array), delimiter.view(), kNull, out);
  return text_result(arena, out);
}

Nullable<Text> array_to_string_null(Arena& arena, Nullable<Array> array, Nullable<Text> delimiter,
                                    Nullable<Text> null_text) {
  if (!array.has_value() || !delimiter.has_value()) return kNull;
  const Array value = array.value();
  std::string out;
  append_joined(ArrayReader(value), delimiter.value().view(), null_text, out);
  return text_result(arena, out);
}

Nullable<ArrayOf<Text>> string_to_array_null(Context& context, Nullable<Text> text, Nullable<Text> delimiter,
                                             Nullable<Text> null_text) {
  if (!text.has_value()) return kNull;
  const Text whole = text.value();
  std::string_view rest = whole.view();
  ArrayBuilder builder(TypeId::kText);
  const auto add = [&](std::string_view part) {
    const bool is_null = null_text.has_value() && part == null_text.value().view();
    builder.add(is_null ? Datum::null(TypeId::kText) : Datum(Text(part)));
  };
  if (rest.empty()) return builder.finish(context);
  if (!delimiter.has_value()) {
    for (; !rest.empty(); rest.remove_prefix(utf8_first(rest))) add(rest.substr(0, utf8_first(rest)));
    return builder.finish(context);
  }
  const Text between = delimiter.value();
  for (size_t at; !between.empty() && (at = rest.find(between.view())) != std::string_view::npos;
       rest.remove_prefix(at + between.size())) {
    add(rest.substr(0, at));
  }
  add(rest);
  return builder.finish(context);
}

Nullable<ArrayOf<Text>> string_to_array(Context& context, Nullable<Text> text, Nullable<Text> delimiter) {
  return string_to_array_null(context, text, delimiter, kNull);
}

}  // namespace sqlmill::rt::sql
