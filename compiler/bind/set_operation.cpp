// UNION, INTERSECT and EXCEPT.
#include <fmt/format.h>

#include <algorithm>

#include "compiler/bind/binder.h"

namespace sqlmill::bind {

namespace {

std::string upper(std::string text) {
  for (char& c : text) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return text;
}

}  // namespace

NodeRef Binder::with_types(NodeRef node, const std::vector<sql::Type>& types, std::vector<std::string> names,
                           sql::CastContext context, std::string_view what, Span span) {
  // Literals of unknown type are where they were written.
  const auto decide = [&](std::vector<ExprRef>& row) {
    for (size_t i = 0; i < types.size(); ++i) {
      if (row[i]->type.id == sql::TypeId::kUnknown)
        row[i] = coerce(row[i], types[i], context, row[i]->span, what);
      if (!row[i]) return false;
    }
    return true;
  };
  const auto is_unknown = [](const plan::OutputColumn& c) { return c.type.id == sql::TypeId::kUnknown; };
  if (std::any_of(node->columns.begin(), node->columns.end(), is_unknown)) {
    std::vector<std::string> old_names;
    for (const plan::OutputColumn& c : node->columns) old_names.push_back(c.name);
    if (const auto* project = std::get_if<plan::Project>(&node->op)) {
      std::vector<ExprRef> exprs = project->exprs;
      if (!decide(exprs)) return nullptr;
      node = plan::project(project->input, std::move(exprs), std::move(old_names), node->span);
    } else {
      std::vector<std::vector<ExprRef>> rows = std::get<plan::Values>(node->op).rows;
      for (std::vector<ExprRef>& row : rows) {
        if (!decide(row)) return nullptr;
      }
      node = plan::values(std::move(rows), std::move(old_names), node->span);
    }
  }
  std::vector<ExprRef> exprs;
  for (uint32_t i = 0; i < types.size(); ++i) {
    exprs.push_back(coerce(plan::column_of(*node, i, span), types[i], context, span, what));
    if (!exprs.back()) return nullptr;
  }
  return plan::project(std::move(node), std::move(exprs), std::move(names), span);
}

bool Binder::match_sides(const BoundQuery& left, const BoundQuery& right, std::string_view what, Span span,
                         NodeRef& matched_left, NodeRef& matched_right) {
  const uint32_t width = left.visible_columns;
  if (width != right.visible_columns) {
    sink_.report(diag::Code::kColumnCount, span,
                 fmt::format("each side of {} must have the same number of columns: {} and {}", what, width,
                             right.visible_columns));
    return false;
  }
  std::vector<sql::Type> types;
  std::vector<std::string> names;
  for (uint32_t i = 0; i < width; ++i) {
    const auto side = [&](const BoundQuery& query) {
      return plan::column_of(*query.node, i, query.node->span);
    };
    const std::optional<sql::Type> type = common_type({side(left), side(right)}, what, span);
    if (!type) return false;
    types.push_back(*type);
    names.push_back(left.node->columns[i].name);
  }
  constexpr auto kImplicit = sql::CastContext::kImplicit;
  matched_left = with_types(left.node, types, names, kImplicit, what, left.node->span);
  matched_right = with_types(right.node, types, names, kImplicit, what, right.node->span);
  return matched_left && matched_right;
}

std::optional<BoundQuery> Binder::bind_set_operation(const ast::SetOperation& set, Span span,
                                                     const QueryContext& context) {
  if (set.op != "union" && !is_ad_hoc()) {
    not_supported(set.op == "intersect" ? "INTERSECT" : "EXCEPT",
                  "UNION ALL both sides with a column that says which, then GROUP BY and HAVING bool_or(…)",
                  set.op_span);
    return std::nullopt;
  }
  QueryContext side = context;
  side.keep_unknown = true;
  const std::optional<BoundQuery> left = bind_query(*set.left, side);
  const std::optional<BoundQuery> right = bind_query(*set.right, side);
  if (!left || !right) return std::nullopt;
  NodeRef left_node;
  NodeRef right_node;
  if (!match_sides(*left, *right, upper(set.op), set.op_span, left_node, right_node)) return std::nullopt;
  const uint32_t width = left->visible_columns;
  std::vector<std::string> names;
  for (const plan::OutputColumn& c : left_node->columns) names.push_back(c.name);
  if (set.op != "union") {
    return BoundQuery{plan::set_operation(set.op == "intersect", set.all, std::move(left_node),
                                          std::move(right_node), span),
                      width,
                      {}};
  }
  NodeRef node = plan::union_all({std::move(left_node), std::move(right_node)}, names, span);
  if (!set.all) {
    std::vector<ExprRef> keys;
    for (uint32_t i = 0; i < width; ++i) keys.push_back(plan::column_of(*node, i, span));
    node = plan::aggregate(node, std::move(keys), {}, true, names, span, query_name_ + "_distinct");
  }
  return BoundQuery{std::move(node), width, {}};
}

}  // namespace sqlmill::bind
