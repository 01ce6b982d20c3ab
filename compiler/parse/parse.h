// Text to syntax tree.
#pragma once

#include "compiler/ast/ast.h"
#include "compiler/diag/diagnostic.h"
#include "compiler/source/source.h"

namespace sqlmill::parse {

/// The statements of the file that could be parsed; errors go to `sink`. Each statement is parsed by itself,
/// so an error in one hides nothing in the next.
ast::Script parse_script(const source::Source& source, diag::Sink& sink);

/// The statements of a string that a client sent; none after an error, which went to `sink`.
std::vector<ast::Statement> parse_statements(const source::Source& source, diag::Sink& sink);

}  // namespace sqlmill::parse
