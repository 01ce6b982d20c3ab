// Reading relations: all rows, or those that a key finds.
#include <algorithm>
#include <array>
#include <numeric>
#include <optional>
#include <string>
#include <unordered_set>

#include "compiler/catalog/catalog.h"
#include "runtime/engine/row_encoding.h"
#include "runtime/ops/reading.h"
#include "runtime/query/builder.h"
#include "runtime/query/group_table.h"

namespace sqlmill::rt::query {

namespace {

/// Beyond so many combinations of values a scan is better.
constexpr size_t kMostCombinations = 1024;

/// How the rows that a filter lets through can be found: values for all columns of the key, or of an index.
/// Other rows may be found, too, since the filter is asked again.
struct Lookup {
  const RelationIndex* index = nullptr;            // Null: by the key.
  std::vector<std::vector<plan::ExprRef>> values;  // Of each column, those that it may have.
};

/// The rows of keys whose values may come from the row around the query.
class LookupOperator : public Operator {
 public:
  LookupOperator(const catalog::Relation& relation, std::vector<uint32_t> columns, const Lookup& lookup,
                 Builder& builder)
      : relations_(builder.relations()),
        relation_(relation),
        columns_(std::move(columns)),
        index_(lookup.index),
        key_columns_(relations_.key(relation).size()),
        evaluation_(builder.execution()) {
    for (const auto& values : lookup.values) values_.push_back(builder.build(values));
    nothing_.rows = 1;
    if (!index_) find_parameters(lookup, builder);
  }

  const Chunk* next() override {
    evaluation_.execution().check();
    if (has_ahead()) return next_ahead();
    if (!has_keys_) find_keys();
    if (scan_) return scan_->next();
    while (at_ < keys_.size()) {
      const size_t count = std::min(keys_.size() - at_, key_columns_ * sql::kVectorRows);
      out_ = relations_.find(relation_, columns_, std::span(keys_).subspan(at_, count));
      at_ += count;
      if (out_.rows > 0) return &out_;
    }
    return nullptr;
  }
  void rewind() override { has_keys_ = false; }

 private:
  /// If each column of the key is a value of the row around the query, many rows are looked for at a time.
  void find_parameters(const Lookup& lookup, const Builder& builder) {
    const std::vector<uint32_t> key = relations_.key(relation_);
    for (size_t c = 0; c < key.size(); ++c) {
      const auto& values = lookup.values[c];
      const auto* parameter = std::get_if<plan::Parameter>(&values.front()->node);
      if (values.size() > 1 || !parameter) return parameters_.clear();
      parameters_.push_back(parameter->index);
      places_.push_back(
          static_cast<size_t>(std::find(columns_.begin(), columns_.end(), key[c]) - columns_.begin()));
    }
    frame_ = builder.frame();
  }

  bool has_ahead() const { return !parameters_.empty() && frame_ && frame_->ahead().rows > 1; }

  const Chunk* next_ahead() {
    if (has_keys_) return nullptr;
    has_keys_ = true;
    const Frame::Ahead& ahead = frame_->ahead();
    if (ahead_number_ != ahead.number) look_ahead(ahead);
    const uint32_t found = row_ahead_[ahead.row];
    if (found == state::HashIndex::kNone) return nullptr;
    out_.columns.resize(columns_.size());
    for (size_t c = 0; c < columns_.size(); ++c) {
      if (out_.columns[c].type() != ahead_.columns[c].type())
        out_.columns[c] = Vector(ahead_.columns[c].type());
      copy_rows(ahead_.columns[c], found, 1, out_.columns[c], 0);
    }
    out_.rows = 1;
    return &out_;
  }

  /// What the rows from this one on find.
  void look_ahead(const Frame::Ahead& ahead) {
    ahead_number_ = ahead.number;
    std::vector<const Vector*> wanted;
    std::vector<TypeId> types;
    for (const uint32_t parameter : parameters_) {
      wanted.push_back(ahead.columns[parameter]);
      types.push_back(wanted.back()->type());
    }
    keys_.clear();
    for (uint32_t row = ahead.row; row < ahead.rows; ++row) {
      if (std::any_of(wanted.begin(), wanted.end(), [&](const Vector* v) { return v->nulls()[row] != 0; }))
        continue;
      for (const Vector* column : wanted) keys_.push_back(column->datum(row));
    }
    row_ahead_.assign(ahead.rows, state::HashIndex::kNone);
    if (keys_.empty()) return;
    ahead_ = relations_.find(relation_, columns_, keys_);
    std::vector<const Vector*> found;
    for (const size_t place : places_) found.push_back(&ahead_.columns[place]);
    GroupTable keys(0, types, evaluation_.execution());
    std::array<uint32_t, sql::kVectorRows> numbers;
    keys.find_or_add(found, nullptr, ahead_.rows, numbers.data(), [](char*) {});
    std::vector<uint32_t> row_of(keys.rows().size());
    for (uint32_t i = 0; i < ahead_.rows; ++i) row_of[numbers[i]] = i;
    keys.find(wanted, ahead.rows, numbers.data());
    for (uint32_t row = ahead.row; row < ahead.rows; ++row) {
      const bool is_null =
          std::any_of(wanted.begin(), wanted.end(), [&](const Vector* v) { return v->nulls()[row] != 0; });
      if (!is_null && numbers[row] != state::HashIndex::kNone) row_ahead_[row] = row_of[numbers[row]];
    }
  }

  /// Each combination of values once, NULLs left out.
  std::vector<std::vector<Datum>> combinations() {
    std::vector<std::vector<Datum>> all = {{}};
    for (const std::vector<ExpressionPtr>& column : values_) {
      std::vector<Datum> values;
      for (const ExpressionPtr& expression : column) {
        const Datum value = expression->evaluate(evaluation_, nothing_).datum(0);
        if (value.is_null() || std::any_of(values.begin(), values.end(), [&](const Datum& other) {
              return sql::compare(value, other) == 0;
            }))
          continue;
        values.push_back(sql::copy(value, memory_));
      }
      std::vector<std::vector<Datum>> longer;
      for (const std::vector<Datum>& begun : all) {
        for (const Datum& value : values) {
          longer.push_back(begun);
          longer.back().push_back(value);
        }
      }
      all = std::move(longer);
    }
    return all;
  }

  void find_keys() {
    has_keys_ = true;
    at_ = 0;
    keys_.clear();
    scan_.reset();
    evaluation_.reset();
    memory_.reset();
    const std::vector<std::vector<Datum>> wanted = combinations();
    std::unordered_set<std::string> known;  // A row may have had another of the values in another epoch.
    for (const std::vector<Datum>& values : wanted) {
      if (!index_) {
        keys_.insert(keys_.end(), values.begin(), values.end());
        continue;
      }
      const std::optional<std::vector<Datum>> found = relations_.keys(*index_, values, memory_);
      if (!found) {
        scan_ = relations_.scan(relation_, columns_, evaluation_.execution());
        return;
      }
      for (size_t i = 0; i < found->size(); i += key_columns_) {
        const std::span<const Datum> key(found->data() + i, key_columns_);
        if (wanted.size() > 1) {
          std::string bytes;
          engine::append_encoding(key, bytes);
          if (!known.insert(std::move(bytes)).second) continue;
        }
        keys_.insert(keys_.end(), key.begin(), key.end());
      }
    }
  }

  Relations& relations_;
  const catalog::Relation& relation_;
  const std::vector<uint32_t> columns_;
  const RelationIndex* const index_;
  const size_t key_columns_;
  std::vector<std::vector<ExpressionPtr>> values_;
  Evaluation evaluation_;
  Arena memory_{1024};
  Chunk nothing_;
  Chunk out_;
  bool has_keys_ = false;
  std::vector<Datum> keys_;
  size_t at_ = 0;
  OperatorPtr scan_;  // Where there are too many keys.

  const Frame* frame_ = nullptr;
  std::vector<uint32_t>
      parameters_;              // Of the frame, for each column of the key; empty: others are asked, too.
  std::vector<size_t> places_;  // Of the key among the columns.
  uint64_t ahead_number_ = 0;
  Chunk ahead_;                      // What the frame's rows have found,
  std::vector<uint32_t> row_ahead_;  // and which of it by row.
};

bool reads_no_column(const plan::ExprRef& expr) {
  bool reads = false;
  plan::for_each_column(expr, [&](const plan::Column&) { reads = true; });
  return !reads;
}

bool is_column(const plan::ExprRef& expr, uint32_t column) {
  const auto* reference = std::get_if<plan::Column>(&expr->node);
  return reference && reference->index == column;
}

/// One of which `column` equals in all rows that the condition lets through; empty: not said.
std::vector<plan::ExprRef> values_of_column(const plan::ExprRef& filter, uint32_t column) {
  if (const auto* logical = std::get_if<plan::Logical>(&filter->node)) {
    std::vector<plan::ExprRef> all;
    for (const plan::ExprRef& operand : logical->operands) {
      std::vector<plan::ExprRef> values = values_of_column(operand, column);
      if (logical->is_and && !values.empty()) return values;
      if (!logical->is_and && values.empty()) return {};
      all.insert(all.end(), values.begin(), values.end());
    }
    return all;
  }
  const auto fits = [&](const plan::ExprRef& value, const plan::ExprRef& reference) {
    return reads_no_column(value) && !value->can_fail && value->type.id == reference->type.id;
  };
  if (const auto* set = std::get_if<plan::InSet>(&filter->node)) {
    const bool all_fit = std::all_of(set->constants.begin(), set->constants.end(),
                                     [&](const plan::ExprRef& value) { return fits(value, set->operand); });
    return is_column(set->operand, column) && all_fit ? set->constants : std::vector<plan::ExprRef>();
  }
  const auto* call = std::get_if<plan::Call>(&filter->node);
  if (!call || call->function->name != "=" || call->arguments.size() != 2) return {};
  for (const size_t side : {0, 1}) {
    const plan::ExprRef& value = call->arguments[1 - side];
    if (is_column(call->arguments[side], column) && fits(value, call->arguments[side])) return {value};
  }
  return {};
}

/// `columns`: what the scan reads, over which the filter is.
std::optional<Lookup> lookup(const std::vector<uint32_t>& wanted, const std::vector<uint32_t>& columns,
                             const plan::ExprRef& filter) {
  Lookup lookup;
  size_t combinations = 1;
  for (const uint32_t column : wanted) {
    const auto place = std::find(columns.begin(), columns.end(), column);
    if (!filter || place == columns.end()) return std::nullopt;
    lookup.values.push_back(values_of_column(filter, static_cast<uint32_t>(place - columns.begin())));
    if (lookup.values.back().empty()) return std::nullopt;
    combinations *= std::min(lookup.values.back().size(), 2 * kMostCombinations);
    if (combinations > kMostCombinations) return std::nullopt;
  }
  return wanted.empty() ? std::nullopt : std::optional(std::move(lookup));
}

std::optional<Lookup> lookup(const plan::Scan& scan, const std::vector<uint32_t>& columns,
                             const plan::ExprRef& filter, const Relations& relations) {
  if (auto by_key = lookup(relations.key(*scan.relation), columns, filter)) return by_key;
  // The one of most columns finds the fewest rows.
  std::optional<Lookup> best;
  for (const RelationIndex& index : relations.indexes(*scan.relation)) {
    std::optional<Lookup> found = lookup(index.columns, columns, filter);
    if (!found || (best && best->values.size() >= found->values.size())) continue;
    best = std::move(found);
    best->index = &index;
  }
  return best;
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

std::string lookup_of(const plan::Filter& filter, const Relations& relations) {
  const auto* scan = std::get_if<plan::Scan>(&filter.input->op);
  if (!scan) return "";
  const std::optional<Lookup> found =
      lookup(*scan, columns_of_scan(*filter.input, *scan), filter.predicate, relations);
  if (!found) return "";
  return found->index ? "Index look-up using " + found->index->name : "look-up by key";
}

bool finds_one_row(const plan::Filter& filter, const Relations& relations) {
  const auto* scan = std::get_if<plan::Scan>(&filter.input->op);
  if (!scan) return false;
  const std::optional<Lookup> found =
      lookup(relations.key(*scan->relation), columns_of_scan(*filter.input, *scan), filter.predicate);
  return found && std::all_of(found->values.begin(), found->values.end(),
                              [](const auto& values) { return values.size() == 1; });
}

OperatorPtr build_scan(const plan::Node& node, const plan::Scan& op, const plan::ExprRef& filter,
                       Builder& builder) {
  std::vector<uint32_t> columns = columns_of_scan(node, op);
  if (const std::optional<Lookup> found = lookup(op, columns, filter, builder.relations()))
    return std::make_unique<LookupOperator>(*op.relation, std::move(columns), *found, builder);
  return builder.relations().scan(*op.relation, std::move(columns), builder.execution());
}

}  // namespace sqlmill::rt::query
