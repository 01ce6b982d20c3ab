// The evaluator behind evaluate_jsonpath. Items are views of canonical JSON: of the value's own text, of
// constants of the path, or of what was computed and lives in the context's arena.
//
// In lax mode steps go into the elements of arrays and wrap single values by themselves, and what is not
// there is nothing; in strict mode both are errors. Within a predicate an error makes it unknown.
#pragma once

#include "runtime/sql/jsonpath.h"
#include "runtime/sql/numeric.h"

namespace sqlmill::rt::sql {

using PathItems = std::vector<std::string_view>;
using PathStatus = PathResult::Status;

enum class PathTruth : uint8_t { kFalse, kTrue, kUnknown };

inline bool is_json_array(std::string_view value) {
  return json_kind(value) == JsonKind::kArray;
}
inline bool is_json_container(std::string_view value) {
  return is_json_array(value) || json_kind(value) == JsonKind::kObject;
}

class PathEvaluator {
 public:
  PathEvaluator(Context& context, const JsonPath& path, std::string_view root, const PathRun& run)
      : context_(context),
        path_(path),
        root_(root),
        current_(root),
        variables_(run.variables != nullptr ? std::optional(run.variables->text.view()) : std::nullopt),
        forgives_(path.lax),
        throws_(!run.silent) {}

  PathStatus evaluate(PathItems* found) { return item(path_.root, root_, found, path_.lax); }

 private:
  // Each of these finds what comes of an item, whose place is `at`, and all that follows it. `unwrap`: where
  // an array is no operand for it, its elements are. Without `found` they end with the first thing that is
  // found.
  PathStatus item(uint32_t at, std::string_view value, PathItems* found, bool unwrap);
  PathStatus step(uint32_t at, std::string_view value, PathItems* found, bool unwrap);
  PathStatus next(uint32_t at, std::string_view value, PathItems* found);
  PathStatus each(uint32_t step, std::string_view container, PathItems* found, bool unwrap);
  PathStatus operand(uint32_t at, std::string_view value, PathItems& found);

  PathStatus key(uint32_t at, std::string_view value, PathItems* found, bool unwrap);
  PathStatus any_key(uint32_t at, std::string_view value, PathItems* found, bool unwrap);
  PathStatus any_element(uint32_t at, std::string_view value, PathItems* found);
  PathStatus subscripts(uint32_t at, std::string_view value, PathItems* found);
  PathStatus elements(uint32_t at, std::string_view value, int64_t from, int64_t to, PathItems* found);
  PathStatus subscript(uint32_t at, std::string_view value, int64_t& index);
  PathStatus descendants(uint32_t at, std::string_view value, PathItems* found);
  PathStatus below(uint32_t at, std::string_view container, uint32_t level, PathItems* found);
  PathStatus filter(uint32_t at, std::string_view value, PathItems* found, bool unwrap);
  PathStatus size(uint32_t at, std::string_view value, PathItems* found);
  PathStatus to_double(uint32_t at, std::string_view value, PathItems* found, bool unwrap);
  PathStatus rounded(uint32_t at, std::string_view value, PathItems* found, bool unwrap);
  PathStatus keyvalue(uint32_t at, std::string_view value, PathItems* found, bool unwrap);
  PathStatus variable(uint32_t at, PathItems* found);
  PathStatus arithmetic(uint32_t at, std::string_view value, PathItems* found);
  PathStatus sign(uint32_t at, std::string_view value, PathItems* found);
  bool is_single_number(PathKind kind, const PathItems& operands, std::string_view side);

  PathTruth predicate(uint32_t at, std::string_view value);
  PathTruth exists(uint32_t at, std::string_view value);
  PathTruth pairs(uint32_t at, std::string_view value);
  PathTruth test(const PathItem& predicate, std::string_view left, std::string_view right);

  /// An error that `silent` and predicates take.
  PathStatus fail(ErrorCode code, std::string_view message) {
    if (throws_) context_.fail(code, message);
    return PathStatus::kError;
  }
  /// The same, where lax mode finds nothing.
  PathStatus lacks(ErrorCode code, std::string_view message) {
    return forgives_ ? PathStatus::kNothing : fail(code, message);
  }
  /// After arithmetic, which has said in the context what is wrong.
  bool arithmetic_failed() {
    if (!context_.failed()) return false;
    if (!throws_) context_.clear_error();
    return true;
  }
  Numeric numeric(std::string_view value) { return numeric_from_text(context_, value); }
  std::string_view number(const Numeric& value) {
    std::string text;
    append_text(value, text);
    return context_.arena().copy(text);
  }
  bool is_last(uint32_t at) const { return path_.at(at).next == PathItem::kNone; }

  Context& context_;
  const JsonPath& path_;
  const std::string_view root_;
  std::string_view current_;
  const std::optional<std::string_view> variables_;
  int64_t array_size_ = -1;  // Of the array that the subscript around this place is for.
  bool forgives_;            // What the structure of the value lacks is nothing.
  bool throws_;
};

}  // namespace sqlmill::rt::sql
