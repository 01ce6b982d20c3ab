// CREATE SOURCE and CREATE TABLE.
#include <fmt/format.h>

#include <algorithm>

#include "compiler/bind/binder.h"
#include "compiler/plan/evaluate.h"

namespace sqlmill::bind {

namespace {

struct IncludeType {
  std::string_view what;
  catalog::IncludeKind kind;
  sql::TypeId type;
};
constexpr IncludeType kIncludes[] = {
    {"key", catalog::IncludeKind::kKey, sql::TypeId::kBytea},
    {"partition", catalog::IncludeKind::kPartition, sql::TypeId::kText},
    {"offset", catalog::IncludeKind::kOffset, sql::TypeId::kText},
    {"timestamp", catalog::IncludeKind::kTimestamp, sql::TypeId::kTimestamptz},
    {"header", catalog::IncludeKind::kHeader, sql::TypeId::kBytea},
};

}  // namespace

void Binder::bind_create_relation(const ast::CreateRelation& create, Span span) {
  const bool is_table = create.kind == ast::RelationKind::kTable;
  catalog::Relation relation{};
  relation.kind = is_table ? catalog::RelationKind::kTable : catalog::RelationKind::kSource;
  relation.name = create.name.name;
  relation.span = span;
  relation.name_span = create.name.span;
  relation.append_only = !is_table || create.append_only;
  report_unsupported(create.unsupported);
  bind_columns(create, relation);
  bind_includes(create, relation);
  bind_primary_key(create, relation);
  bind_options(create.options, false, relation);
  bind_format(create.format, false, relation);
  if (!is_table && create.options.empty()) {
    sink_.report(diag::Code::kMissingOption, create.name.span,
                 fmt::format("source \"{}\" has no connector", relation.name),
                 "add WITH (connector = 'kafka', topic = '…', properties.bootstrap.server = '…') FORMAT "
                 "PLAIN ENCODE JSON");
  }
  add_relation(std::move(relation), create.if_not_exists);
}

void Binder::bind_columns(const ast::CreateRelation& create, catalog::Relation& relation) {
  const bool has_schema_elsewhere =
      !create.unsupported.empty() || (create.format && create.format->encode.name != "json");
  if (create.columns.empty() && !has_schema_elsewhere) {
    sink_.report(diag::Code::kColumnCount, create.name.span,
                 fmt::format("\"{}\" has no columns", create.name.name),
                 "name the columns that the records have: (event_id varchar, …)");
  }
  for (const ast::ColumnDef& def : create.columns) {
    report_unsupported(def.unsupported);
    const auto same = std::find_if(relation.columns.begin(), relation.columns.end(),
                                   [&](const catalog::Column& c) { return c.name == def.name.name; });
    if (same != relation.columns.end()) {
      sink_.report(diag::Code::kDuplicateColumn, def.name.span,
                   fmt::format("column \"{}\" is given twice", def.name.name));
      continue;
    }
    const std::optional<sql::Type> type = bind_type(def.type);
    if (type && type->id == sql::TypeId::kArray && !create.options.empty())
      not_supported("arrays in records", "declare the column as jsonb", def.type.span);
    catalog::Column column{def.name.name,
                           type.value_or(sql::Type{sql::TypeId::kUnknown}),
                           !def.not_null && !def.primary_key,
                           nullptr,
                           std::nullopt,
                           def.span};
    if (def.default_value && type) {
      const Scope empty;
      ExprRef value = bind_expr(*def.default_value, {&empty, "DEFAULT"});
      if (value)
        value = coerce(std::move(value), *type, sql::CastContext::kAssignment, def.default_value->span,
                       "the default");
      if (value) value = plan::fold_constants(value);
      if (value && !plan::as_constant(value))
        not_supported("a DEFAULT that is computed", "write a constant", def.default_value->span);
      column.default_value = std::move(value);
    }
    relation.columns.push_back(std::move(column));
  }
}

void Binder::bind_includes(const ast::CreateRelation& create, catalog::Relation& relation) {
  for (const ast::Include& include : create.includes) {
    const auto* known = std::find_if(std::begin(kIncludes), std::end(kIncludes),
                                     [&](const IncludeType& i) { return i.what == include.what.name; });
    if (known == std::end(kIncludes)) {
      sink_.report(diag::Code::kInvalidOption, include.span,
                   fmt::format("INCLUDE {} is not supported yet", include.what.name),
                   "there are key, partition, offset, timestamp and header");
      continue;
    }
    sql::Type type{known->type};
    if (include.type) {
      const std::optional<sql::Type> given = bind_type(*include.type);
      if (!given) continue;
      const bool bytes = known->type == sql::TypeId::kBytea;
      if (given->id != known->type && !(bytes && given->id == sql::TypeId::kText)) {
        sink_.report(diag::Code::kTypeMismatch, include.span,
                     fmt::format("INCLUDE {} gives {}, not {}", include.what.name,
                                 sql::type_name(known->type), sql::type_name(*given)));
        continue;
      }
      type = *given;
    }
    std::string header = include.header_name.value_or("");
    if (known->kind == catalog::IncludeKind::kHeader && header.empty()) {
      not_supported("INCLUDE header without a name", "name the header: INCLUDE header 'trace_id' AS trace_id",
                    include.span);
      continue;
    }
    const std::string name =
        include.alias ? include.alias->name : fmt::format("_rw_kafka_{}", include.what.name);
    const auto same = std::find_if(relation.columns.begin(), relation.columns.end(),
                                   [&](const catalog::Column& c) { return c.name == name; });
    if (same != relation.columns.end()) {
      sink_.report(diag::Code::kDuplicateColumn, include.span,
                   fmt::format("column \"{}\" is given twice", name), "choose another name: AS name");
      continue;
    }
    relation.columns.push_back(
        {name, type, true, nullptr, catalog::Include{known->kind, std::move(header)}, include.span});
  }
}

void Binder::bind_primary_key(const ast::CreateRelation& create, catalog::Relation& relation) {
  std::vector<ast::Identifier> names = create.primary_key;
  for (const ast::ColumnDef& def : create.columns) {
    if (!def.primary_key) continue;
    if (!names.empty()) {
      sink_.report(diag::Code::kInvalidKey, def.span, "multiple primary keys are not allowed",
                   "write one PRIMARY KEY (a, b) behind the columns");
      return;
    }
    names.push_back(def.name);
  }
  if (names.empty()) return;
  if (relation.kind == catalog::RelationKind::kSource) {
    sink_.report(diag::Code::kInvalidKey, names[0].span, "a source has no primary key",
                 "write CREATE TABLE … WITH (…) to keep rows by key");
    return;
  }
  for (const ast::Identifier& name : names) {
    const auto column = std::find_if(relation.columns.begin(), relation.columns.end(),
                                     [&](const catalog::Column& c) { return c.name == name.name; });
    if (column == relation.columns.end()) {
      std::vector<std::string> known;
      for (const catalog::Column& c : relation.columns) known.push_back(c.name);
      sink_.report(diag::Code::kUnknownColumn, name.span,
                   fmt::format("column \"{}\" of the primary key does not exist", name.name),
                   diag::did_you_mean(name.name, known));
      continue;
    }
    column->nullable = false;
    const auto index = static_cast<uint32_t>(column - relation.columns.begin());
    if (std::find(relation.primary_key.begin(), relation.primary_key.end(), index) !=
        relation.primary_key.end()) {
      sink_.report(diag::Code::kInvalidKey, name.span,
                   fmt::format("column \"{}\" is in the primary key twice", name.name));
      continue;
    }
    relation.primary_key.push_back(index);
  }
  if (create.append_only) {
    sink_.report(diag::Code::kInvalidKey, names[0].span, "an APPEND ONLY table cannot have a primary key",
                 "leave out one of the two: with a key, a second row of the same key overwrites the first");
  }
}

}  // namespace sqlmill::bind
