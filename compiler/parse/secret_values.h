// Values that a message must not show: what stands behind an option name that looks like a secret's, as the
// words of the file say it. It also works where the statement could not be parsed, and then covers rather too
// much.
#pragma once

#include <vector>

#include "compiler/parse/tokens.h"

namespace sqlmill::parse {

/// Places of the secret values of one statement, in order. `'${NAME}'` is none.
std::vector<source::Span> secret_values(const source::Source& source,
                                        const std::vector<std::unique_ptr<antlr4::Token>>& tokens);

}  // namespace sqlmill::parse
