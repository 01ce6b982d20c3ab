// Joins: lists, conditions, USING and NATURAL, LATERAL.
#include <fmt/format.h>

#include <algorithm>

#include "compiler/bind/binder.h"

namespace sqlmill::bind {

namespace {

bool has_column(const ExprRef& expr) {
  bool found = false;
  plan::for_each_column(expr, [&](const plan::Column&) { found = true; });
  return found;
}

plan::JoinKind kind_of(ast::JoinKind kind) {
  switch (kind) {
    case ast::JoinKind::kInner:
    case ast::JoinKind::kCross:
      return plan::JoinKind::kInner;
    case ast::JoinKind::kLeft:
      return plan::JoinKind::kLeft;
    case ast::JoinKind::kRight:
      return plan::JoinKind::kRight;
    case ast::JoinKind::kFull:
      return plan::JoinKind::kFull;
  }
  __builtin_unreachable();
}

std::vector<std::string> names_in_both(const Scope& left, const Scope& right) {
  std::vector<std::string> names;
  for (const ScopeColumn& c : left.columns) {
    const bool in_right = std::any_of(right.columns.begin(), right.columns.end(),
                                      [&](const ScopeColumn& r) { return r.name == c.name; });
    if (in_right) names.push_back(c.name);
  }
  return names;
}

}  // namespace

NodeRef Binder::join_sides(plan::JoinKind kind, NodeRef left, NodeRef right, Closure& closure, Span span) {
  const bool lateral = std::any_of(closure.parameters.begin(), closure.parameters.end(), has_column);
  if (!lateral && !closure.parameters.empty()) {
    // All is from further out than the left side: no need to run the right side for each of its rows.
    right = substitute_parameters(
        right, [&](const plan::Parameter& p, const plan::Expr&) { return closure.parameters[p.index]; });
    closure.parameters.clear();
  }
  if (lateral && kind != plan::JoinKind::kInner && kind != plan::JoinKind::kLeft) {
    sink_.report(diag::Code::kInvalidLateral, span, "the right side of this join refers to the left side",
                 "the combining JOIN type must be INNER or LEFT for a LATERAL reference");
    return nullptr;
  }
  return plan::join(kind, std::move(left), std::move(right), nullptr, std::move(closure.parameters), span);
}

bool Binder::check_aliases(const Scope& left, const Scope& right, Span span) {
  for (const ScopeTable& r : right.tables) {
    const bool twice = std::any_of(left.tables.begin(), left.tables.end(),
                                   [&](const ScopeTable& l) { return l.name == r.name; });
    if (!twice) continue;
    sink_.report(diag::Code::kDuplicateAlias, span,
                 fmt::format("table name \"{}\" specified more than once", r.name),
                 "give one of them an alias: table AS name");
    return false;
  }
  return true;
}

NodeRef Binder::bind_from_list(const std::vector<ast::FromItem>& items, const QueryContext& context,
                               Scope& scope) {
  const uint32_t from = ++next_from_;
  NodeRef node = bind_from_item(items.front(), context, scope);
  for (size_t i = 1; i < items.size() && node; ++i) {
    const ExprContext left{&scope, "FROM"};
    Closure closure{&left, from, {}};
    QueryContext inner = context;
    inner.closure = &closure;
    inner.from = from;
    Scope right_scope;
    NodeRef right = bind_from_item(items[i], inner, right_scope);
    if (!right || !check_aliases(scope, right_scope, items[i].span)) return nullptr;
    const auto shift = static_cast<uint32_t>(node->columns.size());
    node = join_sides(plan::JoinKind::kInner, std::move(node), std::move(right), closure,
                      join(items.front().span, items[i].span));
    append_scope(scope, std::move(right_scope), shift);
  }
  return node;
}

NodeRef Binder::bind_join(const ast::Join& join, const QueryContext& context, Span span, Scope& scope) {
  const uint32_t from = context.from != 0 ? context.from : ++next_from_;
  NodeRef left = bind_from_item(*join.left, context, scope);
  if (!left) return nullptr;
  const ExprContext left_context{&scope, "FROM"};
  Closure closure{&left_context, from, {}};
  QueryContext inner = context;
  inner.closure = &closure;
  inner.from = from;
  Scope right_scope;
  NodeRef right = bind_from_item(*join.right, inner, right_scope);
  if (!right || !check_aliases(scope, right_scope, join.right->span)) return nullptr;
  const auto shift = static_cast<uint32_t>(left->columns.size());
  NodeRef joined = join_sides(kind_of(join.kind), std::move(left), std::move(right), closure, span);
  if (!joined) return nullptr;
  // The sides apart, over the row of both.
  Scope shifted;
  append_scope(shifted, std::move(right_scope), shift);
  ExprRef condition;
  if (join.on) {
    Scope both = scope;
    append_scope(both, shifted, 0);
    condition = bind_boolean(*join.on, {&both, "JOIN/ON"}, "the condition of JOIN");
    if (!condition) return nullptr;
    scope = std::move(both);
    follow_join(scope, *joined);
  } else {
    std::vector<ScopeColumn> merged;
    const bool merges = join.natural || !join.using_columns.empty();
    if (merges && !(condition = bind_using(join, scope, shifted, *joined, merged, scope)) && !join.natural)
      return nullptr;
    if (!merges) {
      append_scope(scope, std::move(shifted), 0);
      follow_join(scope, *joined);
    }
  }
  if (!condition) return joined;
  const auto& op = std::get<plan::Join>(joined->op);
  return plan::join(op.kind, op.left, op.right, std::move(condition), op.parameters, span);
}

/// The condition; the scope of both with the columns that are merged first. Null: an error, or a natural join
/// without common columns.
ExprRef Binder::bind_using(const ast::Join& join, const Scope& left, const Scope& right,
                           const plan::Node& joined, std::vector<ScopeColumn>& merged, Scope& scope) {
  std::vector<ast::Identifier> columns = join.using_columns;
  if (join.natural) {
    for (const std::string& name : names_in_both(left, right)) columns.push_back({name, join.right->span});
  }
  std::vector<ExprRef> conditions;
  bool ok = true;
  for (const ast::Identifier& column : columns) {
    const auto side = [&](const Scope& s, std::string_view which) -> ExprRef {
      ExprRef found;
      for (const ScopeColumn& c : s.columns) {
        if (c.name != column.name) continue;
        if (found) {
          sink_.report(diag::Code::kAmbiguousColumn, column.span,
                       fmt::format("common column name \"{}\" appears more than once in {} table",
                                   column.name, which));
          return nullptr;
        }
        found = c.value;
      }
      if (!found) {
        sink_.report(diag::Code::kUnknownColumn, column.span,
                     fmt::format("column \"{}\" specified in USING clause does not exist in {} table",
                                 column.name, which));
      }
      return found;
    };
    const ExprRef l = side(left, "left");
    const ExprRef r = side(right, "right");
    ExprRef condition = l && r ? compare("=", l, r, column.span) : nullptr;
    ok = ok && condition;
    if (!condition) continue;
    conditions.push_back(std::move(condition));
    std::vector<ExprRef> both = {l, r};
    sql::Type type;
    if (!coerce_all(both, "JOIN/USING", column.span, &type)) return nullptr;
    ExprRef value = join.kind == ast::JoinKind::kFull    ? plan::coalesce(both, type, column.span)
                    : join.kind == ast::JoinKind::kRight ? both[1]
                                                         : both[0];
    merged.push_back({column.name, std::move(value)});
  }
  if (!ok) return nullptr;
  const auto is_merged = [&](const ScopeColumn& c) {
    return std::any_of(merged.begin(), merged.end(), [&](const ScopeColumn& m) { return m.name == c.name; });
  };
  std::vector<ScopeColumn> all = merged;
  for (const Scope* s : {&left, &right}) {
    for (const ScopeColumn& c : s->columns) {
      if (!is_merged(c)) all.push_back(c);
    }
  }
  std::vector<ScopeTable> tables = left.tables;
  tables.insert(tables.end(), right.tables.begin(), right.tables.end());
  if (join.using_alias) tables.push_back({join.using_alias->name, merged, nullptr});
  scope.columns = std::move(all);
  scope.tables = std::move(tables);
  follow_join(scope, joined);
  if (conditions.empty()) return nullptr;
  return conditions.size() == 1 ? conditions[0]
                                : plan::logical(true, std::move(conditions), join.right->span);
}

}  // namespace sqlmill::bind
