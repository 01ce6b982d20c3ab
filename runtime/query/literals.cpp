#include "runtime/query/literals.h"

#include <algorithm>
#include <array>

namespace sqlmill::rt::query {

namespace {

constexpr size_t kMaxText = 4 * 1024;
constexpr size_t kMaxLiterals = 64;
/// An integer at most; what does not fit the column's type is left to the statement as it was written.
constexpr size_t kMaxDigits = 18;
constexpr size_t kMaxRefused = 256;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool begins_name(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}

struct Token {
  enum class Kind : uint8_t {
    kName,
    kQuotedName,
    kString,
    kInteger,
    kOperator,
    kOpen,
    kClose,
    kComma,
    kOther
  };
  Kind kind;
  std::string_view text;

  bool is(std::string_view lower) const {
    return kind == Kind::kName && std::equal(text.begin(), text.end(), lower.begin(), lower.end(),
                                             [](char a, char b) { return (a | 0x20) == b; });
  }
  template <size_t N>
  bool is_any(const std::array<std::string_view, N>& words) const {
    return std::any_of(words.begin(), words.end(), [&](std::string_view word) { return is(word); });
  }
};

using Kind = Token::Kind;

constexpr std::array<std::string_view, 7> kComparisons = {"=", "<", ">", "<=", ">=", "<>", "!="};
/// What ends WHERE.
constexpr std::array<std::string_view, 11> kClauses = {
    "group", "having", "window", "union", "intersect", "except", "order", "limit", "offset", "fetch", "for"};

/// As far as it is needed: false for what only the parser should judge.
bool read_tokens(std::string_view sql, std::vector<Token>& tokens) {
  const auto at_or_end = [&](size_t at) { return at < sql.size() ? sql[at] : '\0'; };
  for (size_t at = 0; at < sql.size();) {
    const char c = sql[at];
    if (c == ' ' || (c >= '\t' && c <= '\r')) {
      ++at;
      continue;
    }
    const size_t begin = at;
    Kind kind = Kind::kOther;
    if (begins_name(c)) {
      while (begins_name(at_or_end(at)) || is_digit(at_or_end(at))) ++at;
      if (at_or_end(at) == '\'' || at_or_end(at) == '$' || at_or_end(at) == '&') return false;
      kind = Kind::kName;
    } else if (is_digit(c)) {
      while (is_digit(at_or_end(at))) ++at;
      const char next = at_or_end(at);
      if (next == '.' || begins_name(next)) return false;
      kind = at - begin <= kMaxDigits ? Kind::kInteger : Kind::kOther;
    } else if (c == '\'' || c == '"') {
      for (++at; at < sql.size() && (sql[at] != c || at_or_end(at + 1) == c); ++at) at += sql[at] == c;
      if (at++ >= sql.size()) return false;
      kind = c == '"' ? Kind::kQuotedName : Kind::kString;
    } else if (c == '(' || c == ')' || c == ',') {
      ++at;
      kind = c == '(' ? Kind::kOpen : c == ')' ? Kind::kClose : Kind::kComma;
    } else if (c == '$' || c == ';' || c == '\0') {
      return false;
    } else {
      constexpr std::string_view kOperators = "+-*/<>=~!@#%^&|`?";
      while (kOperators.find(at_or_end(at)) != std::string_view::npos && at < sql.size()) ++at;
      const std::string_view text = sql.substr(begin, at - begin);
      if (text.find("--") != std::string_view::npos || text.find("/*") != std::string_view::npos)
        return false;
      if (at > begin) kind = Kind::kOperator;
      if (at == begin) ++at;
    }
    tokens.push_back({kind, sql.substr(begin, at - begin)});
  }
  return true;
}

/// Behind a literal, if that is a whole operand: an operator or a cast would make another value of it.
bool ends_operand(const Token* token) {
  static constexpr std::array<std::string_view, 2> kConnectives = {"and", "or"};
  return !token || token->kind == Kind::kClose || token->kind == Kind::kComma ||
         token->is_any(kConnectives) || token->is_any(kClauses);
}

/// The tokens of WHERE: [begin, end). Empty if the query is not as simple as it must be.
std::pair<size_t, size_t> where_of(const std::vector<Token>& tokens) {
  if (tokens.empty() || !tokens[0].is("select")) return {};
  size_t begin = 0;
  size_t end = tokens.size();
  int depth = 0;
  for (size_t i = 1; i < tokens.size(); ++i) {
    depth += tokens[i].kind == Kind::kOpen;
    depth -= tokens[i].kind == Kind::kClose;
    if (tokens[i].is("select") || tokens[i].is("values")) return {};
    if (depth == 0 && tokens[i].is("where")) begin = i + 1;
    if (depth == 0 && begin > 0 && end == tokens.size() && tokens[i].is_any(kClauses)) end = i;
  }
  return begin == 0 ? std::pair<size_t, size_t>() : std::pair(begin, end);
}

std::string unquoted(std::string_view quoted) {
  std::string text;
  text.reserve(quoted.size());
  for (size_t i = 1; i + 1 < quoted.size(); ++i) {
    text += quoted[i];
    i += quoted[i] == '\'';
  }
  return text;
}

}  // namespace

bool Literal::fits(sql::Type type) const {
  using sql::TypeId;
  if (type.id == TypeId::kUnknown) return false;
  return !is_number || type.id == TypeId::kSmallint || type.id == TypeId::kInteger ||
         type.id == TypeId::kBigint || type.id == TypeId::kNumeric;
}

std::optional<LiteralQuery> without_literals(std::string_view sql) {
  if (sql.size() > kMaxText) return std::nullopt;
  std::vector<Token> tokens;
  tokens.reserve(64);
  if (!read_tokens(sql, tokens)) return std::nullopt;
  const auto [begin, end] = where_of(tokens);
  LiteralQuery query;
  size_t done = 0;
  for (size_t i = begin + 1; i + 1 < end && query.literals.size() < kMaxLiterals; ++i) {
    if (tokens[i].kind != Kind::kOperator) continue;
    const Kind left = tokens[i - 1].kind;
    const Token& literal = tokens[i + 1];
    const bool compares =
        std::find(kComparisons.begin(), kComparisons.end(), tokens[i].text) != kComparisons.end() &&
        (left == Kind::kName || left == Kind::kQuotedName || left == Kind::kClose) &&
        (literal.kind == Kind::kString || literal.kind == Kind::kInteger) &&
        ends_operand(i + 2 < tokens.size() ? &tokens[i + 2] : nullptr);
    if (!compares) continue;
    const bool is_number = literal.kind == Kind::kInteger;
    query.literals.push_back({is_number ? std::string(literal.text) : unquoted(literal.text), is_number});
    const auto at = static_cast<size_t>(literal.text.data() - sql.data());
    query.sql += sql.substr(done, at - done);
    query.sql += '$' + std::to_string(query.literals.size());
    done = at + literal.text.size();
  }
  if (query.literals.empty()) return std::nullopt;
  query.sql += sql.substr(done);
  return query;
}

bool RefusedTexts::has(const std::string& sql) const {
  const std::lock_guard lock(mutex_);
  return texts_.contains(sql);
}

void RefusedTexts::add(const std::string& sql) {
  const std::lock_guard lock(mutex_);
  if (texts_.size() >= kMaxRefused) texts_.clear();
  texts_.insert(sql);
}

}  // namespace sqlmill::rt::query
