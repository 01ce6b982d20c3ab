#include "runtime/sql/functions/array_access.h"

#include <algorithm>
#include <string>

#include "runtime/sql/text_result.h"

namespace sqlmill::rt::sql {

namespace {

bool is_same(const Datum& a, const Datum& b) {
  if (a.is_null() || b.is_null()) return a.is_null() == b.is_null();
  return compare(a, b) == 0;
}

bool has_dimension(const ArrayReader& reader, int32_t dimension) {
  return dimension >= 1 && dimension <= reader.dimensions();
}

struct Range {
  int64_t from;
  int64_t to;
};

/// What is within the ranges of the first dimensions, whole in the others; empty if a range is, or if there
/// are more ranges than dimensions.
Array slice(Context& context, const ArrayReader& reader, std::vector<Range> ranges) {
  ArrayBuilder builder(reader.element_type());
  const auto count = static_cast<size_t>(reader.dimensions());
  if (count == 0 || ranges.size() > count) return builder.finish(context);
  ranges.resize(count, {INT32_MIN, INT32_MAX});
  std::vector<Dimension> dimensions = reader.all_dimensions();
  for (size_t i = 0; i < count; ++i) {
    // Places from 0 on.
    const Dimension& d = dimensions[i];
    ranges[i] = {std::max<int64_t>(ranges[i].from - d.lower, 0),
                 std::min<int64_t>(ranges[i].to - d.lower, d.size - 1)};
    if (ranges[i].from > ranges[i].to) return builder.finish(context);
  }
  const auto add = [&](auto&& self, size_t level, int64_t at) -> void {
    if (level == count) {
      builder.add(reader.at(static_cast<int32_t>(at)));
      return;
    }
    for (int64_t i = ranges[level].from; i <= ranges[level].to; ++i)
      self(self, level + 1, at * dimensions[level].size + i);
  };
  add(add, 0, 0);
  std::vector<Dimension> result;
  for (const Range& range : ranges) result.push_back({static_cast<int32_t>(range.to - range.from + 1), 1});
  return builder.finish(context, result);
}

bool refuses_dimensions(Context& context, const ArrayReader& reader) {
  if (reader.dimensions() <= 1) return false;
  context.fail(ErrorCode::kFeatureNotSupported,
               "searching for elements in multidimensional arrays is not supported");
  return true;
}

bool has(const ArrayReader& array, const Datum& element) {
  for (int32_t i = 0; i < array.size(); ++i) {
    if (!array.is_null(i) && compare(array.at(i), element) == 0) return true;
  }
  return false;
}

}  // namespace

Nullable<int32_t> array_ndims(Array array) {
  const ArrayReader reader(array);
  return reader.dimensions() == 0 ? Nullable<int32_t>() : Nullable<int32_t>(reader.dimensions());
}

Nullable<Text> array_dims(Arena& arena, Array array) {
  const ArrayReader reader(array);
  if (reader.dimensions() == 0) return kNull;
  std::string out;
  for (int i = 0; i < reader.dimensions(); ++i) {
    const Dimension d = reader.dimension(i);
    out += '[' + std::to_string(d.lower) + ':' + std::to_string(d.upper()) + ']';
  }
  return text_result(arena, out);
}

Nullable<int32_t> array_length(Array array, int32_t dimension) {
  const ArrayReader reader(array);
  if (!has_dimension(reader, dimension)) return kNull;
  return reader.dimension(dimension - 1).size;
}
Nullable<int32_t> array_lower(Array array, int32_t dimension) {
  const ArrayReader reader(array);
  if (!has_dimension(reader, dimension)) return kNull;
  return reader.dimension(dimension - 1).lower;
}
Nullable<int32_t> array_upper(Array array, int32_t dimension) {
  const ArrayReader reader(array);
  if (!has_dimension(reader, dimension)) return kNull;
  return reader.dimension(dimension - 1).upper();
}
int32_t cardinality(Array array) {
  return ArrayReader(array).size();
}

Nullable<AnyElement> array_subscript(Array array, Variadic<int32_t> places) {
  const ArrayReader reader(array);
  if (static_cast<size_t>(reader.dimensions()) != places.values.size()) return kNull;
  int64_t at = 0;
  for (int i = 0; i < reader.dimensions(); ++i) {
    const Datum& place = places.values[static_cast<size_t>(i)];
    if (place.is_null()) return kNull;
    const Dimension d = reader.dimension(i);
    const int64_t index = static_cast<int64_t>(place.as<int32_t>()) - d.lower;
    if (index < 0 || index >= d.size) return kNull;
    at = at * d.size + index;
  }
  return reader.at(static_cast<int32_t>(at));
}

Nullable<Array> array_slice(Context& context, Array array, Variadic<int32_t> bounds) {
  const auto is_null = [](const Datum& bound) { return bound.is_null(); };
  if (std::any_of(bounds.values.begin(), bounds.values.end(), is_null)) return kNull;
  std::vector<Range> ranges;
  for (size_t i = 0; i + 1 < bounds.values.size(); i += 2)
    ranges.push_back({bounds.values[i].as<int32_t>(), bounds.values[i + 1].as<int32_t>()});
  return slice(context, ArrayReader(array), std::move(ranges));
}

Array trim_array(Context& context, Array array, int32_t count) {
  const ArrayReader reader(array);
  const Dimension first = reader.dimensions() == 0 ? Dimension{} : reader.dimension(0);
  if (count < 0 || count > first.size) {
    context.fail(ErrorCode::kArraySubscriptError,
                 "number of elements to trim must be between 0 and " + std::to_string(first.size));
    return {};
  }
  return slice(context, reader, {{first.lower, static_cast<int64_t>(first.upper()) - count}});
}

Nullable<int32_t> array_position_from(Context& context, Nullable<Array> array, AnyElement element,
                                      Nullable<int32_t> start) {
  if (!array.has_value()) return kNull;
  const Array value = array.value();
  const ArrayReader reader(value);
  if (refuses_dimensions(context, reader)) return kNull;
  if (!start.has_value()) {
    context.fail(ErrorCode::kNullValueNotAllowed, "initial position must not be null");
    return kNull;
  }
  const int32_t lower = reader.dimensions() == 0 ? 1 : reader.dimension(0).lower;
  const int64_t skipped = static_cast<int64_t>(start.value()) - lower;
  for (auto i = static_cast<int32_t>(std::clamp<int64_t>(skipped, 0, reader.size())); i < reader.size();
       ++i) {
    if (is_same(reader.at(i), element.datum)) return lower + i;
  }
  return kNull;
}

Nullable<int32_t> array_position(Context& context, Nullable<Array> array, AnyElement element) {
  return array_position_from(context, array, element, INT32_MIN);
}

Nullable<ArrayOf<int32_t>> array_positions(Context& context, Nullable<Array> array, AnyElement element) {
  if (!array.has_value()) return kNull;
  const Array value = array.value();
  const ArrayReader reader(value);
  if (refuses_dimensions(context, reader)) return kNull;
  const int32_t lower = reader.dimensions() == 0 ? 1 : reader.dimension(0).lower;
  ArrayBuilder builder(TypeId::kInteger);
  for (int32_t i = 0; i < reader.size(); ++i) {
    if (is_same(reader.at(i), element.datum)) builder.add(Datum(lower + i));
  }
  return builder.finish(context);
}

bool array_contains(Array whole, Array part) {
  const ArrayReader all(whole);
  const ArrayReader wanted(part);
  for (int32_t i = 0; i < wanted.size(); ++i) {
    if (wanted.is_null(i) || !has(all, wanted.at(i))) return false;
  }
  return true;
}

bool array_contained(Array part, Array whole) {
  return array_contains(whole, part);
}

bool array_overlaps(Array a, Array b) {
  const ArrayReader all(a);
  const ArrayReader wanted(b);
  for (int32_t i = 0; i < wanted.size(); ++i) {
    if (!wanted.is_null(i) && has(all, wanted.at(i))) return true;
  }
  return false;
}

}  // namespace sqlmill::rt::sql
