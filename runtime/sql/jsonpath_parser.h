// The grammar of jsonpath, by recursive descent. As in PostgreSQL's, predicates are no values: only a
// predicate in parentheses can be negated, and only followed by a step does it become an item.
#pragma once

#include <optional>
#include <string>
#include <utility>

#include "runtime/sql/jsonpath.h"
#include "runtime/sql/jsonpath_tokens.h"

namespace sqlmill::rt::sql {

/// Steps behind each other, or parentheses in each other: both are levels of recursion later.
inline constexpr int kMaxPathDepth = 1000;

/// Of !, which takes what is in parentheses or `exists`, and of comparisons, which take values.
enum class PathSort : uint8_t { kNone, kValue, kPredicate, kDelimited };

struct PathPart {
  uint32_t item = PathItem::kNone;
  PathSort sort = PathSort::kNone;  // kNone after a failure.

  explicit operator bool() const { return sort != PathSort::kNone; }
  bool is_predicate() const { return sort == PathSort::kPredicate || sort == PathSort::kDelimited; }
};

class PathParser {
 public:
  PathParser(Context& context, std::string_view text) : context_(context), tokens_(context, text) {
    advance();
  }

  std::optional<JsonPath> parse() {
    if (context_.failed()) return std::nullopt;
    if (is_word("strict") || is_word("lax")) {
      path_.lax = is_word("lax");
      advance();
    }
    const PathPart root = disjunction();
    if (!root || context_.failed()) return std::nullopt;
    if (token_.kind != PathToken::Kind::kEnd) return syntax_error(), std::nullopt;
    path_.root = root.item;
    return std::move(path_);
  }

 private:
  PathPart disjunction();
  PathPart conjunction();
  PathPart comparison();
  PathPart starts_with(PathPart left);
  PathPart like_regex(PathPart left);
  PathPart sum();
  PathPart product();
  PathPart signed_value();
  PathPart accessors();
  PathPart primary();
  PathPart parenthesized();
  PathPart negation();
  PathPart exists();
  bool steps(uint32_t head, bool& any);
  uint32_t step();
  uint32_t subscripts();
  uint32_t filter();
  uint32_t member();
  uint32_t method(PathKind kind);
  uint32_t descendants();
  bool level(uint32_t& out);
  uint32_t constant(std::string json);

  uint32_t add(PathKind kind, std::string text = "") {
    PathItem item{};
    item.kind = kind;
    item.text = std::move(text);
    path_.items.push_back(std::move(item));
    return static_cast<uint32_t>(path_.items.size() - 1);
  }
  PathPart operation(PathKind kind, uint32_t left, uint32_t right, PathSort sort) {
    const uint32_t item = add(kind);
    path_.items[item].left = left;
    path_.items[item].right = right;
    return {item, sort};
  }
  PathPart value(uint32_t item) { return {item, PathSort::kValue}; }

  void advance() { token_ = tokens_.next(); }
  bool is(std::string_view sign) const { return token_.is(sign); }
  bool is_word(std::string_view keyword) const { return token_.is_word(keyword); }
  bool take(std::string_view sign) {
    if (!is(sign)) return false;
    advance();
    return true;
  }
  bool take_word(std::string_view keyword) {
    if (!is_word(keyword)) return false;
    advance();
    return true;
  }
  bool expect(std::string_view sign) { return take(sign) || (syntax_error(), false); }
  /// Always false or nothing, at the token where the path cannot go on. A failure of the lexer was first.
  PathPart syntax_error() {
    fail_jsonpath(context_, "syntax error", token_.near);
    return {};
  }
  bool enter() {
    if (++depth_ <= kMaxPathDepth) return true;
    context_.fail(ErrorCode::kStatementTooComplex, "stack depth limit exceeded");
    return false;
  }

  Context& context_;
  PathTokens tokens_;
  PathToken token_;
  JsonPath path_;
  int depth_ = 0;
  int filters_ = 0;        // Around this place: `@` means something.
  int in_subscripts_ = 0;  // The same of `last`.
};

}  // namespace sqlmill::rt::sql
