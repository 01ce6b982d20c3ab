// Checks of the bytes, before the lexer.
#pragma once

#include <string>
#include <vector>

#include "compiler/diag/diagnostic.h"
#include "compiler/source/source.h"

namespace sqlmill::parse {

/// Reports NUL and whatever is not UTF-8. Returns the places; the statements that hold them are not parsed.
std::vector<source::Span> check_characters(const source::Source& source, diag::Sink& sink);

/// The length of the UTF-8 sequence at the start of `text`, 0 if there is none (overlong forms and surrogates
/// are none).
size_t utf8_length(std::string_view text);

}  // namespace sqlmill::parse
