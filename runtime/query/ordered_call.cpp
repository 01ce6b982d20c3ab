#include "runtime/query/ordered_call.h"

#include <algorithm>

namespace sqlmill::rt::query {

OrderedCall::OrderedCall(const plan::AggregateCall& call, const std::vector<plan::OutputColumn>& input,
                         Builder& builder)
    : set_(ordered_set_function(*call.function)),
      ignores_nulls_(call.function->form == sql::AggregateForm::kOrderedSet) {
  std::vector<TypeId> types;
  std::vector<plan::ExprRef> columns;
  const auto column_of = [&](const plan::ExprRef& expr) {
    const auto same = std::find_if(columns.begin(), columns.end(),
                                   [&](const plan::ExprRef& c) { return plan::equal(c, expr); });
    return static_cast<size_t>(same - columns.begin());
  };
  const std::vector<plan::ExprRef> arguments = plan::arguments(call);
  for (const plan::ExprRef& argument : arguments) {
    types.push_back(argument->type.id);
    if (!set_) columns.push_back(argument);
  }
  if (set_) {
    direct_ = builder.build(arguments);
    direct_rows_ = std::make_unique<Rows>(RowLayout(0, std::exchange(types, {})), builder.execution());
    absent_ = make_chunk(input);
    absent_.rows = 1;
    for (Vector& column : absent_.columns) column.set_null(0);
  }
  for (const TypeId type : types) read_.emplace_back(type);
  for (const Vector& vector : read_) read_pointers_.push_back(&vector);

  std::vector<RowOrder::Key> by;
  for (const plan::SortKey& key : call.order) {
    const size_t at = set_ ? columns.size() : column_of(key.expr);
    if (at == columns.size()) {
      columns.push_back(key.expr);
      types.push_back(key.expr->type.id);
      keys_.push_back(builder.build(key.expr));
    }
    by.push_back({at, key.descending, key.nulls_first});
  }
  for (size_t at = 0; call.distinct && at < arguments.size(); ++at) by.push_back({at, false, false});
  collected_ =
      std::make_unique<CollectedRows>(std::move(types), RowOrder(std::move(by)), builder.execution());
}

void OrderedCall::note_groups(Evaluation& evaluation, const Chunk& chunk, const uint32_t* groups) {
  if (!set_) return;
  // New groups have numbers that go up, each named first by the row that brought it.
  std::vector<uint32_t> first;
  for (uint32_t row = 0; row < chunk.rows; ++row) {
    if (groups[row] == direct_rows_->size() + first.size()) first.push_back(row);
  }
  add_direct(evaluation, chunk, first);
}

void OrderedCall::add_direct(Evaluation& evaluation, const Chunk& chunk, const std::vector<uint32_t>& first) {
  if (first.empty()) return;
  std::vector<const Vector*> values;
  for (const ExpressionPtr& expression : direct_) values.push_back(&expression->evaluate(evaluation, chunk));
  direct_rows_->append(values, first.data(), static_cast<uint32_t>(first.size()));
  direct_rows_->account();
}

const uint32_t* OrderedCall::drop_nulls(const Vector& key, const uint32_t* selected, uint32_t& count) {
  uint32_t kept = 0;
  for (uint32_t i = 0; i < count; ++i) {
    const uint32_t row = selected ? selected[i] : i;
    if (!key.nulls()[row]) selected_[kept++] = row;
  }
  count = kept;
  return selected_;
}

void OrderedCall::add(Evaluation& evaluation, const Chunk& chunk, std::span<const Vector* const> arguments,
                      const uint32_t* groups, const uint32_t* selected, uint32_t count) {
  std::vector<const Vector*> columns(arguments.begin(), arguments.end());
  for (const ExpressionPtr& key : keys_) columns.push_back(&key->evaluate(evaluation, chunk));
  if (ignores_nulls_) selected = drop_nulls(*columns[0], selected, count);
  collected_->add(columns, groups, selected, count);
}

void OrderedCall::value(Evaluation& evaluation, uint32_t group, const AccumulatorType& type, base::Heap& heap,
                        void* accumulator, Vector& result, uint32_t row) {
  const std::span<const char* const> rows = collected_->rows(group);
  const RowLayout& layout = collected_->layout();
  if (set_) {
    while (group >= direct_rows_->size()) add_direct(evaluation, absent_, {0});
    const RowLayout& direct = direct_rows_->layout();
    direct_values_.clear();
    for (size_t i = 0; i < direct_.size(); ++i)
      direct_values_.push_back(direct.datum((*direct_rows_)[group], i));
    set_(evaluation.context(), {layout, collected_->order(), rows, direct_values_}, result, row);
    return;
  }
  for (size_t begin = 0; begin < rows.size(); begin += sql::kVectorRows) {
    const auto count = static_cast<uint32_t>(std::min<size_t>(rows.size() - begin, sql::kVectorRows));
    for (size_t a = 0; a < read_.size(); ++a) layout.read(a, rows.data() + begin, count, read_[a]);
    type.add_to_one(heap, read_pointers_.data(), nullptr, count, accumulator);
    evaluation.execution().check();
  }
  type.value(evaluation.context(), accumulator, result, row);
}

void OrderedCall::clear() {
  collected_->clear();
  if (direct_rows_) direct_rows_->clear();
}

}  // namespace sqlmill::rt::query
