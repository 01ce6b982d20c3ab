#include "runtime/pgwire/words.h"

#include <algorithm>

namespace sqlmill::rt::pgwire {

namespace {

bool is_space(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool begins_name(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}
bool continues_name(char c) {
  return begins_name(c) || is_digit(c) || c == '$';
}
char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}

class Lexer {
 public:
  explicit Lexer(std::string_view sql) : sql_(sql) {}

  /// False at the end.
  bool next(Word& word) {
    skip_space();
    if (at_ >= sql_.size()) return false;
    begin_ = at_;
    word.text.clear();
    word.kind = read(word.text);
    word.begin = static_cast<uint32_t>(begin_);
    word.end = static_cast<uint32_t>(at_);
    return true;
  }

 private:
  using Kind = Word::Kind;

  char peek(size_t ahead = 0) const { return at_ + ahead < sql_.size() ? sql_[at_ + ahead] : '\0'; }
  bool sees(std::string_view text) const { return sql_.substr(at_, text.size()) == text; }

  void skip_space() {
    while (at_ < sql_.size()) {
      if (is_space(peek())) {
        ++at_;
      } else if (sees("--")) {
        at_ = std::min(sql_.find('\n', at_), sql_.size());
      } else if (sees("/*")) {
        skip_comment();
      } else {
        return;
      }
    }
  }

  /// They nest.
  void skip_comment() {
    for (int depth = 0; at_ < sql_.size();) {
      if (sees("/*")) {
        ++depth;
        at_ += 2;
      } else if (sees("*/")) {
        at_ += 2;
        if (--depth == 0) return;
      } else {
        ++at_;
      }
    }
  }

  Kind read(std::string& text) {
    const char c = peek();
    if (c == '\'') return read_string(text, false);
    if ((c == 'e' || c == 'E') && peek(1) == '\'') {
      ++at_;
      return read_string(text, true);
    }
    if (c == '"') return read_quoted_name(text);
    if (c == '$' && is_digit(peek(1))) {
      ++at_;
      while (is_digit(peek())) ++at_;
      text = sql_.substr(begin_, at_ - begin_);
      return Kind::kParameter;
    }
    if (c == '$' && read_dollar_string(text)) return Kind::kString;
    if (begins_name(c)) {
      while (at_ < sql_.size() && continues_name(peek())) text += lower(sql_[at_++]);
      return Kind::kName;
    }
    if (is_digit(c) || (c == '.' && is_digit(peek(1)))) return read_number(text);
    text = c;
    ++at_;
    return Kind::kSymbol;
  }

  Kind read_number(std::string& text) {
    while (is_digit(peek()) || peek() == '.') ++at_;
    if ((peek() == 'e' || peek() == 'E') &&
        (is_digit(peek(1)) || ((peek(1) == '-' || peek(1) == '+') && is_digit(peek(2))))) {
      at_ += 2;
      while (is_digit(peek())) ++at_;
    }
    text = sql_.substr(begin_, at_ - begin_);
    return Kind::kNumber;
  }

  Kind read_string(std::string& text, bool has_escapes) {
    for (++at_; at_ < sql_.size(); ++at_) {
      if (peek() == '\'') {
        if (peek(1) != '\'') break;
        ++at_;
      } else if (has_escapes && peek() == '\\' && at_ + 1 < sql_.size()) {
        ++at_;
        const char c = peek();
        text += c == 'n' ? '\n' : c == 't' ? '\t' : c == 'r' ? '\r' : c == 'b' ? '\b' : c == 'f' ? '\f' : c;
        continue;
      }
      text += peek();
    }
    at_ = std::min(at_ + 1, sql_.size());
    return Kind::kString;
  }

  Kind read_quoted_name(std::string& text) {
    for (++at_; at_ < sql_.size(); ++at_) {
      if (peek() == '"') {
        if (peek(1) != '"') break;
        ++at_;
      }
      text += peek();
    }
    at_ = std::min(at_ + 1, sql_.size());
    return Kind::kQuotedName;
  }

  /// `$$…$$` or `$tag$…$tag$`.
  bool read_dollar_string(std::string& text) {
    size_t end = at_ + 1;
    while (end < sql_.size() && sql_[end] != '$' && continues_name(sql_[end])) ++end;
    if (end >= sql_.size() || sql_[end] != '$') return false;
    const std::string_view mark = sql_.substr(at_, end + 1 - at_);
    const size_t close = std::min(sql_.find(mark, end + 1), sql_.size());
    text = sql_.substr(end + 1, close - (end + 1));
    at_ = std::min(close + mark.size(), sql_.size());
    return true;
  }

  std::string_view sql_;
  size_t at_ = 0;
  size_t begin_ = 0;
};

}  // namespace

std::vector<Word> words_of(std::string_view sql) {
  std::vector<Word> words;
  Lexer lexer(sql);
  for (Word word; lexer.next(word);) words.push_back(word);
  return words;
}

std::vector<StatementText> split_statements(std::string_view text) {
  std::vector<StatementText> statements;
  uint32_t begin = 0;
  uint32_t end = 0;
  bool is_empty = true;
  const auto finish = [&] {
    if (!is_empty) statements.push_back({text.substr(begin, end - begin), begin});
    is_empty = true;
  };
  Lexer lexer(text);
  for (Word word; lexer.next(word);) {
    if (word.is_symbol(';')) {
      finish();
      continue;
    }
    if (is_empty) begin = word.begin;
    is_empty = false;
    end = word.end;
  }
  finish();
  return statements;
}

}  // namespace sqlmill::rt::pgwire
