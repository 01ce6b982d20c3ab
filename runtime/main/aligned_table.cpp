// After psql's print_aligned_text() and pg_wcsformat() with border 1 and the ASCII line style.
#include "runtime/main/aligned_table.h"

#include <fmt/core.h>
#include <wchar.h>

#include <algorithm>
#include <clocale>
#include <iterator>

namespace sqlmill::rt::main {

namespace {

struct Decoded {
  char32_t code_point;
  size_t bytes;  // 0: not UTF-8.
};

Decoded decode(std::string_view text) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(0);
  if (first < 0x80) return {first, 1};
  const size_t bytes = first >= 0xf0 && first < 0xf8 ? 4 : first >= 0xe0 ? 3 : first >= 0xc2 ? 2 : 0;
  if (bytes == 0 || first >= 0xf8 || text.size() < bytes) return {0, 0};
  char32_t code_point = first & (0x7f >> bytes);
  for (size_t i = 1; i < bytes; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return {0, 0};
    code_point = code_point << 6 | (byte(i) & 0x3f);
  }
  return {code_point, bytes};
}

}  // namespace

int width_of(char32_t code_point) {
  // wcwidth() knows only what the locale's character set has.
  [[maybe_unused]] static const char* const locale = std::setlocale(LC_CTYPE, "C.UTF-8");
  if (code_point < 0x20 || (code_point >= 0x7f && code_point < 0xa0)) return -1;
  const int width = ::wcwidth(static_cast<wchar_t>(code_point));
  return width < 0 ? 1 : width;  // Not assigned yet, or no such locale.
}

AlignedTable::Lines AlignedTable::lines_of(std::string_view text) {
  Lines lines(1);
  const auto append = [&](std::string_view shown, size_t width) {
    lines.back().text += shown;
    lines.back().width += width;
  };
  while (!text.empty()) {
    const auto [code_point, bytes] = decode(text);
    const std::string_view character = text.substr(0, std::max<size_t>(bytes, 1));
    text.remove_prefix(character.size());
    if (bytes == 0) {
      append(fmt::format("\\x{:02X}", static_cast<unsigned char>(character[0])), 4);
    } else if (code_point == '\n') {
      lines.emplace_back();
    } else if (code_point == '\r') {
      append("\\r", 2);
    } else if (code_point == '\t') {
      const size_t spaces = 8 - lines.back().width % 8;
      append(std::string(spaces, ' '), spaces);
    } else if (const int width = width_of(code_point); width >= 0) {
      append(character, static_cast<size_t>(width));
    } else if (bytes == 1) {
      append(fmt::format("\\x{:02X}", static_cast<unsigned>(code_point)), 4);
    } else {
      append(fmt::format("\\u{:04X}", static_cast<unsigned>(code_point)), 6);
    }
  }
  return lines;
}

void AlignedTable::add_column(std::string_view name, Align align) {
  Column column{lines_of(name), align, 0};
  for (const Line& line : column.header) column.width = std::max(column.width, line.width);
  columns_.push_back(std::move(column));
}

void AlignedTable::add_cell(std::string_view text) {
  Column& column = columns_[cells_.size() % columns_.size()];
  cells_.push_back(lines_of(text));
  for (const Line& line : cells_.back()) column.width = std::max(column.width, line.width);
}

void AlignedTable::append_header(std::string& out) const {
  size_t height = 0;
  for (const Column& column : columns_) height = std::max(height, column.header.size());
  for (size_t line = 0; line < height; ++line) {
    for (size_t i = 0; i < columns_.size(); ++i) {
      const Column& column = columns_[i];
      const bool has_line = line < column.header.size();
      const size_t space = column.width - (has_line ? column.header[line].width : 0);
      if (i > 0) out += '|';
      out += ' ';
      out.append(space / 2, ' ');
      if (has_line) out += column.header[line].text;
      out.append(space - space / 2, ' ');
      out += line + 1 < column.header.size() ? '+' : ' ';
    }
    out += '\n';
  }
  for (size_t i = 0; i < columns_.size(); ++i) {
    if (i > 0) out += '+';
    out.append(columns_[i].width + 2, '-');
  }
  out += '\n';
}

void AlignedTable::append_row(const Lines* cells, std::string& out) const {
  size_t height = 0;
  for (size_t i = 0; i < columns_.size(); ++i) height = std::max(height, cells[i].size());
  for (size_t line = 0; line < height; ++line) {
    for (size_t i = 0; i < columns_.size(); ++i) {
      const bool is_last = i + 1 == columns_.size();
      const bool has_line = line < cells[i].size();
      const bool continues = line + 1 < cells[i].size();
      const size_t space = columns_[i].width - (has_line ? cells[i][line].width : 0);
      const bool right = has_line && columns_[i].align == Align::kRight;
      if (i > 0) out += '|';
      out += ' ';
      if (right) out.append(space, ' ');
      if (has_line) out += cells[i][line].text;
      if (!right && (!is_last || continues)) out.append(space, ' ');
      if (continues) {
        out += '+';
      } else if (!is_last) {
        out += ' ';
      }
    }
    out += '\n';
  }
}

void AlignedTable::append_to(std::string& out, bool footer) const {
  append_header(out);
  for (size_t i = 0; i < cells_.size(); i += columns_.size()) append_row(&cells_[i], out);
  if (footer) fmt::format_to(std::back_inserter(out), "({} {})\n\n", rows(), rows() == 1 ? "row" : "rows");
}

}  // namespace sqlmill::rt::main
