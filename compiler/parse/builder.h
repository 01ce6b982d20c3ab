// ANTLR's tree of one statement → the syntax tree. One class, whose functions are in a file a group of
// clauses: build_statements, build_relations, build_queries, build_from, build_expressions, build_operators,
// build_calls, build_types.
#pragma once

#include <SqlMillParser.h>

#include "compiler/ast/ast.h"
#include "compiler/diag/diagnostic.h"
#include "compiler/parse/tokens.h"
#include "compiler/source/source.h"

namespace sqlmill::parse {

/// Levels of the syntax tree. Everything downstream, destructors included, may recurse on it.
inline constexpr size_t kDeepestTree = 1000;

class Builder {
 public:
  using P = SqlMillParser;
  using Tree = antlr4::ParserRuleContext;
  using Terminal = antlr4::tree::TerminalNode;

  Builder(const source::Source& source, diag::Sink& sink) : source_(source), sink_(sink) {}

  /// Nothing if an error made the statement meaningless; it has been reported.
  std::optional<ast::Statement> statement(P::StatementContext* tree);

 private:
  friend class RecursiveColumns;

  /// Thrown after an error was reported that leaves nothing to build; caught by statement().
  struct Abandoned {};

  /// So many more levels of the syntax tree between here and the end of the scope.
  class Levels {
   public:
    Levels(Builder& builder, size_t count, source::Span span) : builder_(builder), count_(count) {
      if (builder_.depth_ + count > kDeepestTree) builder_.report_too_deep(span);
      builder_.depth_ += count;
    }
    ~Levels() { builder_.depth_ -= count_; }
    Levels(const Levels&) = delete;
    Levels& operator=(const Levels&) = delete;

   private:
    Builder& builder_;
    size_t count_;
  };

  // ---- Places and reports (build_statements.cpp) ----
  source::Span span(const Tree* tree) const;
  source::Span span(Terminal* terminal) const { return span_of(*terminal->getSymbol()); }
  std::string_view text(const Tree* tree) const { return source_.text(span(tree)); }
  std::string_view text(Terminal* terminal) const { return source_.text(span(terminal)); }
  [[noreturn]] void report_too_deep(source::Span span);
  [[noreturn]] void fail(source::Span span, std::string message, std::string hint = "");
  ast::UnsupportedClause unsupported(const Tree* tree, std::string feature, std::string hint = "") const;

  // ---- Statements ----
  decltype(ast::Statement::node) statement_body(P::StatementBodyContext* tree);
  decltype(ast::Statement::node) create(P::CreateStatementContext* tree);
  ast::UnsupportedStatement create_other(P::CreateOtherContext* tree);
  ast::UnsupportedStatement other_statement(P::OtherStatementContext* tree);
  ast::CreateView create_view(P::CreateViewContext* tree);
  ast::CreateSink create_sink(P::CreateSinkContext* tree);
  ast::CreateIndex create_index(P::CreateIndexContext* tree);
  ast::Insert insert(P::InsertStatementContext* tree);
  ast::Update update(P::UpdateStatementContext* tree);
  ast::Delete delete_from(P::DeleteStatementContext* tree);
  decltype(ast::Statement::node) query_statement(P::QueryStatementContext* tree);
  ast::Explain explain(P::ExplainStatementContext* tree);
  ast::OnConflict on_conflict(P::OnConflictContext* tree);
  std::vector<ast::Assignment> assignments(const std::vector<P::AssignmentContext*>& trees,
                                           std::vector<ast::UnsupportedClause>& only_ad_hoc);
  template <class Statement>
  void returning(P::ReturningContext* tree, Statement& statement);

  // ---- Relations (build_relations.cpp) ----
  ast::CreateRelation create_relation(P::CreateRelationContext* tree);
  void table_element(P::TableElementContext* tree, ast::CreateRelation& relation);
  void table_constraint(P::TableConstraintContext* tree, ast::CreateRelation& relation);
  void relation_clause(P::RelationClauseContext* tree, ast::CreateRelation& relation);
  ast::ColumnDef column_def(P::ColumnDefContext* tree);
  void column_constraint(P::ColumnConstraintContext* tree, ast::ColumnDef& column);
  ast::Include include(P::IncludeClauseContext* tree);
  std::vector<ast::Option> options(P::OptionListContext* tree,
                                   std::vector<ast::UnsupportedClause>& unsupported_clauses);
  ast::Option option(P::OptionContext* tree, std::vector<ast::UnsupportedClause>& unsupported_clauses);
  ast::Format format(P::FormatClauseContext* tree, std::vector<ast::UnsupportedClause>& unsupported_clauses);
  void set_options(P::WithOptionsContext* tree, std::vector<ast::Option>& options,
                   std::vector<ast::UnsupportedClause>& unsupported_clauses);
  void set_format(P::FormatClauseContext* tree, std::optional<ast::Format>& format,
                  std::vector<ast::UnsupportedClause>& unsupported_clauses);
  ast::UnsupportedClause emit_clause(P::EmitClauseContext* tree) const;

  // ---- Queries (build_queries.cpp) ----
  ast::QueryPtr query(P::QueryContext* tree);
  ast::QueryPtr query(P::WithClauseContext* with, P::QueryWithoutWithContext* rest);
  template <class Statement>
  void with_clause(P::WithClauseContext* tree, Statement& statement);
  // build_recursive.cpp
  void search_and_cycle(P::CommonTableContext* tree, ast::CommonTable& table);
  ast::QueryPtr query_body(P::QueryBodyContext* tree);
  ast::QueryPtr query_primary(P::QueryPrimaryContext* tree);
  ast::Select select(P::SelectContext* tree, std::vector<ast::UnsupportedClause>& only_ad_hoc);
  ast::SelectItem select_item(P::SelectItemContext* tree);
  ast::GroupItem group_item(P::GroupItemContext* tree);
  void windows(P::WindowClauseContext* tree, ast::Select& select);
  ast::WindowSpec window_spec(P::WindowSpecContext* tree);
  std::optional<ast::Frame> frame(P::FrameContext* tree);
  ast::FrameBound frame_bound(P::FrameBoundContext* tree);
  ast::OrderItem order_item(P::OrderItemContext* tree);
  std::vector<ast::OrderItem> order_by(P::OrderByContext* tree);
  void query_tail(P::QueryTailContext* tree, ast::Query& query);
  std::vector<std::vector<ast::ExprPtr>> values(P::QueryPrimaryContext* tree, bool allow_default);

  // ---- FROM (build_from.cpp) ----
  std::vector<ast::FromItem> from(const std::vector<P::FromItemContext*>& trees);
  ast::FromItem from_item(P::FromItemContext* tree);
  ast::FromItem join_tail(P::JoinTailContext* tree, ast::FromItem left);
  ast::FromItem from_primary(P::FromPrimaryContext* tree);
  ast::FromItem unsupported_from(const Tree* tree, std::string feature, std::string hint) const;
  ast::FunctionCall from_function(P::QualifiedNameContext* name,
                                  const std::vector<P::ArgumentContext*>& arguments);
  void alias(P::TableAliasContext* tree, ast::FromItem& item);
  ast::Identifier alias_name(P::TableAliasContext* tree) const;

  // ---- Expressions (build_expressions.cpp, build_operators.cpp, build_calls.cpp) ----
  template <typename Node>
  static ast::ExprPtr make(source::Span span, Node&& node) {
    return std::make_unique<ast::Expr>(ast::Expr{span, std::forward<Node>(node)});
  }
  static ast::ExprPtr unsupported_expr(source::Span span, std::string feature, std::string hint = "") {
    return make(span, ast::Unsupported{std::move(feature), std::move(hint)});
  }
  ast::ExprPtr call(const Tree* tree, antlr4::Token* name_token, std::string name,
                    std::vector<ast::ExprPtr> arguments);

  struct Connectives;
  struct Tests;
  struct Operators;
  ast::ExprPtr expr(P::ExprContext* tree);
  ast::ExprPtr chain(const char* op, std::vector<ast::ExprPtr> operands,
                     const std::vector<source::Span>& op_spans);
  ast::ExprPtr predicate(P::PredicateContext* tree);
  ast::ExprPtr grouped_tests(Tests& tests, ast::ExprPtr left, int loosest);
  ast::ExprPtr test(Tests& tests, P::TestContext* tree, ast::ExprPtr left);
  ast::ExprPtr in(P::TestContext* tree, ast::ExprPtr left, source::Span place);
  ast::ExprPtr quantified(P::TestContext* tree, ast::ExprPtr left, source::Span place);
  ast::ExprPtr value(P::ValueContext* tree);
  std::string operator_sign(P::BinaryOpContext* tree) const;
  ast::ExprPtr grouped_operators(Operators& operators, int loosest);
  ast::ExprPtr prefixed_operand(Operators& operators);

  ast::ExprPtr operand(P::OperandContext* tree);
  ast::ExprPtr postfix(P::PostfixContext* tree, ast::ExprPtr operand);
  ast::ExprPtr primary(P::PrimaryContext* tree);
  ast::ExprPtr literal(P::LiteralContext* tree);
  ast::ExprPtr field(P::PrimaryContext* tree);
  ast::ExprPtr subquery(source::Span place, P::QueryContext* query, ast::SubqueryForm form);
  ast::ExprPtr array_items(P::ArrayItemsContext* tree, source::Span place);
  ast::ExprPtr parameter(Terminal* word);
  ast::ExprPtr case_expr(P::CaseExprContext* tree);
  std::string string(P::StringContext* tree);
  std::vector<ast::ExprPtr> exprs(const std::vector<P::ExprContext*>& trees);

  ast::ExprPtr name(P::NameContext* tree);
  ast::ExprPtr column(const Tree* place, const std::vector<antlr4::tree::ParseTree*>& parts);
  ast::ExprPtr call(P::NameContext* tree, ast::Identifier name);
  ast::ExprPtr special_call(P::SpecialCallContext* tree);
  ast::ExprPtr trim(P::SpecialCallContext* tree);
  ast::ExprPtr substring(P::SpecialCallContext* tree);
  ast::ExprPtr current_value(P::CurrentValueContext* tree);

  // ---- Types and names (build_types.cpp) ----
  ast::TypeName type_name(P::TypeNameContext* tree);
  ast::TypeName scalar_type(P::ScalarTypeContext* tree);
  void type_modifiers(P::TypeModifiersContext* tree, ast::TypeName& type);
  ast::ExprPtr time_literal(P::TimeLiteralContext* tree);
  ast::ExprPtr interval_literal(P::TimeLiteralContext* tree);
  ast::Identifier identifier(const Tree* tree) const;
  std::vector<ast::Identifier> identifiers(P::ColumnListContext* tree) const;
  /// The last part; a schema other than public is reported.
  ast::Identifier relation_name(P::QualifiedNameContext* tree);
  /// With its schema, which the binder looks up.
  ast::RelationName relation(P::QualifiedNameContext* tree);

  const source::Source& source_;
  diag::Sink& sink_;
  size_t depth_ = 0;
};

/// Words in lower case with single spaces: `TIMESTAMP  WITH time ZONE` → `timestamp with time zone`.
std::string folded_words(std::string_view text);

}  // namespace sqlmill::parse
