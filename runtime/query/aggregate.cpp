// GROUP BY, aggregates, DISTINCT, GROUPING SETS: takes all input, then gives a row a group.
#include <algorithm>

#include "runtime/query/accumulators.h"
#include "runtime/query/builder.h"
#include "runtime/query/group_table.h"
#include "runtime/query/ordered_call.h"

namespace sqlmill::rt::query {

namespace {

/// One aggregate call: what it adds up, and where in a group's header.
class Call {
 public:
  /// `input` are the columns of the rows.
  Call(const plan::AggregateCall& call, const std::vector<plan::OutputColumn>& input, uint32_t offset,
       Builder& builder)
      : type_(accumulator_type(*call.function)), offset_(offset) {
    if (OrderedCall::is_one(call)) ordered_ = std::make_unique<OrderedCall>(call, input, builder);
    if (!call.within_group) arguments_ = builder.build(plan::arguments(call));
    if (call.filter) {
      filter_ = builder.build(call.filter);
      note_narrowed(call);
    }
    if (call.distinct) {
      std::vector<TypeId> types = {TypeId::kInteger};
      types.push_back(call.argument->type.id);
      for (const plan::ExprRef& argument : call.more_arguments) types.push_back(argument->type.id);
      seen_ = std::make_unique<GroupTable>(0, std::move(types), builder.execution());
    }
  }

  const AccumulatorType& type() const { return type_; }
  uint32_t offset() const { return offset_; }

  /// `numbers[i]` is the group of row i, `groups[i]` its header; without `groups` all rows are of the group
  /// `one`.
  void add(Evaluation& evaluation, const Chunk& chunk, base::Heap& heap, const uint32_t* numbers,
           char* const* groups, char* one) {
    if (ordered_) ordered_->note_groups(evaluation, chunk, numbers);
    const uint32_t* selected = nullptr;
    uint32_t count = chunk.rows;
    if (filter_) {
      count = select_true(filter_->evaluate(evaluation, chunk), chunk.rows, selected_);
      selected = selected_;
    }
    if (narrows_ && count < chunk.rows) {
      for (uint32_t i = 0; i < count; ++i) narrowed_numbers_[i] = numbers[selected[i]];
      for (uint32_t i = 0; groups && i < count; ++i) narrowed_groups_[i] = groups[selected[i]];
      add_selected(evaluation, narrowed(chunk, count), heap, narrowed_numbers_,
                   groups ? narrowed_groups_ : nullptr, one, nullptr, count);
    } else {
      add_selected(evaluation, chunk, heap, numbers, groups, one, selected, count);
    }
  }

  /// The result of a group, once.
  void value(Evaluation& evaluation, uint32_t number, char* group, base::Heap& heap, Vector& result,
             uint32_t row) {
    if (ordered_) {
      ordered_->value(evaluation, number, type_, heap, group + offset_, result, row);
    } else {
      type_.value(evaluation.context(), group + offset_, result, row);
    }
  }

  void clear() {
    if (seen_) seen_->clear();
    if (ordered_) ordered_->clear();
  }

 private:
  /// Arguments that can fail are evaluated only where FILTER holds: of a chunk of those rows.
  void note_narrowed(const plan::AggregateCall& call) {
    std::vector<plan::ExprRef> exprs;
    if (!call.within_group) exprs = plan::arguments(call);
    for (const plan::SortKey& key : call.order) exprs.push_back(key.expr);
    narrows_ = std::any_of(exprs.begin(), exprs.end(), [](const plan::ExprRef& e) { return e->can_fail; });
    if (!narrows_) return;
    for (const plan::ExprRef& expr : exprs) {
      plan::for_each_column(expr, [&](const plan::Column& c) { narrowed_columns_.push_back(c.index); });
    }
  }

  const Chunk& narrowed(const Chunk& chunk, uint32_t count) {
    narrowed_.columns.resize(chunk.columns.size());
    narrowed_.rows = count;
    for (const uint32_t column : narrowed_columns_) {
      Vector& target = narrowed_.columns[column];
      if (target.type() != chunk.columns[column].type()) target = Vector(chunk.columns[column].type());
      gather(chunk.columns[column], selected_, count, target);
    }
    return narrowed_;
  }

  void add_selected(Evaluation& evaluation, const Chunk& chunk, base::Heap& heap, const uint32_t* numbers,
                    char* const* groups, char* one, const uint32_t* selected, uint32_t count) {
    if (count == 0) return;
    values_.clear();
    for (const ExpressionPtr& argument : arguments_)
      values_.push_back(&argument->evaluate(evaluation, chunk));
    if (seen_) {
      count = drop_seen(numbers, selected, count);
      selected = selected_;
    }
    if (ordered_) {
      ordered_->add(evaluation, chunk, values_, numbers, selected, count);
    } else if (!groups) {
      type_.add_to_one(heap, values_.data(), selected, count, one + offset_);
    } else if (!selected) {
      type_.add(heap, values_.data(), nullptr, count, groups, offset_);
    } else {
      for (uint32_t i = 0; i < count; ++i) targets_[i] = groups[selected[i]];
      type_.add(heap, values_.data(), selected, count, targets_, offset_);
    }
  }

  /// Leaves in selected_ the rows whose values have not been in their group before.
  uint32_t drop_seen(const uint32_t* numbers, const uint32_t* selected, uint32_t count) {
    for (uint32_t i = 0; i < count; ++i) {
      const uint32_t row = selected ? selected[i] : i;
      group_of_.set(row, static_cast<int32_t>(numbers[row]));
      selected_[i] = row;
    }
    std::vector<const Vector*> keys = {&group_of_};
    keys.insert(keys.end(), values_.begin(), values_.end());
    const uint32_t before = seen_->rows().size();
    seen_->find_or_add(keys, selected_, count, seen_numbers_, [](char*) {});
    // New ones have numbers that go up, each named first by the row that brought it.
    uint32_t next = before;
    uint32_t kept = 0;
    for (uint32_t i = 0; i < count; ++i) {
      if (seen_numbers_[i] != next) continue;
      ++next;
      selected_[kept++] = selected_[i];
    }
    return kept;
  }

  const AccumulatorType& type_;
  const uint32_t offset_;
  std::vector<ExpressionPtr> arguments_;
  ExpressionPtr filter_;
  std::unique_ptr<GroupTable> seen_;  // Of DISTINCT.
  std::unique_ptr<OrderedCall> ordered_;
  std::vector<const Vector*> values_;
  Vector group_of_{TypeId::kInteger};
  bool narrows_ = false;  // There is a FILTER, and arguments can fail.
  std::vector<uint32_t> narrowed_columns_;
  Chunk narrowed_;
  uint32_t narrowed_numbers_[sql::kVectorRows];
  char* narrowed_groups_[sql::kVectorRows];
  uint32_t selected_[sql::kVectorRows];
  uint32_t seen_numbers_[sql::kVectorRows];
  char* targets_[sql::kVectorRows];
};

class AggregateOperator : public Operator {
 public:
  AggregateOperator(const plan::Node& node, const plan::Aggregate& op, Builder& builder)
      : input_(builder.build(op.input)),
        keys_(builder.build(op.keys)),
        sets_(op.sets),
        always_a_row_(!op.grouped),
        evaluation_(builder.execution()),
        heap_charge_(builder.execution()),
        out_(make_chunk(node.columns)) {
    std::vector<TypeId> types;
    for (const plan::ExprRef& key : op.keys) types.push_back(key->type.id);
    for (const TypeId type : types) absent_.emplace_back(type);
    for (Vector& vector : absent_) std::fill_n(vector.nulls(), sql::kVectorRows, uint8_t{1});
    if (!sets_.empty()) types.push_back(TypeId::kInteger);
    uint32_t offset = 0;
    for (const plan::AggregateCall& call : op.calls) {
      calls_.push_back(std::make_unique<Call>(call, op.input->columns, offset, builder));
      offset += (calls_.back()->type().bytes + 15) & ~15u;
    }
    table_ = std::make_unique<GroupTable>(offset, std::move(types), builder.execution());
  }
  ~AggregateOperator() override { destroy(); }

  const Chunk* next() override {
    if (!filled_) fill();
    evaluation_.reset();
    const uint32_t left = table_->rows().size() - at_;
    if (left == 0) return nullptr;
    out_.rows = std::min(left, sql::kVectorRows);
    for (uint32_t i = 0; i < out_.rows; ++i) groups_[i] = table_->rows()[at_ + i];
    const RowLayout& layout = table_->rows().layout();
    const size_t key_columns = keys_.size();
    for (size_t k = 0; k < key_columns; ++k) layout.read(k, groups_, out_.rows, out_.columns[k]);
    for (size_t c = 0; c < calls_.size(); ++c) {
      Vector& values = out_.columns[key_columns + c];
      for (uint32_t i = 0; i < out_.rows; ++i)
        calls_[c]->value(evaluation_, at_ + i, groups_[i], *heap_, values, i);
      evaluation_.check();
      account();
    }
    if (!sets_.empty()) layout.read(key_columns, groups_, out_.rows, out_.columns.back());
    at_ += out_.rows;
    return &out_;
  }

  void rewind() override {
    input_->rewind();
    destroy();
    table_->clear();
    for (const auto& call : calls_) call->clear();
    heap_ = std::make_unique<base::Heap>();
    filled_ = false;
    at_ = 0;
  }

 private:
  void fill() {
    const Chunk* in;
    while ((in = input_->next())) {
      evaluation_.execution().check();
      evaluation_.reset();
      key_values_.clear();
      for (const ExpressionPtr& key : keys_) key_values_.push_back(&key->evaluate(evaluation_, *in));
      if (always_a_row_) {
        add_to_one(*in);
      } else if (sets_.empty()) {
        add(*in, key_values_);
      }
      for (size_t set = 0; set < sets_.size(); ++set) add_set(*in, set);
    }
    if (always_a_row_) the_row();
    // A set without keys has its row even if there is no input.
    if (!always_a_row_ && table_->rows().size() == 0) add_empty_sets();
    filled_ = true;
  }

  /// What accumulators have outgrown is used again.
  void account() {
    heap_->collect();
    heap_charge_.set(heap_->reserved_bytes());
  }

  void create(char* group) {
    for (const auto& call : calls_) call->type().create(group + call->offset());
  }

  char* the_row() {
    if (table_->rows().size() == 0) create(table_->rows().add());
    return table_->rows()[0];
  }

  void add_to_one(const Chunk& in) {
    char* group = the_row();
    std::fill_n(numbers_, in.rows, 0);
    for (const auto& call : calls_) call->add(evaluation_, in, *heap_, numbers_, nullptr, group);
    account();
  }

  void add(const Chunk& in, const std::vector<const Vector*>& keys) {
    table_->find_or_add(keys, nullptr, in.rows, numbers_, [&](char* group) { create(group); });
    for (uint32_t i = 0; i < in.rows; ++i) groups_[i] = table_->rows()[numbers_[i]];
    for (const auto& call : calls_) call->add(evaluation_, in, *heap_, numbers_, groups_, nullptr);
    account();
  }

  std::vector<const Vector*> keys_of_set(size_t set) {
    std::vector<const Vector*> keys;
    for (const Vector& vector : absent_) keys.push_back(&vector);
    for (uint32_t k : sets_[set]) keys[k] = key_values_.empty() ? &absent_[k] : key_values_[k];
    query::fill(Datum(static_cast<int32_t>(set)), sql::kVectorRows, set_number_);
    keys.push_back(&set_number_);
    return keys;
  }

  void add_set(const Chunk& in, size_t set) { add(in, keys_of_set(set)); }

  void add_empty_sets() {
    key_values_.clear();
    for (size_t set = 0; set < sets_.size(); ++set) {
      if (!sets_[set].empty()) continue;
      table_->find_or_add(keys_of_set(set), nullptr, 1, numbers_, [&](char* group) { create(group); });
    }
  }

  void destroy() {
    for (uint32_t n = 0; n < table_->rows().size(); ++n) {
      for (const auto& call : calls_) call->type().destroy(table_->rows()[n] + call->offset());
    }
  }

  OperatorPtr input_;
  const std::vector<ExpressionPtr> keys_;
  const std::vector<std::vector<uint32_t>> sets_;
  const bool always_a_row_;
  Evaluation evaluation_;
  Charge heap_charge_;
  Chunk out_;
  std::vector<std::unique_ptr<Call>> calls_;
  std::unique_ptr<GroupTable> table_;
  std::unique_ptr<base::Heap> heap_ = std::make_unique<base::Heap>();
  std::vector<Vector> absent_;  // NULLs: keys that are not in a set.
  Vector set_number_{TypeId::kInteger};
  std::vector<const Vector*> key_values_;
  bool filled_ = false;
  uint32_t at_ = 0;
  uint32_t numbers_[sql::kVectorRows];
  char* groups_[sql::kVectorRows];
};

}  // namespace

OperatorPtr build_aggregate(const plan::Node& node, const plan::Aggregate& op, Builder& builder) {
  return std::make_unique<AggregateOperator>(node, op, builder);
}

}  // namespace sqlmill::rt::query
