// SEARCH and CYCLE of recursive queries, written as what they stand for: columns that the query computes on
// its way, as PostgreSQL's documentation has them.
//
//   … UNION ALL SELECT … FROM t, …            SELECT …, [seq], false, ARRAY[ROW (id)] FROM (left)
//   SEARCH DEPTH FIRST BY id SET seq      ⇒   UNION ALL SELECT …, seq || id, ROW (id) = ANY (path), path ||
//   ROW (id) CYCLE id SET is_cycle USING path          FROM (SELECT …, t.seq, t.is_cycle, t.path FROM t, …
//   WHERE NOT t.is_cycle)
//
// A path is an array of rows, which are texts here. What SEARCH sets has to be in the order of the columns'
// values, so it is made of the values: an array of them (of arrays in JSON if there are several) for DEPTH,
// an array in JSON with the depth first for BREADTH.
#include <fmt/format.h>

#include <algorithm>

#include "compiler/parse/builder.h"

namespace sqlmill::parse {

using source::Span;
using P = SqlMillParser;

namespace {

constexpr const char* kSide = "*side*";

/// How the table of this name is called in FROM; empty: it is not there.
std::string name_in(const ast::FromItem& item, const std::string& table) {
  if (const auto* join = std::get_if<ast::Join>(&item.source)) {
    std::string name = name_in(*join->left, table);
    return name.empty() ? name_in(*join->right, table) : name;
  }
  const auto* named = std::get_if<ast::TableName>(&item.source);
  if (!named || named->name.schema || named->name.name.name != table) return "";
  return item.alias ? item.alias->name : table;
}

std::string output_name(const ast::SelectItem& item) {
  if (item.alias) return item.alias->name;
  const auto* column = std::get_if<ast::ColumnName>(&item.expr->node);
  return column ? column->parts.back().name : "";
}

using Exprs = std::vector<ast::ExprPtr>;

/// Makes the expressions, which all stand at the place of a clause.
struct Maker {
  Span span;

  template <class Node>
  ast::ExprPtr make(Node&& node) const {
    return std::make_unique<ast::Expr>(ast::Expr{span, std::forward<Node>(node)});
  }
  ast::ExprPtr column(const std::string& table, const std::string& name) const {
    return make(ast::ColumnName{{{table, span}, {name, span}}});
  }
  ast::ExprPtr side(const std::string& name) const { return column(kSide, name); }
  Exprs sides(const std::vector<ast::Identifier>& names) const {
    Exprs all;
    for (const ast::Identifier& name : names) all.push_back(side(name.name));
    return all;
  }
  ast::ExprPtr number(const char* digits) const { return make(ast::NumberLiteral{digits}); }
  ast::ExprPtr call(const char* name, Exprs arguments) const {
    ast::Call call;
    call.name = {name, span};
    call.arguments = std::move(arguments);
    return make(std::move(call));
  }
  ast::ExprPtr array(ast::ExprPtr item) const {
    ast::ArrayLiteral array;
    array.items.push_back(std::move(item));
    return make(std::move(array));
  }
  ast::ExprPtr binary(const char* op, ast::ExprPtr left, ast::ExprPtr right) const {
    return make(ast::Binary{op, span, std::move(left), std::move(right)});
  }
};

}  // namespace

/// The clauses of one common table.
class RecursiveColumns {
 public:
  RecursiveColumns(Builder& builder, P::CommonTableContext* tree, ast::CommonTable& table)
      : builder_(builder), search_(tree->searchClause()), cycle_(tree->cycleClause()), table_(table) {}

  void add() {
    if (search_ != nullptr) read_search();
    if (cycle_ != nullptr) read_cycle();
    auto* set = std::get_if<ast::SetOperation>(&table_.query->body);
    auto* left = set ? std::get_if<ast::Select>(&set->left->body) : nullptr;
    auto* right = set ? std::get_if<ast::Select>(&set->right->body) : nullptr;
    if (!set || set->op != "union" || !left || !right)
      fail("with a SEARCH or CYCLE clause, both sides of the UNION must be a SELECT");
    name_columns(*left);
    const std::string working = working_table(*right);
    check_names();
    carry(*right, working);
    set->left = around(std::move(set->left), names_, true);
    std::vector<std::string> carried = names_;
    if (search_ != nullptr) carried.push_back(sequence_);
    if (cycle_ != nullptr) carried.insert(carried.end(), {mark_, path_});
    set->right = around(std::move(set->right), carried, false);
    table_.column_aliases.clear();
    for (const std::string& name : carried) table_.column_aliases.push_back({name, maker_.span});
  }

 private:
  [[noreturn]] void fail(std::string message, std::string hint = "") {
    builder_.fail(maker_.span, std::move(message), std::move(hint));
  }

  void read_search() {
    maker_.span = builder_.span(search_);
    const std::string word = folded_words(builder_.text(search_->IDENT(0)));
    const std::string order = folded_words(builder_.text(search_->IDENT(1)));
    depth_first_ = order == "depth";
    if (word != "search" || (!depth_first_ && order != "breadth"))
      fail(fmt::format("syntax error at \"{}\"", word),
           "SEARCH { BREADTH | DEPTH } FIRST BY columns SET column");
    for (P::IdentifierContext* name : search_->identifier()) by_.push_back(builder_.identifier(name));
    sequence_ = by_.back().name;
    by_.pop_back();
  }

  void read_cycle() {
    maker_.span = builder_.span(cycle_);
    const std::string word = folded_words(builder_.text(cycle_->IDENT()));
    if (word != "cycle")
      fail(fmt::format("syntax error at \"{}\"", word), "CYCLE columns SET column USING column");
    for (P::IdentifierContext* name : cycle_->identifier()) repeated_.push_back(builder_.identifier(name));
    path_ = repeated_.back().name;
    repeated_.pop_back();
    mark_ = repeated_.back().name;
    repeated_.pop_back();
  }

  void name_columns(const ast::Select& left) {
    for (const ast::Identifier& name : table_.column_aliases) names_.push_back(name.name);
    for (size_t i = names_.size(); i < left.items.size(); ++i) {
      names_.push_back(output_name(left.items[i]));
      if (names_.back().empty())
        fail("with a SEARCH or CYCLE clause, the columns of the query need names",
             fmt::format("WITH RECURSIVE {} (name, …) AS", table_.name.name));
    }
  }

  std::string working_table(const ast::Select& right) {
    for (const ast::FromItem& item : right.from) {
      std::string name = name_in(item, table_.name.name);
      if (!name.empty()) return name;
    }
    fail(fmt::format(
        "with a SEARCH or CYCLE clause, the recursive reference to WITH query \"{}\" must be at the "
        "top level of its right-hand SELECT",
        table_.name.name));
  }

  void check_names() {
    const auto is_column = [&](const std::string& name) {
      return std::find(names_.begin(), names_.end(), name) != names_.end();
    };
    for (const auto& [columns, what] : {std::pair(&by_, "search"), std::pair(&repeated_, "cycle")}) {
      for (const ast::Identifier& name : *columns) {
        if (!is_column(name.name))
          fail(fmt::format("{} column \"{}\" not in WITH query column list", what, name.name));
      }
    }
    std::vector<std::string> added;
    for (const std::string& name : {sequence_, mark_, path_}) {
      if (name.empty()) continue;
      if (is_column(name) || std::find(added.begin(), added.end(), name) != added.end())
        fail(fmt::format("column name \"{}\" already used in WITH query column list", name));
      added.push_back(name);
    }
  }

  /// The recursive SELECT hands on what the row that it comes from has, and does not follow a cycle.
  void carry(ast::Select& right, const std::string& working) {
    const auto add = [&](const std::string& name) {
      right.items.push_back({maker_.column(working, name), std::nullopt});
    };
    if (search_ != nullptr) add(sequence_);
    if (cycle_ == nullptr) return;
    add(mark_);
    add(path_);
    ast::ExprPtr follows = maker_.binary("<>", maker_.column(working, mark_), mark(true));
    right.where =
        right.where ? maker_.binary("and", std::move(right.where), std::move(follows)) : std::move(follows);
  }

  /// What TO and DEFAULT say.
  ast::ExprPtr mark(bool in_cycle) {
    const std::vector<P::ValueContext*> values = cycle_->value();
    return values.empty() ? maker_.make(ast::BooleanLiteral{in_cycle})
                          : builder_.value(values[in_cycle ? 0 : 1]);
  }

  /// The columns of one side with the clauses' behind them.
  ast::QueryPtr around(ast::QueryPtr side, const std::vector<std::string>& names, bool is_first) {
    ast::Select select;
    select.span = side->span;
    for (const std::string& name : names_) select.items.push_back({maker_.side(name), std::nullopt});
    if (search_ != nullptr)
      select.items.push_back({depth_first_ ? depth(is_first) : breadth(is_first), std::nullopt});
    if (cycle_ != nullptr) {
      select.items.push_back({is_first ? mark(false) : is_cycle(), std::nullopt});
      ast::ExprPtr here = maker_.array(maker_.make(ast::Row{maker_.sides(repeated_)}));
      select.items.push_back(
          {is_first ? std::move(here) : maker_.binary("||", maker_.side(path_), std::move(here)),
           std::nullopt});
    }
    ast::FromItem item;
    item.span = side->span;
    item.source = ast::Derived{std::move(side)};
    item.alias = ast::Identifier{kSide, maker_.span};
    for (const std::string& name : names) item.column_aliases.push_back({name, maker_.span});
    select.from.push_back(std::move(item));
    auto query = std::make_unique<ast::Query>();
    query->span = select.span;
    query->body = std::move(select);
    return query;
  }

  ast::ExprPtr depth(bool is_first) {
    Exprs values = maker_.sides(by_);
    ast::ExprPtr here = maker_.array(
        values.size() == 1 ? std::move(values[0]) : maker_.call("jsonb_build_array", std::move(values)));
    return is_first ? std::move(here) : maker_.binary("||", maker_.side(sequence_), std::move(here));
  }

  ast::ExprPtr breadth(bool is_first) {
    ast::ExprPtr level = maker_.number("0");
    if (!is_first) {
      level = maker_.binary("->>", maker_.side(sequence_), std::move(level));
      level = maker_.make(ast::CastTo{std::move(level), {"bigint", {}, maker_.span}});
      level = maker_.binary("+", std::move(level), maker_.number("1"));
    }
    Exprs values = maker_.sides(by_);
    values.insert(values.begin(), std::move(level));
    return maker_.call("jsonb_build_array", std::move(values));
  }

  ast::ExprPtr is_cycle() {
    // A text, not a row, is compared with the texts of the path.
    ast::ExprPtr here = maker_.make(ast::Row{maker_.sides(repeated_)});
    here = maker_.make(ast::CastTo{std::move(here), {"text", {}, maker_.span}});
    ast::Case test;
    test.branches.emplace_back(maker_.make(ast::AnyOfArray{std::move(here), "=", false, maker_.side(path_)}),
                               mark(true));
    test.otherwise = mark(false);
    return maker_.make(std::move(test));
  }

  Builder& builder_;
  P::SearchClauseContext* const search_;
  P::CycleClauseContext* const cycle_;
  ast::CommonTable& table_;
  Maker maker_{};
  std::vector<std::string> names_;  // Of the query's own columns.
  std::vector<ast::Identifier> by_;
  std::vector<ast::Identifier> repeated_;
  bool depth_first_ = false;
  std::string sequence_;
  std::string mark_;
  std::string path_;
};

void Builder::search_and_cycle(P::CommonTableContext* tree, ast::CommonTable& table) {
  if (tree->searchClause() != nullptr || tree->cycleClause() != nullptr)
    RecursiveColumns(*this, tree, table).add();
}

}  // namespace sqlmill::parse
