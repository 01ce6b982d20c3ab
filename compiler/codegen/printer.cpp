#include "compiler/codegen/printer.h"

#include <cstdio>
#include <cstdlib>
#include <set>

#include "compiler/codegen/templates.h"

namespace sqlmill::codegen {

namespace {

[[noreturn]] void give_up(std::string_view shape, size_t line, const char* what, std::string_view hole) {
  std::fprintf(stderr, "fault: template %.*s, line %zu: hole $%.*s$ %s\n", static_cast<int>(shape.size()),
               shape.data(), line, static_cast<int>(hole.size()), hole.data(), what);
  std::abort();
}

/// At most one blank line in a row, none behind an opening brace or before a closing one, and a block with
/// nothing in it is {}: an empty hole leaves them.
std::string without_needless_blanks(std::string_view text) {
  std::string out;
  bool blank = false;
  bool opened = true;  // A block that is not a namespace, by the line before.
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const size_t first = line.find_first_not_of(' ');
    if (first == std::string_view::npos) {
      blank = true;
      continue;
    }
    const bool closes = line.substr(first).starts_with("};") || (first > 0 && line[first] == '}');
    if (blank && !closes && !opened) out += '\n';
    blank = false;
    if (opened && line[first] == '}' && out.ends_with("{\n")) {
      out.pop_back();
      opened = line.ends_with('{');
      out.append(line.substr(first)).append("\n");
      continue;
    }
    opened = line.ends_with('{') && !line.starts_with("namespace");
    out += line;
    out += '\n';
  }
  return out;
}

void append_indented(std::string& out, std::string_view value, size_t indent) {
  for (size_t i = 0; i < value.size(); ++i) {
    out += value[i];
    if (value[i] == '\n' && i + 1 < value.size() && value[i + 1] != '\n') out.append(indent, ' ');
  }
}

}  // namespace

std::string fill(std::string_view name, std::string_view shape, Holes holes) {
  std::string out;
  std::set<std::string_view> used;
  size_t line_number = 0;
  while (!shape.empty()) {
    ++line_number;
    const size_t end = std::min(shape.find('\n'), shape.size());
    const std::string_view line = shape.substr(0, end);
    shape.remove_prefix(std::min(end + 1, shape.size()));
    std::string filled;
    bool had_hole = false;
    for (size_t i = 0; i < line.size();) {
      if (line[i] != '$') {
        filled += line[i++];
        continue;
      }
      const size_t close = line.find('$', i + 1);
      const std::string_view hole =
          line.substr(i + 1, close == std::string_view::npos ? close : close - i - 1);
      const auto* found = holes.begin();
      while (found != holes.end() && found->first != hole) ++found;
      if (found == holes.end()) give_up(name, line_number, "is not filled", hole);
      used.insert(found->first);
      had_hole = true;
      const size_t line_start = filled.rfind('\n') + 1;  // 0 when there is none
      const size_t indent = filled.find_first_not_of(' ', line_start) == std::string::npos
                                ? filled.size() - line_start
                                : line.find_first_not_of(' ');
      append_indented(filled, found->second, indent == std::string::npos ? 0 : indent);
      i = close + 1;
    }
    if (had_hole && filled.find_first_not_of(" \n") == std::string::npos) continue;
    out += filled;
    out += '\n';
  }
  out = without_needless_blanks(out);
  for (const auto& [hole, value] : holes) {
    if (!used.contains(hole)) give_up(name, 0, "is not in it", hole);
  }
  return out;
}

std::string fill_template(std::string_view name, Holes holes) {
  return fill(name, find_template(name), holes);
}

std::string lines(const std::vector<std::string>& all) {
  std::string out;
  for (size_t i = 0; i < all.size(); ++i) {
    if (i) out += '\n';
    out += all[i];
  }
  return out;
}

std::string block(const std::string& text) {
  std::string out;
  for (const char c : text) {
    out += c;
    if (c == '\n') out += "  ";
  }
  return out;
}

}  // namespace sqlmill::codegen
