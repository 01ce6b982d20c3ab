#include "compiler/bind/bind.h"

#include <fmt/format.h>

#include "compiler/bind/binder.h"

namespace sqlmill::bind {

Script bind(const source::Source& source, const ast::Script& script, diag::Sink& sink) {
  Script bound;
  Binder binder(source, sink, bound);
  for (const ast::Statement& statement : script.statements) binder.bind_statement(statement);
  return bound;
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
    void operator()(const ast::UnsupportedStatement& s) { binder.not_supported(s.feature, s.hint, span); }
  };
  std::visit(Visitor{*this, statement.span}, statement.node);
}

catalog::Relation* Binder::add_relation(catalog::Relation relation, bool if_not_exists) {
  const catalog::Relation* existing = script_.catalog.find(relation.name);
  if (existing && if_not_exists) return nullptr;
  if (relation.name.starts_with("sqlmill_")) {
    sink_.report(diag::Code::kDuplicateRelation, relation.name_span,
                 fmt::format("\"{}\": names that begin with sqlmill_ are reserved", relation.name), "choose another name");
    return nullptr;
  }
  if (existing) {
    sink_.report(diag::Code::kDuplicateRelation, relation.name_span,
                 fmt::format("relation \"{}\" already exists", relation.name),
                 fmt::format("it is {} created in line {}", catalog::kind_name(existing->kind),
                             source_.position(existing->span.begin).line));
    return nullptr;
  }
  return script_.catalog.add(std::move(relation));
}

bool Binder::report_unsupported(const std::vector<ast::UnsupportedClause>& clauses) {
  for (const ast::UnsupportedClause& clause : clauses) not_supported(clause.feature, clause.hint, clause.span);
  return !clauses.empty();
}

void Binder::not_supported(std::string_view feature, std::string_view hint, Span span) {
  sink_.report(diag::Code::kNotSupported, span, fmt::format("{} is not supported yet", feature), std::string(hint));
}

}  // namespace sqlmill::bind
