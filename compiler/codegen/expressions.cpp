#include "compiler/codegen/expressions.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "compiler/codegen/names.h"
#include "compiler/plan/verify.h"

namespace sqlmill::codegen {

namespace {

std::string integer(int64_t value, std::string_view type) {
  if (value == INT64_MIN) return fmt::format("{}{{INT64_MIN}}", type);
  if (type == "int32_t" && value == INT32_MIN) return "int32_t{INT32_MIN}";
  return fmt::format("{}{{{}}}", type, value);
}

std::string floating(double value, std::string_view type) {
  if (std::isnan(value)) return fmt::format("std::numeric_limits<{}>::quiet_NaN()", type);
  if (std::isinf(value))
    return fmt::format("{}std::numeric_limits<{}>::infinity()", value < 0 ? "-" : "", type);
  return fmt::format("{}{{{:a}}}", type, value);
}

std::string numeric(const sql::Numeric& value) {
  switch (value.kind()) {
    case sql::Numeric::Kind::kNan:
      return "sql::Numeric::special(sql::Numeric::Kind::kNan)";
    case sql::Numeric::Kind::kPlusInfinity:
      return "sql::Numeric::special(sql::Numeric::Kind::kPlusInfinity)";
    case sql::Numeric::Kind::kMinusInfinity:
      return "sql::Numeric::special(sql::Numeric::Kind::kMinusInfinity)";
    case sql::Numeric::Kind::kBig:
      return fmt::format("sql::Numeric::big({}, std::string_view({}, {}), {})", value.big_is_negative(),
                         string_literal(value.big_magnitude()), value.big_magnitude().size(), value.scale());
    case sql::Numeric::Kind::kSmall:
      break;
  }
  const __int128 unscaled = value.unscaled();
  const auto narrow = static_cast<int64_t>(unscaled);
  if (narrow == unscaled && narrow != INT64_MIN)
    return fmt::format("sql::Numeric({}, {})", narrow, value.scale());
  return fmt::format(
      "sql::Numeric(static_cast<__int128>(static_cast<unsigned __int128>({}u) << 64 | {}u), {})",
      static_cast<uint64_t>(static_cast<unsigned __int128>(unscaled) >> 64), static_cast<uint64_t>(unscaled),
      value.scale());
}

/// || of two texts, of which chains are made.
constexpr std::string_view kConcatenate = "sql::concatenate";

std::string text(const sql::Text& value) {
  // The literal operator takes the length, so that a NUL inside would survive.
  return string_literal(value.view()) + "_text";
}

}  // namespace

std::string value_type(sql::Type type, bool nullable) {
  const std::string name(sql::cpp_name(type.id));
  return nullable ? "sql::Nullable<" + name + ">" : name;
}

std::string constant(const sql::Datum& value, sql::Type type) {
  if (value.is_null()) return value_type(type, true) + "()";
  switch (type.id) {
    case sql::TypeId::kUnknown:
      break;
    case sql::TypeId::kBoolean:
      return value.as<bool>() ? "true" : "false";
    case sql::TypeId::kSmallint:
      return integer(value.as<int16_t>(), "int16_t");
    case sql::TypeId::kInteger:
      return integer(value.as<int32_t>(), "int32_t");
    case sql::TypeId::kBigint:
      return integer(value.as<int64_t>(), "int64_t");
    case sql::TypeId::kNumeric:
      return numeric(value.as<sql::Numeric>());
    case sql::TypeId::kReal:
      return floating(static_cast<double>(value.as<float>()), "float");
    case sql::TypeId::kDouble:
      return floating(value.as<double>(), "double");
    case sql::TypeId::kText:
      return text(value.as<sql::Text>());
    case sql::TypeId::kBytea:
      return "sql::Bytea{" + text(value.as<sql::Bytea>().bytes) + "}";
    case sql::TypeId::kJsonb:
      return "sql::Jsonb{" + text(value.as<sql::Jsonb>().text) + "}";
    case sql::TypeId::kUuid: {
      const auto uuid = value.as<sql::Uuid>();
      return fmt::format("sql::Uuid{{{}u, {}u}}", uuid.high, uuid.low);
    }
    case sql::TypeId::kArray:
      return "sql::Array{" + text(value.as<sql::Array>().bytes) + "}";
    case sql::TypeId::kDate:
      return fmt::format("sql::Date{{{}}}", integer(value.as<sql::Date>().days, "int32_t"));
    case sql::TypeId::kTime:
      return fmt::format("sql::Time{{{}}}", integer(value.as<sql::Time>().micros, "int64_t"));
    case sql::TypeId::kTimestamp:
      return fmt::format("sql::Timestamp{{{}}}", integer(value.as<sql::Timestamp>().micros, "int64_t"));
    case sql::TypeId::kTimestamptz:
      return fmt::format("sql::Timestamptz{{{}}}", integer(value.as<sql::Timestamptz>().micros, "int64_t"));
    case sql::TypeId::kInterval: {
      const auto i = value.as<sql::Interval>();
      return fmt::format("sql::Interval{{{}, {}, {}}}", integer(i.micros, "int64_t"),
                         integer(i.days, "int32_t"), integer(i.months, "int32_t"));
    }
  }
  return "sql::Nullable<sql::Text>()";
}

std::string ExpressionWriter::as(const plan::ExprRef& expr, const std::string& type, bool nullable) const {
  const sql::Datum* literal = plan::as_constant(expr);
  if (literal && literal->is_null()) return type + "()";
  return expr->nullable == nullable ? value(expr) : fmt::format("{}({})", type, value(expr));
}

/// The operands of a chain of ||; one that cannot fail by itself waits until it is known that none is NULL.
void ExpressionWriter::collect_parts(const plan::ExprRef& expr, std::vector<std::string>& parts) const {
  const auto* node = std::get_if<plan::Call>(&expr->node);
  if (!node || is_there(expr)) {
    parts.push_back(value(expr));
  } else if (node->function->cpp == kConcatenate) {
    for (const plan::ExprRef& operand : node->arguments) collect_parts(operand, parts);
  } else if (node->function->strict && !node->function->result_nullable && !node->function->can_fail) {
    std::string arguments;
    for (const plan::ExprRef& a : node->arguments) arguments += (arguments.empty() ? "" : ", ") + value(a);
    parts.push_back(fmt::format("sql::defer<{}>({})", node->function->cpp, arguments));
  } else {
    parts.push_back(value(expr));
  }
}

std::string ExpressionWriter::concatenation(const plan::Call& node, const plan::Expr& expr) const {
  std::vector<std::string> parts;
  for (const plan::ExprRef& operand : node.arguments) collect_parts(operand, parts);
  std::string arguments;
  for (const std::string& part : parts) arguments += ", " + part;
  return fmt::format("sql::concatenate_all(context{}){}", arguments, expr.nullable ? "" : ".value()");
}

std::string ExpressionWriter::call(const plan::Call& node, const plan::Expr& expr) const {
  if (node.function->cpp == kConcatenate) return concatenation(node, expr);
  std::string arguments;
  for (const plan::ExprRef& a : node.arguments) arguments += ", " + value(a);
  const std::string call = fmt::format("sql::call<{}>(context{})", node.function->cpp, arguments);
  if (node.function->result != sql::kAnyElement) return call;
  return fmt::format("sql::element_as<{}>({})", sql::cpp_name(expr.type.id), call);
}

std::string ExpressionWriter::logical(const plan::Logical& node, bool nullable) const {
  std::string out;
  for (const plan::ExprRef& o : node.operands) {
    if (!out.empty()) out += nullable ? ", " : node.is_and ? " && " : " || ";
    out += nullable ? fmt::format("[&] {{ return {}; }}", value(o)) : value(o);
  }
  if (nullable) return fmt::format("sql::logical_{}({})", node.is_and ? "and" : "or", out);
  return "(" + out + ")";
}

std::string ExpressionWriter::in_set(const plan::InSet& node) const {
  std::string encoded;
  for (const plan::ExprRef& c : node.constants) {
    const std::string item = sql::encode_constant(*plan::as_constant(c));
    encoded += fmt::format("{}:{}", item.size(), item);
  }
  // Built once; constant from then on.
  return fmt::format(
      "[&](const auto& value) {{ static const sql::ConstantSet<{}> set(std::string_view({}, {})); return "
      "set.contains(value); }}({})",
      sql::cpp_name(node.operand->type.id), string_literal(encoded), encoded.size(), value(node.operand));
}

std::string ExpressionWriter::case_when(const plan::Case& node, const plan::Expr& expr) const {
  const std::string type = value_type(expr.type, expr.nullable);
  std::string out = "(";
  for (const auto& [condition, result] : node.branches) {
    out += fmt::format("{} ? {} : ", is_true(condition), as(result, type, expr.nullable));
  }
  return out + as(node.otherwise, type, expr.nullable) + ")";
}

bool ExpressionWriter::is_there(const plan::ExprRef& expr) const {
  return std::holds_alternative<plan::Column>(expr->node) ||
         std::holds_alternative<plan::Constant>(expr->node) || find_known(expr) != nullptr;
}

ExpressionWriter ExpressionWriter::with(const std::vector<Known>& more) const {
  ExpressionWriter writer(*this);
  writer.known_.insert(writer.known_.end(), more.begin(), more.end());
  return writer;
}

const std::string* ExpressionWriter::find_known(const plan::ExprRef& expr) const {
  const auto found =
      std::find_if(known_.begin(), known_.end(), [&](const Known& k) { return plan::equal(k.first, expr); });
  return found == known_.end() ? nullptr : &found->second;
}

std::string ExpressionWriter::value(const plan::ExprRef& expr) const {
  if (const std::string* known = find_known(expr)) return *known;
  struct Visitor {
    const ExpressionWriter& writer;
    const plan::Expr& expr;
    std::string operator()(const plan::Column& n) { return writer.columns_[n.index]; }
    std::string operator()(const plan::Constant& n) { return constant(n.value, expr.type); }
    std::string operator()(const plan::Call& n) { return writer.call(n, expr); }
    std::string operator()(const plan::Logical& n) { return writer.logical(n, expr.nullable); }
    std::string operator()(const plan::Not& n) {
      return fmt::format("sql::logical_not({})", writer.value(n.operand));
    }
    std::string operator()(const plan::Is& n) {
      const std::string not_ = n.negated ? "!" : "";
      switch (n.test) {
        case plan::Test::kNull:
          return fmt::format("{}sql::has_value({})", n.negated ? "" : "!", writer.value(n.operand));
        case plan::Test::kTrue:
          return not_ + writer.is_true(n.operand);
        case plan::Test::kFalse:
          return not_ + writer.is_false(n.operand);
      }
      __builtin_unreachable();
    }
    std::string operator()(const plan::IsDistinct& n) {
      return fmt::format("{}sql::not_distinct({}, {})", n.negated ? "" : "!", writer.value(n.left),
                         writer.value(n.right));
    }
    std::string operator()(const plan::Case& n) { return writer.case_when(n, expr); }
    std::string operator()(const plan::Coalesce& n) {
      std::string operands;
      for (const plan::ExprRef& a : n.arguments)
        operands += fmt::format("{}[&] {{ return {}; }}", operands.empty() ? "" : ", ", writer.value(a));
      return fmt::format("sql::coalesce<{}>({})", value_type(expr.type, expr.nullable), operands);
    }
    std::string operator()(const plan::Extreme& n) {
      std::string operands;
      for (const plan::ExprRef& a : n.arguments) operands += (operands.empty() ? "" : ", ") + writer.value(a);
      return fmt::format("sql::extreme<{}, {}>({})", n.greatest, value_type(expr.type, expr.nullable),
                         operands);
    }
    std::string operator()(const plan::InSet& n) { return writer.in_set(n); }
    std::string operator()(const plan::Parameter&) { plan::abort_not_in_views("a parameter"); }
    std::string operator()(const plan::StatementParameter&) { plan::abort_not_in_views("a parameter"); }
    std::string operator()(const plan::Subquery&) { plan::abort_not_in_views("a subquery"); }
  };
  return std::visit(Visitor{*this, *expr}, expr->node);
}

std::string ExpressionWriter::is_true(const plan::ExprRef& expr) const {
  if (const std::string* known = find_known(expr))
    return expr->nullable ? fmt::format("sql::is_true({})", *known) : *known;
  if (const auto* n = std::get_if<plan::Logical>(&expr->node)) {
    std::string out;
    for (const plan::ExprRef& o : n->operands)
      out += (out.empty() ? "" : n->is_and ? " && " : " || ") + is_true(o);
    return "(" + out + ")";
  }
  if (const auto* n = std::get_if<plan::Not>(&expr->node)) return is_false(n->operand);
  return expr->nullable ? fmt::format("sql::is_true({})", value(expr)) : value(expr);
}

std::string ExpressionWriter::is_false(const plan::ExprRef& expr) const {
  if (find_known(expr)) return fmt::format("sql::is_false({})", value(expr));
  if (const auto* n = std::get_if<plan::Not>(&expr->node)) return is_true(n->operand);
  return fmt::format("sql::is_false({})", value(expr));
}

}  // namespace sqlmill::codegen
