// Operators, signs, parentheses and what chains of steps begin with.
#include "runtime/sql/jsonpath_parser.h"

#include <fmt/format.h>

#include "runtime/sql/numeric.h"

namespace sqlmill::rt::sql {

PathPart PathParser::disjunction() {
  PathPart left = conjunction();
  while (left && is("||")) {
    if (!left.is_predicate() || !enter()) return syntax_error();
    advance();
    const PathPart right = conjunction();
    if (!right) return {};
    if (!right.is_predicate()) return syntax_error();
    left = operation(PathKind::kOr, left.item, right.item, PathSort::kPredicate);
  }
  return left;
}

PathPart PathParser::conjunction() {
  PathPart left = comparison();
  while (left && is("&&")) {
    if (!left.is_predicate() || !enter()) return syntax_error();
    advance();
    const PathPart right = comparison();
    if (!right) return {};
    if (!right.is_predicate()) return syntax_error();
    left = operation(PathKind::kAnd, left.item, right.item, PathSort::kPredicate);
  }
  return left;
}

namespace {

std::optional<PathKind> comparison_of(const PathToken& token) {
  constexpr std::pair<std::string_view, PathKind> kAll[] = {
      {"==", PathKind::kEqual},         {"!=", PathKind::kNotEqual},    {"<>", PathKind::kNotEqual},
      {"<", PathKind::kLess},           {"<=", PathKind::kLessOrEqual}, {">", PathKind::kGreater},
      {">=", PathKind::kGreaterOrEqual}};
  for (const auto& [sign, kind] : kAll) {
    if (token.is(sign)) return kind;
  }
  return std::nullopt;
}

}  // namespace

PathPart PathParser::comparison() {
  const PathPart left = is("!") ? negation() : sum();
  if (!left) return {};
  if (const std::optional<PathKind> kind = comparison_of(token_)) {
    if (left.is_predicate()) return syntax_error();
    advance();
    const PathPart right = sum();
    if (!right) return {};
    if (right.is_predicate()) return syntax_error();
    return operation(*kind, left.item, right.item, PathSort::kPredicate);
  }
  if (is_word("starts")) return starts_with(left);
  if (is_word("like_regex")) return like_regex(left);
  return left;
}

PathPart PathParser::starts_with(PathPart left) {
  if (left.is_predicate()) return syntax_error();
  advance();
  if (!take_word("with")) return syntax_error();
  uint32_t start = PathItem::kNone;
  if (token_.kind == PathToken::Kind::kString) {
    std::string json;
    append_json_string(token_.text, json);
    start = constant(std::move(json));
  } else if (token_.kind == PathToken::Kind::kVariable) {
    start = add(PathKind::kVariable, token_.text);
  } else {
    return syntax_error();
  }
  advance();
  return operation(PathKind::kStartsWith, left.item, start, PathSort::kPredicate);
}

namespace {

/// The flags of XQuery: q makes the other letters but i meaningless.
bool read_regex_flags(Context& context, std::string_view letters, PathItem& item) {
  constexpr std::string_view kLetters = "ismxq";
  bool given[kLetters.size()] = {};
  for (const char letter : letters) {
    const size_t i = kLetters.find(letter);
    if (i == std::string_view::npos) {
      context.fail(ErrorCode::kSyntaxError, "invalid input syntax for type jsonpath");
      return false;
    }
    given[i] = true;
  }
  for (size_t i = 0; i < kLetters.size(); ++i) {
    if (given[i]) item.flags += kLetters[i];
  }
  const auto [ignore_case, dot_all, lines, expanded, literal] = given;
  item.regex.ignore_case = ignore_case;
  item.regex.literal = literal;
  if (literal) return true;
  item.regex.dot_stops_at_newline = !dot_all;
  item.regex.anchors_at_newline = lines;
  if (!expanded) return true;
  context.fail(ErrorCode::kFeatureNotSupported,
               "XQuery \"x\" flag (expanded regular expressions) is not implemented");
  return false;
}

}  // namespace

PathPart PathParser::like_regex(PathPart left) {
  if (left.is_predicate()) return syntax_error();
  advance();
  if (token_.kind != PathToken::Kind::kString) return syntax_error();
  const PathPart result = operation(PathKind::kLikeRegex, left.item, PathItem::kNone, PathSort::kPredicate);
  PathItem& item = path_.items[result.item];
  item.text = token_.text;
  advance();
  std::string flags;
  if (take_word("flag")) {
    if (token_.kind != PathToken::Kind::kString) return syntax_error();
    flags = token_.text;
    advance();
  }
  if (!read_regex_flags(context_, flags, item)) return {};
  if (context_.compiled_patterns().regex(context_, item.text, item.regex) == nullptr) return {};
  return result;
}

PathPart PathParser::sum() {
  PathPart left = product();
  while (left && (is("+") || is("-"))) {
    if (left.is_predicate() || !enter()) return syntax_error();
    const PathKind kind = is("+") ? PathKind::kAdd : PathKind::kSubtract;
    advance();
    const PathPart right = product();
    if (!right) return {};
    if (right.is_predicate()) return syntax_error();
    left = operation(kind, left.item, right.item, PathSort::kValue);
  }
  return left;
}

PathPart PathParser::product() {
  PathPart left = signed_value();
  while (left && (is("*") || is("/") || is("%"))) {
    if (left.is_predicate() || !enter()) return syntax_error();
    const PathKind kind = is("*") ? PathKind::kMultiply : is("/") ? PathKind::kDivide : PathKind::kModulo;
    advance();
    const PathPart right = signed_value();
    if (!right) return {};
    if (right.is_predicate()) return syntax_error();
    left = operation(kind, left.item, right.item, PathSort::kValue);
  }
  return left;
}

/// A sign before a number is part of it.
PathPart PathParser::signed_value() {
  if (!is("+") && !is("-")) return accessors();
  const bool negative = is("-");
  advance();
  if (!enter()) return {};
  const PathPart operand = signed_value();
  --depth_;
  if (!operand) return {};
  if (operand.is_predicate()) return syntax_error();
  PathItem& item = path_.items[operand.item];
  const bool is_number = item.kind == PathKind::kConstant && item.next == PathItem::kNone &&
                         json_kind(item.text) == JsonKind::kNumber;
  if (!is_number)
    return operation(negative ? PathKind::kMinus : PathKind::kPlus, operand.item, PathItem::kNone,
                     PathSort::kValue);
  if (negative) {
    const Numeric number = negate(numeric_from_text(context_, item.text));
    item.text.clear();
    append_text(number, item.text);
  }
  return operand;
}

PathPart PathParser::accessors() {
  const bool in_parentheses = is("(");
  const PathPart head = in_parentheses ? parenthesized() : is_word("exists") ? exists() : primary();
  if (!head) return {};
  // `exists (…)` takes no steps by itself.
  if (head.is_predicate() && !in_parentheses) return head;
  if (head.is_predicate() && take_word("is")) {
    if (!take_word("unknown")) return syntax_error();
    return operation(PathKind::kIsUnknown, head.item, PathItem::kNone, PathSort::kPredicate);
  }
  bool any = false;
  if (!steps(head.item, any)) return {};
  return any ? value(head.item) : head;
}

PathPart PathParser::parenthesized() {
  if (!enter()) return {};
  advance();
  PathPart inside = disjunction();
  --depth_;
  if (!inside || !expect(")")) return {};
  if (inside.is_predicate()) inside.sort = PathSort::kDelimited;
  return inside;
}

PathPart PathParser::negation() {
  advance();
  if (!enter()) return {};
  const PathPart operand = is("(") ? accessors() : is_word("exists") ? exists() : syntax_error();
  --depth_;
  if (!operand) return {};
  if (operand.sort != PathSort::kDelimited) return syntax_error();
  return operation(PathKind::kNot, operand.item, PathItem::kNone, PathSort::kPredicate);
}

PathPart PathParser::exists() {
  advance();
  if (!is("(") || !enter()) return syntax_error();
  advance();
  const PathPart operand = sum();
  --depth_;
  if (!operand) return {};
  if (operand.is_predicate() || !is(")")) return syntax_error();
  advance();
  return operation(PathKind::kExists, operand.item, PathItem::kNone, PathSort::kDelimited);
}

uint32_t PathParser::constant(std::string json) {
  return add(PathKind::kConstant, std::move(json));
}

PathPart PathParser::primary() {
  uint32_t item = PathItem::kNone;
  switch (token_.kind) {
    case PathToken::Kind::kString: {
      std::string json;
      append_json_string(token_.text, json);
      item = constant(std::move(json));
      break;
    }
    case PathToken::Kind::kVariable:
      item = add(PathKind::kVariable, token_.text);
      break;
    case PathToken::Kind::kInteger:
    case PathToken::Kind::kNumber: {
      std::string json;
      append_text(numeric_from_text(context_, token_.text), json);
      if (context_.failed()) return {};
      item = constant(std::move(json));
      break;
    }
    case PathToken::Kind::kWord:
      if (is_word("null") || is_word("true") || is_word("false")) {
        item = constant(token_.text);
      } else if (is_word("last")) {
        if (in_subscripts_ == 0) {
          context_.fail(ErrorCode::kSyntaxError, "LAST is allowed only in array subscripts");
          return {};
        }
        item = add(PathKind::kLast);
      } else {
        return syntax_error();
      }
      break;
    case PathToken::Kind::kSign:
      if (is("@") && filters_ == 0) {
        context_.fail(ErrorCode::kSyntaxError, "@ is not allowed in root expressions");
        return {};
      }
      if (!is("$") && !is("@")) return syntax_error();
      item = add(is("$") ? PathKind::kRoot : PathKind::kCurrent);
      break;
    case PathToken::Kind::kEnd:
      return syntax_error();
  }
  advance();
  return value(item);
}

std::optional<JsonPath> parse_jsonpath(Context& context, std::string_view text) {
  if (text.find_first_not_of(" \t\n\r\f") == std::string_view::npos) {
    context.fail(ErrorCode::kInvalidTextRepresentation,
                 fmt::format("invalid input syntax for type jsonpath: \"{}\"", text));
    return std::nullopt;
  }
  return PathParser(context, text).parse();
}

}  // namespace sqlmill::rt::sql
