#include "runtime/query/system_catalog.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "compiler/catalog/function_schema.h"
#include "compiler/plan/evaluate.h"
#include "runtime/engine/error_relation.h"
#include "runtime/sql/aggregates/aggregate.h"
#include "runtime/sql/postgres_types.h"

namespace sqlmill::rt::query {

namespace {

constexpr uint32_t kFirstOwnOid = 16'384;
constexpr uint32_t kFirstProcedureOid = 10'000;
constexpr uint32_t kFirstOperatorOid = 10'000;
constexpr int32_t kHeaderBytes = 4;  // PostgreSQL counts them in type modifiers.

uint32_t hash(std::string_view text) {
  uint32_t value = 2'166'136'261u;
  for (const char c : text) value = (value ^ static_cast<unsigned char>(c)) * 16'777'619u;
  return value;
}

bool same_word(std::string_view text, size_t at, std::string_view lower) {
  const auto is_part = [&](size_t i) {
    return i < text.size() && (std::isalnum(static_cast<unsigned char>(text[i])) || text[i] == '_');
  };
  if (at > 0 && is_part(at - 1)) return false;
  for (size_t i = 0; i < lower.size(); ++i) {
    if (at + i >= text.size() || std::tolower(static_cast<unsigned char>(text[at + i])) != lower[i])
      return false;
  }
  return !is_part(at + lower.size());
}

/// The query of CREATE VIEW … AS query; `from` is where its name ends.
std::string query_of(std::string_view sql, const catalog::Relation& relation) {
  const std::string_view statement = sql.substr(0, relation.span.end);
  for (size_t at = relation.name_span.end; at < statement.size(); ++at) {
    if (!same_word(statement, at, "as")) continue;
    std::string query(statement.substr(at + 2));
    query.erase(0, query.find_first_not_of(" \t\r\n"));
    query.erase(query.find_last_not_of(" \t\r\n;") + 1);
    return query + ";";
  }
  return "";
}

std::string default_text(const plan::ExprRef& value) {
  const sql::Datum* constant = value ? plan::as_constant(value) : nullptr;
  if (!constant || constant->is_null()) return "";
  const std::string text = sql::to_text(*constant);
  const char category = sql::type_category(value->type.id);
  if (category == 'N' || category == 'B') return text;
  return fmt::format("'{}'::{}", text, sql::type_name(value->type));
}

char kind_of(const catalog::Relation& relation) {
  switch (relation.kind) {
    case catalog::RelationKind::kTable:
    case catalog::RelationKind::kSource:
      return 'r';
    case catalog::RelationKind::kView:
    case catalog::RelationKind::kSystem:
      return 'v';
    case catalog::RelationKind::kMaterializedView:
      return 'm';
    case catalog::RelationKind::kIndex:
      return 'i';
    case catalog::RelationKind::kSink:
      return 0;
  }
  __builtin_unreachable();
}

class NoSession : public SessionFacts {
 public:
  std::string user() const override { return std::string(kOwnerName); }
  std::string database() const override { return "dev"; }
  int32_t process() const override { return 0; }
  bool is_read_only() const override { return false; }
  std::optional<std::string> setting(std::string_view name) const override {
    if (name == "server_version") return "15.0";
    if (name == "server_version_num") return "150000";
    if (name == "search_path") return "\"$user\", public";
    return std::nullopt;
  }
  std::vector<Setting> settings() const override { return {}; }
  void set(std::string_view, const std::string&, bool) override {}
  std::vector<Other> sessions() const override { return {}; }
};

std::vector<int64_t> oids_of(const std::vector<sql::TypeId>& types,
                             const std::vector<sql::TypeId>& elements) {
  constexpr int64_t kAny = 2276;
  constexpr int64_t kAnyElement = 2283;
  constexpr int64_t kAnyArray = 2277;
  std::vector<int64_t> oids;
  for (size_t i = 0; i < types.size(); ++i) {
    const sql::TypeId element = i < elements.size() ? elements[i] : sql::TypeId::kUnknown;
    const bool is_array = types[i] == sql::TypeId::kArray;
    oids.push_back(types[i] == sql::kAnyType || types[i] == sql::TypeId::kUnknown ? kAny
                   : types[i] == sql::kAnyElement                                 ? kAnyElement
                   : is_array && (element == sql::kAnyElement || element == sql::TypeId::kUnknown) ? kAnyArray
                   : is_array ? sql::type_oid(sql::array_of(element))
                              : sql::type_oid({types[i]}));
  }
  return oids;
}

}  // namespace

uint32_t schema_oid(std::string_view name) {
  return name == "pg_catalog"                ? kCatalogSchemaOid
         : name == "information_schema"      ? kInformationSchemaOid
         : name == catalog::kTemporarySchema ? kTemporarySchemaOid
                                             : kPublicSchemaOid;
}

uint32_t SystemObject::schema_oid() const {
  return query::schema_oid(schema);
}

SessionFacts& SystemCatalog::no_session() {
  static NoSession kNone;
  return kNone;
}

SystemCatalog::SystemCatalog(catalog::Catalog& catalog, std::string_view sql,
                             const engine::PipelineInfo& pipeline, engine::Engine& engine)
    : pipeline_(pipeline), engine_(engine) {
  for (const SystemDefinition& definition : system_definitions()) {
    if (definition.kind == 0) continue;
    SystemObject object;
    object.oid = definition.oid;
    object.kind = definition.kind;
    object.schema = definition.schema;
    object.name = definition.name;
    for (const SystemColumn& column : definition.columns)
      object.columns.push_back({column.name, column.type_oid, -1, column.not_null, ""});
    by_oid_.emplace(object.oid, objects_.size());
    objects_.push_back(std::move(object));
  }
  for (const catalog::Relation& relation : catalog.relations()) add_object(relation, sql);
  catalog::Relation added{};
  added.kind = catalog::RelationKind::kSystem;
  const engine::OutputInfo& errors = engine::ErrorRelation::info();
  added.schema = "pg_catalog";
  added.name = errors.name;
  for (const engine::Column& column : errors.columns)
    added.columns.push_back({std::string(column.name), column.type, true, nullptr, std::nullopt, {}});
  if (const catalog::Relation* relation = catalog.add(added)) add_object(*relation, sql);
  for (const SystemDefinition& definition : system_definitions()) {
    added.schema = definition.schema;
    added.name = definition.name;
    added.columns.clear();
    for (const SystemColumn& column : definition.columns)
      added.columns.push_back({column.name, column.type, !column.not_null, nullptr, std::nullopt, {}});
    catalog.add(added);
  }

  const auto add_procedure = [&](const sql::Function& f) {
    const bool is_operator = !std::isalpha(static_cast<unsigned char>(f.name[0]));
    if (f.name.find_first_of("(: ") != std::string_view::npos) return;
    std::vector<SystemProcedure>& list = is_operator ? operators_ : procedures_;
    const auto oid =
        static_cast<uint32_t>((is_operator ? kFirstOperatorOid : kFirstProcedureOid) + list.size());
    const char volatility = f.volatility == sql::Volatility::kImmutable ? 'i'
                            : f.volatility == sql::Volatility::kStable  ? 's'
                                                                        : 'v';
    list.push_back({oid, std::string(f.name), 'f',
                    static_cast<uint32_t>(oids_of({f.result}, {f.result_element}).front()),
                    oids_of(f.arguments, f.elements), volatility, f.strict, f.variadic});
  };
  catalog.set_session_functions(session_functions());
  for (const sql::Function& f : sql::functions()) add_procedure(f);
  for (const sql::Function& f : catalog.session_functions()) add_procedure(f);
  for (const sql::Aggregate& a : sql::aggregates()) {
    const auto oid = static_cast<uint32_t>(kFirstProcedureOid + procedures_.size());
    const std::vector<int64_t> arguments =
        oids_of(a.arguments, std::vector<sql::TypeId>(a.arguments.size(), a.element));
    const int64_t result = a.result == sql::TypeId::kUnknown && !arguments.empty()
                               ? arguments.back()
                               : oids_of({a.result}, {a.element}).front();
    procedures_.push_back(
        {oid, std::string(a.name), 'a', static_cast<uint32_t>(result), arguments, 'i', false, false});
  }
#define SQLMILL_SYSTEM_PROCEDURE(oid, name, result, arguments) \
  procedures_.push_back({oid, name, 'f', result, {}, 'i', true, false});
#include "runtime/query/system_procedures.def"
#undef SQLMILL_SYSTEM_PROCEDURE
}

SystemCatalog::SystemCatalog(const SystemCatalog& of_pipeline,
                             const std::vector<const catalog::Relation*>& temporary)
    : pipeline_(of_pipeline.pipeline_),
      engine_(of_pipeline.engine_),
      has_temporary_(true),
      objects_(of_pipeline.objects_),
      by_oid_(of_pipeline.by_oid_),
      procedures_(of_pipeline.procedures_),
      operators_(of_pipeline.operators_) {
  for (const catalog::Relation* relation : temporary) add_object(*relation, "");
}

/// A number that depends on the name only, unless two names have the same.
uint32_t SystemCatalog::oid_for(std::string_view text) {
  constexpr uint32_t kSpan = (1u << 31) - 1 - kFirstOwnOid;
  uint32_t oid = kFirstOwnOid + hash(text) % kSpan;
  while (by_oid_.contains(oid) || by_oid_.contains(oid + 1)) oid += 2;
  return oid;
}

void SystemCatalog::add_object(const catalog::Relation& relation, std::string_view sql) {
  if (kind_of(relation) == 0) return;
  SystemObject object;
  object.oid = oid_for(fmt::format("{}.{}", relation.schema, relation.name));
  object.kind = kind_of(relation);
  object.schema = relation.schema;
  object.name = relation.name;
  object.relation = &relation;
  for (const catalog::Column& column : relation.columns) {
    const sql::Type type = column.type;
    object.columns.push_back({column.name, sql::client_oid(type),
                              type.modifier <= 0 ? -1 : type.modifier + kHeaderBytes, !column.nullable,
                              default_text(column.default_value)});
  }
  if (relation.plan) {
    object.columns.clear();
    const size_t visible =
        relation.visible_columns > 0 ? relation.visible_columns : relation.plan->columns.size();
    for (size_t i = 0; i < visible; ++i) {
      const plan::OutputColumn& column = relation.plan->columns[i];
      const int32_t modifier = column.type.modifier <= 0 ? -1 : column.type.modifier + kHeaderBytes;
      object.columns.push_back({column.name, sql::client_oid(column.type), modifier, false, ""});
    }
    object.definition = query_of(sql, relation);
  }
  if (object.kind == 'i') {
    object.table = relation.target ? find(relation.target->name)->oid : 0;
    object.key = relation.primary_key;
  }
  by_oid_.emplace(object.oid, objects_.size());
  objects_.push_back(std::move(object));
  if (kind_of(relation) == 'r' && !relation.primary_key.empty())
    add_key(objects_.back(), relation.primary_key);
}

void SystemCatalog::add_key(SystemObject& table, const std::vector<uint32_t>& key) {
  SystemObject index;
  index.kind = 'i';
  index.schema = table.schema;
  index.name = table.name + "_pkey";
  index.oid = oid_for(fmt::format("{}.{}", index.schema, index.name));
  index.relation = table.relation;
  index.table = table.oid;
  index.key = key;
  for (const uint32_t column : key) index.columns.push_back(table.columns[column]);
  table.key = key;
  table.key_index = index.oid;
  for (const uint32_t column : key) table.columns[column].not_null = true;
  by_oid_.emplace(index.oid, objects_.size());
  objects_.push_back(std::move(index));
}

const SystemObject* SystemCatalog::find(uint32_t oid) const {
  const auto found = by_oid_.find(oid);
  return found == by_oid_.end() ? nullptr : &objects_[found->second];
}

const SystemObject* SystemCatalog::find(std::string_view name) const {
  const std::vector<std::string> parts = split_name(name);
  if (parts.empty() || parts.size() > 3) return nullptr;
  std::string schema = parts.size() > 1 ? parts[parts.size() - 2] : "";
  if (schema == "pg_temp") schema = catalog::kTemporarySchema;
  const SystemObject* found = nullptr;
  for (const SystemObject& object : objects_) {
    if (object.name != parts.back()) continue;
    if (schema.empty() ? object.is_temporary() : object.schema == schema) return &object;
    if (!schema.empty()) continue;
    if (object.schema == "pg_catalog" || (!found && object.schema == catalog::kPublicSchema)) found = &object;
  }
  return found;
}

std::vector<ColumnOrigin> SystemCatalog::numbers_of(const std::vector<bind::Origin>& origins) const {
  std::vector<ColumnOrigin> numbers;
  for (const auto& [relation, column] : origins) {
    const auto found = std::find_if(objects_.begin(), objects_.end(), [&](const SystemObject& object) {
      return relation && object.name == relation->name && object.schema == relation->schema;
    });
    // Behind the columns of a table there is the number of its row, which is nobody's business.
    const bool is_there = found != objects_.end() && column < found->columns.size();
    numbers.push_back(is_there ? ColumnOrigin{found->oid, static_cast<uint16_t>(column + 1)}
                               : ColumnOrigin{});
  }
  return numbers;
}

std::shared_ptr<const SystemRows> SystemCatalog::rows(const catalog::Relation& relation,
                                                      SessionFacts* session) const {
  bool changes = false;
  const SystemFill fill = find_fill(relation.schema, relation.name, changes);
  const std::string key = relation.schema + "." + relation.name;
  if (!changes) {
    const std::lock_guard lock(mutex_);
    const auto kept = kept_.find(key);
    if (kept != kept_.end()) return kept->second;
  }
  const auto& all = system_definitions();
  const auto definition = std::find_if(all.begin(), all.end(), [&](const SystemDefinition& d) {
    return d.name == relation.name && d.schema == relation.schema;
  });
  auto rows = std::make_shared<SystemRows>(*definition);
  if (fill) fill({*this, session ? *session : no_session()}, *rows);
  if (!changes) {
    const std::lock_guard lock(mutex_);
    kept_[key] = rows;
  }
  return rows;
}

std::vector<std::string> split_name(std::string_view name) {
  std::vector<std::string> parts;
  for (size_t at = 0; at <= name.size();) {
    std::string part;
    while (at < name.size() && name[at] == ' ') ++at;
    if (at < name.size() && name[at] == '"') {
      for (++at; at < name.size() && (name[at] != '"' || (at + 1 < name.size() && name[at + 1] == '"'));
           ++at) {
        at += name[at] == '"';
        part += name[at];
      }
      ++at;
    } else {
      for (; at < name.size() && name[at] != '.'; ++at)
        part += static_cast<char>(std::tolower(static_cast<unsigned char>(name[at])));
      while (part.ends_with(' ')) part.pop_back();
    }
    parts.push_back(std::move(part));
    if (at >= name.size() || name[at] != '.') break;
    ++at;
  }
  return parts;
}

}  // namespace sqlmill::rt::query
