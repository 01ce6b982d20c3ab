// The translation of a regular expression's structure; regex_characters.cpp has escapes and brackets.
#include "runtime/sql/regex_translator.h"

namespace sqlmill::rt::sql::regex {

// ---- Options ----

bool Translator::embedded_options() {
  size_t size = 2;
  while (size < rest_.size() && is_letter(rest_[size])) ++size;
  if (size == 2 || peek(size) != ')') return true;
  for (const char c : rest_.substr(2, size - 2)) {
    switch (c) {
      case 'i':
        options_.ignore_case = true;
        break;
      case 'c':
        options_.ignore_case = false;
        break;
      case 'm':
      case 'n':
        options_.dot_stops_at_newline = options_.anchors_at_newline = true;
        break;
      case 's':
        options_.dot_stops_at_newline = options_.anchors_at_newline = false;
        break;
      case 'p':
        options_.dot_stops_at_newline = true;
        options_.anchors_at_newline = false;
        break;
      case 'w':
        options_.dot_stops_at_newline = false;
        options_.anchors_at_newline = true;
        break;
      case 'x':
        options_.expanded = true;
        break;
      case 't':
        options_.expanded = false;
        break;
      case 'q':
        options_.literal = true;
        break;
      case 'e':
        break;
      case 'b':
        return unsupported("basic regular expressions are not supported");
      default:
        return fail("invalid embedded option");
    }
  }
  skip(size + 1);
  return true;
}

/// What may stand before the expression itself.
bool Translator::prefix() {
  if (options_.literal) return true;
  if (rest_.starts_with("***=")) {
    options_.literal = true;
    skip(4);
    return true;
  }
  if (rest_.starts_with("***:")) {
    skip(4);
  } else if (rest_.starts_with("***")) {
    return fail("quantifier operand invalid");
  }
  return !rest_.starts_with("(?") || embedded_options();
}

/// White space and comments of the expanded syntax, and (?#…) in every one.
void Translator::skip_ignored() {
  for (;;) {
    if (rest_.starts_with("(?#")) {
      const size_t end = rest_.find(')');
      skip(end == std::string_view::npos ? rest_.size() : end + 1);
    } else if (options_.expanded && !at_end() && (peek() == ' ' || (peek() >= '\t' && peek() <= '\r'))) {
      skip(1);
    } else if (options_.expanded && peek() == '#') {
      const size_t end = rest_.find('\n');
      skip(end == std::string_view::npos ? rest_.size() : end + 1);
    } else {
      return;
    }
  }
}

// ---- Structure ----

bool Translator::alternatives(int depth, Greediness& greediness) {
  if (depth > kMaxDepth) return fail("regular expression is too complex");
  size_t branches = 0;
  for (;;) {
    Greediness of_branch = Greediness::kNone;
    if (!branch(depth, of_branch)) return false;
    greediness = ++branches == 1 ? of_branch : Greediness::kGreedy;
    if (at_end() || peek() != '|') return true;
    skip(1);
    out_ += '|';
  }
}

bool Translator::branch(int depth, Greediness& greediness) {
  after_word_ = false;
  for (;;) {
    skip_ignored();
    if (at_end() || peek() == '|' || (peek() == ')' && depth > 0)) return true;
    if (peek() == ')') return fail("parentheses () not balanced");
    Greediness of_atom = Greediness::kNone;
    bool is_constraint = false;
    const size_t begin = out_.size();
    if (!atom(depth, of_atom, is_constraint)) return false;
    skip_ignored();
    const bool quantified =
        peek() == '*' || peek() == '+' || peek() == '?' || (peek() == '{' && is_digit(peek(1)));
    if (quantified && is_constraint) return fail("quantifier operand invalid");
    if (quantified) {
      out_.insert(begin, "(?:");
      out_ += ')';
      if (!quantifier(of_atom)) return false;
    }
    if (greediness == Greediness::kNone) greediness = of_atom;
  }
}

bool Translator::quantifier(Greediness& greediness) {
  std::string written(1, peek());
  bool is_variable = true;
  if (peek() == '{') {
    written.clear();
    if (!bound(written, is_variable)) return false;
  } else {
    skip(1);
  }
  const bool is_short = peek() == '?';
  if (is_short) skip(1);
  if (peek() == '*' || peek() == '+' || peek() == '?' || (peek() == '{' && is_digit(peek(1)))) {
    return fail("quantifier operand invalid");
  }
  out_ += written;
  if (is_variable) {
    if (is_short) out_ += '?';
    greediness = is_short ? Greediness::kShort : Greediness::kGreedy;
    (is_short ? has_short_ : has_greedy_) = true;
  }
  after_word_ = false;
  return true;
}

/// `{m}`, `{m,}` and `{m,n}`, up to 255.
bool Translator::bound(std::string& quantifier, bool& is_variable) {
  constexpr int kMaxRepeat = 255;
  skip(1);
  const auto number = [&](int& value) {
    value = 0;
    while (!at_end() && is_digit(peek()) && value <= kMaxRepeat) {
      value = value * 10 + (peek() - '0');
      skip(1);
    }
    return value <= kMaxRepeat;
  };
  int least = 0;
  if (!number(least)) return fail("invalid repetition count(s)");
  int most = least;
  bool endless = false;
  if (peek() == ',') {
    skip(1);
    endless = !is_digit(peek());
    if (!endless && !number(most)) return fail("invalid repetition count(s)");
  }
  if (at_end()) return fail("braces {} not balanced");
  if (peek() != '}' || (!endless && least > most)) return fail("invalid repetition count(s)");
  skip(1);
  is_variable = endless || least != most;
  quantifier = "{" + std::to_string(least);
  if (endless) {
    quantifier += ",";
  } else if (is_variable) {
    quantifier += "," + std::to_string(most);
  }
  quantifier += "}";
  return true;
}

bool Translator::group(int depth, Greediness& greediness) {
  skip(1);
  if (peek() == '?') {
    const char kind = peek(1);
    if (kind == ':') {
      skip(2);
      out_ += "(?:";
    } else if (kind == '=' || kind == '!' || kind == '<') {
      return unsupported(
          "regular expressions with lookahead or lookbehind are not supported; use two conditions");
    } else {
      return fail("quantifier operand invalid");
    }
  } else {
    out_ += '(';
    ++result_.groups;
  }
  if (!alternatives(depth + 1, greediness)) return false;
  if (at_end()) return fail("parentheses () not balanced");
  skip(1);
  out_ += ')';
  after_word_ = false;
  return true;
}

bool Translator::atom(int depth, Greediness& greediness, bool& is_constraint) {
  switch (peek()) {
    case '(':
      return group(depth, greediness);
    case '[':
      if (rest_.starts_with("[[:<:]]") || rest_.starts_with("[[:>:]]")) {
        const bool at_start = rest_[3] == '<';
        skip(7);
        is_constraint = true;
        return word_edge(at_start);
      }
      return bracket();
    case '.':
      skip(1);
      out_ += options_.dot_stops_at_newline ? "[^\\n]" : "(?s:.)";
      after_word_ = false;
      return true;
    case '^':
    case '$':
      out_ += options_.anchors_at_newline ? (peek() == '^' ? "(?m:^)" : "(?m:$)")
                                          : (peek() == '^' ? "\\A" : "\\z");
      skip(1);
      is_constraint = true;
      after_word_ = false;
      return true;
    case '*':
    case '+':
    case '?':
      return fail("quantifier operand invalid");
    case '{':
      if (is_digit(peek(1))) return fail("quantifier operand invalid");
      break;
    case '\\':
      return escape(is_constraint);
    default:
      break;
  }
  const uint32_t code = take_character();
  literal(code);
  after_word_ =
      code >= 0x80 || is_letter(static_cast<char>(code)) || is_digit(static_cast<char>(code)) || code == '_';
  return true;
}

TranslatedRegex Translator::run() {
  Greediness greediness = Greediness::kNone;
  if (!prefix()) return result_;
  if (options_.literal) {
    while (!at_end()) literal(take_character());
  } else if (!alternatives(0, greediness)) {
    return result_;
  }
  result_.pattern = std::move(out_);
  result_.ignore_case = options_.ignore_case;
  result_.longest = greediness != Greediness::kShort;
  result_.shortest_overall_only = greediness == Greediness::kShort && has_greedy_;
  return result_;
}

}  // namespace sqlmill::rt::sql::regex

namespace sqlmill::rt::sql {

TranslatedRegex translate_regex(std::string_view pattern, RegexOptions options) {
  if (options.similar) {
    const std::string regex = similar_as_regex(pattern, "\\");
    return regex::Translator(regex, options).run();
  }
  return regex::Translator(pattern, options).run();
}

}  // namespace sqlmill::rt::sql
