// Bound expressions as C++ expressions.
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "compiler/plan/expr.h"

namespace sqlmill::codegen {

namespace sql = rt::sql;

/// `sql::Nullable<sql::Text>`.
std::string value_type(sql::Type type, bool nullable);

class ExpressionWriter {
 public:
  /// An expression that is there already, and how it is read: `row.page_url->is_home`.
  using Known = std::pair<plan::ExprRef, std::string>;

  /// `columns[i]` is how column i is read: `row.session_id`.
  explicit ExpressionWriter(std::vector<std::string> columns, std::vector<Known> known = {})
      : columns_(std::move(columns)), known_(std::move(known)) {}

  /// A C++ expression of value_type(expr->type, expr->nullable).
  std::string value(const plan::ExprRef& expr) const;
  /// A C++ expression of type bool: whether `expr` is true (not false, not NULL).
  std::string is_true(const plan::ExprRef& expr) const;
  /// Whether the value is there already: it is read, not computed.
  bool is_there(const plan::ExprRef& expr) const;
  /// One that also finds these.
  ExpressionWriter with(const std::vector<Known>& more) const;

 private:
  std::string is_false(const plan::ExprRef& expr) const;
  std::string call(const plan::Call& node, const plan::Expr& expr) const;
  std::string concatenation(const plan::Call& node, const plan::Expr& expr) const;
  void collect_parts(const plan::ExprRef& expr, std::vector<std::string>& parts) const;
  std::string logical(const plan::Logical& node, bool nullable) const;
  std::string in_set(const plan::InSet& node) const;
  std::string case_when(const plan::Case& node, const plan::Expr& expr) const;
  std::string as(const plan::ExprRef& expr, const std::string& type, bool nullable) const;

  const std::string* find_known(const plan::ExprRef& expr) const;

  std::vector<std::string> columns_;
  std::vector<Known> known_;
};

/// A constant's C++ spelling.
std::string constant(const sql::Datum& value, sql::Type type);

}  // namespace sqlmill::codegen
