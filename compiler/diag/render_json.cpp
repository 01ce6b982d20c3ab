// Diagnostics for programs: one JSON array.
#include <fmt/format.h>

#include <algorithm>

#include "compiler/diag/diagnostic.h"

namespace sqlmill::diag {
namespace {

/// A JSON string, quotes included. Bytes that are not UTF-8 become U+FFFD, because JSON has no way to write
/// them.
std::string json_string(std::string_view text) {
  std::string result = "\"";
  for (size_t i = 0; i < text.size();) {
    const auto byte = static_cast<unsigned char>(text[i]);
    size_t length = byte < 0x80                    ? 1
                    : byte >= 0xF0 && byte <= 0xF4 ? 4
                    : byte >= 0xE0                 ? 3
                    : byte >= 0xC2                 ? 2
                                                   : 0;
    if (i + length > text.size() || byte > 0xF4) length = 0;
    for (size_t k = 1; k < length; ++k) {
      if ((static_cast<unsigned char>(text[i + k]) & 0xC0) != 0x80) length = 0;
    }
    if (length == 0) {
      result += "\\ufffd";
      ++i;
      continue;
    }
    switch (byte) {
      case '"':
        result += "\\\"";
        break;
      case '\\':
        result += "\\\\";
        break;
      case '\n':
        result += "\\n";
        break;
      case '\r':
        result += "\\r";
        break;
      case '\t':
        result += "\\t";
        break;
      default:
        if (byte < 0x20) {
          result += fmt::format("\\u{:04x}", byte);
        } else {
          result += text.substr(i, length);
        }
    }
    i += length;
  }
  return result + "\"";
}

}  // namespace

std::string render_json(const source::Source& source, const std::vector<Diagnostic>& diagnostics) {
  std::string text = "[";
  for (const Diagnostic& diagnostic : diagnostics) {
    const source::Position begin = source.position(diagnostic.span.begin);
    const source::Position end = source.position(std::max(diagnostic.span.begin, diagnostic.span.end));
    text += text.size() == 1 ? "\n" : ",\n";
    text += fmt::format(
        R"(  {{"code": "{}", "severity": "{}", "sqlstate": "{}", "message": {}, "hint": {}, "file": {}, )"
        R"("line": {}, "column": {}, "end_line": {}, "end_column": {}}})",
        code_name(diagnostic.code), severity(diagnostic.code) == Severity::kError ? "error" : "warning",
        diagnostic.sqlstate, json_string(diagnostic.message), json_string(diagnostic.hint),
        json_string(source.name()), begin.line, begin.column, end.line, end.column);
  }
  return text + (text.size() == 1 ? "]\n" : "\n]\n");
}

}  // namespace sqlmill::diag
