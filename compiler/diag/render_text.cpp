// Diagnostics for a terminal:
//   error[E0203]: column "sesion_id" does not exist
//     --> clickstream.sql:12:5
//      |
//   12 |     sesion_id,
//      |     ^^^^^^^^^
//      = did you mean "session_id"?
#include <fmt/format.h>

#include <algorithm>

#include "compiler/diag/diagnostic.h"

namespace sqlmill::diag {
namespace {

/// Columns of the source line that are shown; of a longer line, a window around the place.
constexpr size_t kWidestLine = 120;
/// How much of a long line is shown before the place.
constexpr size_t kLeadIn = 40;

struct Colors {
  std::string_view severity, place, bold, off;
};

Colors colors(Severity severity, TextOptions options) {
  if (!options.color) return {};
  return {severity == Severity::kError ? "\x1b[1;31m" : "\x1b[1;33m", "\x1b[1;34m", "\x1b[1m", "\x1b[0m"};
}

bool is_continuation(char c) {
  return (static_cast<unsigned char>(c) & 0xC0) == 0x80;
}

size_t sequence_length(std::string_view text, size_t at) {
  size_t length = 1;
  while (at + length < text.size() && is_continuation(text[at + length]) && length < 4) ++length;
  return length;
}

/// East Asian wide characters and emoji take two columns of a terminal. The blocks that matter, not Unicode's
/// whole table.
size_t columns_of(std::string_view character) {
  uint32_t code = static_cast<unsigned char>(character[0]);
  if (code >= 0xC0) {
    code &= character.size() == 4 ? 0x07 : character.size() == 3 ? 0x0F : 0x1F;
    for (const char c : character.substr(1)) code = code << 6 | (static_cast<unsigned char>(c) & 0x3F);
  }
  const bool wide = (code >= 0x1100 && code <= 0x115F) || (code >= 0x2E80 && code <= 0xA4CF) ||
                    (code >= 0xAC00 && code <= 0xD7A3) || (code >= 0xF900 && code <= 0xFAFF) ||
                    (code >= 0xFE30 && code <= 0xFE6F) || (code >= 0xFF00 && code <= 0xFF60) ||
                    (code >= 0x1F300 && code <= 0x1FAFF) || (code >= 0x20000 && code <= 0x3FFFD);
  const bool zero = (code >= 0x0300 && code <= 0x036F) || code == 0x200B || code == 0x200D || code == 0xFE0F;
  return wide ? 2 : zero ? 0 : 1;
}

/// One character as it is shown: a tab as a space, other control characters and broken bytes by their number.
std::string shown(std::string_view character) {
  const auto byte = static_cast<unsigned char>(character[0]);
  if (byte == '\t') return " ";
  if (byte < 0x20 || byte == 0x7F) return fmt::format("\\x{:02x}", byte);
  const size_t expected = byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : byte >= 0xC2 ? 2 : 1;
  if (character.size() != expected || (byte >= 0x80 && byte < 0xC2) || byte > 0xF4) {
    std::string escaped;
    for (const char c : character) escaped += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    return escaped;
  }
  // C1 controls and the marks that change the direction of writing would make the terminal show another text.
  const bool c1 = byte == 0xC2 && static_cast<unsigned char>(character[1]) < 0xA0;
  const bool direction = character.size() == 3 && byte == 0xE2 &&
                         ((character[1] == '\x80' && character[2] >= '\xAA' && character[2] <= '\xAE') ||
                          (character[1] == '\x81' && character[2] >= '\xA6' && character[2] <= '\xA9'));
  if (!c1 && !direction) return std::string(character);
  std::string escaped;
  for (const char c : character) escaped += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
  return escaped;
}

/// The line to show and the carets below it.
struct Excerpt {
  std::string text;
  std::string carets;
};

/// `begin` and `end` are bytes of `line`; `end` may be its size for a place that goes on in the next line.
Excerpt excerpt(std::string_view line, size_t begin, size_t end) {
  size_t from = 0;
  if (line.size() > kWidestLine && begin > kLeadIn) {
    from = begin - kLeadIn;
    while (from > 0 && is_continuation(line[from])) --from;
  }
  Excerpt result;
  if (from > 0) {
    result.text = "…";
    result.carets = " ";
  }
  size_t width = 0;
  size_t at = from;
  while (at < line.size() && width < kWidestLine) {
    const size_t length = sequence_length(line, at);
    const std::string_view character = line.substr(at, length);
    const std::string text = shown(character);
    const size_t columns = text == character ? columns_of(character) : text.size();
    const bool marked = at + length > begin && (at < end || at == begin);
    result.text += text;
    if (at < end || at <= begin) result.carets += std::string(columns, marked ? '^' : ' ');
    width += columns;
    at += length;
  }
  if (at < line.size()) result.text += "…";
  // At the end of the line there is no character to mark.
  if (begin >= line.size()) result.carets += "^";
  return result;
}

/// A message or a hint may quote the source.
std::string safe(std::string_view text) {
  std::string result;
  for (size_t at = 0; at < text.size();) {
    const size_t length = sequence_length(text, at);
    result += shown(text.substr(at, length));
    at += length;
  }
  return result;
}

std::string render(const source::Source& source, const Diagnostic& diagnostic, TextOptions options) {
  const Severity level = severity(diagnostic.code);
  const Colors c = colors(level, options);
  const auto size = static_cast<uint32_t>(source.text().size());
  const source::Span span{std::min(diagnostic.span.begin, size), std::min(diagnostic.span.end, size)};
  const source::Position position = source.position(span.begin);
  const std::string_view line = source.line(position.line);
  const size_t line_begin =
      line.data() == nullptr ? span.begin : static_cast<size_t>(line.data() - source.text().data());
  const size_t begin = std::min<size_t>(span.begin - line_begin, line.size());
  const size_t end = std::clamp<size_t>(span.end - line_begin, begin, line.size());
  const Excerpt shown_line = excerpt(line, begin, end);

  const std::string number = std::to_string(position.line);
  const std::string margin(number.size(), ' ');
  std::string text;
  text += fmt::format("{}{}[{}]{}{}: {}{}\n", c.severity, level == Severity::kError ? "error" : "warning",
                      code_name(diagnostic.code), c.off, c.bold, safe(diagnostic.message), c.off);
  text += fmt::format("{}{}-->{} {}:{}:{}\n", margin, c.place, c.off, safe(source.name()), position.line,
                      position.column);
  text += fmt::format("{} {}|{}\n", margin, c.place, c.off);
  text += fmt::format("{}{} |{}{}{}\n", c.place, number, c.off, shown_line.text.empty() ? "" : " ",
                      shown_line.text);
  text += fmt::format("{} {}|{} {}{}{}\n", margin, c.place, c.off, c.severity, shown_line.carets, c.off);
  if (!diagnostic.hint.empty())
    text += fmt::format("{} {}={} {}\n", margin, c.place, c.off, safe(diagnostic.hint));
  return text;
}

}  // namespace

std::string render_text(const source::Source& source, const std::vector<Diagnostic>& diagnostics,
                        TextOptions options) {
  std::string text;
  for (const Diagnostic& diagnostic : diagnostics) {
    if (!text.empty()) text += "\n";
    text += render(source, diagnostic, options);
  }
  return text;
}

}  // namespace sqlmill::diag
