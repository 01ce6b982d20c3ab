// CREATE SINK … FROM relation / AS query.
#include <fmt/format.h>

#include <algorithm>

#include "compiler/bind/binder.h"

namespace sqlmill::bind {

namespace {

std::string trimmed(std::string_view text) {
  const size_t begin = text.find_first_not_of(" \t\n");
  if (begin == std::string_view::npos) return "";
  return std::string(text.substr(begin, text.find_last_not_of(" \t\n") - begin + 1));
}

std::vector<std::string> split(std::string_view list) {
  std::vector<std::string> parts;
  size_t begin = 0;
  while (begin <= list.size()) {
    const size_t comma = std::min(list.find(',', begin), list.size());
    std::string part = trimmed(list.substr(begin, comma - begin));
    if (!part.empty()) parts.push_back(std::move(part));
    begin = comma + 1;
  }
  return parts;
}

const catalog::Option* find_option(const catalog::Relation& relation, std::string_view key) {
  for (const catalog::Option& option : relation.options) {
    if (option.key == key) return &option;
  }
  return nullptr;
}

}  // namespace

void Binder::bind_create_sink(const ast::CreateSink& create, Span span) {
  if (report_unsupported(create.unsupported)) return;
  query_name_ = create.name.name;
  catalog::Relation relation{};
  relation.kind = catalog::RelationKind::kSink;
  relation.name = create.name.name;
  relation.span = span;
  relation.name_span = create.name.span;
  if (create.from) {
    const ast::RelationName from{std::nullopt, *create.from, create.from->span};
    relation.plan = read_relation(from, create.from->span, &relation.target);
  } else if (const std::optional<BoundQuery> query = bind_query(*create.query, {})) {
    relation.plan = query->node;
  }
  const size_t errors_before = sink_.error_count();
  bind_options(create.options, true, relation);
  bind_format(create.format, true, relation);
  if (sink_.error_count() == errors_before) bind_sink_type(create.format, relation);
  if (!relation.plan || sink_.error_count() != errors_before) return;
  relation.visible_columns = static_cast<uint32_t>(relation.plan->columns.size());
  relation.append_only = relation.plan->append_only;

  if (const catalog::Option* key = find_option(relation, "primary_key")) {
    for (const std::string& name : split(key->value)) {
      const auto& columns = relation.plan->columns;
      const auto found =
          std::find_if(columns.begin(), columns.end(), [&](const auto& c) { return c.name == name; });
      if (found == columns.end()) {
        std::vector<std::string> names;
        for (const auto& c : columns) names.push_back(c.name);
        const std::string hint = diag::did_you_mean(name, names);
        sink_.report(diag::Code::kInvalidKey, key->span,
                     fmt::format("primary_key names column \"{}\", which the sink does not have", name),
                     hint.empty() ? fmt::format("it has {}", fmt::join(names, ", ")) : hint);
      } else {
        relation.primary_key.push_back(static_cast<uint32_t>(found - columns.begin()));
      }
    }
  }
  const catalog::Option* force = find_option(relation, "force_append_only");
  const bool forced = force && force->value == "true";
  const std::string format = relation.format.empty() ? "plain" : relation.format;
  if (format != "plain" && relation.primary_key.empty()) {
    sink_.report(diag::Code::kMissingOption, create.name.span,
                 fmt::format("a sink with FORMAT {} needs a key", format == "upsert" ? "UPSERT" : "DEBEZIUM"),
                 "add primary_key = 'column, …' to WITH");
  }
  if (format == "plain" && !relation.append_only && !forced) {
    sink_.report(diag::Code::kMissingOption, create.name.span,
                 "the rows of this sink can change, and FORMAT PLAIN can only add",
                 "write FORMAT UPSERT with primary_key = '…', or add force_append_only = 'true' to drop "
                 "updates and deletions");
  }
  add_relation(std::move(relation), create.if_not_exists);
}

}  // namespace sqlmill::bind
