// GROUP BY, with ROLLUP, CUBE and GROUPING SETS, and HAVING.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "compiler/bind/select.h"

namespace sqlmill::bind {

namespace {

/// PostgreSQL's bounds.
constexpr size_t kLargestCube = 12;
constexpr size_t kMostSets = 4096;

/// What stands for a call of GROUPING, by its number.
using Groupings = std::vector<ExprRef>;

/// Rewrites an expression over the input into one over the grouped row. Null: a column is neither key nor
/// aggregated; then `culprit` is that column.
ExprRef over_groups(const ExprRef& expr, const std::vector<ExprRef>& keys, bool in_sets,
                    const Groupings& groupings, ExprRef& culprit) {
  for (uint32_t i = 0; i < keys.size(); ++i) {
    if (plan::equal(expr, keys[i])) {
      const auto* c = std::get_if<plan::Column>(&expr->node);
      return plan::column(i, c ? c->name : plan::to_string(expr), expr->type, expr->nullable || in_sets,
                          expr->span);
    }
  }
  if (const auto* c = std::get_if<plan::Column>(&expr->node)) {
    if (c->index < kFirstAggregateColumn) {
      culprit = expr;
      return nullptr;
    }
    if (c->index >= kFirstWindowColumn) return expr;
    if (c->index >= kFirstGroupingColumn) {
      // While keys are still being found, nothing stands for it yet.
      const uint32_t call = c->index - kFirstGroupingColumn;
      return call < groupings.size() ? groupings[call] : expr;
    }
    const auto index = static_cast<uint32_t>(keys.size()) + c->index - kFirstAggregateColumn;
    return plan::column(index, c->name, expr->type, expr->nullable, expr->span);
  }
  std::vector<ExprRef> parts = plan::operands(expr);
  for (ExprRef& part : parts) {
    part = over_groups(part, keys, in_sets, groupings, culprit);
    if (!part) return nullptr;
  }
  return parts.empty() ? expr : plan::with_operands(expr, std::move(parts));
}

bool has_min(sql::TypeId type) {
  return std::any_of(sql::aggregates().begin(), sql::aggregates().end(),
                     [&](const sql::Aggregate& a) { return a.name == "min" && a.arguments[0] == type; });
}

std::vector<std::string> aggregate_names(const std::vector<ExprRef>& keys,
                                         const std::vector<plan::AggregateCall>& calls) {
  std::vector<std::string> names;
  for (const ExprRef& key : keys) names.push_back(plan::to_string(key));
  for (const plan::AggregateCall& call : calls)
    names.push_back(call.name.empty() ? plan::to_string(call) : call.name);
  return names;
}

std::vector<uint32_t> join_sets(const std::vector<uint32_t>& a, const std::vector<uint32_t>& b) {
  std::vector<uint32_t> both = a;
  for (const uint32_t key : b) {
    if (std::find(both.begin(), both.end(), key) == both.end()) both.push_back(key);
  }
  return both;
}

}  // namespace

/// A position, a column of the input, or the name of an output, in this order.
ExprRef SelectBinder::bind_key(const ast::Expr& key) {
  ExprRef bound;
  if (const std::optional<uint32_t> position = position_of(key)) {
    if (check_position(*position, "GROUP BY", key.span)) bound = exprs_[*position - 1];
  } else {
    const std::string* name = bare_name(key);
    const std::optional<uint32_t> output =
        name && !is_input_column(*name) ? find_output(*name, key.span, "GROUP BY") : std::nullopt;
    const size_t functions = set_functions_.entries.size();
    ExprContext context{&scope_, "GROUP BY"};
    context.set_functions = &set_functions_;
    bound = output ? exprs_[*output] : binder_.bind_expr(key, context);
    if (bound) drop_equal_set_functions(functions, bound);
    if (bound && bound->type.id == sql::TypeId::kUnknown) {
      bound = binder_.coerce(bound, {sql::TypeId::kText}, sql::CastContext::kImplicit, key.span, "a key");
    }
  }
  if (!bound) return nullptr;
  bool has_aggregate = false;
  plan::for_each_column(bound, [&](const plan::Column& c) {
    has_aggregate = has_aggregate || (c.index >= kFirstAggregateColumn && c.index < kFirstSetColumn);
  });
  if (!has_aggregate) return bound;
  binder_.sink_.report(diag::Code::kMisplacedAggregate, key.span, "aggregates are not allowed in GROUP BY");
  return nullptr;
}

/// What a key calls anew though the SELECT list calls it, too, is the same call.
void SelectBinder::drop_equal_set_functions(size_t first, ExprRef& key) {
  std::vector<SetFunctions::Entry>& entries = set_functions_.entries;
  const auto is_same = [](const SetFunctions::Entry& a, const SetFunctions::Entry& b) {
    return a.kind == b.kind && a.column == b.column &&
           std::equal(a.arguments.begin(), a.arguments.end(), b.arguments.begin(), b.arguments.end(),
                      [](const ExprRef& x, const ExprRef& y) { return plan::equal(x, y); });
  };
  std::vector<uint32_t> places;
  size_t end = first;
  for (size_t i = first; i < entries.size(); ++i) {
    const auto last = entries.begin() + static_cast<ptrdiff_t>(end);
    const auto same =
        std::find_if(entries.begin(), last, [&](const auto& entry) { return is_same(entry, entries[i]); });
    places.push_back(static_cast<uint32_t>(same - entries.begin()));
    if (same == last) entries[end++] = entries[i];
  }
  entries.resize(end);
  key = plan::substitute(key, [&](const plan::Column& c, const plan::Expr& old) {
    uint32_t index = c.index;
    if (index >= kFirstSetColumn + first) index = kFirstSetColumn + places[index - kFirstSetColumn - first];
    return plan::column(index, c.name, old.type, old.nullable, old.span);
  });
}

void SelectBinder::call_before_grouping() {
  std::vector<std::optional<uint32_t>> columns(set_functions_.entries.size());  // Behind the input's.
  std::vector<SetFunctions::Entry> called;
  for (const ExprRef& key : keys_) {
    plan::for_each_column(key, [&](const plan::Column& c) {
      if (c.index < kFirstSetColumn || columns[c.index - kFirstSetColumn]) return;
      columns[c.index - kFirstSetColumn] = static_cast<uint32_t>(called.size());
      called.push_back(set_functions_.entries[c.index - kFirstSetColumn]);
    });
  }
  if (called.empty()) return;
  const uint32_t first = join_set_functions(std::move(called));
  std::vector<SetFunctions::Entry> left;
  std::vector<uint32_t> moved(columns.size());
  for (size_t i = 0; i < columns.size(); ++i) {
    moved[i] = kFirstSetColumn + static_cast<uint32_t>(left.size());
    if (!columns[i]) left.push_back(set_functions_.entries[i]);
  }
  set_functions_.entries = std::move(left);
  const auto place = [&](uint32_t i, const plan::Expr& old, const std::string& name) {
    if (columns[i]) return plan::column_of(*node_, first + *columns[i], old.span);
    return plan::column(moved[i], name, old.type, old.nullable, old.span);
  };
  const auto follow = [&](const ExprRef& e) {
    return plan::substitute(e, [&](const plan::Column& c, const plan::Expr& old) {
      if (c.index >= kFirstSetColumn) return place(c.index - kFirstSetColumn, old, c.name);
      return plan::column(c.index, c.name, old.type, old.nullable, old.span);
    });
  };
  for_each_expr([&](ExprRef& e) {
    if (e) e = follow(e);
  });
  for (ExprRef& key : keys_) key = follow(key);
}

uint32_t SelectBinder::add_key(ExprRef key) {
  if (binder_.is_ad_hoc()) {
    for (uint32_t i = 0; i < keys_.size(); ++i) {
      if (plan::equal(keys_[i], key)) return i;
    }
  }
  keys_.push_back(std::move(key));
  return static_cast<uint32_t>(keys_.size() - 1);
}

/// `(a, b)` is a list of keys here.
std::vector<uint32_t> SelectBinder::keys_of(const ast::Expr& key) {
  std::vector<uint32_t> keys;
  if (const auto* row = std::get_if<ast::Row>(&key.node)) {
    for (const ast::ExprPtr& item : row->items) keys = join_sets(keys, keys_of(*item));
    return keys;
  }
  ExprRef bound = bind_key(key);
  ok_ = ok_ && bound;
  if (bound) keys.push_back(add_key(std::move(bound)));
  return keys;
}

SelectBinder::Sets SelectBinder::sets_of_items(const std::vector<ast::GroupItem>& items,
                                               ast::GroupItemKind kind, Span span) {
  std::vector<Sets> all;
  for (const ast::GroupItem& item : items) all.push_back(sets_of(item));
  Sets result;
  if (kind == ast::GroupItemKind::kSets) {
    for (Sets& sets : all) result.insert(result.end(), sets.begin(), sets.end());
    return result;
  }
  // Of ROLLUP and CUBE an item is one list of keys.
  if (kind == ast::GroupItemKind::kRollup) {
    std::vector<uint32_t> keys;
    result.push_back(keys);
    for (const Sets& sets : all) {
      keys = join_sets(keys, sets.front());
      result.insert(result.begin(), keys);
    }
    return result;
  }
  if (all.size() > kLargestCube) {
    binder_.sink_.report(diag::Code::kTooDeep, span,
                         fmt::format("CUBE is limited to {} elements", kLargestCube));
    ok_ = false;
    return {{}};
  }
  for (size_t bits = size_t{1} << all.size(); bits-- > 0;) {
    std::vector<uint32_t> keys;
    for (size_t i = 0; i < all.size(); ++i) {
      if (bits >> (all.size() - 1 - i) & 1) keys = join_sets(keys, all[i].front());
    }
    result.push_back(std::move(keys));
  }
  return result;
}

SelectBinder::Sets SelectBinder::sets_of(const ast::GroupItem& item) {
  switch (item.kind) {
    case ast::GroupItemKind::kExpr:
      return {keys_of(*item.expr)};
    case ast::GroupItemKind::kEmpty:
      return {{}};
    case ast::GroupItemKind::kRollup:
    case ast::GroupItemKind::kCube:
    case ast::GroupItemKind::kSets:
      break;
  }
  if (!binder_.is_ad_hoc()) {
    constexpr std::string_view kNames[] = {"", "", "ROLLUP", "CUBE", "GROUPING SETS"};
    binder_.not_supported(kNames[static_cast<size_t>(item.kind)],
                          "write a view for each grouping, or UNION ALL of them", item.span);
    ok_ = false;
    return {{}};
  }
  return sets_of_items(item.items, item.kind, item.span);
}

void SelectBinder::bind_group_by() {
  Sets sets = {{}};
  for (const ast::GroupItem& item : select_.group_by) {
    const Sets more = sets_of(item);
    if (sets.size() * more.size() > kMostSets) {
      binder_.sink_.report(diag::Code::kTooDeep, item.span,
                           fmt::format("too many grouping sets present (maximum {})", kMostSets));
      ok_ = false;
      return;
    }
    Sets product;
    for (const std::vector<uint32_t>& a : sets) {
      for (const std::vector<uint32_t>& b : more) product.push_back(join_sets(a, b));
    }
    sets = std::move(product);
  }
  if (select_.group_distinct) {
    std::set<std::set<uint32_t>> seen;
    std::erase_if(sets, [&](const std::vector<uint32_t>& set) {
      return !seen.insert(std::set<uint32_t>(set.begin(), set.end())).second;
    });
  }
  // One list of all keys is what GROUP BY is without these.
  if (sets.size() > 1 || sets.front().size() < keys_.size()) sets_ = std::move(sets);
  if (!binder_.is_ad_hoc()) sets_.clear();
  call_before_grouping();
}

void SelectBinder::bind_having() {
  if (!select_.having) return;
  having_ = binder_.bind_boolean(*select_.having,
                                 {&scope_, "HAVING", &calls_, false, nullptr, nullptr, &groupings_},
                                 "the condition of HAVING");
  ok_ = ok_ && having_;
}

ExprRef SelectBinder::over_keys(const ExprRef& expr) {
  ExprRef culprit;
  ExprRef rewritten = over_groups(expr, keys_, !sets_.empty(), grouping_values_, culprit);
  if (rewritten) return rewritten;
  const std::string& name = std::get<plan::Column>(culprit->node).name;
  binder_.sink_.report(diag::Code::kNotGrouped, culprit->span,
                       fmt::format("column \"{}\" must appear in GROUP BY or be used in an aggregate", name),
                       has_min(culprit->type.id)
                           ? fmt::format("add \"{0}\" to GROUP BY, or write MIN(\"{0}\")", name)
                           : fmt::format("add \"{}\" to GROUP BY", name));
  ok_ = false;
  return nullptr;
}

/// Whether the column is of a table all of whose primary key is among the keys: then it has one value a
/// group.
bool SelectBinder::is_dependent(uint32_t column) const {
  const auto is = [](const ExprRef& value, uint32_t index) {
    const auto* c = std::get_if<plan::Column>(&value->node);
    return c && c->index == index;
  };
  for (const ScopeTable& table : scope_.tables) {
    const bool of_table = std::any_of(table.columns.begin(), table.columns.end(),
                                      [&](const ScopeColumn& c) { return is(c.value, column); });
    if (!of_table || !table.relation || table.relation->primary_key.empty()) continue;
    return std::all_of(
        table.relation->primary_key.begin(), table.relation->primary_key.end(), [&](uint32_t part) {
          return std::any_of(keys_.begin(), keys_.end(),
                             [&](const ExprRef& key) { return plan::equal(key, table.columns[part].value); });
        });
  }
  return false;
}

/// Columns that depend on the keys become keys, too, which changes no group.
void SelectBinder::add_dependent_keys() {
  if (!binder_.is_ad_hoc() || !sets_.empty() || keys_.empty()) return;
  const auto complete = [&](const ExprRef& e) {
    while (true) {
      ExprRef culprit;
      if (over_groups(e, keys_, false, grouping_values_, culprit)) return;
      const uint32_t column = std::get<plan::Column>(culprit->node).index;
      if (!is_dependent(column)) return;
      keys_.push_back(culprit);
    }
  };
  for_each_expr([&](ExprRef& e) { complete(e); });
  if (having_) complete(having_);
}

/// GROUPING(a, b): a bit for each that is not in the row's set, the last the lowest.
void SelectBinder::bind_grouping_values() {
  const auto set_column = static_cast<uint32_t>(keys_.size() + calls_.size());
  constexpr sql::Type kInteger{sql::TypeId::kInteger};
  for (const std::vector<ExprRef>& arguments : groupings_) {
    std::vector<uint32_t> keys;
    for (const ExprRef& argument : arguments) {
      const auto key = std::find_if(keys_.begin(), keys_.end(),
                                    [&](const ExprRef& k) { return plan::equal(k, argument); });
      if (key == keys_.end()) {
        binder_.sink_.report(
            diag::Code::kNotGrouped, argument->span,
            "arguments to GROUPING must be grouping expressions of the associated query level");
        ok_ = false;
        return;
      }
      keys.push_back(static_cast<uint32_t>(key - keys_.begin()));
    }
    const Span span = arguments.front()->span;
    const auto integer = [&](size_t value) {
      return plan::constant(sql::Datum(static_cast<int32_t>(value)), kInteger, span);
    };
    std::vector<std::pair<ExprRef, ExprRef>> branches;
    for (size_t i = 0; i < sets_.size(); ++i) {
      size_t bits = 0;
      for (const uint32_t key : keys) {
        const bool in_set = std::find(sets_[i].begin(), sets_[i].end(), key) != sets_[i].end();
        bits = bits << 1 | (in_set ? 0 : 1);
      }
      const ExprRef set = plan::column(set_column, "grouping_set", kInteger, false, span);
      branches.emplace_back(binder_.compare("=", set, integer(i), span), integer(bits));
    }
    grouping_values_.push_back(
        branches.empty() ? integer(0) : plan::case_when(std::move(branches), integer(0), kInteger, span));
  }
}

/// Direct arguments have one value a group.
void SelectBinder::check_direct_arguments() {
  for (const plan::AggregateCall& call : calls_) {
    if (!call.within_group) continue;
    for (const ExprRef& argument : plan::arguments(call)) {
      bool reads = false;
      plan::for_each_column(argument, [&](const plan::Column&) { reads = true; });
      if (reads && !sets_.empty()) {
        binder_.not_supported("direct arguments that read columns, with GROUPING SETS",
                              "write a query for each grouping, and UNION ALL of them", argument->span);
        ok_ = false;
      } else if (reads) {
        over_keys(argument);
      }
    }
  }
}

void SelectBinder::group() {
  if (!select_.has_group_by && calls_.empty() && !having_ && groupings_.empty()) return;
  add_dependent_keys();
  bind_grouping_values();
  if (!ok_) return;
  check_direct_arguments();
  for_each_expr([&](ExprRef& e) { e = over_keys(e); });
  if (having_) having_ = over_keys(having_);
  if (!ok_) return;
  std::vector<std::string> names = aggregate_names(keys_, calls_);
  // GROUP BY () has its row even over no input.
  const bool grouped = binder_.is_ad_hoc() ? !keys_.empty() : select_.has_group_by;
  node_ = plan::aggregate(node_, keys_, std::move(calls_), grouped, std::move(names), select_.span,
                          binder_.query_name_, sets_);
  if (having_) node_ = plan::filter(node_, having_, select_.having->span);
}

}  // namespace sqlmill::bind
