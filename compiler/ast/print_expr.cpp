#include "compiler/ast/printer.h"

namespace sqlmill::ast {
namespace {

const char* test_text(Test test) {
  switch (test) {
    case Test::kNull:
      return "null";
    case Test::kTrue:
      return "true";
    case Test::kFalse:
      return "false";
    case Test::kUnknown:
      return "unknown";
  }
  return "";
}

const char* negation(bool negated) {
  return negated ? "not " : "";
}

}  // namespace

void Printer::case_branches(const Case& node) {
  line("case");
  const Block block(*this);
  labelled("of", node.operand);
  for (const auto& [condition, result] : node.branches) {
    labelled("when", condition);
    labelled("then", result);
  }
  labelled("else", node.otherwise);
}

void Printer::call(const Call& node) {
  line("call " + node.name.name + (node.distinct ? " distinct" : "") +
       (node.ignore_nulls ? " ignore nulls" : ""));
  children(node.arguments);
  const Block block(*this);
  order(node.within_group ? "within group" : "order by", node.order_by);
  labelled("filter", node.filter);
  if (node.over) window(*node.over);
}

void Printer::bound(const std::string& label, const FrameBound& bound) {
  constexpr const char* kKinds[] = {"unbounded preceding", "preceding", "current row", "following",
                                    "unbounded following"};
  line(label + " " + kKinds[static_cast<size_t>(bound.kind)]);
  if (bound.offset) children({&bound.offset});
}

void Printer::window(const WindowSpec& window) {
  line(window.base ? "over " + window.base->name : "over");
  const Block block(*this);
  for (const ExprPtr& key : window.partition) labelled("partition by", key);
  order("order by", window.order);
  if (!window.frame) return;
  constexpr const char* kUnits[] = {"rows", "range", "groups"};
  constexpr const char* kExclusions[] = {"", " excluding current row", " excluding group", " excluding ties"};
  line(std::string(kUnits[static_cast<size_t>(window.frame->unit)]) +
       kExclusions[static_cast<size_t>(window.frame->exclusion)]);
  const Block frame(*this);
  bound("from", window.frame->begin);
  bound("to", window.frame->end);
}

void Printer::subquery(const Subquery& node) {
  constexpr const char* kForms[] = {"subquery", "exists", "in", "any", "all", "array"};
  const std::string op = node.op.empty() || node.form == SubqueryForm::kIn ? "" : node.op + " ";
  line(negation(node.negated) + op + kForms[static_cast<size_t>(node.form)]);
  const Block block(*this);
  if (node.operand) expr(*node.operand);
  query(*node.query);
}

void Printer::subscript(const Subscript& node) {
  line(node.is_slice ? "slice" : "subscript");
  children({&node.operand});
  const Block block(*this);
  labelled(node.is_slice ? "from" : "at", node.lower);
  labelled("to", node.upper);
}

void Printer::expr(const Expr& expr) {
  std::visit(
      Overloaded{
          [&](const NullLiteral&) { line("null"); },
          [&](const BooleanLiteral& node) { line(node.value ? "true" : "false"); },
          [&](const NumberLiteral& node) { line("number " + node.digits); },
          [&](const StringLiteral& node) { line("string " + quoted(node.value)); },
          [&](const ColumnName& node) {
            std::string path;
            for (const Identifier& part : node.parts) path += (path.empty() ? "" : ".") + part.name;
            line("column " + path);
          },
          [&](const Star& node) { line(node.qualifier ? "star of " + node.qualifier->name : "star"); },
          [&](const Unary& node) {
            line("unary " + node.op);
            children({&node.operand});
          },
          [&](const Binary& node) {
            line("binary " + node.op);
            children({&node.left, &node.right});
          },
          [&](const Is& node) {
            line(std::string("is ") + negation(node.negated) + test_text(node.test));
            children({&node.operand});
          },
          [&](const IsDistinct& node) {
            line(std::string("is ") + negation(node.negated) + "distinct from");
            children({&node.left, &node.right});
          },
          [&](const Like& node) {
            line(std::string(negation(node.negated)) + (node.case_insensitive ? "ilike" : "like"));
            children({&node.operand, &node.pattern, &node.escape});
          },
          [&](const InList& node) {
            line(std::string(negation(node.negated)) + "in");
            children({&node.operand});
            children(node.items);
          },
          [&](const Between& node) {
            line(std::string(negation(node.negated)) + "between" + (node.symmetric ? " symmetric" : ""));
            children({&node.operand, &node.low, &node.high});
          },
          [&](const Case& node) { case_branches(node); },
          [&](const CastTo& node) {
            line("cast to " + type_text(node.type));
            children({&node.operand});
          },
          [&](const TypedLiteral& node) { line(type_text(node.type) + " " + quoted(node.value)); },
          [&](const Call& node) { call(node); },
          [&](const Parameter& node) { line("parameter " + std::to_string(node.number)); },
          [&](const ArrayLiteral& node) {
            line("array");
            children(node.items);
          },
          [&](const Subscript& node) { subscript(node); },
          [&](const Row& node) {
            line("row");
            children(node.items);
          },
          [&](const Collate& node) {
            line("collate " + node.collation.name);
            children({&node.operand});
          },
          [&](const Subquery& node) { subquery(node); },
          [&](const AnyOfArray& node) {
            line(node.op + (node.all ? " all of array" : " any of array"));
            children({&node.operand, &node.array});
          },
          [&](const Unsupported& node) { line("unsupported: " + node.feature); },
      },
      expr.node);
}

}  // namespace sqlmill::ast
