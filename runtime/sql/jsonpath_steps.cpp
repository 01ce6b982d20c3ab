// The steps of a jsonpath, from text.
#include <fmt/format.h>

#include <charconv>

#include "runtime/sql/jsonpath_parser.h"

namespace sqlmill::rt::sql {

/// `any`: there is a step. Appended to the last step of what `head` begins.
bool PathParser::steps(uint32_t head, bool& any) {
  uint32_t last = head;
  while (path_.items[last].next != PathItem::kNone) last = path_.items[last].next;
  while (is(".") || is("[") || is("?")) {
    if (!enter()) return false;
    const uint32_t next = step();
    if (next == PathItem::kNone) return false;
    path_.items[last].next = next;
    last = next;
    any = true;
  }
  return true;
}

uint32_t PathParser::step() {
  if (is("[")) return subscripts();
  if (is("?")) return filter();
  advance();
  if (take("*")) return add(PathKind::kAnyKey);
  if (is("**")) return descendants();
  return member();
}

uint32_t PathParser::subscripts() {
  advance();
  if (take("*")) return expect("]") ? add(PathKind::kAnyElement) : PathItem::kNone;
  std::vector<PathItem::Subscript> list;
  ++in_subscripts_;
  do {
    const PathPart from = sum();
    if (!from) return PathItem::kNone;
    if (from.is_predicate()) return syntax_error().item;
    PathPart to;
    if (take_word("to")) {
      to = sum();
      if (!to) return PathItem::kNone;
      if (to.is_predicate()) return syntax_error().item;
    }
    list.push_back({from.item, to.item});
  } while (take(","));
  --in_subscripts_;
  if (!expect("]")) return PathItem::kNone;
  const uint32_t item = add(PathKind::kSubscripts);
  path_.items[item].subscripts = std::move(list);
  return item;
}

uint32_t PathParser::filter() {
  advance();
  if (!expect("(")) return PathItem::kNone;
  ++filters_;
  const PathPart predicate = disjunction();
  --filters_;
  if (!predicate) return PathItem::kNone;
  if (!predicate.is_predicate()) return syntax_error().item;
  if (!expect(")")) return PathItem::kNone;
  return operation(PathKind::kFilter, predicate.item, PathItem::kNone, PathSort::kValue).item;
}

/// A key, or a method, which is a word before parentheses.
uint32_t PathParser::member() {
  constexpr PathKind kMethods[] = {PathKind::kType,  PathKind::kSize, PathKind::kDouble,  PathKind::kCeiling,
                                   PathKind::kFloor, PathKind::kAbs,  PathKind::kKeyvalue};
  if (token_.kind != PathToken::Kind::kWord && token_.kind != PathToken::Kind::kString)
    return syntax_error().item;
  const PathToken name = token_;
  advance();
  if (is("(")) {
    for (const PathKind kind : kMethods) {
      if (name.is_word(path_word(kind))) return method(kind);
    }
    if (name.is_word("datetime")) {
      context_.fail(
          ErrorCode::kFeatureNotSupported,
          "jsonpath item method .datetime() is not supported here: take the text with ->> and cast it");
      return PathItem::kNone;
    }
  }
  return add(PathKind::kKey, name.text);
}

uint32_t PathParser::method(PathKind kind) {
  advance();
  return expect(")") ? add(kind) : PathItem::kNone;
}

uint32_t PathParser::descendants() {
  advance();
  uint32_t first = 0;
  uint32_t last = PathItem::kLeaves;
  if (take("{")) {
    if (!level(first)) return PathItem::kNone;
    last = first;
    if (take_word("to") && !level(last)) return PathItem::kNone;
    if (!expect("}")) return PathItem::kNone;
  }
  const uint32_t item = add(PathKind::kDescendants);
  path_.items[item].first_level = first;
  path_.items[item].last_level = last;
  return item;
}

bool PathParser::level(uint32_t& out) {
  if (take_word("last")) {
    out = PathItem::kLeaves;
    return true;
  }
  if (token_.kind != PathToken::Kind::kInteger) return syntax_error(), false;
  int32_t number = 0;
  const char* const end = token_.text.data() + token_.text.size();
  if (std::from_chars(token_.text.data(), end, number).ec != std::errc()) {
    context_.fail(ErrorCode::kNumericValueOutOfRange,
                  fmt::format("value \"{}\" is out of range for type integer", token_.text));
    return false;
  }
  out = static_cast<uint32_t>(number);
  advance();
  return true;
}

}  // namespace sqlmill::rt::sql
