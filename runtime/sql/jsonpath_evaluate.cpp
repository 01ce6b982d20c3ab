// The steps of a jsonpath.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <utility>

#include "runtime/sql/jsonpath_evaluator.h"
#include "runtime/sql/value_text.h"

namespace sqlmill::rt::sql {

PathStatus PathEvaluator::next(uint32_t at, std::string_view value, PathItems* found) {
  const uint32_t step = path_.at(at).next;
  if (step != PathItem::kNone) return item(step, value, found, path_.lax);
  if (found != nullptr) found->push_back(value);
  return PathStatus::kFound;
}

/// A step with the elements of an array or the values of an object.
PathStatus PathEvaluator::each(uint32_t step, std::string_view container, PathItems* found, bool unwrap) {
  PathStatus status = PathStatus::kNothing;
  for (JsonMembers members(container); members.next();) {
    if (step != PathItem::kNone) {
      status = item(step, members.value(), found, unwrap);
      if (status == PathStatus::kError) return status;
    } else {
      status = PathStatus::kFound;
      if (found != nullptr) found->push_back(members.value());
    }
    if (status == PathStatus::kFound && found == nullptr) return status;
  }
  return status;
}

/// Of an operator: in lax mode the elements of arrays instead of them.
PathStatus PathEvaluator::operand(uint32_t at, std::string_view value, PathItems& found) {
  if (!path_.lax) return item(at, value, &found, false);
  PathItems whole;
  const PathStatus status = item(at, value, &whole, true);
  if (status == PathStatus::kError) return status;
  for (const std::string_view one : whole) {
    if (is_json_array(one)) {
      each(PathItem::kNone, one, &found, false);
    } else {
      found.push_back(one);
    }
  }
  return PathStatus::kFound;
}

PathStatus PathEvaluator::item(uint32_t at, std::string_view value, PathItems* found, bool unwrap) {
  const PathItem& item = path_.at(at);
  switch (item.kind) {
    case PathKind::kRoot:
      return next(at, root_, found);
    case PathKind::kCurrent:
      return next(at, current_, found);
    case PathKind::kVariable:
      return variable(at, found);
    case PathKind::kConstant:
      return next(at, item.text, found);
    case PathKind::kLast:
      return next(at, context_.arena().copy(fmt::format("{}", array_size_ - 1)), found);
    case PathKind::kAdd:
    case PathKind::kSubtract:
    case PathKind::kMultiply:
    case PathKind::kDivide:
    case PathKind::kModulo:
      return arithmetic(at, value, found);
    case PathKind::kPlus:
    case PathKind::kMinus:
      return sign(at, value, found);
    default:
      break;
  }
  if (!is_operation(item.kind)) return step(at, value, found, unwrap);
  const PathTruth truth = predicate(at, value);
  return next(at,
              truth == PathTruth::kUnknown ? "null"
              : truth == PathTruth::kTrue  ? "true"
                                           : "false",
              found);
}

PathStatus PathEvaluator::step(uint32_t at, std::string_view value, PathItems* found, bool unwrap) {
  switch (path_.at(at).kind) {
    case PathKind::kKey:
      return key(at, value, found, unwrap);
    case PathKind::kAnyKey:
      return any_key(at, value, found, unwrap);
    case PathKind::kAnyElement:
      return any_element(at, value, found);
    case PathKind::kSubscripts:
      return subscripts(at, value, found);
    case PathKind::kDescendants:
      return descendants(at, value, found);
    case PathKind::kFilter:
      return filter(at, value, found, unwrap);
    case PathKind::kType: {
      constexpr std::string_view kNames[] = {"\"null\"",    "\"string\"", "\"number\"",
                                             "\"boolean\"", "\"array\"",  "\"object\""};
      return next(at, kNames[static_cast<size_t>(json_kind(value))], found);
    }
    case PathKind::kSize:
      return size(at, value, found);
    case PathKind::kDouble:
      return to_double(at, value, found, unwrap);
    case PathKind::kCeiling:
    case PathKind::kFloor:
    case PathKind::kAbs:
      return rounded(at, value, found, unwrap);
    default:
      return keyvalue(at, value, found, unwrap);
  }
}

// ---- Steps ----

PathStatus PathEvaluator::key(uint32_t at, std::string_view value, PathItems* found, bool unwrap) {
  const std::string& name = path_.at(at).text;
  if (json_kind(value) == JsonKind::kObject) {
    std::string storage;
    for (JsonMembers members(value); members.next();) {
      if (json_string(members.key(), storage) == name) return next(at, members.value(), found);
    }
    return lacks(ErrorCode::kSqlJsonMemberNotFound,
                 fmt::format("JSON object does not contain key \"{}\"", name));
  }
  if (unwrap && is_json_array(value)) return each(at, value, found, false);
  return lacks(ErrorCode::kSqlJsonMemberNotFound,
               "jsonpath member accessor can only be applied to an object");
}

PathStatus PathEvaluator::any_key(uint32_t at, std::string_view value, PathItems* found, bool unwrap) {
  if (json_kind(value) == JsonKind::kObject) return each(path_.at(at).next, value, found, path_.lax);
  if (unwrap && is_json_array(value)) return each(at, value, found, false);
  return lacks(ErrorCode::kSqlJsonObjectNotFound,
               "jsonpath wildcard member accessor can only be applied to an object");
}

PathStatus PathEvaluator::any_element(uint32_t at, std::string_view value, PathItems* found) {
  if (is_json_array(value)) return each(path_.at(at).next, value, found, path_.lax);
  if (path_.lax) return next(at, value, found);
  return lacks(ErrorCode::kSqlJsonArrayNotFound,
               "jsonpath wildcard array accessor can only be applied to an array");
}

namespace {

int64_t count_members(std::string_view container) {
  int64_t count = 0;
  for (JsonMembers members(container); members.next();) ++count;
  return count;
}

}  // namespace

PathStatus PathEvaluator::subscripts(uint32_t at, std::string_view value, PathItems* found) {
  if (!is_json_array(value) && !path_.lax) {
    return lacks(ErrorCode::kSqlJsonArrayNotFound, "jsonpath array accessor can only be applied to an array");
  }
  const int64_t size_outside = array_size_;
  const int64_t size = is_json_array(value) ? count_members(value) : 1;
  PathStatus status = PathStatus::kNothing;
  for (const PathItem::Subscript& subscript : path_.at(at).subscripts) {
    array_size_ = size;
    int64_t from = 0;
    status = this->subscript(subscript.from, value, from);
    int64_t to = from;
    if (status != PathStatus::kError && subscript.to != PathItem::kNone)
      status = this->subscript(subscript.to, value, to);
    if (status == PathStatus::kError) break;
    if (!forgives_ && (from < 0 || from > to || to >= size)) {
      status = fail(ErrorCode::kInvalidSqlJsonSubscript, "jsonpath array subscript is out of bounds");
      break;
    }
    status = elements(at, value, std::max<int64_t>(from, 0), std::min(to, size - 1), found);
    if (status == PathStatus::kError || (status == PathStatus::kFound && found == nullptr)) break;
  }
  array_size_ = size_outside;
  return status;
}

/// Those from one index to another; a value that is no array is the only element.
PathStatus PathEvaluator::elements(uint32_t at, std::string_view value, int64_t from, int64_t to,
                                   PathItems* found) {
  if (!is_json_array(value)) return from <= 0 && to >= 0 ? next(at, value, found) : PathStatus::kNothing;
  PathStatus status = PathStatus::kNothing;
  int64_t index = 0;
  for (JsonMembers members(value); index <= to && members.next(); ++index) {
    if (index < from) continue;
    status = next(at, members.value(), found);
    if (status == PathStatus::kError || (status == PathStatus::kFound && found == nullptr)) break;
  }
  return status;
}

PathStatus PathEvaluator::subscript(uint32_t at, std::string_view value, int64_t& index) {
  PathItems found;
  if (item(at, value, &found, path_.lax) == PathStatus::kError) return PathStatus::kError;
  if (found.size() != 1 || json_kind(found[0]) != JsonKind::kNumber) {
    return fail(ErrorCode::kInvalidSqlJsonSubscript,
                "jsonpath array subscript is not a single numeric value");
  }
  const std::optional<int64_t> whole = to_int64(trunc(context_.arena(), numeric(found[0]), 0));
  if (!whole || *whole != static_cast<int32_t>(*whole)) {
    return fail(ErrorCode::kInvalidSqlJsonSubscript, "jsonpath array subscript is out of integer range");
  }
  index = *whole;
  return PathStatus::kFound;
}

PathStatus PathEvaluator::descendants(uint32_t at, std::string_view value, PathItems* found) {
  PathStatus status = PathStatus::kNothing;
  if (path_.at(at).first_level == 0) {
    const bool forgave = std::exchange(forgives_, true);
    status = next(at, value, found);
    forgives_ = forgave;
    if (status == PathStatus::kFound && found == nullptr) return status;
  }
  return is_json_container(value) ? below(at, value, 1, found) : status;
}

/// The members of `container`, which are at `level`, and what is below them.
PathStatus PathEvaluator::below(uint32_t at, std::string_view container, uint32_t level, PathItems* found) {
  const PathItem& item = path_.at(at);
  const bool only_leaves = item.first_level == PathItem::kLeaves && item.last_level == PathItem::kLeaves;
  PathStatus status = PathStatus::kNothing;
  if (level > item.last_level) return status;
  for (JsonMembers members(container); members.next();) {
    const std::string_view value = members.value();
    if (level >= item.first_level || (only_leaves && !is_json_container(value))) {
      const bool forgave = std::exchange(forgives_, true);
      status = next(at, value, found);
      forgives_ = forgave;
      if (status == PathStatus::kError || (status == PathStatus::kFound && found == nullptr)) return status;
    }
    if (level < item.last_level && is_json_container(value)) {
      status = below(at, value, level + 1, found);
      if (status == PathStatus::kError || (status == PathStatus::kFound && found == nullptr)) return status;
    }
  }
  return status;
}

PathStatus PathEvaluator::filter(uint32_t at, std::string_view value, PathItems* found, bool unwrap) {
  if (unwrap && is_json_array(value)) return each(at, value, found, false);
  const std::string_view outside = std::exchange(current_, value);
  const PathTruth truth = predicate(path_.at(at).left, value);
  current_ = outside;
  return truth == PathTruth::kTrue ? next(at, value, found) : PathStatus::kNothing;
}

PathStatus PathEvaluator::size(uint32_t at, std::string_view value, PathItems* found) {
  if (!is_json_array(value) && !path_.lax) {
    return lacks(ErrorCode::kSqlJsonArrayNotFound,
                 "jsonpath item method .size() can only be applied to an array");
  }
  const int64_t size = is_json_array(value) ? count_members(value) : 1;
  return next(at, context_.arena().copy(fmt::format("{}", size)), found);
}

PathStatus PathEvaluator::to_double(uint32_t at, std::string_view value, PathItems* found, bool unwrap) {
  if (unwrap && is_json_array(value)) return each(at, value, found, false);
  const JsonKind kind = json_kind(value);
  if (kind != JsonKind::kNumber && kind != JsonKind::kString) {
    return fail(ErrorCode::kNonNumericSqlJsonItem,
                "jsonpath item method .double() can only be applied to a string or numeric value");
  }
  const bool is_string = kind == JsonKind::kString;
  std::string storage;
  Context reading(context_.arena());
  const double number = float8_from_text(reading, is_string ? json_string(value, storage) : value);
  if (reading.failed() || !std::isfinite(number)) {
    return fail(ErrorCode::kNonNumericSqlJsonItem,
                is_string ? "string argument of jsonpath item method .double() is not a valid representation "
                            "of a double precision number"
                          : "numeric argument of jsonpath item method .double() is out of range for type "
                            "double precision");
  }
  return next(at, is_string ? this->number(numeric_from_double(context_.arena(), number)) : value, found);
}

PathStatus PathEvaluator::rounded(uint32_t at, std::string_view value, PathItems* found, bool unwrap) {
  if (unwrap && is_json_array(value)) return each(at, value, found, false);
  const PathKind kind = path_.at(at).kind;
  if (json_kind(value) != JsonKind::kNumber) {
    return fail(
        ErrorCode::kNonNumericSqlJsonItem,
        fmt::format("jsonpath item method .{}() can only be applied to a numeric value", path_word(kind)));
  }
  const Numeric given = numeric(value);
  Arena& arena = context_.arena();
  return next(at,
              number(kind == PathKind::kAbs     ? abs(given)
                     : kind == PathKind::kFloor ? floor(arena, given)
                                                : ceil(arena, given)),
              found);
}

/// An object for each member. Its id tells objects apart: where in the value it begins.
PathStatus PathEvaluator::keyvalue(uint32_t at, std::string_view value, PathItems* found, bool unwrap) {
  if (unwrap && is_json_array(value)) return each(at, value, found, false);
  if (json_kind(value) != JsonKind::kObject) {
    return fail(ErrorCode::kSqlJsonObjectNotFound,
                "jsonpath item method .keyvalue() can only be applied to an object");
  }
  constexpr int64_t kOfVariables = 10'000'000'000;
  const auto begins_in = [&](std::string_view whole) {
    return std::less_equal<>()(whole.data(), value.data()) &&
           std::less<>()(value.data(), whole.data() + whole.size());
  };
  int64_t id = 0;
  if (begins_in(root_)) {
    id = value.data() - root_.data();
  } else if (variables_ && begins_in(*variables_)) {
    id = kOfVariables + (value.data() - variables_->data());
  }
  PathStatus status = PathStatus::kNothing;
  for (JsonMembers members(value); members.next();) {
    if (is_last(at) && found == nullptr) return PathStatus::kFound;
    const std::string object =
        fmt::format("{{\"id\": {}, \"key\": {}, \"value\": {}}}", id, members.key(), members.value());
    status = next(at, context_.arena().copy(object), found);
    if (status == PathStatus::kError || (status == PathStatus::kFound && found == nullptr)) return status;
  }
  return status;
}

PathResult evaluate_jsonpath(Context& context, const JsonPath& path, const Jsonb& value, const PathRun& run) {
  PathResult result;
  const std::string_view root = value.text.view();
  PathEvaluator evaluator(context, path, root, run);
  // In strict mode an error behind the first item counts.
  const bool collects = !run.exists_only || !path.lax;
  result.status = evaluator.evaluate(collects ? &result.items : nullptr);
  if (run.exists_only && collects && result.status != PathStatus::kError)
    result.status = result.items.empty() ? PathStatus::kNothing : PathStatus::kFound;
  return result;
}

}  // namespace sqlmill::rt::sql
