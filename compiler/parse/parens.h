// Looking ahead over parentheses, so that the parser need not.
#pragma once

#include "compiler/parse/tokens.h"

namespace sqlmill::parse {

/// False, and kTooDeep reported, if more than kDeepestNesting are open at the same place.
bool check_nesting(const StatementTokens& statement, diag::Sink& sink);

/// Makes two words of the `>>` that closes `struct<a struct<b int>>`.
void split_struct_closers(StatementTokens& statement);

/// Retypes each parenthesis that opens a query from LPAREN to QUERY_OPEN. `((SELECT 1) UNION …)` opens two,
/// `((SELECT 1) + 2)` opens one inside an ordinary parenthesis: what follows the inner one decides.
void mark_query_parentheses(StatementTokens& statement);

}  // namespace sqlmill::parse
