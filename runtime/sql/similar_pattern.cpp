#include "runtime/sql/compiled_patterns.h"
#include "runtime/sql/utf8.h"

namespace sqlmill::rt::sql {

std::string similar_as_regex(std::string_view pattern, std::string_view escape) {
  std::string out = "^(?:";
  bool escaped = false;
  bool in_brackets = false;
  for (size_t i = 0; i < pattern.size();) {
    const std::string_view character = pattern.substr(i, utf8_first(pattern.substr(i)));
    i += character.size();
    const char c = character[0];
    if (escaped) {
      out += '\\';
      out += character;
      escaped = false;
    } else if (character == escape) {
      escaped = true;
    } else if (in_brackets) {
      if (c == '\\') out += '\\';
      out += character;
      in_brackets = c != ']';
    } else if (c == '%') {
      out += ".*";
    } else if (c == '_') {
      out += '.';
    } else if (c == '(') {
      out += "(?:";
    } else {
      in_brackets = c == '[';
      if (c == '\\' || c == '.' || c == '^' || c == '$') out += '\\';
      out += character;
    }
  }
  return out + ")$";
}

}  // namespace sqlmill::rt::sql
