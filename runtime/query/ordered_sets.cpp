#include "runtime/query/ordered_sets.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>

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

template <class T, class Between>
void percentile_cont(Context& context, const OrderedGroup& group, Vector& result, uint32_t row,
                     Between between) {
  result.set_null(row);
  const std::optional<double> fraction = fraction_of(context, group.direct[0]);
  if (!fraction || group.rows.empty()) return;
  const double place = *fraction * static_cast<double>(group.rows.size() - 1);
  const auto value_at = [&](double at) {
    return group.layout.datum(least_form(group, static_cast<size_t>(at)), 0).as<T>();
  };
  const double below = std::floor(place);
  const T low = value_at(below);
  result.set(row, below == std::ceil(place) ? low : between(low, value_at(below + 1), place - below));
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
  result.set_null(row);
  const std::optional<double> fraction = fraction_of(context, group.direct[0]);
  if (!fraction || group.rows.empty()) return;
  const double place = std::ceil(*fraction * static_cast<double>(group.rows.size()));
  const size_t at = place < 1 ? 0 : static_cast<size_t>(place) - 1;
  result.set_datum(row, group.layout.datum(least_form(group, at), 0));
}

void percentile_cont_double(Context& context, const OrderedGroup& group, Vector& result, uint32_t row) {
  percentile_cont<double>(context, group, result, row,
                          [](double low, double high, double part) { return low + (part * (high - low)); });
}

void percentile_cont_interval(Context& context, const OrderedGroup& group, Vector& result, uint32_t row) {
  using sql::Interval;
  percentile_cont<Interval>(context, group, result, row, [&](Interval low, Interval high, double part) {
    const Interval difference = sql::subtract_intervals(context, high, low);
    return sql::add_intervals(context, low, sql::multiply_interval(context, difference, part));
  });
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
