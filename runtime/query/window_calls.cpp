// The window functions.
#include "runtime/query/window_calls.h"

#include <algorithm>

#include "runtime/query/accumulators.h"

namespace sqlmill::rt::query {

namespace {

using plan::WindowFunction;

void store(const ResultPlaces& result, uint64_t row, const Datum& value) {
  const ResultPlace place = result(row);
  place.vector.set_datum(place.row, value);
}

/// Of the row's position and peers only.
class RankCall : public WindowCallKernel {
 public:
  explicit RankCall(WindowFunction function) : function_(function) {}

  void compute(const Partition& partition, const ResultPlaces& result) override {
    for (uint64_t i = 0; i < partition.size(); ++i) store(result, i, value(partition, i));
  }

 private:
  Datum value(const Partition& partition, uint64_t i) const {
    const auto size = static_cast<double>(partition.size());
    switch (function_) {
      case WindowFunction::kRowNumber:
        return Datum(static_cast<int64_t>(i + 1));
      case WindowFunction::kRank:
        return Datum(static_cast<int64_t>(partition.peers_begin(i) + 1));
      case WindowFunction::kDenseRank:
        return Datum(static_cast<int64_t>(partition.group(i) + 1));
      case WindowFunction::kPercentRank:
        return Datum(partition.size() == 1 ? 0.0
                                           : static_cast<double>(partition.peers_begin(i)) / (size - 1));
      default:
        return Datum(static_cast<double>(partition.peers_end(i)) / size);  // cume_dist
    }
  }

  const WindowFunction function_;
};

class NtileCall : public WindowCallKernel {
 public:
  explicit NtileCall(size_t argument) : argument_(argument) {}

  void compute(const Partition& partition, const ResultPlaces& result) override {
    const Datum argument = partition.value(0, argument_);
    if (argument.is_null()) {
      for (uint64_t i = 0; i < partition.size(); ++i) store(result, i, Datum::null(TypeId::kInteger));
      return;
    }
    const int64_t buckets = argument.as<int32_t>();
    if (buckets <= 0)
      throw QueryError(ErrorCode::kInvalidArgumentForNtile, "argument of ntile must be greater than zero");
    const auto count = static_cast<int64_t>(partition.size());
    const int64_t size = count / buckets;
    const int64_t longer = count % buckets;  // So many buckets have one more.
    for (int64_t i = 0; i < count; ++i) {
      const int64_t in_longer = longer * (size + 1);
      const int64_t bucket =
          i < in_longer ? i / (size + 1) : longer + (i - in_longer) / std::max<int64_t>(size, 1);
      store(result, static_cast<uint64_t>(i), Datum(static_cast<int32_t>(bucket + 1)));
    }
  }

 private:
  const size_t argument_;
};

/// lag and lead: (value [, offset [, default]]).
class NeighbourCall : public WindowCallKernel {
 public:
  NeighbourCall(const plan::WindowCall& call, const WindowArguments& arguments)
      : lead_(call.function == WindowFunction::kLead),
        ignore_nulls_(call.ignore_nulls),
        type_(call.type.id),
        arguments_(arguments.columns) {}

  void compute(const Partition& partition, const ResultPlaces& result) override {
    for (uint64_t i = 0; i < partition.size(); ++i) store(result, i, value(partition, i));
  }

 private:
  Datum value(const Partition& partition, uint64_t i) const {
    int64_t distance = 1;
    if (arguments_.size() > 1) {
      const Datum offset = partition.value(i, arguments_[1]);
      if (offset.is_null()) return Datum::null(type_);
      distance = offset.as<int32_t>();
    }
    if (!lead_) distance = -distance;
    const std::optional<uint64_t> at =
        ignore_nulls_ ? skip_nulls(partition, i, distance) : neighbour(partition, i, distance);
    if (at) return partition.value(*at, arguments_[0]);
    return arguments_.size() > 2 ? partition.value(i, arguments_[2]) : Datum::null(type_);
  }

  static std::optional<uint64_t> neighbour(const Partition& partition, uint64_t i, int64_t distance) {
    const int64_t at = static_cast<int64_t>(i) + distance;
    if (at < 0 || at >= static_cast<int64_t>(partition.size())) return std::nullopt;
    return static_cast<uint64_t>(at);
  }

  std::optional<uint64_t> skip_nulls(const Partition& partition, uint64_t i, int64_t distance) const {
    if (distance == 0) return i;
    const int64_t step = distance > 0 ? 1 : -1;
    int64_t left = distance > 0 ? distance : -distance;
    for (int64_t at = static_cast<int64_t>(i) + step; at >= 0 && at < static_cast<int64_t>(partition.size());
         at += step) {
      if (partition.rows().layout().is_null(partition.row(static_cast<uint64_t>(at)), arguments_[0]))
        continue;
      if (--left == 0) return static_cast<uint64_t>(at);
    }
    return std::nullopt;
  }

  const bool lead_;
  const bool ignore_nulls_;
  const TypeId type_;
  const std::vector<size_t> arguments_;
};

/// first_value, last_value and nth_value.
class FrameValueCall : public WindowCallKernel {
 public:
  FrameValueCall(const plan::WindowCall& call, const plan::Window& window, const WindowArguments& arguments,
                 Builder& builder)
      : function_(call.function),
        ignore_nulls_(call.ignore_nulls),
        type_(call.type.id),
        arguments_(arguments.columns),
        frame_(call.frame, window, builder) {}

  void compute(const Partition& partition, const ResultPlaces& result) override {
    for (uint64_t i = 0; i < partition.size(); ++i) store(result, i, value(partition, i));
  }

 private:
  Datum value(const Partition& partition, uint64_t i) {
    uint64_t left = 1;
    if (function_ == WindowFunction::kNthValue) {
      const Datum n = partition.value(i, arguments_[1]);
      if (n.is_null()) return Datum::null(type_);
      if (n.as<int32_t>() <= 0) {
        throw QueryError(ErrorCode::kInvalidArgumentForNthValue,
                         "argument of nth_value must be greater than zero");
      }
      left = static_cast<uint64_t>(n.as<int32_t>());
    }
    const std::vector<FrameBounds::Range> parts = frame_.parts(partition, i);
    const bool backwards = function_ == WindowFunction::kLastValue;
    for (size_t p = 0; p < parts.size(); ++p) {
      const FrameBounds::Range part = parts[backwards ? parts.size() - 1 - p : p];
      const uint64_t size = part.end - part.begin;
      if (!ignore_nulls_ && left > size) {
        left -= size;
        continue;
      }
      for (uint64_t k = ignore_nulls_ ? 0 : left - 1; k < size; ++k) {
        const uint64_t at = backwards ? part.end - 1 - k : part.begin + k;
        const Datum value = partition.value(at, arguments_[0]);
        if (!ignore_nulls_) return value;
        if (!value.is_null() && --left == 0) return value;
      }
    }
    return Datum::null(type_);
  }

  const WindowFunction function_;
  const bool ignore_nulls_;
  const TypeId type_;
  const std::vector<size_t> arguments_;
  FrameBounds frame_;
};

/// An aggregate over the frame. While frames only grow at their end the accumulator goes on; where they move,
/// rows that leave are taken out if the aggregate can do that, otherwise it begins anew.
class AggregateCall : public WindowCallKernel {
 public:
  AggregateCall(const plan::WindowCall& call, const plan::Window& window, const WindowArguments& arguments,
                Builder& builder)
      : type_(accumulator_type(*call.aggregate.function)),
        arguments_(arguments.columns),
        filter_(arguments.filter),
        frame_(call.frame, window, builder),
        evaluation_(builder.execution()),
        result_type_(call.type.id) {
    const std::vector<plan::ExprRef> exprs = [&] {
      std::vector<plan::ExprRef> all;
      if (call.aggregate.argument) all.push_back(call.aggregate.argument);
      all.insert(all.end(), call.aggregate.more_arguments.begin(), call.aggregate.more_arguments.end());
      return all;
    }();
    for (const plan::ExprRef& expr : exprs) vectors_.emplace_back(expr->type.id);
    for (const Vector& vector : vectors_) vector_pointers_.push_back(&vector);
    memory_.resize(type_.bytes + 16);
    at_ = reinterpret_cast<void*>((reinterpret_cast<uintptr_t>(memory_.data()) + 15) & ~uintptr_t{15});
    type_.create(at_);
  }
  ~AggregateCall() override { type_.destroy(at_); }

  void clear() override {
    begin_anew();
    heap_ = std::make_unique<base::Heap>();
    evaluation_.reset();
  }

  void compute(const Partition& partition, const ResultPlaces& result) override {
    begin_anew();
    FrameBounds::Range held{0, 0};
    for (uint64_t i = 0; i < partition.size(); ++i) {
      if ((i & 1023) == 0) evaluation_.execution().check();
      if (frame_.excludes()) {
        begin_anew();
        for (const FrameBounds::Range part : frame_.parts(partition, i)) add(partition, part.begin, part.end);
      } else {
        move(partition, held, frame_.range(partition, i));
      }
      const ResultPlace place = result(i);
      type_.value(evaluation_.context(), at_, place.vector, place.row);
      evaluation_.check();
      keep(place);
    }
  }

 private:
  void begin_anew() {
    type_.destroy(at_);
    type_.create(at_);
  }

  void move(const Partition& partition, FrameBounds::Range& held, FrameBounds::Range wanted) {
    const bool forward = wanted.begin >= held.begin && wanted.end >= held.end && wanted.begin <= held.end;
    const bool removes = wanted.begin > held.begin;
    if (!forward || (removes && !type_.remove)) {
      begin_anew();
      add(partition, wanted.begin, wanted.end);
    } else {
      if (removes) remove(partition, held.begin, wanted.begin);
      add(partition, held.end, wanted.end);
    }
    held = wanted;
  }

  void add(const Partition& partition, uint64_t begin, uint64_t end) {
    each(partition, begin, end,
         [&](uint32_t rows) { type_.add_to_one(*heap_, vector_pointers_.data(), nullptr, rows, at_); });
  }
  void remove(const Partition& partition, uint64_t begin, uint64_t end) {
    each(partition, begin, end,
         [&](uint32_t rows) { type_.remove(*heap_, vector_pointers_.data(), rows, at_); });
  }

  /// Reads the arguments of the rows for which FILTER holds, a chunk at a time.
  template <class Visit>
  void each(const Partition& partition, uint64_t begin, uint64_t end, Visit visit) {
    const RowLayout& layout = partition.rows().layout();
    while (begin < end) {
      rows_.clear();
      for (; begin < end && rows_.size() < sql::kVectorRows; ++begin) {
        const char* row = partition.row(begin);
        if (filter_ && (layout.is_null(row, *filter_) || !*layout.value(row, *filter_))) continue;
        rows_.push_back(row);
      }
      const auto count = static_cast<uint32_t>(rows_.size());
      for (size_t a = 0; a < arguments_.size(); ++a)
        layout.read(arguments_[a], rows_.data(), count, vectors_[a]);
      if (count > 0) visit(count);
    }
  }

  /// A result may borrow from the accumulator.
  void keep(const ResultPlace& place) {
    if (place.vector.nulls()[place.row]) return;
    const ValueType& type = value_type(result_type_);
    type.keep(place.vector.values<char>() + size_t{place.row} * type.size, evaluation_.context().arena());
  }

  const AccumulatorType& type_;
  const std::vector<size_t> arguments_;
  const std::optional<size_t> filter_;
  FrameBounds frame_;
  Evaluation evaluation_;
  const TypeId result_type_;
  std::unique_ptr<base::Heap> heap_ = std::make_unique<base::Heap>();
  std::vector<Vector> vectors_;
  std::vector<const Vector*> vector_pointers_;
  std::vector<char> memory_;
  void* at_;
  std::vector<const char*> rows_;
};

}  // namespace

std::unique_ptr<WindowCallKernel> make_window_call(const plan::WindowCall& call, const plan::Window& window,
                                                   const WindowArguments& arguments, Builder& builder) {
  switch (call.function) {
    case WindowFunction::kAggregate:
      return std::make_unique<AggregateCall>(call, window, arguments, builder);
    case WindowFunction::kRowNumber:
    case WindowFunction::kRank:
    case WindowFunction::kDenseRank:
    case WindowFunction::kPercentRank:
    case WindowFunction::kCumeDist:
      return std::make_unique<RankCall>(call.function);
    case WindowFunction::kNtile:
      return std::make_unique<NtileCall>(arguments.columns[0]);
    case WindowFunction::kLag:
    case WindowFunction::kLead:
      return std::make_unique<NeighbourCall>(call, arguments);
    case WindowFunction::kFirstValue:
    case WindowFunction::kLastValue:
    case WindowFunction::kNthValue:
      return std::make_unique<FrameValueCall>(call, window, arguments, builder);
  }
  __builtin_unreachable();
}

}  // namespace sqlmill::rt::query
