// Partitions and frames.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "runtime/query/window_calls.h"
#include "runtime/sql/compare.h"
#include "runtime/sql/interval.h"

namespace sqlmill::rt::query {

using plan::FrameBound;
using plan::FrameExclusion;
using plan::FrameUnit;

Partition::Partition(const OrderedRows& rows, uint64_t begin, uint64_t end, size_t partition_keys)
    : rows_(rows), begin_(begin), size_(end - begin), partition_keys_(partition_keys) {
  group_of_.resize(size_);
  for (uint64_t i = 0; i < size_; ++i) {
    if (i == 0 || !rows.same_keys(row(i - 1), row(i), partition_keys)) groups_.push_back(i);
    group_of_[i] = static_cast<uint32_t>(groups_.size() - 1);
  }
}

FrameBounds::FrameBounds(const plan::Frame& frame, const plan::Window& window, Builder& builder)
    : frame_(frame), evaluation_(builder.execution()) {
  begin_offset_ = offset_value(frame.begin_offset, "starting", builder);
  end_offset_ = offset_value(frame.end_offset, "ending", builder);
  if (frame.unit != FrameUnit::kRange || (!frame.begin_offset && !frame.end_offset)) return;
  descending_ = window.order[0].descending;
  nulls_first_ = window.order[0].nulls_first;
  const TypeId key = window.order[0].expr->type.id;
  const TypeId offset = (frame.begin_offset ? frame.begin_offset : frame.end_offset)->type.id;
  for (const sql::Function& function : sql::functions()) {
    if (key == TypeId::kDate && offset == TypeId::kInterval && function.name == "timestamp(date)")
      convert_key_ = &function;
    if (function.arguments != std::vector<TypeId>{key, offset}) continue;
    if (function.name == "-") minus_ = &function;
    if (function.name == "+") plus_ = &function;
  }
  if (!minus_ || !plus_) {
    throw QueryError(
        ErrorCode::kFeatureNotSupported,
        fmt::format("RANGE with offset PRECEDING/FOLLOWING is not supported for column type {} and "
                    "offset type {}",
                    sql::type_name(key), sql::type_name(offset)));
  }
}

Datum FrameBounds::offset_value(const plan::ExprRef& expr, const char* which, Builder& builder) {
  if (!expr) return Datum();
  Chunk nothing;
  nothing.rows = 1;
  const Datum value = builder.build(expr)->evaluate(evaluation_, nothing).datum(0);
  if (value.is_null()) {
    throw QueryError(ErrorCode::kNullValueNotAllowed, fmt::format("frame {} offset must not be null", which));
  }
  const bool negative = sql::visit_type(value.type(), [&]<class T>(std::type_identity<T>) {
    if constexpr (std::is_arithmetic_v<T>) {
      return value.as<T>() < T{};
    } else if constexpr (std::is_same_v<T, sql::Numeric>) {
      return compare(value.as<T>(), sql::Numeric()) < 0;
    } else if constexpr (std::is_same_v<T, sql::Interval>) {
      return sql::total_micros(value.as<T>()) < 0;
    } else {
      return false;
    }
  });
  if (negative) {
    throw QueryError(ErrorCode::kInvalidPrecedingOrFollowing,
                     frame_.unit == FrameUnit::kRange
                         ? "invalid preceding or following size in window function"
                         : fmt::format("frame {} offset must not be negative", which));
  }
  return sql::copy(value, evaluation_.context().arena());
}

Datum FrameBounds::key(const Partition& partition, uint64_t at) {
  const Datum key = partition.key(at);
  if (!convert_key_) return key;
  const std::array arguments = {key};
  return convert_key_->evaluate(evaluation_.context(), arguments);
}

uint64_t FrameBounds::range_bound(const Partition& partition, uint64_t at, bool preceding,
                                  const Datum& offset, bool is_end) {
  // NULLs are peers of each other and in no distance from anything else.
  if (partition.key_is_null(at)) return is_end ? partition.peers_end(at) : partition.peers_begin(at);
  const std::array arguments = {partition.key(at), offset};  // The function wants the key as it is.
  const Datum limit = (preceding != descending_ ? minus_ : plus_)->evaluate(evaluation_.context(), arguments);
  evaluation_.check();
  // The first row that is not before the limit; for an end the first that is behind it.
  uint64_t low = 0;
  uint64_t high = partition.size();
  while (low < high) {
    const uint64_t middle = low + (high - low) / 2;
    bool before;
    if (partition.key_is_null(middle)) {
      before = nulls_first_;
    } else {
      int order = sql::compare(key(partition, middle), limit);
      if (descending_) order = -order;
      before = is_end ? order <= 0 : order < 0;
    }
    (before ? low : high) = before ? middle + 1 : middle;
  }
  return low;
}

uint64_t FrameBounds::bound(const Partition& partition, uint64_t at, FrameBound kind, const Datum& offset,
                            bool is_end) {
  if (kind == FrameBound::kUnboundedPreceding) return 0;
  if (kind == FrameBound::kUnboundedFollowing) return partition.size();
  if (kind == FrameBound::kCurrentRow) {
    if (frame_.unit == FrameUnit::kRows) return is_end ? at + 1 : at;
    return is_end ? partition.peers_end(at) : partition.peers_begin(at);
  }
  const bool preceding = kind == FrameBound::kPreceding;
  if (frame_.unit == FrameUnit::kRange) return range_bound(partition, at, preceding, offset, is_end);
  const auto distance = static_cast<uint64_t>(offset.as<int64_t>());
  const bool by_row = frame_.unit == FrameUnit::kRows;
  const uint64_t here = by_row ? at : partition.group(at);
  const uint64_t last = by_row ? partition.size() : partition.groups();
  // The unit at which the bound is; one further for an end, which is behind its unit.
  uint64_t unit;
  if (preceding) {
    if (distance > here) return 0;
    unit = here - distance;
  } else {
    if (distance >= last - here) return partition.size();
    unit = here + distance;
  }
  if (is_end) ++unit;
  return by_row ? std::min(unit, last) : partition.group_begin(unit);
}

FrameBounds::Range FrameBounds::range(const Partition& partition, uint64_t at) {
  const uint64_t begin = bound(partition, at, frame_.begin, begin_offset_, false);
  const uint64_t end = bound(partition, at, frame_.end, end_offset_, true);
  return {begin, std::max(begin, end)};
}

std::vector<FrameBounds::Range> FrameBounds::parts(const Partition& partition, uint64_t at) {
  const Range whole = range(partition, at);
  const auto cut = [&](uint64_t from, uint64_t to) {
    const uint64_t begin = std::clamp(from, whole.begin, whole.end);
    return Range{begin, std::max(begin, std::min(to, whole.end))};
  };
  std::vector<Range> parts;
  switch (frame_.exclusion) {
    case FrameExclusion::kNone:
      parts = {whole};
      break;
    case FrameExclusion::kCurrentRow:
      parts = {cut(0, at), cut(at + 1, partition.size())};
      break;
    case FrameExclusion::kGroup:
      parts = {cut(0, partition.peers_begin(at)), cut(partition.peers_end(at), partition.size())};
      break;
    case FrameExclusion::kTies:
      parts = {cut(0, partition.peers_begin(at)), cut(at, at + 1),
               cut(partition.peers_end(at), partition.size())};
      break;
  }
  std::erase_if(parts, [](const Range& part) { return part.begin >= part.end; });
  return parts;
}

}  // namespace sqlmill::rt::query
