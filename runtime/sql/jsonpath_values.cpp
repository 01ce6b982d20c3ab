// What a jsonpath computes: variables, arithmetic, predicates.
#include <fmt/format.h>

#include <utility>

#include "runtime/sql/jsonpath_evaluator.h"

namespace sqlmill::rt::sql {

// ---- Values ----

PathStatus PathEvaluator::variable(uint32_t at, PathItems* found) {
  if (is_last(at) && found == nullptr) return PathStatus::kFound;
  if (!variables_) return next(at, "null", found);
  const std::string& name = path_.at(at).text;
  std::string storage;
  for (JsonMembers members(*variables_); members.next();) {
    if (json_string(members.key(), storage) == name) return next(at, members.value(), found);
  }
  // Whatever `silent` says.
  context_.fail(ErrorCode::kUndefinedObject, fmt::format("could not find jsonpath variable \"{}\"", name));
  return PathStatus::kError;
}

bool PathEvaluator::is_single_number(PathKind kind, const PathItems& operands, std::string_view side) {
  if (operands.size() == 1 && json_kind(operands[0]) == JsonKind::kNumber) return true;
  fail(
      ErrorCode::kSingletonSqlJsonItemRequired,
      fmt::format("{} operand of jsonpath operator {} is not a single numeric value", side, path_word(kind)));
  return false;
}

PathStatus PathEvaluator::arithmetic(uint32_t at, std::string_view value, PathItems* found) {
  const PathItem& item = path_.at(at);
  PathItems left;
  PathItems right;
  if (operand(item.left, value, left) == PathStatus::kError) return PathStatus::kError;
  if (operand(item.right, value, right) == PathStatus::kError) return PathStatus::kError;
  if (!is_single_number(item.kind, left, "left") || !is_single_number(item.kind, right, "right"))
    return PathStatus::kError;
  const Numeric a = numeric(left[0]);
  const Numeric b = numeric(right[0]);
  const Numeric result = item.kind == PathKind::kAdd        ? add(context_, a, b)
                         : item.kind == PathKind::kSubtract ? subtract(context_, a, b)
                         : item.kind == PathKind::kMultiply ? multiply(context_, a, b)
                         : item.kind == PathKind::kDivide   ? divide(context_, a, b)
                                                            : modulo(context_, a, b);
  if (arithmetic_failed()) return PathStatus::kError;
  return next(at, number(result), found);
}

PathStatus PathEvaluator::sign(uint32_t at, std::string_view value, PathItems* found) {
  const PathItem& item = path_.at(at);
  PathItems operands;
  if (operand(item.left, value, operands) == PathStatus::kError) return PathStatus::kError;
  const bool only_exists = is_last(at) && found == nullptr;
  PathStatus status = PathStatus::kNothing;
  for (const std::string_view one : operands) {
    const bool is_number = json_kind(one) == JsonKind::kNumber;
    if (only_exists && is_number) return PathStatus::kFound;
    if (only_exists) continue;
    if (!is_number) {
      return fail(
          ErrorCode::kSqlJsonNumberNotFound,
          fmt::format("operand of unary jsonpath operator {} is not a numeric value", path_word(item.kind)));
    }
    const PathStatus one_status =
        next(at, item.kind == PathKind::kMinus ? number(negate(numeric(one))) : one, found);
    if (one_status == PathStatus::kError || (one_status == PathStatus::kFound && found == nullptr))
      return one_status;
    if (one_status == PathStatus::kFound) status = one_status;
  }
  return status;
}

// ---- Predicates ----

PathTruth PathEvaluator::predicate(uint32_t at, std::string_view value) {
  const PathItem& item = path_.at(at);
  switch (item.kind) {
    case PathKind::kAnd: {
      const PathTruth left = predicate(item.left, value);
      if (left == PathTruth::kFalse) return left;
      const PathTruth right = predicate(item.right, value);
      return right == PathTruth::kTrue ? left : right;
    }
    case PathKind::kOr: {
      const PathTruth left = predicate(item.left, value);
      if (left == PathTruth::kTrue) return left;
      const PathTruth right = predicate(item.right, value);
      return right == PathTruth::kFalse ? left : right;
    }
    case PathKind::kNot: {
      const PathTruth operand = predicate(item.left, value);
      return operand == PathTruth::kUnknown ? operand
             : operand == PathTruth::kTrue  ? PathTruth::kFalse
                                            : PathTruth::kTrue;
    }
    case PathKind::kIsUnknown:
      return predicate(item.left, value) == PathTruth::kUnknown ? PathTruth::kTrue : PathTruth::kFalse;
    case PathKind::kExists:
      return exists(item.left, value);
    default:
      return pairs(at, value);
  }
}

PathTruth PathEvaluator::exists(uint32_t at, std::string_view value) {
  const bool threw = std::exchange(throws_, false);
  PathItems all;
  // In strict mode an error behind the first item counts.
  PathStatus status = item(at, value, path_.lax ? nullptr : &all, false);
  throws_ = threw;
  if (status == PathStatus::kError) return PathTruth::kUnknown;
  if (!path_.lax) status = all.empty() ? PathStatus::kNothing : PathStatus::kFound;
  return status == PathStatus::kFound ? PathTruth::kTrue : PathTruth::kFalse;
}

/// Whether a test holds for some pair of items of both sides.
PathTruth PathEvaluator::pairs(uint32_t at, std::string_view value) {
  const PathItem& item = path_.at(at);
  const bool threw = std::exchange(throws_, false);
  PathItems left;
  PathItems right;
  PathStatus status = operand(item.left, value, left);
  if (item.right == PathItem::kNone) {
    right.emplace_back();
  } else if (status != PathStatus::kError) {
    status = item.kind == PathKind::kStartsWith ? this->item(item.right, value, &right, path_.lax)
                                                : operand(item.right, value, right);
  }
  throws_ = threw;
  if (status == PathStatus::kError) return PathTruth::kUnknown;
  PathTruth result = PathTruth::kFalse;
  for (const std::string_view a : left) {
    for (const std::string_view b : right) {
      const PathTruth truth = test(item, a, b);
      if (truth == PathTruth::kFalse) continue;
      // In lax mode what holds for one pair holds; in strict mode what is unknown for one pair is.
      if ((truth == PathTruth::kTrue) == path_.lax) return truth;
      result = truth;
    }
  }
  return result;
}

namespace {

PathTruth truth_of(bool holds) {
  return holds ? PathTruth::kTrue : PathTruth::kFalse;
}

PathTruth ordered(PathKind kind, int order) {
  switch (kind) {
    case PathKind::kEqual:
      return truth_of(order == 0);
    case PathKind::kNotEqual:
      return truth_of(order != 0);
    case PathKind::kLess:
      return truth_of(order < 0);
    case PathKind::kLessOrEqual:
      return truth_of(order <= 0);
    case PathKind::kGreater:
      return truth_of(order > 0);
    default:
      return truth_of(order >= 0);
  }
}

}  // namespace

PathTruth PathEvaluator::test(const PathItem& predicate, std::string_view left, std::string_view right) {
  const JsonKind kind = json_kind(left);
  std::string left_storage;
  std::string right_storage;
  if (predicate.kind == PathKind::kLikeRegex) {
    if (kind != JsonKind::kString) return PathTruth::kUnknown;
    const CompiledRegex* regex =
        context_.compiled_patterns().regex(context_, predicate.text, predicate.regex);
    if (regex == nullptr) return PathTruth::kUnknown;
    const std::string_view text = json_string(left, left_storage);
    return truth_of(regex->program->Match(text, 0, text.size(), re2::RE2::UNANCHORED, nullptr, 0));
  }
  const JsonKind other = json_kind(right);
  if (predicate.kind == PathKind::kStartsWith) {
    if (kind != JsonKind::kString || other != JsonKind::kString) return PathTruth::kUnknown;
    return truth_of(json_string(left, left_storage).starts_with(json_string(right, right_storage)));
  }
  if (kind != other) {
    // null is equal to nothing else; all other pairs cannot be compared.
    if (kind != JsonKind::kNull && other != JsonKind::kNull) return PathTruth::kUnknown;
    return truth_of(predicate.kind == PathKind::kNotEqual);
  }
  if (is_json_container(left)) return PathTruth::kUnknown;
  switch (kind) {
    case JsonKind::kNumber:
      return ordered(predicate.kind, compare(numeric(left), numeric(right)));
    case JsonKind::kBoolean:
      return ordered(predicate.kind, (left == "true") - (right == "true"));
    case JsonKind::kString:
      return ordered(predicate.kind,
                     json_string(left, left_storage).compare(json_string(right, right_storage)));
    default:
      return ordered(predicate.kind, 0);
  }
}

}  // namespace sqlmill::rt::sql
