// What the parts of the binder share. Each .cpp file of this folder holds the methods for one clause.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/bind/bind.h"
#include "compiler/bind/scope.h"

namespace sqlmill::bind {

/// Aggregate calls are columns from here on until the grouping is known, and so on for what comes after it.
inline constexpr uint32_t kFirstAggregateColumn = 1u << 30;
inline constexpr uint32_t kFirstGroupingColumn = kFirstAggregateColumn + (1u << 28);
inline constexpr uint32_t kFirstWindowColumn = kFirstAggregateColumn + (2u << 28);
inline constexpr uint32_t kFirstSetColumn = kFirstAggregateColumn + (3u << 28);

struct BoundQuery {
  NodeRef node;
  uint32_t visible_columns = 0;
  std::vector<catalog::OrderKey> order;  // Of a view's query; an ad hoc one has a Sort.
};

struct CommonTable {
  NodeRef node;                      // Null: its query had errors, which were reported.
  const Closure* closure = nullptr;  // That its parameters are of.
};
struct CommonTableScope {
  const CommonTableScope* outer = nullptr;
  std::map<std::string, CommonTable> tables;
};
/// Where a query stands.
struct QueryContext {
  const CommonTableScope* ctes = nullptr;
  Closure* closure = nullptr;
  bool sees_lateral = false;  // Scope::sees_lateral.
  uint32_t from = 0;          // Of an item of FROM with items to its left: the number of that FROM.
  bool keep_unknown = false;  // Literals keep their unknown type, for who reads the query to decide.
};

/// Window calls of a SELECT, with what they are over.
struct WindowCalls {
  struct Entry {
    std::vector<ExprRef> partition;
    std::vector<plan::SortKey> order;
    plan::WindowCall call;
  };
  const std::vector<ast::NamedWindow>* named;
  std::vector<Entry> entries;
};
/// Functions that give several rows, in a SELECT list.
struct SetFunctions {
  struct Entry {
    plan::TableFunctionKind kind;
    std::vector<ExprRef> arguments;
    std::vector<plan::OutputColumn> columns;
    uint32_t column = 0;  // Which of them is meant.
  };
  std::vector<Entry> entries;
};

class SelectBinder;

class Binder {
 public:
  /// `script` is what will be bound, statement by statement, into `bound`.
  Binder(const source::Source& source, diag::Sink& sink, Script& bound, const ast::Script& script);

  /// For a statement by itself, over the relations of a pipeline. `parameters`: the types that were given;
  /// kUnknown, and those beyond, are inferred.
  Binder(const source::Source& source, diag::Sink& sink, const catalog::Catalog& catalog,
         std::vector<sql::Type> parameters);

  /// Of a file.
  void bind_statement(const ast::Statement& statement);
  std::optional<BoundStatement> bind_ad_hoc(const ast::Statement& statement);
  /// Of a plain view, over relations that keep rows. Null if there is none; says nothing.
  static NodeRef bind_ad_hoc_view(const source::Source& source, const catalog::Catalog& catalog,
                                  const ast::CreateView& view);

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

  // dml.cpp: of a file
  void bind_insert(const ast::Insert& insert, Span span);
  void bind_update(const ast::Update& update, Span span);
  void bind_delete(const ast::Delete& del, Span span);
  const catalog::Relation* find_table(const ast::RelationName& name, std::string_view verb);
  ExprRef bind_dml_where(const ast::ExprPtr& where, const Scope& scope, std::string_view clause);
  ExprRef assign(ExprRef value, const catalog::Column& column, Span span);
  /// Reports it when there is none.
  std::optional<uint32_t> find_column_of(const catalog::Relation& table, const ast::Identifier& name);
  bool bind_targets(const ast::Insert& insert, const catalog::Relation& table,
                    std::vector<uint32_t>& targets);

  // writes.cpp: ad hoc
  std::optional<BoundStatement> bind_ad_hoc_query(const ast::Query& query);
  std::optional<BoundStatement> bind_ad_hoc_insert(const ast::Insert& insert, Span span);
  std::optional<BoundStatement> bind_ad_hoc_update(const ast::Update& update);
  std::optional<BoundStatement> bind_ad_hoc_delete(const ast::Delete& del);
  std::optional<BoundStatement> bind_explain(const ast::Explain& explain);
  NodeRef bind_insert_rows(const ast::Insert& insert, const catalog::Relation& table,
                           const QueryContext& context, Span span);
  /// The scope of a change, and what FROM or USING brings; null: nothing.
  NodeRef bind_target(const catalog::Relation& table, const std::optional<ast::Identifier>& alias,
                      const std::vector<ast::FromItem>& from, const QueryContext& context, Span span,
                      Scope& scope, bool& ok);
  std::optional<ConflictAction> bind_conflict(const ast::OnConflict& conflict, const catalog::Relation& table,
                                              const Scope& target, const CommonTableScope* ctes);
  bool bind_assignments(const std::vector<ast::Assignment>& assignments, const catalog::Relation& table,
                        const Scope& scope, std::vector<std::pair<uint32_t, ExprRef>>& out);
  bool assign_one(const ast::Identifier& name, const ast::Expr* expr, ExprRef value,
                  const catalog::Relation& table, const Scope& scope,
                  std::vector<std::pair<uint32_t, ExprRef>>& out);
  bool bind_returning(const std::vector<ast::SelectItem>& items, const Scope& scope, Returning& returning,
                      std::vector<plan::OutputColumn>& columns);

  // query.cpp, set_operation.cpp, with.cpp
  std::optional<BoundQuery> bind_query(const ast::Query& query, const QueryContext& context);
  bool bind_with(const std::vector<ast::CommonTable>& tables, bool recursive, const QueryContext& context,
                 CommonTableScope& ctes);
  NodeRef bind_common_table(const ast::CommonTable& table, const QueryContext& context);
  NodeRef bind_recursive(const ast::CommonTable& table, const QueryContext& context, CommonTableScope& ctes);
  std::optional<BoundQuery> bind_select(const ast::Select& select, const ast::Query& query,
                                        const QueryContext& context);
  std::optional<BoundQuery> bind_values(const ast::ValuesRows& values, const QueryContext& context);
  std::optional<BoundQuery> bind_set_operation(const ast::SetOperation& set, Span span,
                                               const QueryContext& context);
  /// `node`'s first columns at these types, literals of unknown type decided. Null after an error.
  NodeRef with_types(NodeRef node, const std::vector<sql::Type>& types, std::vector<std::string> names,
                     sql::CastContext context, std::string_view what, Span span);
  /// Both sides with as many columns of the same types and the names of the left; false if they cannot be.
  bool match_sides(const BoundQuery& left, const BoundQuery& right, std::string_view what, Span span,
                   NodeRef& matched_left, NodeRef& matched_right);
  bool bind_output_order(const std::vector<ast::OrderItem>& order_by, BoundQuery& query);
  /// ORDER BY, LIMIT and OFFSET of an ad hoc query as operators, and only the visible columns.
  bool finish_ad_hoc(const ast::Query& query, const QueryContext& context, BoundQuery& bound);
  ExprRef bind_row_count(const ast::ExprPtr& expr, std::string_view clause, const QueryContext& context);

  // from.cpp, joins.cpp, table_functions.cpp: null means an error was reported.
  NodeRef bind_from(const ast::Select& select, const QueryContext& context, Scope& scope);
  NodeRef bind_from_list(const std::vector<ast::FromItem>& items, const QueryContext& context, Scope& scope);
  NodeRef bind_from_item(const ast::FromItem& item, const QueryContext& context, Scope& scope);
  NodeRef bind_from_source(const ast::FromItem& item, const QueryContext& context, std::string& name,
                           const catalog::Relation*& relation);
  NodeRef read_common_table(const CommonTable& table, const QueryContext& context);
  NodeRef bind_function_item(const ast::FromItem& item, const QueryContext& context, std::string& name);
  NodeRef bind_join(const ast::Join& join, const QueryContext& context, Span span, Scope& scope);
  /// Right beside left, `right` bound in `closure`; the scopes together.
  NodeRef join_sides(plan::JoinKind kind, NodeRef left, NodeRef right, Closure& closure, Span span);
  ExprRef bind_using(const ast::Join& join, const Scope& left, const Scope& right, const plan::Node& joined,
                     std::vector<ScopeColumn>& merged, Scope& scope);
  bool check_aliases(const Scope& left, const Scope& right, Span span);
  /// Whether FROM has only what views know; reports the rest.
  bool from_is_for_views(const ast::Select& select);
  bool item_is_for_views(const ast::FromItem& item);
  void report_too_many_names(const std::string& relation, size_t columns,
                             const std::vector<ast::Identifier>& names);
  NodeRef read_relation(const ast::RelationName& name, Span span, const catalog::Relation** found = nullptr);
  const catalog::Relation* find_relation(const ast::RelationName& name);
  bool bind_set_function(const ast::Identifier& name, std::vector<ExprRef> arguments, Span span,
                         SetFunctions::Entry& entry);
  NodeRef bind_function_rows(const ast::FunctionCall& call, bool numbered, const ExprContext& context,
                             Span span, bool& named_by_alias);
  NodeRef bind_rows_from(const ast::RowsFrom& rows, const ExprContext& context, Span span);
  NodeRef bind_record_function(const ast::FunctionCall& call, const ast::FromItem& item,
                               const ExprContext& context);
  ExprRef bind_record_column(const ExprRef& record, const ast::Identifier& name, sql::Type type);
  ExprRef bind_set_call(const ast::Call& call, Span span, const ExprContext& context);
  bool is_set_call(const ast::Call& call) const;
  NodeRef zip_set_functions(const std::vector<SetFunctions::Entry>& entries, Span span);
  NodeRef zip_rows(const std::vector<NodeRef>& parts, bool ordinality, Span span);
  bool bind_subscripts(std::vector<ExprRef>& arguments, Span span);

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
  ExprRef bind_node(const ast::Parameter&, Span span, const ExprContext&);
  ExprRef bind_node(const ast::ArrayLiteral&, Span span, const ExprContext&);
  ExprRef bind_node(const ast::Subscript&, Span span, const ExprContext&);
  ExprRef bind_node(const ast::Row&, Span span, const ExprContext&);
  ExprRef bind_node(const ast::Collate&, Span span, const ExprContext&);
  ExprRef bind_node(const ast::Subquery&, Span span, const ExprContext&);
  ExprRef bind_node(const ast::AnyOfArray&, Span span, const ExprContext&);
  ExprRef bind_node(const ast::Unsupported&, Span span, const ExprContext&);
  bool bind_all(const std::vector<ast::ExprPtr>& exprs, const ExprContext& context,
                std::vector<ExprRef>& out);
  // arrays.cpp
  /// `wanted`: the array type that it is cast to.
  ExprRef bind_array(const ast::ArrayLiteral& literal, std::optional<sql::Type> wanted, Span span,
                     const ExprContext& context);
  ExprRef bind_field(const ast::Call& call, Span span, const ExprContext& context);
  ExprRef bind_set_column(const ast::Identifier& name, std::vector<ExprRef> arguments, Span span,
                          const ExprContext& context, const std::string* field = nullptr);
  /// `(f(x)).field`, or all fields for `(f(x)).*`, of a function that gives rows of several columns; false
  /// after an error.
  bool bind_set_fields(const ast::Call& call, const std::string* field, Span span, const ExprContext& context,
                       std::vector<ScopeColumn>& out);
  ExprRef bind_expanded_array(ExprRef array, Span span, const ExprContext& context);
  ExprRef bind_tableoid(const std::string* qualifier, const Scope& scope, Span span);
  ExprRef shift_subscript(ExprRef place, int32_t by);
  ExprRef bind_members(ExprRef value, const std::vector<const ast::Subscript*>& places, Span span,
                       const ExprContext& context);
  /// A literal whose type is not known yet.
  static ExprRef unknown_text(std::string_view text, Span span);
  /// `operand [NOT] IN (items)`.
  ExprRef in_list(ExprRef operand, std::vector<ExprRef> items, bool negated, Span span);
  ExprRef bind_special_call(const ast::Call& call, Span span, std::vector<ExprRef>& arguments);
  // call_forms.cpp
  bool bind_arguments(const ast::Call& call, const ExprContext& context, std::vector<ExprRef>& out);
  bool place_named_arguments(const std::string& function, const std::vector<ast::Identifier>& names,
                             Span span, std::vector<ExprRef>& arguments);
  ExprRef bind_session_call(const std::string& name, std::vector<ExprRef>& arguments, Span span);
  // record_functions.cpp
  bool is_populate(std::string_view name) const;
  bool bind_record_base(const ast::Expr& base, const ExprContext& context, std::vector<ScopeColumn>& out);
  bool populate_columns(const std::vector<ScopeColumn>& base, const ExprRef& record, Span span,
                        std::vector<ScopeColumn>& out);
  bool populate_arguments(const std::string& name, const std::vector<ast::ExprPtr>& arguments,
                          const ExprContext& context, Span span, std::vector<ScopeColumn>& base,
                          ExprRef& json);
  bool bind_populate(const ast::Call& call, Span span, const ExprContext& context,
                     std::vector<ScopeColumn>& out);
  NodeRef bind_populate_function(const ast::FunctionCall& call, const ExprContext& context, Span span);
  // json_paths.cpp
  bool bind_path_argument(std::string_view function, std::vector<ExprRef>& arguments, Span span);
  ExprRef coerce_to_path(ExprRef expr, bool is_explicit, bool* reported);
  // time_types.cpp
  std::optional<int32_t> time_digits(const ast::TypeName& name);
  ExprRef bind_interval_with_fields(const ast::TypedLiteral& literal, Span span);
  ExprRef cast_to(ExprRef operand, const ast::TypeName& type, Span span, std::string_view what);
  bool call_is_for_views(const ast::Call& call, Span span);
  // objects.cpp: regclass and its kin
  static bool is_object_type(std::string_view type);
  ExprRef bind_object(const ast::Expr& operand, std::string_view type, Span span, const ExprContext& context);
  ExprRef bind_object_as(const ast::CastTo& object, const ast::TypeName& type, Span span,
                         const ExprContext& context);
  ExprRef object_call(std::string_view what, std::string_view type, ExprRef operand, Span span);
  // aggregates.cpp
  bool is_aggregate(const ast::Call& call) const;
  /// Reports WITHIN GROUP where it is missing, or does not belong.
  bool has_other_form(const ast::Call& call, Span span);
  ExprRef bind_aggregate(const ast::Call& call, Span span, const ExprContext& context);
  std::optional<plan::AggregateCall> bind_aggregate_call(const ast::Call& call, Span span,
                                                         const ExprContext& inner);
  const sql::Aggregate* resolve_aggregate(const ast::Call& call, bool star,
                                          const std::vector<ExprRef>& arguments, Span span);
  bool unite_with_keys(const std::string& name, std::vector<ExprRef>& arguments,
                       std::vector<plan::SortKey>& keys, Span span);
  bool coerce_arguments(const sql::Aggregate& aggregate, std::vector<ExprRef>& arguments, Span span);
  bool check_aggregate_call(const plan::AggregateCall& bound, Span span);
  // windows.cpp
  ExprRef bind_window_call(const ast::Call& call, Span span, const ExprContext& context);
  bool bind_window_function(const ast::Call& call, Span span, const ExprContext& inner,
                            plan::WindowCall& bound);
  bool bind_window_spec(const ast::WindowSpec& spec, const ExprContext& inner, WindowCalls::Entry& entry);
  bool bind_frame(const ast::Frame& frame, const ExprContext& inner, WindowCalls::Entry& entry);
  ExprRef bind_frame_offset(const ast::ExprPtr& offset, const ast::Frame& frame, const ExprContext& inner,
                            const WindowCalls::Entry& entry);
  bool bind_sort_keys(const std::vector<ast::OrderItem>& items, const ExprContext& context,
                      std::vector<plan::SortKey>& out);
  ExprRef bind_grouping(const ast::Call& call, Span span, const ExprContext& context);
  // rows.cpp, subqueries.cpp
  /// The items of a row, with `t.*` as its columns; of anything else that one expression.
  bool bind_row(const ast::Expr& expr, const ExprContext& context, std::vector<ExprRef>& out);
  ExprRef compare_rows(std::string_view op, std::vector<ExprRef> left, std::vector<ExprRef> right, Span span);
  ExprRef compare_table_rows(bool negated, const std::vector<ExprRef>& left,
                             const std::vector<ExprRef>& right, Span span);
  bool same_width(const std::vector<ExprRef>& left, const std::vector<ExprRef>& right, Span span);
  ExprRef distinct_from(const ExprRef& left, const ExprRef& right, bool negated, Span span);
  ExprRef rows_equal(const std::vector<ExprRef>& left, const std::vector<ExprRef>& right, Span span);
  ExprRef bind_row_in(const ast::InList& in, Span span, const ExprContext& context);
  bool is_row(const ast::Expr& expr, const ExprContext& context);
  bool is_whole_row(const ast::Expr& expr, const ExprContext& context);
  bool table_row(const ast::Identifier& table, const ExprContext& context, std::vector<ScopeColumn>& out);
  bool row_columns(const ast::Row& row, const ExprContext& context, std::vector<ScopeColumn>& out);
  ExprRef row_value(const std::vector<ScopeColumn>& columns, bool as_json, bool is_of_table, Span span);
  ExprRef bind_row_value(const ast::Expr& expr, bool as_json, const ExprContext& context);
  NodeRef bind_subquery_node(const ast::Query& query, Closure& closure, const ExprContext& context);
  /// The columns of a scalar subquery, each as a subquery of its own over the same rows.
  bool bind_row_subquery(const ast::Subquery& subquery, Span span, const ExprContext& context,
                         std::vector<ExprRef>& out);
  ExprRef bind_array_subquery(const ast::Subquery& subquery, Span span, const ExprContext& context);
  ExprRef bind_quantified(const ast::Subquery& subquery, Span span, const ExprContext& context);
  // names.cpp
  struct Found {
    ExprRef value;  // Null: not found.
    bool ambiguous = false;
    bool table_exists = false;
  };
  Found find_column(const std::string* qualifier, const std::string& name, const Scope& scope,
                    uint32_t hidden_from, Span span);
  void report_unknown_column(const std::string* qualifier, const ast::ColumnName& name, const Scope& scope,
                             bool table_exists, Span span);
  /// In FROM here or around it; null: there is none.
  static const ScopeTable* find_table(const std::string& name, const Scope& scope);
  /// `t.*` or `*`: false after an error.
  bool expand_star(const ast::Star& star, Span span, const Scope& scope, std::vector<ScopeColumn>& out);
  void report_unknown_table(const std::string& name, Span span, const Scope& scope);
  void flatten_logical(const ast::Expr& expr, const std::string& op, const ExprContext& context, bool& ok,
                       std::vector<ExprRef>& out);

  // overloads.cpp
  const sql::Function* resolve(std::string_view name, const std::vector<ExprRef>& arguments, Span span,
                               bool is_operator);
  /// One of the candidates by PostgreSQL's rules; an error says what there is.
  const sql::Function* choose(std::vector<const sql::Function*> named, std::string_view name,
                              const std::vector<ExprRef>& arguments, Span span, bool is_operator);
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
  void report_unknown_relation(const ast::RelationName& name);

  const catalog::Catalog& catalog() const { return script_ ? script_->catalog : *catalog_; }
  bool is_ad_hoc() const { return script_ == nullptr; }

  const source::Source& source_;
  diag::Sink& sink_;
  Script* script_ = nullptr;                   // Of a file.
  const catalog::Catalog* catalog_ = nullptr;  // Of an ad hoc statement.
  std::vector<sql::Type> parameters_;          // kUnknown: not inferred yet.
  uint32_t next_working_table_ = 0;
  uint32_t next_from_ = 0;
  std::set<std::string>
      broken_;  // Relations whose definition could not be read or kept; the reason was reported.
  std::map<std::string, Span> defined_;  // All that the file creates, for hints.
  std::string query_name_;               // Of the view or CTE whose query is being bound.
};

/// `node` with other names for its first columns.
NodeRef with_names(NodeRef node, const std::vector<ast::Identifier>& names, Span span);
/// Only the first `count` columns.
NodeRef visible(NodeRef node, uint32_t count, Span span);
/// row_number and its kin, which need OVER.
bool is_window_function(std::string_view name);
/// `(a, b)`, `t.*` as one operand.
bool is_row(const ast::Expr& expr);
/// The implicit, assignment or explicit cast, or null.
/// The name that PostgreSQL gives a SELECT item without an alias.
std::string implied_name(const ast::Expr& expr, const source::Source& source);

}  // namespace sqlmill::bind
