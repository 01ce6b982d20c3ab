#include "compiler/driver/explain.h"

#include <fmt/format.h>

#include <algorithm>

#include "compiler/ast/print.h"
#include "compiler/optimize/optimize.h"
#include "compiler/parse/parse.h"

namespace sqlmill::driver {

namespace {

void require_view(const Compilation& c, const std::string& view) {
  if (view.empty()) return;
  const catalog::Relation* relation = c.script.catalog.find(view);
  if (relation && relation->kind != catalog::RelationKind::kIndex) return;
  std::vector<std::string> names;
  for (const catalog::Relation& r : c.script.catalog.relations()) names.push_back(r.name);
  const std::string hint = diag::did_you_mean(view, names);
  throw FileError{fmt::format("there is no view or sink \"{}\"{}{}", view, hint.empty() ? "" : ": ", hint)};
}

std::string plans(const Compilation& c, const std::string& view) {
  std::string out;
  for (const catalog::Relation& relation : c.script.catalog.relations()) {
    if (!relation.plan || (!view.empty() && relation.name != view)) continue;
    out += fmt::format("{}{}\n", out.empty() ? "" : "\n", relation.name);
    out += plan::to_string(optimize::optimize(relation.plan));
  }
  return out;
}

/// Only what the view reads.
incremental::Dataflow part_of(const incremental::Dataflow& flow, const std::string& view) {
  incremental::Dataflow part = flow;
  std::erase_if(part.operators, [&](const incremental::Operator& op) {
    return std::find(op.users.begin(), op.users.end(), view) == op.users.end();
  });
  std::erase_if(part.outputs, [&](const incremental::Output& o) { return o.name != view; });
  return part;
}

std::string dataflow(const Compilation& c, const std::string& format, const std::string& view) {
  const incremental::Dataflow flow = view.empty() ? *c.dataflow : part_of(*c.dataflow, view);
  if (format == "dot") return incremental::to_dot(flow);
  if (format == "json") return incremental::to_json(flow);
  return incremental::to_text(flow);
}

std::string cpp(const Compilation& c) {
  std::string out;
  for (const codegen::File& file : generate(c))
    out += fmt::format("// ==== {} ====\n\n{}\n", file.name, file.text);
  return out;
}

}  // namespace

std::string explain(const Compilation& c, const std::string& stage, const std::string& format,
                    const std::string& view) {
  require_view(c, view);
  if (stage == "ast") return ast::print(c.syntax);
  if (stage == "plan") return plans(c, view);
  if (stage == "cpp") return cpp(c);
  return dataflow(c, format, view);
}

std::string explain_query(const Compilation& c, const std::string& sql, bool& ok) {
  const source::Source source("query", sql);
  diag::Sink sink;
  std::string out;
  for (const ast::Statement& statement : parse::parse_statements(source, sink)) {
    const std::optional<bind::BoundStatement> bound =
        bind::bind_statement(source, statement, c.script.catalog, sink);
    if (bound) out += bind::to_string(*bound);
  }
  ok = !sink.has_errors();
  return ok ? out : diag::render_text(source, sink.sorted(), {});
}

std::string summary(const Compilation& c) {
  using Kind = catalog::RelationKind;
  constexpr std::pair<Kind, const char*> kKinds[] = {{Kind::kSource, "source"},
                                                     {Kind::kTable, "table"},
                                                     {Kind::kView, "view"},
                                                     {Kind::kMaterializedView, "materialized view"},
                                                     {Kind::kSink, "sink"}};
  std::string out;
  for (const auto& [kind, name] : kKinds) {
    const auto& all = c.script.catalog.relations();
    const auto n =
        std::count_if(all.begin(), all.end(), [k = kind](const catalog::Relation& r) { return r.kind == k; });
    if (n) out += fmt::format("{}{} {}{}", out.empty() ? "" : ", ", n, name, n == 1 ? "" : "s");
  }
  return out.empty() ? "empty" : out;
}

}  // namespace sqlmill::driver
