#include "runtime/sql/functions/similar.h"

#include "runtime/sql/compiled_patterns.h"
#include "runtime/sql/utf8.h"

namespace sqlmill::rt::sql {

namespace {

bool matches(Context& context, const Text& text, std::string_view pattern, RegexOptions options) {
  const CompiledRegex* regex = context.compiled_patterns().regex(context, pattern, options);
  if (regex == nullptr) return false;
  return regex->program->Match({text.data(), text.size()}, 0, text.size(), re2::RE2::UNANCHORED, nullptr, 0);
}

}  // namespace

bool similar_to(Context& context, Text text, Text pattern) {
  RegexOptions options;
  options.similar = true;
  return matches(context, text, pattern.view(), options);
}

bool similar_to_escape(Context& context, Text text, Text pattern, Text escape) {
  const std::string_view character = escape.view();
  if (!character.empty() && utf8_first(character) != character.size()) {
    context.fail(ErrorCode::kInvalidEscapeSequence, "invalid escape string");
    return false;
  }
  return matches(context, text, similar_as_regex(pattern.view(), character), {});
}

}  // namespace sqlmill::rt::sql
