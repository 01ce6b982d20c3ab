// The interpreter of bound expressions over dynamic rows: constants at compile time.
#pragma once

#include <span>

#include "compiler/plan/expr.h"

namespace sqlmill::plan {

/// The value of `expr` on `row`. On failure the context holds the error. Out-of-line bytes live in the
/// context's arena or in the expression.
sql::Datum evaluate(sql::Context& context, const ExprRef& expr, std::span<const sql::Datum> row);

/// `expr` with every part that reads no column replaced by its value; parts that fail stay as they are, so
/// that they fail on a row, as they would have.
ExprRef fold_constants(const ExprRef& expr);

}  // namespace sqlmill::plan
