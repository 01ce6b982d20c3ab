#include "compiler/codegen/long_lines.h"

#include <algorithm>
#include <cctype>
#include <optional>

namespace sqlmill::codegen {

namespace {

constexpr size_t kMost = 120;
constexpr size_t kFurtherIn = 4;
/// What stands before a break, or what is left of the line behind it, should be worth a line.
constexpr size_t kLeast = 30;

struct Breaks {
  size_t best = 0;  // Where the next line begins; 0: nowhere.
  size_t comment = std::string_view::npos;
  bool is_known = true;  // A character literal is not: such lines stay as they are.
};

bool is_name(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

/// Whether an operand of a longer expression begins there: behind a parenthesis, comma, && or ||, before ? or
/// : of a choice.
bool may_begin(std::string_view line, size_t at) {
  if (line[at - 1] == '(') return line[at] != ')';
  if (line[at - 1] != ' ') return false;
  const std::string_view before = line.substr(0, at - 1);
  if (before.ends_with(',') || before.ends_with("&&") || before.ends_with("||")) return true;
  const std::string_view rest = line.substr(at);
  return rest.starts_with("? ") || rest.starts_with(": ");
}

Breaks find_breaks(std::string_view line, size_t indent) {
  Breaks breaks;
  int depth = 0;
  int least_depth = 0;
  bool in_string = false;
  for (size_t i = indent; i < line.size(); ++i) {
    const char c = line[i];
    if (in_string) {
      if (c == '\\') ++i;
      in_string = c != '"';
      continue;
    }
    if (i >= indent + kLeast && i <= kMost && line.size() - i >= kLeast && may_begin(line, i) &&
        (breaks.best == 0 || depth <= least_depth)) {
      breaks.best = i;
      least_depth = depth;
    }
    const bool is_template =
        i > 0 && (c == '<' ? is_name(line[i - 1]) : line[i - 1] != ' ' && line[i - 1] != '-');
    if (c == '"') in_string = true;
    if (c == '\'') breaks.is_known = false;
    if (c == '(' || c == '{' || c == '[' || (c == '<' && is_template)) ++depth;
    if (c == ')' || c == '}' || c == ']' || (c == '>' && is_template)) --depth;
    if (c == '/' && line.substr(i).starts_with("//")) {
      breaks.comment = i;
      break;
    }
  }
  return breaks;
}

void append_broken(std::string& out, std::string_view line) {
  size_t indent = line.find_first_not_of(' ');
  if (line.size() <= kMost || line[indent] == '#') {
    out.append(line).append("\n");
    return;
  }
  const Breaks first = find_breaks(line, indent);
  if (!first.is_known || first.comment == indent) {
    out.append(line).append("\n");
    return;
  }
  if (first.comment != std::string_view::npos) {
    out.append(indent, ' ').append(line.substr(first.comment)).append("\n");
    line = line.substr(0, line.find_last_not_of(' ', first.comment - 1) + 1);
  }
  std::string rest(line);
  for (bool is_first = true; rest.size() > kMost; is_first = false) {
    const size_t best = find_breaks(rest, indent).best;
    if (best == 0) break;
    out.append(rest, 0, rest.find_last_not_of(' ', best - 1) + 1).append("\n");
    if (is_first) indent += kFurtherIn;
    rest = std::string(indent, ' ') + rest.substr(best);
  }
  out.append(rest).append("\n");
}

}  // namespace

std::string break_long_lines(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    append_broken(out, text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

}  // namespace sqlmill::codegen
