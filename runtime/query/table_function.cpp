// Functions in FROM.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

#include "runtime/query/builder.h"
#include "runtime/sql/array.h"
#include "runtime/sql/compare.h"
#include "runtime/sql/jsonb.h"

namespace sqlmill::rt::query {

namespace {

/// Gives rows of a function one by one.
class TableFunctionOperator : public Operator {
 public:
  TableFunctionOperator(const plan::Node& node, const plan::TableFunction& op, Builder& builder)
      : arguments_(builder.build(op.arguments)),
        ordinality_(op.ordinality),
        evaluation_(builder.execution()),
        out_(make_chunk(node.columns)) {
    nothing_.rows = 1;
  }

  const Chunk* next() override {
    evaluation_.execution().check();
    if (!started_) {
      evaluation_.reset();
      values_.clear();
      for (const ExpressionPtr& argument : arguments_)
        values_.push_back(argument->evaluate(evaluation_, nothing_).datum(0));
      ended_ = !start(values_);
      started_ = true;
      ordinal_ = 0;
    }
    out_.rows = 0;
    while (!ended_ && out_.rows < sql::kVectorRows) {
      if (!fill_row(out_, out_.rows)) {
        ended_ = true;
        break;
      }
      if (ordinality_) out_.columns.back().set(out_.rows, ++ordinal_);
      ++out_.rows;
    }
    return out_.rows > 0 ? &out_ : nullptr;
  }
  void rewind() override { started_ = false; }

 protected:
  /// With the values of the arguments; false: there are no rows.
  virtual bool start(const std::vector<Datum>& arguments) = 0;
  /// The next row; false: there is none.
  virtual bool fill_row(Chunk& out, uint32_t row) = 0;

  Evaluation& evaluation() { return evaluation_; }

 private:
  const std::vector<ExpressionPtr> arguments_;
  const bool ordinality_;
  Evaluation evaluation_;
  Chunk nothing_;
  Chunk out_;
  std::vector<Datum> values_;
  bool started_ = false;
  bool ended_ = false;
  int64_t ordinal_ = 0;
};

[[noreturn]] void raise_zero_step() {
  throw QueryError(ErrorCode::kInvalidParameterValue, "step size cannot equal zero");
}

/// generate_series of integers; ends rather than overflowing.
template <class T>
class IntegerSeries : public TableFunctionOperator {
 public:
  using TableFunctionOperator::TableFunctionOperator;

 protected:
  bool start(const std::vector<Datum>& arguments) override {
    if (std::any_of(arguments.begin(), arguments.end(), [](const Datum& d) { return d.is_null(); }))
      return false;
    at_ = arguments[0].as<T>();
    stop_ = arguments[1].as<T>();
    step_ = arguments.size() > 2 ? arguments[2].as<T>() : T{1};
    if (step_ == 0) raise_zero_step();
    over_ = false;
    return true;
  }
  bool fill_row(Chunk& out, uint32_t row) override {
    if (over_ || (step_ > 0 ? at_ > stop_ : at_ < stop_)) return false;
    out.columns[0].set(row, at_);
    over_ = __builtin_add_overflow(at_, step_, &at_);
    return true;
  }

 private:
  T at_{};
  T stop_{};
  T step_{};
  bool over_ = false;
};

/// generate_series of what has a `+`: numerics, and timestamps with intervals.
class SteppedSeries : public TableFunctionOperator {
 public:
  SteppedSeries(const plan::Node& node, const plan::TableFunction& op, Builder& builder)
      : TableFunctionOperator(node, op, builder) {
    const TypeId step = op.arguments.size() > 2 ? op.arguments[2]->type.id : op.arguments[0]->type.id;
    for (const sql::Function& function : sql::functions()) {
      if (function.name == "+" && function.arguments == std::vector{op.arguments[0]->type.id, step})
        plus_ = &function;
    }
  }

 protected:
  bool start(const std::vector<Datum>& arguments) override {
    if (std::any_of(arguments.begin(), arguments.end(), [](const Datum& d) { return d.is_null(); }))
      return false;
    at_ = arguments[0];
    stop_ = arguments[1];
    step_ = arguments.size() > 2 ? arguments[2] : Datum(sql::Numeric(1, 0));
    sign_ = sql::visit_type(step_.type(), [&]<class T>(std::type_identity<T>) {
      if constexpr (std::is_same_v<T, sql::Numeric> || std::is_same_v<T, sql::Interval>) {
        return sql::compare(step_, Datum(T{}));
      } else {
        return 0;
      }
    });
    if (sign_ == 0) raise_zero_step();
    return true;
  }
  bool fill_row(Chunk& out, uint32_t row) override {
    const int order = sql::compare(at_, stop_);
    if (sign_ > 0 ? order > 0 : order < 0) return false;
    out.columns[0].set_datum(row, at_);
    const std::array arguments = {at_, step_};
    at_ = plus_->evaluate(evaluation().context(), arguments);
    evaluation().check();
    return true;
  }

 private:
  const sql::Function* plus_ = nullptr;
  Datum at_;
  Datum stop_;
  Datum step_;
  int sign_ = 0;
};

/// The members of an array or object in JSON.
class JsonbRows : public TableFunctionOperator {
 public:
  JsonbRows(const plan::Node& node, const plan::TableFunction& op, Builder& builder)
      : TableFunctionOperator(node, op, builder),
        kind_(op.kind),
        wants_array_(op.kind == plan::TableFunctionKind::kJsonbArrayElements ||
                     op.kind == plan::TableFunctionKind::kJsonbArrayElementsText) {}

 protected:
  bool start(const std::vector<Datum>& arguments) override {
    if (arguments[0].is_null()) return false;
    const auto value = arguments[0].as<sql::Jsonb>();
    json_ = evaluation().context().arena().copy(value.text.view());
    const sql::JsonKind kind = sql::json_kind(json_);
    if (kind != (wants_array_ ? sql::JsonKind::kArray : sql::JsonKind::kObject)) {
      const bool is_scalar = kind != sql::JsonKind::kArray && kind != sql::JsonKind::kObject;
      throw QueryError(ErrorCode::kInvalidParameterValue,
                       wants_array_ ? is_scalar ? "cannot extract elements from a scalar"
                                                : "cannot extract elements from an object"
                       : kind_ == plan::TableFunctionKind::kJsonbObjectKeys
                           ? is_scalar ? "cannot call jsonb_object_keys on a scalar"
                                       : "cannot call jsonb_object_keys on an array"
                           : "cannot call jsonb_each on a non-object");
    }
    members_.emplace(json_);
    return true;
  }

  bool fill_row(Chunk& out, uint32_t row) override {
    if (!members_->next()) return false;
    Vector& last = out.columns[wants_array_ || kind_ == plan::TableFunctionKind::kJsonbObjectKeys ? 0 : 1];
    if (!wants_array_) out.columns[0].set(row, characters(members_->key()));
    switch (kind_) {
      case plan::TableFunctionKind::kJsonbObjectKeys:
        break;
      case plan::TableFunctionKind::kJsonbArrayElements:
      case plan::TableFunctionKind::kJsonbEach:
        last.set(row, sql::Jsonb{sql::Text(members_->value())});
        break;
      default:
        set_text(last, row);
    }
    return true;
  }

 private:
  /// As `->>` gives it: strings without quotes, null as NULL.
  void set_text(Vector& column, uint32_t row) {
    const std::string_view value = members_->value();
    const sql::JsonKind kind = sql::json_kind(value);
    if (kind == sql::JsonKind::kNull) {
      column.set_null(row);
    } else {
      column.set(row, kind == sql::JsonKind::kString ? characters(value) : sql::Text(value));
    }
  }

  sql::Text characters(std::string_view quoted) {
    storage_.clear();
    const std::string_view text = sql::json_string(quoted, storage_);
    return sql::Text(storage_.empty() ? text : evaluation().context().arena().copy(text));
  }

  const plan::TableFunctionKind kind_;
  const bool wants_array_;
  std::string_view json_;
  std::optional<sql::JsonMembers> members_;
  std::string storage_;
};

/// The elements of an array: of the argument, or of what another function makes of the arguments.
class ArrayRows : public TableFunctionOperator {
 public:
  /// `name`: of the function; empty: none.
  ArrayRows(const plan::Node& node, const plan::TableFunction& op, std::string_view name, Builder& builder)
      : TableFunctionOperator(node, op, builder) {
    for (const sql::Function& function : sql::functions()) {
      if (function.name == name && function.arguments.size() == op.arguments.size()) function_ = &function;
    }
  }

 protected:
  bool start(const std::vector<Datum>& arguments) override {
    const Datum array =
        function_ ? function_->evaluate(evaluation().context(), arguments) : arguments.front();
    evaluation().check();
    if (array.is_null()) return false;
    array_ = array.as<sql::Array>();
    reader_.emplace(array_);
    at_ = 0;
    return true;
  }

  bool fill_row(Chunk& out, uint32_t row) override {
    if (at_ == reader_->size()) return false;
    out.columns[0].set_datum(row,
                             reader_->is_null(at_) ? Datum::null(reader_->element_type()) : reader_->at(at_));
    ++at_;
    return true;
  }

  /// Of an array of two dimensions: the next of the arrays in it.
  bool fill_array(Chunk& out, uint32_t row) {
    if (at_ == reader_->size()) return false;
    sql::ArrayBuilder builder(reader_->element_type());
    const int32_t end = at_ + reader_->dimension(1).size;
    for (; at_ < end; ++at_)
      builder.add(reader_->is_null(at_) ? Datum::null(reader_->element_type()) : reader_->at(at_));
    out.columns[0].set(row, builder.finish(evaluation().context()));
    return true;
  }

 private:
  const sql::Function* function_ = nullptr;
  sql::Array array_{};
  std::optional<sql::ArrayReader> reader_;
  int32_t at_ = 0;
};

/// The arrays in the array of two dimensions that another function makes of the arguments.
class ArraysOfArray : public ArrayRows {
 public:
  using ArrayRows::ArrayRows;

 protected:
  bool fill_row(Chunk& out, uint32_t row) override { return fill_array(out, row); }
};

OperatorPtr build_series(const plan::Node& node, const plan::TableFunction& op, Builder& builder) {
  switch (op.arguments[0]->type.id) {
    case TypeId::kInteger:
      return std::make_unique<IntegerSeries<int32_t>>(node, op, builder);
    case TypeId::kBigint:
      return std::make_unique<IntegerSeries<int64_t>>(node, op, builder);
    default:
      return std::make_unique<SteppedSeries>(node, op, builder);
  }
}

}  // namespace

OperatorPtr build_table_function(const plan::Node& node, const plan::TableFunction& op, Builder& builder) {
  switch (op.kind) {
    case plan::TableFunctionKind::kGenerateSeries:
      return build_series(node, op, builder);
    case plan::TableFunctionKind::kJsonbArrayElements:
    case plan::TableFunctionKind::kJsonbArrayElementsText:
    case plan::TableFunctionKind::kJsonbEach:
    case plan::TableFunctionKind::kJsonbEachText:
    case plan::TableFunctionKind::kJsonbObjectKeys:
      return std::make_unique<JsonbRows>(node, op, builder);
    case plan::TableFunctionKind::kRegexpSplitToTable:
      return std::make_unique<ArrayRows>(node, op, "regexp_split_to_array", builder);
    case plan::TableFunctionKind::kStringToTable:
      return std::make_unique<ArrayRows>(node, op, "string_to_array", builder);
    case plan::TableFunctionKind::kUnnest:
      return std::make_unique<ArrayRows>(node, op, "", builder);
    case plan::TableFunctionKind::kJsonbPathQuery:
      return std::make_unique<ArrayRows>(node, op, "jsonb_path_query[]", builder);
    case plan::TableFunctionKind::kRegexpMatches:
      return std::make_unique<ArraysOfArray>(node, op, "regexp_matches[]", builder);
  }
  __builtin_unreachable();
}

}  // namespace sqlmill::rt::query
