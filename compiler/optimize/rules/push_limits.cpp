// SELECT f(a) FROM (SELECT a FROM t ORDER BY b) s LIMIT 10   ⇒  SELECT f(a) FROM (SELECT a FROM t ORDER BY b
// LIMIT 10) s (SELECT a FROM t UNION ALL SELECT a FROM u) LIMIT 10
//   ⇒  ((SELECT a FROM t LIMIT 10) UNION ALL (SELECT a FROM u LIMIT 10)) LIMIT 10
//
// A limit directly above a sort keeps that many rows only.
#include <optional>

#include "compiler/optimize/predicates.h"
#include "compiler/optimize/query_rule.h"
#include "compiler/optimize/rewriting.h"

namespace sqlmill::optimize {

namespace {

using plan::NodeRef;

std::optional<int64_t> value(const plan::ExprRef& expr) {
  const sql::Datum* constant = plan::as_constant(expr);
  constexpr int64_t kMax = int64_t{1} << 40;  // So that a sum is a bigint.
  if (!constant || constant->is_null() || constant->type() != sql::TypeId::kBigint) return std::nullopt;
  const auto number = constant->as<int64_t>();
  return number < 0 || number > kMax ? std::nullopt : std::optional(number);
}

/// Each input of a union gives no more rows than are wanted of all.
NodeRef limit_inputs(const NodeRef& node, const plan::Limit& limit, const plan::Union& all) {
  const std::optional<int64_t> count = limit.count ? value(limit.count) : std::nullopt;
  const std::optional<int64_t> offset = limit.offset ? value(limit.offset) : std::optional<int64_t>(0);
  if (!count || !offset || limit.with_ties) return node;
  const plan::ExprRef enough =
      plan::constant(sql::Datum(*count + *offset), {sql::TypeId::kBigint}, node->span);
  std::vector<NodeRef> inputs;
  for (const NodeRef& input : all.inputs) {
    const bool has_limit = std::holds_alternative<plan::Limit>(input->op);
    inputs.push_back(has_limit ? input : push_limits(plan::limit(input, enough, nullptr, false, node->span)));
  }
  return plan::with_children(node, {plan::with_children(limit.input, std::move(inputs))});
}

}  // namespace

plan::NodeRef push_limits(const plan::NodeRef& node) {
  const auto* limit = std::get_if<plan::Limit>(&node->op);
  if (!limit) return node;
  if (const auto* project = std::get_if<plan::Project>(&limit->input->op)) {
    // With ties, the sort is directly below.
    const NodeRef inner =
        push_limits(plan::limit(project->input, limit->count, limit->offset, limit->with_ties, node->span));
    return plan::with_children(limit->input, {inner});
  }
  if (const auto* all = std::get_if<plan::Union>(&limit->input->op)) return limit_inputs(node, *limit, *all);
  return node;
}

}  // namespace sqlmill::optimize
