#include "runtime/query/ordered_sets.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "runtime/sql/array.h"
#include "runtime/sql/interval.h"

namespace sqlmill::rt::query {

namespace {

/// Nothing if it is NULL, or no fraction: then the context has failed.
std::optional<double> fraction_of(Context& context, const Datum& datum) {
  if (datum.is_null()) return std::nullopt;
  const double value = datum.as<double>();
  if (value >= 0 && value <= 1) return value;
  // As PostgreSQL prints it: %g.
  context.fail(ErrorCode::kNumericValueOutOfRange,
               fmt::format("percentile value {:g} is not between 0 and 1", value));
  return std::nullopt;
}

/// Equal values that print differently stand in any order: the least of them is shown.
const char* least_form(const OrderedGroup& group, size_t at) {
  const char* best = group.rows[at];
  if (!sql::has_equal_forms(group.layout.type(0))) return best;
  const ValueType& type = value_type(group.layout.type(0));
  const auto take = [&](const char* row) {
    if (type.compare_total(group.layout.value(row, 0), group.layout.value(best, 0)) < 0) best = row;
  };
  const auto same = [&](size_t i) { return group.layout.same(0, group.rows[i], group.rows[at]); };
  for (size_t i = at; i > 0 && same(i - 1); --i) take(group.rows[i - 1]);
  for (size_t i = at + 1; i < group.rows.size() && same(i); ++i) take(group.rows[i]);
  return best;
}

// Percentiles of a group with rows.

Datum disc_at(Context&, const OrderedGroup& group, double fraction) {
  const double place = std::ceil(fraction * static_cast<double>(group.rows.size()));
  const size_t at = place < 1 ? 0 : static_cast<size_t>(place) - 1;
  return group.layout.datum(least_form(group, at), 0);
}

double between(Context&, double low, double high, double part) {
  return low + (part * (high - low));
}

sql::Interval between(Context& context, sql::Interval low, sql::Interval high, double part) {
  const sql::Interval difference = sql::subtract_intervals(context, high, low);
  return sql::add_intervals(context, low, sql::multiply_interval(context, difference, part));
}

template <class T>
Datum cont_at(Context& context, const OrderedGroup& group, double fraction) {
  const double place = fraction * static_cast<double>(group.rows.size() - 1);
  const auto value_at = [&](double at) {
    return group.layout.datum(least_form(group, static_cast<size_t>(at)), 0).as<T>();
  };
  const double below = std::floor(place);
  const T low = value_at(below);
  if (below == std::ceil(place)) return Datum(low);
  return Datum(between(context, low, value_at(below + 1), place - below));
}

using PercentileAt = Datum (*)(Context& context, const OrderedGroup& group, double fraction);

void percentile(Context& context, const OrderedGroup& group, Vector& result, uint32_t row, PercentileAt at) {
  result.set_null(row);
  const std::optional<double> fraction = fraction_of(context, group.direct[0]);
  if (fraction && !group.rows.empty()) result.set_datum(row, at(context, group, *fraction));
}

void percentiles(Context& context, const OrderedGroup& group, Vector& result, uint32_t row, PercentileAt at) {
  result.set_null(row);
  if (group.rows.empty() || group.direct[0].is_null()) return;
  const auto fractions = group.direct[0].as<sql::Array>();
  const sql::ArrayReader reader(fractions);
  const TypeId type = group.layout.type(0);
  sql::ArrayBuilder builder(type);
  for (int32_t i = 0; i < reader.size(); ++i) {
    const std::optional<double> fraction = fraction_of(context, reader.at(i));
    if (context.failed()) return;
    builder.add(fraction ? at(context, group, *fraction) : Datum::null(type));
  }
  result.set(row, builder.finish(context, reader.all_dimensions()));
}

/// How many rows stand before a row with the direct arguments as keys, and how many not behind it.
struct Standing {
  size_t before;
  size_t up_to;
};

int compare_to_direct(const OrderedGroup& group, const char* row) {
  for (size_t k = 0; k < group.direct.size(); ++k) {
    const RowOrder::Key& key = group.order.keys()[k];
    const bool null_row = group.layout.is_null(row, key.column);
    const bool null_direct = group.direct[k].is_null();
    if (null_row && null_direct) continue;
    if (null_row || null_direct) return null_row == key.nulls_first ? -1 : 1;
    const int order = sql::compare(group.layout.datum(row, key.column), group.direct[k]);
    if (order != 0) return key.descending ? -order : order;
  }
  return 0;
}

Standing standing_of(const OrderedGroup& group) {
  const auto begin = group.rows.begin();
  const auto before = std::partition_point(
      begin, group.rows.end(), [&](const char* row) { return compare_to_direct(group, row) < 0; });
  const auto up_to = std::partition_point(
      before, group.rows.end(), [&](const char* row) { return compare_to_direct(group, row) <= 0; });
  return {static_cast<size_t>(before - begin), static_cast<size_t>(up_to - begin)};
}

}  // namespace

void mode(Context&, const OrderedGroup& group, Vector& result, uint32_t row) {
  size_t best = 0;
  size_t best_count = 0;
  size_t begin = 0;
  for (size_t i = 1; i <= group.rows.size(); ++i) {
    if (i < group.rows.size() && group.layout.same(0, group.rows[begin], group.rows[i])) continue;
    if (i - begin > best_count) {
      best = begin;
      best_count = i - begin;
    }
    begin = i;
  }
  if (best_count == 0) {
    result.set_null(row);
  } else {
    result.set_datum(row, group.layout.datum(least_form(group, best), 0));
  }
}

void percentile_disc(Context& context, const OrderedGroup& group, Vector& result, uint32_t row) {
  percentile(context, group, result, row, disc_at);
}
void percentile_cont_double(Context& context, const OrderedGroup& group, Vector& result, uint32_t row) {
  percentile(context, group, result, row, cont_at<double>);
}
void percentile_cont_interval(Context& context, const OrderedGroup& group, Vector& result, uint32_t row) {
  percentile(context, group, result, row, cont_at<sql::Interval>);
}
void percentiles_disc(Context& context, const OrderedGroup& group, Vector& result, uint32_t row) {
  percentiles(context, group, result, row, disc_at);
}
void percentiles_cont_double(Context& context, const OrderedGroup& group, Vector& result, uint32_t row) {
  percentiles(context, group, result, row, cont_at<double>);
}
void percentiles_cont_interval(Context& context, const OrderedGroup& group, Vector& result, uint32_t row) {
  percentiles(context, group, result, row, cont_at<sql::Interval>);
}

void rank(Context&, const OrderedGroup& group, Vector& result, uint32_t row) {
  result.set(row, static_cast<int64_t>(standing_of(group).before + 1));
}

void dense_rank(Context&, const OrderedGroup& group, Vector& result, uint32_t row) {
  const size_t before = standing_of(group).before;
  int64_t different = 0;
  for (size_t i = 0; i < before; ++i) {
    different += i == 0 || group.order.compare(group.layout, group.rows[i - 1], group.rows[i]) != 0;
  }
  result.set(row, different + 1);
}

void percent_rank(Context&, const OrderedGroup& group, Vector& result, uint32_t row) {
  const auto size = static_cast<double>(group.rows.size());
  result.set(row, size == 0 ? 0.0 : static_cast<double>(standing_of(group).before) / size);
}

void cume_dist(Context&, const OrderedGroup& group, Vector& result, uint32_t row) {
  const auto up_to = static_cast<double>(standing_of(group).up_to);
  result.set(row, (up_to + 1) / (static_cast<double>(group.rows.size()) + 1));
}

}  // namespace sqlmill::rt::query
