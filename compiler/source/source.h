// The text of one .sql file, spans in it, and their line and column.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sqlmill::source {

/// Bytes [begin, end) of the file.
struct Span {
  uint32_t begin = 0;
  uint32_t end = 0;

  friend bool operator==(const Span&, const Span&) = default;
};

inline Span join(Span a, Span b) {
  return {a.begin < b.begin ? a.begin : b.begin, a.end > b.end ? a.end : b.end};
}

struct Position {
  uint32_t line;    // From 1.
  uint32_t column;  // From 1, in code points.
};

class Source {
 public:
  /// `name` is how messages refer to the file; no absolute path should reach it for generated code.
  Source(std::string name, std::string text);

  const std::string& name() const { return name_; }
  std::string_view text() const { return text_; }
  std::string_view text(Span span) const { return text().substr(span.begin, span.end - span.begin); }
  Position position(uint32_t offset) const;
  /// The line without its line break; lines count from 1.
  std::string_view line(uint32_t line) const;

 private:
  std::string name_;
  std::string text_;
  std::vector<uint32_t> line_starts_;
};

}  // namespace sqlmill::source
