// `explain --stage ast`: the syntax tree as indented text.
#pragma once

#include <string>

#include "compiler/ast/ast.h"

namespace sqlmill::ast {

std::string print(const Script& script);

}  // namespace sqlmill::ast
