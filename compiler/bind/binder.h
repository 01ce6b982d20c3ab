// What the parts of the binder share. Each .cpp file of this folder holds the methods for one clause.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/bind/bind.h"

namespace sqlmill::bind {

using plan::ExprRef;
using plan::NodeRef;
using source::Span;
namespace sql = rt::sql;

/// A table reference in FROM: its columns are columns [first, first + columns) of the input row.
struct ScopeTable {
  std::string name;
  std::vector<plan::OutputColumn> columns;
  uint32_t first = 0;
};

/// What the names of an expression can mean.
struct Scope {
  std::vector<ScopeTable> tables;
};

/// Where an expression stands, for its messages and for what is legal in it.
struct ExprContext {
  const Scope* scope;
  std::string_view clause;                                 // "WHERE", "GROUP BY", …
  std::vector<plan::AggregateCall>* aggregates = nullptr;  // Null: aggregates are not allowed here.
  bool inside_aggregate = false;
};

/// Aggregate calls are columns from here on until the grouping is known.
inline constexpr uint32_t kFirstAggregateColumn = 1u << 30;

struct BoundQuery {
  NodeRef node;
  uint32_t visible_columns = 0;
  std::vector<catalog::OrderKey> order;
};

struct CommonTableScope {
  const CommonTableScope* outer = nullptr;
  std::map<std::string, NodeRef> tables;
};

class SelectBinder;

class Binder {
 public:
  /// `script` is what will be bound, statement by statement, into `bound`.
  Binder(const source::Source& source, diag::Sink& sink, Script& bound, const ast::Script& script);

  void bind_statement(const ast::Statement& statement);

 private:
  friend class SelectBinder;

  // create_relation.cpp, create_view.cpp, create_sink.cpp, create_index.cpp
  void bind_create_relation(const ast::CreateRelation& create, Span span);
  void bind_columns(const ast::CreateRelation& create, catalog::Relation& relation);
  void bind_primary_key(const ast::CreateRelation& create, catalog::Relation& relation);
  void bind_includes(const ast::CreateRelation& create, catalog::Relation& relation);
  void bind_create_view(const ast::CreateView& create, Span span);
  void bind_create_sink(const ast::CreateSink& create, Span span);
  void bind_create_index(const ast::CreateIndex& create, Span span);
  catalog::Relation* add_relation(catalog::Relation relation, bool if_not_exists);
  // options.cpp
  void bind_options(const std::vector<ast::Option>& options, bool is_sink, catalog::Relation& relation);
  void bind_format(const std::optional<ast::Format>& format, bool is_sink, catalog::Relation& relation);
  void bind_sink_type(const std::optional<ast::Format>& format, catalog::Relation& relation);

  // dml.cpp
  void bind_insert(const ast::Insert& insert, Span span);
  void bind_update(const ast::Update& update, Span span);
  void bind_delete(const ast::Delete& del, Span span);
  const catalog::Relation* find_table(const ast::Identifier& name, std::string_view verb);
  ExprRef bind_dml_where(const ast::ExprPtr& where, const Scope& scope, std::string_view clause);
  ExprRef assign(ExprRef value, const catalog::Column& column, Span span);

  // query.cpp, select.cpp, group_by.cpp, order_by.cpp, set_operation.cpp, from.cpp
  std::optional<BoundQuery> bind_query(const ast::Query& query, const CommonTableScope* ctes);
  std::optional<BoundQuery> bind_select(const ast::Select& select,
                                        const std::vector<ast::OrderItem>& order_by,
                                        const CommonTableScope* ctes);
  std::optional<BoundQuery> bind_set_operation(const ast::SetOperation& set, Span span,
                                               const CommonTableScope* ctes);
  NodeRef bind_from(const ast::Select& select, const CommonTableScope* ctes, Scope& scope);
  NodeRef bind_from_item(const ast::FromItem& item, const CommonTableScope* ctes, std::string& name);
  void report_too_many_names(const std::string& relation, size_t columns,
                             const std::vector<ast::Identifier>& names);
  NodeRef read_relation(const ast::Identifier& name, Span span);
  bool bind_output_order(const std::vector<ast::OrderItem>& order_by, BoundQuery& query);

  // expressions.cpp, predicates.cpp, calls.cpp: null means an error was reported.
  ExprRef bind_expr(const ast::Expr& expr, const ExprContext& context);
  ExprRef bind_boolean(const ast::Expr& expr, const ExprContext& context, std::string_view what);
  ExprRef bind_node(const ast::NullLiteral&, Span span, const ExprContext&);
  ExprRef bind_node(const ast::BooleanLiteral&, Span span, const ExprContext&);
  ExprRef bind_node(const ast::NumberLiteral&, Span span, const ExprContext&);
  ExprRef bind_node(const ast::StringLiteral&, Span span, const ExprContext&);
  ExprRef bind_node(const ast::ColumnName&, Span span, const ExprContext&);
  ExprRef bind_node(const ast::Star&, Span span, const ExprContext&);
  ExprRef bind_node(const ast::Unary&, Span span, const ExprContext&);
  ExprRef bind_node(const ast::Binary&, Span span, const ExprContext&);
  ExprRef bind_node(const ast::Is&, Span span, const ExprContext&);
  ExprRef bind_node(const ast::IsDistinct&, Span span, const ExprContext&);
  ExprRef bind_node(const ast::Like&, Span span, const ExprContext&);
  ExprRef bind_node(const ast::InList&, Span span, const ExprContext&);
  ExprRef bind_node(const ast::Between&, Span span, const ExprContext&);
  ExprRef bind_node(const ast::Case&, Span span, const ExprContext&);
  ExprRef bind_node(const ast::CastTo&, Span span, const ExprContext&);
  ExprRef bind_node(const ast::TypedLiteral&, Span span, const ExprContext&);
  ExprRef bind_node(const ast::Call&, Span span, const ExprContext&);
  ExprRef bind_node(const ast::Subquery&, Span span, const ExprContext&);
  ExprRef bind_node(const ast::Unsupported&, Span span, const ExprContext&);
  bool bind_all(const std::vector<ast::ExprPtr>& exprs, const ExprContext& context,
                std::vector<ExprRef>& out);
  ExprRef bind_special_call(const ast::Call& call, Span span, std::vector<ExprRef>& arguments);
  ExprRef bind_aggregate(const ast::Call& call, Span span, const ExprContext& context);
  bool is_aggregate(const ast::Call& call) const;
  void report_unknown_table(const std::string& name, Span span, const Scope& scope);
  void flatten_logical(const ast::Expr& expr, const std::string& op, const ExprContext& context, bool& ok,
                       std::vector<ExprRef>& out);

  // overloads.cpp
  const sql::Function* resolve(std::string_view name, const std::vector<ExprRef>& arguments, Span span,
                               bool is_operator);
  bool check_unit(const sql::Function& function, const std::vector<ExprRef>& arguments);
  ExprRef make_call(std::string_view name, std::vector<ExprRef> arguments, Span span, bool is_operator);
  ExprRef compare(std::string_view op, ExprRef left, ExprRef right, Span span);

  // coerce.cpp
  std::optional<sql::Type> bind_type(const ast::TypeName& name);
  /// Null if there is no such coercion; errors in literals are reported, and then the result is null and
  /// `reported` true.
  ExprRef try_coerce(ExprRef expr, sql::Type type, sql::CastContext context, Span span, bool* reported);
  ExprRef coerce(ExprRef expr, sql::Type type, sql::CastContext context, Span span, std::string_view what);
  ExprRef apply_modifier(ExprRef expr, sql::Type type, bool is_explicit, Span span);
  /// `expr` as one side of a comparison at `type`, to which it has an implicit cast.
  ExprRef coerce_compared(ExprRef expr, sql::Type type);
  /// PostgreSQL's common type of CASE, UNION and their kin; reports when there is none.
  std::optional<sql::Type> common_type(const std::vector<ExprRef>& exprs, std::string_view what, Span span);
  bool coerce_all(std::vector<ExprRef>& exprs, std::string_view what, Span span, sql::Type* type);

  bool report_unsupported(const std::vector<ast::UnsupportedClause>& clauses);
  void not_supported(std::string_view feature, std::string_view hint, Span span);
  void report_unknown_relation(const ast::Identifier& name);

  const source::Source& source_;
  diag::Sink& sink_;
  Script& script_;
  std::set<std::string>
      broken_;  // Relations whose definition could not be read or kept; the reason was reported.
  std::map<std::string, Span> defined_;  // All that the file creates, for hints.
  std::string query_name_;               // Of the view or CTE whose query is being bound.
};

/// The implicit, assignment or explicit cast, or null.
/// The name that PostgreSQL gives a SELECT item without an alias.
std::string implied_name(const ast::Expr& expr);

}  // namespace sqlmill::bind
