// jsonpath: the paths of SQL/JSON as PostgreSQL has them. A path is read once into a tree (CompiledPatterns
// keeps it), its text is that of the tree again, and an evaluator walks the tree over canonical jsonb.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/sql/compiled_patterns.h"
#include "runtime/sql/context.h"
#include "runtime/sql/jsonb.h"

namespace sqlmill::rt::sql {

enum class PathKind : uint8_t {
  // Where a chain of steps begins.
  kRoot,
  kCurrent,
  kVariable,
  kConstant,
  kLast,
  // Steps.
  kKey,
  kAnyKey,
  kAnyElement,
  kSubscripts,
  kDescendants,
  kFilter,
  kType,
  kSize,
  kDouble,
  kCeiling,
  kFloor,
  kAbs,
  kKeyvalue,
  // Arithmetic.
  kAdd,
  kSubtract,
  kMultiply,
  kDivide,
  kModulo,
  kPlus,
  kMinus,
  // Predicates.
  kAnd,
  kOr,
  kNot,
  kIsUnknown,
  kExists,
  kEqual,
  kNotEqual,
  kLess,
  kLessOrEqual,
  kGreater,
  kGreaterOrEqual,
  kStartsWith,
  kLikeRegex
};

/// A part of a path; others are named by their place in JsonPath::items.
struct PathItem {
  static constexpr uint32_t kNone = UINT32_MAX;
  /// Of kDescendants: the level of the leaves, `last`.
  static constexpr uint32_t kLeaves = UINT32_MAX;
  struct Subscript {
    uint32_t from;
    uint32_t to;  // kNone: only `from`.
  };

  PathKind kind;
  /// The name of a key or variable, the pattern of like_regex; of a constant its canonical JSON.
  std::string text;
  uint32_t left = kNone;   // The first operand; the predicate of a filter.
  uint32_t right = kNone;  // The second operand.
  uint32_t next = kNone;   // The step that follows.
  uint32_t first_level = 0;
  uint32_t last_level = 0;
  std::vector<Subscript> subscripts;
  std::string flags;  // Of like_regex, as they are printed.
  RegexOptions regex;
};

struct JsonPath {
  bool lax = true;
  uint32_t root = PathItem::kNone;
  std::vector<PathItem> items;

  const PathItem& at(uint32_t i) const { return items[i]; }
};

/// Whether it is arithmetic or a predicate, which stand in parentheses where a step follows.
bool is_operation(PathKind kind);
/// `==`, `+`, `starts with`, `abs`.
std::string_view path_word(PathKind kind);

/// Nothing after a failure, with PostgreSQL's error in the context.
std::optional<JsonPath> parse_jsonpath(Context& context, std::string_view text);
/// As PostgreSQL prints it, in a form that can be read again.
std::string print_jsonpath(const JsonPath& path);

struct PathRun {
  /// Null where there is none, as behind the operators; then variables are null.
  const Jsonb* variables = nullptr;
  /// What the value lacks is no failure, but ends the evaluation.
  bool silent = false;
  /// Only whether there is an item is wanted.
  bool exists_only = false;
};

struct PathResult {
  enum class Status : uint8_t { kFound, kNothing, kError };
  Status status = Status::kNothing;
  /// Canonical JSON, which lives as long as `value` and the context's arena; with kError what was found
  /// before.
  std::vector<std::string_view> items;
};

/// Look at context.failed() first.
PathResult evaluate_jsonpath(Context& context, const JsonPath& path, const Jsonb& value, const PathRun& run);

}  // namespace sqlmill::rt::sql
