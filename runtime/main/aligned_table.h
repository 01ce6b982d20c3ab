// Rows as psql prints them: aligned columns, a centred header, numbers to the right, a footer with the number
// of rows.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace sqlmill::rt::main {

class AlignedTable {
 public:
  enum class Align : bool { kLeft, kRight };

  void add_column(std::string_view name, Align align);
  /// The next cell of the current row; cells come row by row. NULL is an empty cell.
  void add_cell(std::string_view text);
  size_t rows() const { return columns_.empty() ? 0 : cells_.size() / columns_.size(); }

  /// Appends header, rows and, if wanted, psql's footer `(N rows)` with the empty line after it.
  void append_to(std::string& out, bool footer = true) const;

 private:
  struct Line {
    std::string text;
    size_t width;  // In terminal cells.
  };
  using Lines = std::vector<Line>;  // A text with line breaks has several.
  struct Column {
    Lines header;
    Align align;
    size_t width;
  };

  static Lines lines_of(std::string_view text);
  void append_header(std::string& out) const;
  void append_row(const Lines* cells, std::string& out) const;

  std::vector<Column> columns_;
  std::vector<Lines> cells_;
};

/// Terminal cells that a code point takes: 0, 1 or 2; -1 for a control character.
int width_of(char32_t code_point);

}  // namespace sqlmill::rt::main
