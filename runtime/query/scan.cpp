// Reading relations: all rows, or those that a key finds.
#include <algorithm>
#include <numeric>

#include "compiler/catalog/catalog.h"
#include "runtime/ops/reading.h"
#include "runtime/query/builder.h"

namespace sqlmill::rt::query {

namespace {

/// The rows of one key, whose values may come from the row around the query.
class LookupOperator : public Operator {
 public:
  LookupOperator(const catalog::Relation& relation, std::vector<uint32_t> columns,
                 std::vector<ExpressionPtr> key, Builder& builder)
      : relations_(builder.relations()),
        relation_(relation),
        columns_(std::move(columns)),
        key_(std::move(key)),
        evaluation_(builder.execution()) {
    nothing_.rows = 1;
  }

  const Chunk* next() override {
    if (done_) return nullptr;
    done_ = true;
    evaluation_.execution().check();
    evaluation_.reset();
    std::vector<Datum> key;
    for (const ExpressionPtr& value : key_) key.push_back(value->evaluate(evaluation_, nothing_).datum(0));
    if (std::any_of(key.begin(), key.end(), [](const Datum& value) { return value.is_null(); }))
      return nullptr;
    out_ = relations_.find(relation_, columns_, key);
    return out_.rows > 0 ? &out_ : nullptr;
  }
  void rewind() override { done_ = false; }

 private:
  Relations& relations_;
  const catalog::Relation& relation_;
  const std::vector<uint32_t> columns_;
  const std::vector<ExpressionPtr> key_;
  Evaluation evaluation_;
  Chunk nothing_;
  Chunk out_;
  bool done_ = false;
};

bool reads_no_column(const plan::ExprRef& expr) {
  bool reads = false;
  plan::for_each_column(expr, [&](const plan::Column&) { reads = true; });
  return !reads;
}

/// What `column` must equal by a condition that all rows of the filter meet; null: not said.
plan::ExprRef value_of_column(const plan::ExprRef& filter, uint32_t column) {
  if (const auto* logical = std::get_if<plan::Logical>(&filter->node); logical && logical->is_and) {
    for (const plan::ExprRef& operand : logical->operands) {
      if (plan::ExprRef value = value_of_column(operand, column)) return value;
    }
    return nullptr;
  }
  const auto* call = std::get_if<plan::Call>(&filter->node);
  if (!call || call->function->name != "=" || call->arguments.size() != 2) return nullptr;
  for (const size_t side : {0, 1}) {
    const auto* reference = std::get_if<plan::Column>(&call->arguments[side]->node);
    const plan::ExprRef& value = call->arguments[1 - side];
    const bool fits = reference && reference->index == column && reads_no_column(value) && !value->can_fail &&
                      value->type.id == call->arguments[side]->type.id;
    if (fits) return value;
  }
  return nullptr;
}

/// What the filter says of each column of the relation's key; empty: not of all, or there is no key.
std::vector<plan::ExprRef> key_values(const plan::Scan& scan, const std::vector<uint32_t>& columns,
                                      const plan::ExprRef& filter, const Relations& relations) {
  std::vector<plan::ExprRef> values;
  for (const uint32_t column : relations.key(*scan.relation)) {
    const auto place = std::find(columns.begin(), columns.end(), column);
    if (!filter || place == columns.end()) return {};
    plan::ExprRef value = value_of_column(filter, static_cast<uint32_t>(place - columns.begin()));
    if (!value) return {};
    values.push_back(std::move(value));
  }
  return values;
}

/// A column behind the relation's own is the number of the row: what UPDATE and DELETE find rows by.
std::vector<uint32_t> columns_of_scan(const plan::Node& node, const plan::Scan& scan) {
  if (scan.columns) return *scan.columns;
  std::vector<uint32_t> columns(node.columns.size());
  std::iota(columns.begin(), columns.end(), 0);
  if (scan.columns) columns = *scan.columns;
  const size_t own = scan.relation->columns.size();
  if (scan.relation->kind == catalog::RelationKind::kTable) {
    for (uint32_t& column : columns) {
      if (column >= own) column = ops::kRowNumber;
    }
  }
  return columns;
}

}  // namespace

bool finds_by_key(const plan::Filter& filter, const Relations& relations) {
  const auto* scan = std::get_if<plan::Scan>(&filter.input->op);
  return scan &&
         !key_values(*scan, columns_of_scan(*filter.input, *scan), filter.predicate, relations).empty();
}

OperatorPtr build_scan(const plan::Node& node, const plan::Scan& op, const plan::ExprRef& filter,
                       Builder& builder) {
  std::vector<uint32_t> columns = columns_of_scan(node, op);
  const std::vector<plan::ExprRef> key = key_values(op, columns, filter, builder.relations());
  if (!key.empty()) {
    return std::make_unique<LookupOperator>(*op.relation, std::move(columns), builder.build(key), builder);
  }
  return builder.relations().scan(*op.relation, std::move(columns), builder.execution());
}

}  // namespace sqlmill::rt::query
