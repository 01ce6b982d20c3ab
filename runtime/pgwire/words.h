// SQL cut into words: as much of the language as it takes to find where a statement ends, and to recognise
// the statements that are for the session and not for the query engine.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sqlmill::rt::pgwire {

struct Word {
  enum class Kind : uint8_t { kName, kQuotedName, kString, kNumber, kParameter, kSymbol };
  Kind kind = Kind::kSymbol;
  std::string text;    // Of names what is looked up, of strings what they say, else as written.
  uint32_t begin = 0;  // Bytes of the SQL.
  uint32_t end = 0;

  /// `lower` is in lower case; quoted names are none.
  bool is(std::string_view lower) const { return kind == Kind::kName && text == lower; }
  bool is_symbol(char c) const { return kind == Kind::kSymbol && text[0] == c; }
  bool is_any_name() const { return kind == Kind::kName || kind == Kind::kQuotedName; }
};

/// The words of `sql`. A quotation that does not end goes to the end of the text; the parser says so.
std::vector<Word> words_of(std::string_view sql);

/// A statement of a text with several; without words it is empty.
struct StatementText {
  std::string_view sql;  // From the first word to the last.
  uint32_t begin = 0;    // In the text, in bytes.
};
/// Without those that are empty.
std::vector<StatementText> split_statements(std::string_view text);

}  // namespace sqlmill::rt::pgwire
