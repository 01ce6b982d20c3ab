#include "runtime/sql/functions/like.h"

#include "runtime/sql/functions/text_case.h"
#include "runtime/sql/utf8.h"

namespace sqlmill::rt::sql {

namespace {

[[gnu::cold]] bool fail_escape_at_end(Context& context) {
  context.fail(ErrorCode::kInvalidEscapeSequence, "LIKE pattern must not end with escape character");
  return false;
}

/// `pattern` with `escape` in the place of the backslash. Empty: no character escapes.
Text with_backslashes(Context& context, Text pattern, Text escape) {
  const std::string_view e = escape.view();
  if (e == "\\") return pattern;
  if (!e.empty() && utf8_first(e) != e.size()) {
    context.fail(ErrorCode::kInvalidEscapeSequence, "invalid escape string");
    return pattern;
  }
  const std::string_view p = pattern.view();
  char* const bytes = context.arena().allocate_chars(2 * p.size());
  char* out = bytes;
  bool escaped = false;
  for (size_t i = 0; i < p.size();) {
    const std::string_view character = p.substr(i, utf8_first(p.substr(i)));
    i += character.size();
    if (!escaped && character == e) {
      *out++ = '\\';
      escaped = true;
      continue;
    }
    if (character == "\\" && !escaped) *out++ = '\\';
    std::memcpy(out, character.data(), character.size());
    out += character.size();
    escaped = false;
  }
  return Text(std::string_view(bytes, static_cast<size_t>(out - bytes)));
}

}  // namespace

bool like_general(Context& context, std::string_view text, std::string_view pattern) {
  size_t t = 0;
  size_t p = 0;
  // Where to go on after a mismatch: the pattern behind the last %, one character of the text further.
  size_t retry_pattern = std::string_view::npos;
  size_t retry_text = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '%') {
      // A run of % and _ is one % and a least number of characters.
      for (; p < pattern.size() && (pattern[p] == '%' || pattern[p] == '_'); ++p) {
        if (pattern[p] == '%') continue;
        if (t == text.size()) return false;
        t += utf8_first(text.substr(t));
      }
      if (p == pattern.size()) return true;
      if (pattern[p] == '\\' && p + 1 == pattern.size()) return fail_escape_at_end(context);
      retry_pattern = p;
      retry_text = t;
      continue;
    }
    if (p < pattern.size()) {
      if (pattern[p] == '_') {
        t += utf8_first(text.substr(t));
        ++p;
        continue;
      }
      size_t literal = p;
      if (pattern[p] == '\\' && ++literal == pattern.size()) return fail_escape_at_end(context);
      if (pattern[literal] == text[t]) {
        p = literal + 1;
        ++t;
        continue;
      }
    }
    if (retry_pattern == std::string_view::npos) return false;
    const size_t literal = retry_pattern + (pattern[retry_pattern] == '\\');
    // UTF-8 synchronises itself: the first byte of a character is never in the middle of another.
    retry_text = text.find(pattern[literal], retry_text + 1);
    if (retry_text == std::string_view::npos) return false;
    t = retry_text;
    p = retry_pattern;
  }
  while (p < pattern.size() && pattern[p] == '%') ++p;
  return p == pattern.size();
}

bool like_escape(Context& context, Text text, Text pattern, Text escape) {
  const Text rewritten = with_backslashes(context, pattern, escape);
  return !context.failed() && like(context, text, rewritten);
}

bool ilike(Context& context, Text text, Text pattern) {
  return like(context, lower(context.arena(), text), lower(context.arena(), pattern));
}

bool ilike_escape(Context& context, Text text, Text pattern, Text escape) {
  const Text rewritten = with_backslashes(context, pattern, escape);
  return !context.failed() && ilike(context, text, rewritten);
}

}  // namespace sqlmill::rt::sql
