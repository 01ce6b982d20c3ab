// Statements of a session. They are short lists of words, so they are read word by word; queries within them
// go to the parser of statements.
#pragma once

#include <functional>
#include <optional>

#include "compiler/ast/ast.h"
#include "compiler/diag/diagnostic.h"
#include "compiler/parse/tokens.h"

namespace sqlmill::parse {

/// Parses words that are a statement by themselves. Nothing after an error, which was reported.
using ParseStatement = std::function<std::optional<ast::Statement>(StatementTokens)>;

bool is_session_statement(const source::Source& source, const StatementTokens& statement);
std::optional<ast::Statement> parse_session_statement(const source::Source& source, StatementTokens statement,
                                                      const ParseStatement& parse, diag::Sink& sink);

}  // namespace sqlmill::parse
