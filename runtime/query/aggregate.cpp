// GROUP BY, aggregates, DISTINCT, GROUPING SETS: takes all input, then gives a row a group.
#include <algorithm>

#include "runtime/query/accumulators.h"
#include "runtime/query/builder.h"
#include "runtime/query/group_table.h"

namespace sqlmill::rt::query {

namespace {

/// One aggregate call: what it adds up, and where in a group's header.
class Call {
 public:
  Call(const plan::AggregateCall& call, uint32_t offset, Builder& builder)
      : type_(accumulator_type(*call.function)), offset_(offset) {
    if (call.argument) arguments_.push_back(builder.build(call.argument));
    for (const plan::ExprRef& argument : call.more_arguments) arguments_.push_back(builder.build(argument));
    if (call.filter) filter_ = builder.build(call.filter);
    arguments_can_fail_ = call.argument && call.argument->can_fail;
    for (const plan::ExprRef& argument : call.more_arguments)
      arguments_can_fail_ = arguments_can_fail_ || argument->can_fail;
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
    const uint32_t* selected = nullptr;
    uint32_t count = chunk.rows;
    if (filter_) {
      count = select_true(filter_->evaluate(evaluation, chunk), chunk.rows, selected_);
      selected = selected_;
    }
    // What fails where FILTER does not hold is not asked for.
    const bool chooses = selected && arguments_can_fail_ && count < chunk.rows;
    if (chooses) gather_rows(chunk, count);
    values_.clear();
    for (const ExpressionPtr& argument : arguments_)
      values_.push_back(&argument->evaluate(evaluation, chooses ? chosen_ : chunk));
    if (chooses) spread_values(count);
    if (seen_) {
      count = drop_seen(numbers, selected, count);
      selected = selected_;
    }
    if (!groups) {
      type_.add_to_one(heap, values_.data(), selected, count, one + offset_);
    } else if (!selected) {
      type_.add(heap, values_.data(), nullptr, count, groups, offset_);
    } else {
      for (uint32_t i = 0; i < count; ++i) targets_[i] = groups[selected[i]];
      type_.add(heap, values_.data(), selected, count, targets_, offset_);
    }
  }

  void clear() {
    if (seen_) seen_->clear();
  }

 private:
  void gather_rows(const Chunk& chunk, uint32_t count) {
    chosen_.columns.resize(chunk.columns.size());
    for (size_t c = 0; c < chunk.columns.size(); ++c) {
      if (chosen_.columns[c].type() != chunk.columns[c].type())
        chosen_.columns[c] = Vector(chunk.columns[c].type());
      gather(chunk.columns[c], selected_, count, chosen_.columns[c]);
    }
    chosen_.rows = count;
  }

  /// Puts the values of the chosen rows where the rows are.
  void spread_values(uint32_t count) {
    spread_.resize(values_.size());
    for (size_t a = 0; a < values_.size(); ++a) {
      if (spread_[a].type() != values_[a]->type()) spread_[a] = Vector(values_[a]->type());
      scatter(*values_[a], selected_, count, spread_[a]);
      values_[a] = &spread_[a];
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
  bool arguments_can_fail_ = false;
  ExpressionPtr filter_;
  Chunk chosen_;
  std::vector<Vector> spread_;
  std::unique_ptr<GroupTable> seen_;  // Of DISTINCT.
  std::vector<const Vector*> values_;
  Vector group_of_{TypeId::kInteger};
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
      calls_.push_back(std::make_unique<Call>(call, offset, builder));
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
        calls_[c]->type().value(evaluation_.context(), groups_[i] + calls_[c]->offset(), values, i);
      evaluation_.check();
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
    heap_charge_.set(heap_->reserved_bytes());
  }

  void add(const Chunk& in, const std::vector<const Vector*>& keys) {
    table_->find_or_add(keys, nullptr, in.rows, numbers_, [&](char* group) { create(group); });
    for (uint32_t i = 0; i < in.rows; ++i) groups_[i] = table_->rows()[numbers_[i]];
    for (const auto& call : calls_) call->add(evaluation_, in, *heap_, numbers_, groups_, nullptr);
    heap_charge_.set(heap_->reserved_bytes());
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
