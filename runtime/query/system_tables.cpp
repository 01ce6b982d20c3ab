// The rows of pg_catalog that come from the pipeline: relations, columns, keys, schemas, roles, the database.
#include "runtime/query/system_tables.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

namespace sqlmill::rt::query {

namespace {

constexpr uint32_t kHeapOid = 2;
constexpr uint32_t kBtreeOid = 403;
constexpr uint32_t kDefaultTablespace = 1663;
constexpr uint32_t kInt8Operators = 10'016;

int64_t rows_of(const SystemView& view, const SystemObject& object) {
  if (!object.relation) return 0;
  for (const engine::OperatorCounters& counter : view.catalog.engine().readers().counters()) {
    if (counter.name == object.name) return static_cast<int64_t>(counter.records);
  }
  return -1;
}

}  // namespace

void fill_class(const SystemView& view, SystemRows& rows) {
  const std::vector<engine::OperatorCounters> counters = view.catalog.engine().readers().counters();
  for (const SystemObject& object : view.catalog.objects()) {
    const auto counter = std::find_if(counters.begin(), counters.end(), [&](const auto& c) {
      return object.relation && c.name == object.name;
    });
    rows.add()
        .set("oid", object.oid)
        .set("relname", object.name)
        .set("relnamespace", object.schema_oid())
        .set("reltype", object.row_type())
        .set("relowner", kOwnerOid)
        .set("relam", object.kind == 'i'   ? kBtreeOid
                      : object.kind == 'v' ? 0
                                           : kHeapOid)
        .set("relfilenode", object.kind == 'v' ? 0 : object.oid)
        .set("reltuples", counter == counters.end() ? -1 : static_cast<int64_t>(counter->records))
        .set("relpages", counter == counters.end() ? 0 : static_cast<int64_t>(counter->state_bytes / 8192))
        .set("relhasindex", object.key_index != 0)
        .set("relpersistence", object.is_temporary() ? 't' : 'p')
        .set("relkind", object.kind)
        .set("relnatts", object.columns.size())
        .set("relhasrules", object.kind == 'v' || object.kind == 'm')
        .set("relispopulated", true)
        .set("relreplident", object.is_system() || object.kind == 'i' ? 'n' : 'd');
  }
}

void fill_attribute(const SystemView& view, SystemRows& rows) {
  for (const SystemObject& object : view.catalog.objects()) {
    int64_t number = 0;
    for (const SystemObject::Column& column : object.columns) {
      const SystemType* type = find_system_type(column.type);
      rows.add()
          .set("attrelid", object.oid)
          .set("attname", column.name)
          .set("atttypid", column.type)
          .set("attstattarget", -1)
          .set("attlen", type->length)
          .set("attnum", ++number)
          .set("attndims", type->category == 'A' ? 1 : 0)
          .set("attcacheoff", -1)
          .set("atttypmod", column.modifier)
          .set("attbyval", type->by_value)
          .set("attalign", type->alignment)
          .set("attstorage", type->storage)
          .set("attnotnull", column.not_null)
          .set("atthasdef", !column.default_text.empty())
          .set("attislocal", true)
          .set("attcollation", type->collation);
    }
  }
}

void fill_attrdef(const SystemView& view, SystemRows& rows) {
  for (const SystemObject& object : view.catalog.objects()) {
    for (size_t i = 0; i < object.columns.size(); ++i) {
      if (object.columns[i].default_text.empty() || object.kind == 'i') continue;
      rows.add()
          .set("oid", object.oid + i + 1)
          .set("adrelid", object.oid)
          .set("adnum", i + 1)
          .set("adbin", object.columns[i].default_text);
    }
  }
}

void fill_namespace(const SystemView& view, SystemRows& rows) {
  for (const auto& [oid, name] : {std::pair{kCatalogSchemaOid, "pg_catalog"},
                                  {kPublicSchemaOid, "public"},
                                  {kInformationSchemaOid, "information_schema"}})
    rows.add().set("oid", oid).set("nspname", name).set("nspowner", kOwnerOid);
  if (!view.catalog.has_temporary()) return;
  rows.add().set("oid", kTemporarySchemaOid).set("nspname", catalog::kTemporarySchema);
  rows.set("nspowner", kOwnerOid);
}

/// pg_index.indoption: 1 is DESC, 2 is NULLS FIRST.
std::vector<int64_t> index_options(const SystemObject& index) {
  std::vector<int64_t> options(index.key.size(), 0);
  if (!index.relation || index.relation->kind != catalog::RelationKind::kIndex) return options;
  for (size_t i = 0; i < options.size(); ++i) {
    const catalog::OrderKey& order = index.relation->order[i];
    options[i] = (order.descending ? 1 : 0) + (order.nulls_first ? 2 : 0);
  }
  return options;
}

void fill_index(const SystemView& view, SystemRows& rows) {
  for (const SystemObject& object : view.catalog.objects()) {
    if (object.kind != 'i') continue;
    const SystemObject* table = view.catalog.find(object.table);
    const bool is_key = table && table->key_index == object.oid;
    std::vector<int64_t> key;
    for (const uint32_t column : object.key) key.push_back(column + 1);
    const std::vector<int64_t> zeros(key.size(), 0);
    rows.add()
        .set("indexrelid", object.oid)
        .set("indrelid", object.table)
        .set("indnatts", key.size())
        .set("indnkeyatts", key.size())
        .set("indisunique", is_key)
        .set("indisprimary", is_key)
        .set("indimmediate", true)
        .set("indisvalid", true)
        .set("indisready", true)
        .set("indislive", true)
        .set("indkey", key)
        .set("indcollation", zeros)
        .set("indclass", std::vector<int64_t>(key.size(), kInt8Operators))
        .set("indoption", index_options(object));
  }
}

void fill_constraint(const SystemView& view, SystemRows& rows) {
  for (const SystemObject& object : view.catalog.objects()) {
    if (object.key_index == 0) continue;
    std::vector<int64_t> key;
    for (const uint32_t column : object.key) key.push_back(column + 1);
    rows.add()
        .set("oid", object.key_index + 1)
        .set("conname", object.name + "_pkey")
        .set("connamespace", object.schema_oid())
        .set("contype", 'p')
        .set("convalidated", true)
        .set("conrelid", object.oid)
        .set("conindid", object.key_index)
        .set("conislocal", true)
        .set("connoinherit", true)
        .set("conkey", key);
  }
}

/// A pipeline has one database, which answers to every name; clients that list databases look for the usual
/// one.
void fill_database(const SystemView& view, SystemRows& rows) {
  const auto add = [&](uint32_t oid, std::string_view name) {
    rows.add()
        .set("oid", oid)
        .set("datname", name)
        .set("datdba", kOwnerOid)
        .set("encoding", 6)
        .set("datlocprovider", 'c')
        .set("datallowconn", true)
        .set("datconnlimit", -1)
        .set("dattablespace", kDefaultTablespace)
        .set("datcollate", "C")
        .set("datctype", "C.UTF-8");
  };
  constexpr std::string_view kUsualName = "dev";
  add(kDatabaseOid, view.session.database());
  if (view.session.database() != kUsualName) add(kDatabaseOid + 1, kUsualName);
}

namespace {

/// The owner, and who asks.
std::vector<std::pair<uint32_t, std::string>> roles(const SystemView& view) {
  std::vector<std::pair<uint32_t, std::string>> all = {{kOwnerOid, std::string(kOwnerName)}};
  std::vector<std::string> names = {view.session.user()};
  for (const SessionFacts::Other& other : view.session.sessions()) names.push_back(other.user);
  for (const std::string& name : names) {
    const bool is_there =
        std::any_of(all.begin(), all.end(), [&](const auto& r) { return r.second == name; });
    if (!is_there) all.emplace_back(role_oid(name), name);
  }
  return all;
}

}  // namespace

uint32_t role_oid(std::string_view name) {
  if (name == kOwnerName) return kOwnerOid;
  uint32_t value = 2'166'136'261u;
  for (const char c : name) value = (value ^ static_cast<unsigned char>(c)) * 16'777'619u;
  return 16'384 + value % 1'000'000'000;
}

std::string role_name(const SystemView& view, uint32_t oid) {
  for (const auto& [role, name] : roles(view)) {
    if (role == oid) return name;
  }
  return fmt::format("unknown (OID={})", oid);
}

void fill_roles(const SystemView& view, SystemRows& rows) {
  for (const auto& [oid, name] : roles(view)) {
    const bool writes = oid == kOwnerOid || !view.session.is_read_only() || name != view.session.user();
    rows.add()
        .set("rolname", name)
        .set("rolsuper", writes)
        .set("rolinherit", true)
        .set("rolcreaterole", false)
        .set("rolcreatedb", false)
        .set("rolcanlogin", true)
        .set("rolreplication", false)
        .set("rolconnlimit", -1)
        .set("rolbypassrls", writes)
        .set("oid", oid);
  }
}

void fill_user(const SystemView& view, SystemRows& rows) {
  for (const auto& [oid, name] : roles(view)) {
    rows.add().set("usename", name).set("usesysid", oid).set("usecreatedb", false).set("usesuper", true);
    rows.set("userepl", false).set("usebypassrls", false);
  }
}

void fill_tables(const SystemView& view, SystemRows& rows) {
  for (const SystemObject& object : view.catalog.objects()) {
    if (object.kind != 'r') continue;
    rows.add()
        .set("schemaname", object.schema)
        .set("tablename", object.name)
        .set("tableowner", kOwnerName)
        .set("hasindexes", object.key_index != 0)
        .set("hasrules", false)
        .set("hastriggers", false)
        .set("rowsecurity", false);
  }
}

void fill_views(const SystemView& view, SystemRows& rows) {
  for (const SystemObject& object : view.catalog.objects()) {
    if (object.kind != 'v') continue;
    rows.add().set("schemaname", object.schema).set("viewname", object.name).set("viewowner", kOwnerName);
    rows.set("definition", object.definition);
  }
}

void fill_matviews(const SystemView& view, SystemRows& rows) {
  for (const SystemObject& object : view.catalog.objects()) {
    if (object.kind != 'm') continue;
    rows.add()
        .set("schemaname", object.schema)
        .set("matviewname", object.name)
        .set("matviewowner", kOwnerName)
        .set("hasindexes", false)
        .set("ispopulated", true)
        .set("definition", object.definition);
  }
}

void fill_indexes(const SystemView& view, SystemRows& rows) {
  for (const SystemObject& object : view.catalog.objects()) {
    const SystemObject* table = object.kind == 'i' ? view.catalog.find(object.table) : nullptr;
    if (!table) continue;
    rows.add().set("schemaname", object.schema).set("tablename", table->name).set("indexname", object.name);
    rows.set("indexdef", index_definition(view.catalog, object));
  }
}

std::string index_definition(const SystemCatalog& catalog, const SystemObject& index) {
  const SystemObject* table = catalog.find(index.table);
  if (!table) return "";
  std::string columns;
  const bool is_own = index.relation && index.relation->kind == catalog::RelationKind::kIndex;
  for (size_t i = 0; i < index.key.size(); ++i) {
    columns += (columns.empty() ? "" : ", ") + table->columns[index.key[i]].name;
    if (!is_own) continue;
    const catalog::OrderKey& order = index.relation->order[i];
    if (order.descending) columns += " DESC";
    if (order.nulls_first != order.descending) columns += order.nulls_first ? " NULLS FIRST" : " NULLS LAST";
  }
  return fmt::format("CREATE {}INDEX {} ON {}.{} USING btree ({})",
                     table->key_index == index.oid ? "UNIQUE " : "", index.name, table->schema, table->name,
                     columns);
}

void fill_stat_tables(const SystemView& view, SystemRows& rows) {
  for (const SystemObject& object : view.catalog.objects()) {
    if (object.is_system() || (object.kind != 'r' && object.kind != 'm')) continue;
    rows.add().set("relid", object.oid).set("schemaname", object.schema).set("relname", object.name);
    rows.set("n_live_tup", std::max<int64_t>(rows_of(view, object), 0));
    rows.set("n_dead_tup", 0);
  }
}

void fill_activity(const SystemView& view, SystemRows& rows) {
  for (const SessionFacts::Other& other : view.session.sessions()) {
    rows.add()
        .set("datid", kDatabaseOid)
        .set("datname", other.database)
        .set("pid", other.process)
        .set("usesysid", role_oid(other.user))
        .set("usename", other.user)
        .set("application_name", other.application)
        .set("state", other.is_active ? "active" : "idle")
        .set("backend_start", other.begin_micros)
        .set("backend_type", "client backend");
  }
}

void fill_settings(const SystemView& view, SystemRows& rows) {
  for (const SessionFacts::Setting& setting : view.session.settings()) {
    rows.add()
        .set("name", setting.name)
        .set("setting", setting.value)
        .set("category", "Client Connection Defaults")
        .set("short_desc", setting.description)
        .set("context", "user")
        .set("vartype", "string")
        .set("source", "default")
        .set("boot_val", setting.value)
        .set("reset_val", setting.value)
        .set("pending_restart", false);
  }
}

// ---- Of SQLMill ----

void fill_pipeline(const SystemView& view, SystemRows& rows) {
  const engine::PipelineInfo& pipeline = view.catalog.pipeline();
  const engine::EngineTotals totals = view.catalog.engine().readers().totals();
  rows.add()
      .set("name", pipeline.name)
      .set("version", pipeline.version)
      .set("workers", view.catalog.engine().workers())
      .set("epochs", totals.epochs)
      .set("records", std::accumulate(totals.records.begin(), totals.records.end(), uint64_t{0}))
      .set("errors", totals.errors);
}

void fill_operators_of_pipeline(const SystemView& view, SystemRows& rows) {
  for (const engine::OperatorCounters& counter : view.catalog.engine().readers().counters()) {
    rows.add()
        .set("name", counter.name)
        .set("records", counter.records)
        .set("bytes", counter.state_bytes)
        .set("rows_in", counter.rows_in)
        .set("rows_out", counter.rows_out)
        .set("touched", counter.touched);
  }
}

void fill_views_of_pipeline(const SystemView& view, SystemRows& rows) {
  const uint64_t last_epoch = view.catalog.engine().readers().totals().epochs;  // All views have it.
  const std::vector<engine::OperatorCounters> counters = view.catalog.engine().readers().counters();
  const std::shared_ptr<engine::Rebuilding> rebuilding = view.catalog.engine().rebuilding();
  const std::span<const engine::OutputInfo> outputs = view.catalog.pipeline().outputs;
  for (size_t i = 0; i < outputs.size(); ++i) {
    const engine::OutputInfo& output = outputs[i];
    if (!output.is_view) continue;
    const bool is_whole = !rebuilding || !rebuilding->has(i);
    rows.add().set("name", output.name).set("last_epoch", last_epoch);
    rows.set("state", is_whole ? "serving" : "rebuilding");
    if (!is_whole) rows.set("rebuilt", rebuilding->share()).set("progress", rebuilding->progress());
    const auto found = std::find_if(counters.begin(), counters.end(),
                                    [&](const auto& counter) { return counter.name == output.name; });
    if (found == counters.end()) continue;  // It has no operator of its own.
    rows.set("records", found->records).set("bytes", found->state_bytes);
    rows.set("rows_in", found->rows_in).set("rows_out", found->rows_out);
  }
}

namespace {

std::string_view option(std::span<const engine::Option> options, std::string_view key) {
  for (const engine::Option& one : options) {
    if (one.key == key) return one.value;
  }
  return "";
}

}  // namespace

void fill_sources_of_pipeline(const SystemView& view, SystemRows& rows) {
  engine::Readers& readers = view.catalog.engine().readers();
  const std::vector<engine::OperatorCounters> counters = readers.counters();
  const std::vector<uint64_t> records = readers.totals().records;
  const std::vector<engine::SourceProgress> progress = readers.progress().sources;
  const std::span<const engine::InputInfo> inputs = view.catalog.pipeline().inputs;
  for (size_t i = 0; i < inputs.size(); ++i) {
    const engine::InputInfo& input = inputs[i];
    const auto add = [&] {
      rows.add()
          .set("name", input.name)
          .set("kind", input.kind == engine::InputKind::kTable ? "table" : "source");
      if (const std::string_view connector = option(input.options, "connector"); !connector.empty())
        rows.set("connector", connector);
      uint64_t count = records[i];
      for (const engine::OperatorCounters& table : counters) {
        if (table.name == input.name) count = table.rows_in;  // With those of INSERT, UPDATE and DELETE.
      }
      rows.set("rows", count);
    };
    bool has_partitions = false;
    for (const engine::SourceProgress& part : progress) {
      if (part.input != i) continue;
      has_partitions = true;
      add();
      rows.set("partition", part.partition).set("next_offset", part.next);
      if (part.end) rows.set("end_offset", *part.end).set("lag", *part.end - part.next);
    }
    if (!has_partitions) add();
  }
}

void fill_sinks_of_pipeline(const SystemView& view, SystemRows& rows) {
  const std::vector<engine::Backlog> backlogs = view.catalog.engine().readers().progress().sinks;
  const std::span<const engine::SinkInfo> sinks = view.catalog.pipeline().sinks;
  for (size_t i = 0; i < sinks.size(); ++i) {
    rows.add().set("name", sinks[i].name);
    rows.set("relation", view.catalog.pipeline().outputs[sinks[i].output].name);
    rows.set("connector", option(sinks[i].options, "connector"));
    if (i >= backlogs.size()) continue;
    rows.set("waiting", backlogs[i].messages).set("waiting_bytes", backlogs[i].bytes);
    rows.set("lag", backlogs[i].seconds).set("dropped", backlogs[i].dropped);
  }
}

void fill_state_of_pipeline(const SystemView& view, SystemRows& rows) {
  const std::optional<engine::StateProgress> state = view.catalog.engine().readers().progress().state;
  if (!state) return;
  rows.add().set("directory", state->directory).set("checkpoint", state->checkpoint);
  rows.set("checkpoints", state->checkpoints).set("bytes", state->bytes);
  if (!state->copy) return;
  rows.set("copy", state->copy->place).set("copy_checkpoint", state->copy->checkpoint);
  rows.set("copy_lag", state->copy->seconds).set("copies", state->copy->copies);
  rows.set("copy_bytes", state->copy->bytes);
}

void fill_sessions(const SystemView& view, SystemRows& rows) {
  for (const SessionFacts::Other& other : view.session.sessions()) {
    rows.add().set("process", other.process).set("user_name", other.user).set("database", other.database);
    rows.set("application_name", other.application).set("is_active", other.is_active);
  }
}

}  // namespace sqlmill::rt::query
