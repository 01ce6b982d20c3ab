// How the rules for ad hoc queries go over a plan and put another together.
#pragma once

#include <functional>
#include <unordered_map>

#include "compiler/plan/node.h"

namespace sqlmill::optimize {

/// Applies a rule to every node, from the leaves up, in the plans of subqueries too. Parts that several
/// places read are rewritten once and stay shared.
class NodeRewriter {
 public:
  using Rule = std::function<plan::NodeRef(const plan::NodeRef&)>;
  explicit NodeRewriter(Rule rule) : rule_(std::move(rule)) {}

  plan::NodeRef rewrite(const plan::NodeRef& node);

 private:
  const Rule rule_;
  std::unordered_map<plan::NodeRef, plan::NodeRef> done_;
};

/// Every plan of a subquery in the expression becomes `rewrite` of it.
plan::ExprRef with_rewritten_queries(const plan::ExprRef& expr, const NodeRewriter::Rule& rewrite);
/// The same in all expressions of one node.
plan::NodeRef with_rewritten_queries(const plan::NodeRef& node, const NodeRewriter::Rule& rewrite);

/// Every expression of the plan that stands in its frame, rewritten: where plan::Parameter means the same.
plan::NodeRef with_rewritten_frame(const plan::NodeRef& node,
                                   const std::function<plan::ExprRef(const plan::ExprRef&)>& rewrite);

std::vector<std::string> names_of(const plan::Node& node);
/// References to all columns, or to [begin, end).
std::vector<plan::ExprRef> all_columns(const plan::Node& node);
std::vector<plan::ExprRef> columns_between(const plan::Node& node, uint32_t begin, uint32_t end);
/// `exprs` over `input`; `input` itself if that is what they say.
plan::NodeRef projected(plan::NodeRef input, std::vector<plan::ExprRef> exprs, std::vector<std::string> names,
                        source::Span span);
/// The rows for which all of `parts` hold. What can fail comes after what cannot, subqueries come last. LIMIT
/// 0 if one of them never holds.
plan::NodeRef filtered(plan::NodeRef input, std::vector<plan::ExprRef> parts);

}  // namespace sqlmill::optimize
