#include "compiler/bind/bind.h"

#include <fmt/format.h>

#include "compiler/bind/binder.h"

namespace sqlmill::bind {

Script bind(const source::Source& source, const ast::Script& script, diag::Sink& sink) {
  Script bound;
  Binder binder(source, sink, bound, script);
  for (const ast::Statement& statement : script.statements) binder.bind_statement(statement);
  return bound;
}

Binder::Binder(const source::Source& source, diag::Sink& sink, const catalog::Catalog& catalog,
               std::vector<sql::Type> parameters)
    : source_(source), sink_(sink), catalog_(&catalog), parameters_(std::move(parameters)) {}

Binder::Binder(const source::Source& source, diag::Sink& sink, Script& bound, const ast::Script& script)
    : source_(source),
      sink_(sink),
      script_(&bound),
      broken_(script.unparsed_relations.begin(), script.unparsed_relations.end()) {
  for (const ast::Statement& statement : script.statements) {
    if (const auto* relation = std::get_if<ast::CreateRelation>(&statement.node))
      defined_.emplace(relation->name.name, relation->name.span);
    if (const auto* view = std::get_if<ast::CreateView>(&statement.node))
      defined_.emplace(view->name.name, view->name.span);
  }
}

std::optional<BoundStatement> bind_statement(const source::Source& source, const ast::Statement& statement,
                                             const catalog::Catalog& catalog, diag::Sink& sink,
                                             std::vector<sql::Type> parameters) {
  const size_t errors = sink.error_count();
  Binder binder(source, sink, catalog, std::move(parameters));
  std::optional<BoundStatement> bound = binder.bind_ad_hoc(statement);
  return sink.error_count() == errors ? std::move(bound) : std::nullopt;
}

void Binder::bind_statement(const ast::Statement& statement) {
  struct Visitor {
    Binder& binder;
    Span span;
    void operator()(const ast::CreateRelation& s) { binder.bind_create_relation(s, span); }
    void operator()(const ast::CreateView& s) { binder.bind_create_view(s, span); }
    void operator()(const ast::CreateSink& s) { binder.bind_create_sink(s, span); }
    void operator()(const ast::CreateIndex& s) { binder.bind_create_index(s, span); }
    void operator()(const ast::Insert& s) { binder.bind_insert(s, span); }
    void operator()(const ast::Update& s) { binder.bind_update(s, span); }
    void operator()(const ast::Delete& s) { binder.bind_delete(s, span); }
    void operator()(const ast::SelectStatement&) {
      binder.not_supported("SELECT as a statement of a pipeline",
                           "write CREATE MATERIALIZED VIEW name AS SELECT …, or ask the running pipeline",
                           span);
    }
    void operator()(const ast::Explain&) {
      binder.not_supported("EXPLAIN", "use the command: sqlmill explain FILE.sql", span);
    }
    void operator()(const ast::UnsupportedStatement& s) { binder.not_supported(s.feature, s.hint, span); }
  };
  std::visit(Visitor{*this, statement.span}, statement.node);
}

catalog::Relation* Binder::add_relation(catalog::Relation relation, bool if_not_exists) {
  const catalog::Relation* existing = script_->catalog.find(catalog::kPublicSchema, relation.name);
  if (existing && if_not_exists) return nullptr;
  if (relation.name.starts_with("sqlmill_")) {
    sink_.report(diag::Code::kDuplicateRelation, relation.name_span,
                 fmt::format("\"{}\": names that begin with sqlmill_ are reserved", relation.name),
                 "choose another name");
    broken_.insert(relation.name);
    return nullptr;
  }
  if (existing) {
    sink_.report(diag::Code::kDuplicateRelation, relation.name_span,
                 fmt::format("relation \"{}\" already exists", relation.name),
                 fmt::format("it is {} created in line {}", catalog::kind_name(existing->kind),
                             source_.position(existing->span.begin).line));
    return nullptr;
  }
  return script_->catalog.add(std::move(relation));
}

void Binder::report_unknown_relation(const ast::RelationName& name) {
  // A relation whose definition has errors of its own: they were reported, and nothing is known about it.
  if (broken_.contains(name.name.name)) return;
  const bool in_public = !name.schema || name.schema->name == catalog::kPublicSchema;
  std::string hint = in_public ? diag::did_you_mean(name.name.name, catalog().readable_names()) : "";
  if (const auto later = defined_.find(name.name.name); later != defined_.end()) {
    hint = fmt::format("it is created in line {}: move that before this statement",
                       source_.position(later->second.begin).line);
  }
  if (hint.empty() && !is_ad_hoc()) hint = "relations must be created earlier in the file";
  const std::string shown = name.schema ? name.schema->name + "." + name.name.name : name.name.name;
  sink_.report(diag::Code::kUnknownRelation, is_ad_hoc() ? name.span : name.name.span,
               fmt::format("relation \"{}\" does not exist", is_ad_hoc() ? shown : name.name.name), hint);
}

bool Binder::report_unsupported(const std::vector<ast::UnsupportedClause>& clauses) {
  for (const ast::UnsupportedClause& clause : clauses)
    not_supported(clause.feature, clause.hint, clause.span);
  return !clauses.empty();
}

void Binder::not_supported(std::string_view feature, std::string_view hint, Span span) {
  sink_.report(diag::Code::kNotSupported, span, fmt::format("not supported yet: {}", feature),
               std::string(hint));
}

}  // namespace sqlmill::bind
