// What window functions compute over one partition.
#pragma once

#include <functional>
#include <optional>

#include "runtime/query/ordered_rows.h"

namespace sqlmill::rt::query {

/// Where the arguments of a call stand among the columns of the kept rows.
struct WindowArguments {
  std::vector<size_t> columns;
  std::optional<size_t> filter;
};

/// Rows [0, size) with the same partition keys, in order.
class Partition {
 public:
  Partition(const OrderedRows& rows, uint64_t begin, uint64_t end, size_t partition_keys);

  uint64_t size() const { return size_; }
  const char* row(uint64_t at) const { return rows_.row(begin_ + at); }
  Datum value(uint64_t at, size_t column) const { return rows_.layout().datum(row(at), column); }
  /// The first row of the peers of `at`, and the one behind the last: rows that the order does not tell
  /// apart.
  uint64_t peers_begin(uint64_t at) const { return groups_[group_of_[at]]; }
  uint64_t peers_end(uint64_t at) const { return group_begin(group_of_[at] + 1); }
  /// Groups of peers, numbered from 0.
  uint64_t group(uint64_t at) const { return group_of_[at]; }
  uint64_t groups() const { return groups_.size(); }
  uint64_t group_begin(uint64_t group) const { return group < groups_.size() ? groups_[group] : size_; }
  /// The value of the first key of ORDER BY.
  bool key_is_null(uint64_t at) const { return rows_.is_null(row(at), partition_keys_); }
  Datum key(uint64_t at) const { return rows_.key(row(at), partition_keys_); }
  const OrderedRows& rows() const { return rows_; }

 private:
  const OrderedRows& rows_;
  const uint64_t begin_;
  const uint64_t size_;
  const size_t partition_keys_;
  std::vector<uint32_t> group_of_;
  std::vector<uint64_t> groups_;  // Where each begins.
};

struct ResultPlace {
  Vector& vector;
  uint32_t row;
};
using ResultPlaces = std::function<ResultPlace(uint64_t row)>;

class WindowCallKernel {
 public:
  virtual ~WindowCallKernel() = default;
  virtual void compute(const Partition& partition, const ResultPlaces& result) = 0;
  /// Before other rows: what results have borrowed may go.
  virtual void clear() {}
};

std::unique_ptr<WindowCallKernel> make_window_call(const plan::WindowCall& call, const plan::Window& window,
                                                   const WindowArguments& arguments, Builder& builder);

/// The rows that a frame has for each row of a partition: [begin, end), without those that EXCLUDE names.
class FrameBounds {
 public:
  FrameBounds(const plan::Frame& frame, const plan::Window& window, Builder& builder);

  struct Range {
    uint64_t begin;
    uint64_t end;  // At least `begin`.
  };
  Range range(const Partition& partition, uint64_t at);
  /// The parts of a range that are left after EXCLUDE: at most three, in order.
  std::vector<Range> parts(const Partition& partition, uint64_t at);
  bool excludes() const { return frame_.exclusion != plan::FrameExclusion::kNone; }

 private:
  uint64_t bound(const Partition& partition, uint64_t at, plan::FrameBound kind, const Datum& offset,
                 bool is_end);
  uint64_t range_bound(const Partition& partition, uint64_t at, bool preceding, const Datum& offset,
                       bool is_end);
  Datum offset_value(const plan::ExprRef& expr, const char* which, Builder& builder);
  Datum key(const Partition& partition, uint64_t at);

  const plan::Frame frame_;
  Evaluation evaluation_;
  bool descending_ = false;
  bool nulls_first_ = false;
  const sql::Function* minus_ = nullptr;
  const sql::Function* plus_ = nullptr;
  /// Of a date: date and interval give a timestamp, which the key is compared with.
  const sql::Function* convert_key_ = nullptr;
  Datum begin_offset_;
  Datum end_offset_;
};

}  // namespace sqlmill::rt::query
