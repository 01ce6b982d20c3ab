// Functions of the session and of the catalogs: what they say depends on who asks, or on what the pipeline
// has.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <thread>

#include "runtime/query/database.h"
#include "runtime/query/system_privileges.h"
#include "runtime/query/system_tables.h"
#include "runtime/sql/array.h"

namespace sqlmill::rt::query {

namespace {

using sql::ArrayOf;
using sql::Null;
using sql::Nullable;
using sql::Text;
using sql::Variadic;

const Limits& limits(Context& context) {
  return static_cast<StatementContext&>(context).limits();
}
SessionFacts& session(Context& context) {
  SessionFacts* facts = limits(context).session;
  return facts ? *facts : SystemCatalog::no_session();
}
const SystemCatalog& catalog(Context& context) {
  return *limits(context).system;
}
Text text(Context& context, std::string_view value) {
  return Text(context.arena().copy(value));
}
const SystemObject* object(Context& context, int64_t oid) {
  return oid < 0 || oid > UINT32_MAX ? nullptr : catalog(context).find(static_cast<uint32_t>(oid));
}

// ---- Who and where ----

Text current_user(Context& context) {
  return text(context, session(context).user());
}
Text current_database(Context& context) {
  return text(context, session(context).database());
}
Text current_schema(Context&) {
  return Text("public");
}
ArrayOf<Text> current_schemas(Context& context, bool with_implicit) {
  sql::ArrayBuilder builder(sql::TypeId::kText);
  if (with_implicit && catalog(context).has_temporary()) builder.add(Datum(Text(catalog::kTemporarySchema)));
  if (with_implicit) builder.add(Datum(Text("pg_catalog")));
  builder.add(Datum(Text("public")));
  const Datum kept = sql::copy(Datum(builder.finish(context)), context.arena());
  return kept.as<sql::Array>();
}
Text version(Context& context) {
  const std::string number = session(context).setting("server_version").value_or("15.0");
  return text(context, fmt::format("PostgreSQL {} (SQLMill)", number));
}
int32_t pg_backend_pid(Context& context) {
  return session(context).process();
}
Text pg_client_encoding(Context&) {
  return Text("UTF8");
}
bool pg_is_in_recovery(Context&) {
  return false;
}
bool pg_is_other_temp_schema(Context&, int64_t) {
  return false;
}
int64_t pg_my_temp_schema(Context& context) {
  return catalog(context).has_temporary() ? kTemporarySchemaOid : 0;
}
Nullable<Text> inet_address(Context&) {
  return Null();
}
int64_t txid_current(Context& context) {
  return limits(context).now_micros.value_or(0) / 1'000'000;
}

Nullable<Text> current_setting_or_null(Context& context, Text name, bool missing_ok) {
  const std::optional<std::string> value = session(context).setting(name.view());
  if (value) return text(context, *value);
  if (missing_ok) return Null();
  throw StatementError("42704", fmt::format("unrecognized configuration parameter \"{}\"", name.view()), "",
                       std::nullopt);
}
Text current_setting(Context& context, Text name) {
  return current_setting_or_null(context, name, false).value();
}
Nullable<Text> set_config(Context& context, Text name, Nullable<Text> value, bool is_local) {
  session(context).set(name.view(), value.has_value() ? std::string(value.value().view()) : "", is_local);
  return text(context, session(context).setting(name.view()).value_or(""));
}
Nullable<Text> set_config_named(Context& context, Nullable<Text> name, Nullable<Text> value,
                                Nullable<bool> is_local) {
  if (!name.has_value()) return Null();
  return set_config(context, name.value(), value, is_local.has_value() && is_local.value());
}
Text pg_sleep(Context& context, double seconds) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::duration<double>(std::min(seconds, 1e9));
  const auto deadline =
      std::min(std::chrono::time_point_cast<std::chrono::nanoseconds>(end),
               std::chrono::time_point_cast<std::chrono::nanoseconds>(limits(context).deadline));
  while (std::chrono::steady_clock::now() < deadline && !limits(context).stop.stop_requested())
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  if (limits(context).stop.stop_requested())
    context.fail(ErrorCode::kQueryCanceled, "canceling statement due to user request");
  return Text("");
}
Text pg_advisory_unlock_all(Context&) {
  return Text("");
}

// ---- Names of objects ----

Text pg_get_userbyid(Context& context, int64_t oid) {
  return text(context, role_name({catalog(context), session(context)}, static_cast<uint32_t>(oid)));
}
Text pg_encoding_to_char(Context&, int32_t encoding) {
  return Text(encoding == 6 ? "UTF8" : encoding == 0 ? "SQL_ASCII" : "");
}
int32_t pg_char_to_encoding(Context&, Text name) {
  return name.view() == "UTF8" || name.view() == "utf8" ? 6 : -1;
}
bool pg_table_is_visible(Context& context, int64_t oid) {
  const SystemObject* found = object(context, oid);
  return found && found->schema != "information_schema";
}
bool is_visible(Context&, int64_t) {
  return true;
}

[[noreturn]] void missing(std::string_view sqlstate, std::string_view what, std::string_view name) {
  throw StatementError(sqlstate, fmt::format("{} \"{}\" does not exist", what, name), "", std::nullopt);
}

std::optional<int64_t> number(std::string_view name) {
  if (name == "-") return 0;
  const bool digits =
      !name.empty() && name.size() < 11 && name.find_first_not_of("0123456789") == std::string::npos;
  return digits ? std::optional<int64_t>(std::stoll(std::string(name))) : std::nullopt;
}

ArrayOf<Text> parse_ident(Context& context, Text name) {
  sql::ArrayBuilder builder(sql::TypeId::kText);
  for (const std::string& part : split_name(name.view())) builder.add(Datum(Text(part)));
  const Datum kept = sql::copy(Datum(builder.finish(context)), context.arena());
  return kept.as<sql::Array>();
}
Nullable<int64_t> to_regclass(Context& context, Text name) {
  const SystemObject* found = catalog(context).find(name.view());
  return found ? Nullable<int64_t>(found->oid) : Nullable<int64_t>();
}
Nullable<int64_t> to_regtype(Context& context, Text name) {
  if (const SystemType* type = find_system_type(name.view())) return Nullable<int64_t>(type->oid);
  const SystemObject* relation = catalog(context).find(name.view());
  const uint32_t row_type = relation ? relation->row_type() : 0;
  return row_type != 0 ? Nullable<int64_t>(row_type) : Nullable<int64_t>();
}
Nullable<int64_t> to_regproc(Context& context, Text name) {
  const std::vector<std::string> parts = split_name(name.view().substr(0, name.view().find('(')));
  const auto& all = catalog(context).procedures();
  const auto found =
      std::find_if(all.begin(), all.end(), [&](const SystemProcedure& p) { return p.name == parts.back(); });
  return found == all.end() ? Nullable<int64_t>() : Nullable<int64_t>(found->oid);
}
Nullable<int64_t> to_regnamespace(Context&, Text name) {
  const std::vector<std::string> parts = split_name(name.view());
  const bool is_there = parts.back() == "public" || schema_oid(parts.back()) != kPublicSchemaOid;
  return is_there ? Nullable<int64_t>(schema_oid(parts.back())) : Nullable<int64_t>();
}
Nullable<int64_t> to_regrole(Context&, Text name) {
  return role_oid(split_name(name.view()).back());
}

/// What a cast does: a number is itself, and what is not there is an error.
template <Nullable<int64_t> (*find)(Context&, Text)>
Nullable<int64_t> cast_to_oid(Context& context, Text name, std::string_view sqlstate, std::string_view what) {
  if (const std::optional<int64_t> oid = number(name.view())) return *oid;
  const Nullable<int64_t> found = find(context, name);
  if (!found.has_value()) missing(sqlstate, what, name.view());
  return found;
}
Nullable<int64_t> regclass_oid(Context& context, Text name) {
  return cast_to_oid<to_regclass>(context, name, "42P01", "relation");
}
Nullable<int64_t> regtype_oid(Context& context, Text name) {
  return cast_to_oid<to_regtype>(context, name, "42704", "type");
}
Nullable<int64_t> regproc_oid(Context& context, Text name) {
  return cast_to_oid<to_regproc>(context, name, "42883", "function");
}
Nullable<int64_t> regnamespace_oid(Context& context, Text name) {
  return cast_to_oid<to_regnamespace>(context, name, "3F000", "schema");
}
Nullable<int64_t> regrole_oid(Context& context, Text name) {
  return cast_to_oid<to_regrole>(context, name, "42704", "role");
}

std::string quoted(std::string_view name) {
  const bool plain = !name.empty() &&
                     name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") == std::string::npos &&
                     (name[0] < '0' || name[0] > '9');
  if (plain) return std::string(name);
  std::string out = "\"";
  for (const char c : name) out += c == '"' ? std::string("\"\"") : std::string(1, c);
  return out + "\"";
}
Text regclass_name(Context& context, int64_t oid) {
  if (oid == 0) return Text("-");
  const SystemObject* found = object(context, oid);
  if (!found) return text(context, std::to_string(oid));
  const std::string schema = found->schema == "information_schema" ? "information_schema." : "";
  return text(context, schema + quoted(found->name));
}
/// Of a row; null of another type.
const SystemObject* row_of(Context& context, int64_t oid) {
  const SystemObject* found = object(context, oid - 1);
  return found && found->row_type() == oid ? found : nullptr;
}
Text regtype_name(Context& context, int64_t oid) {
  if (const SystemObject* row = row_of(context, oid)) return text(context, quoted(row->name));
  const SystemType* type = find_system_type(static_cast<uint32_t>(oid));
  return text(context, oid == 0 ? "-" : type ? std::string(type->sql_name) : std::to_string(oid));
}
ArrayOf<Text> regtype_names(Context& context, ArrayOf<int64_t> oids) {
  const sql::ArrayReader reader(oids);
  sql::ArrayBuilder builder(sql::TypeId::kText);
  for (int32_t i = 0; i < reader.size(); ++i)
    builder.add(Datum(regtype_name(context, reader.is_null(i) ? 0 : reader.at(i).as<int64_t>())));
  const Datum kept = sql::copy(Datum(builder.finish(context)), context.arena());
  return kept.as<sql::Array>();
}
Nullable<Text> format_type(Context& context, Nullable<int64_t> oid, Nullable<int32_t> modifier) {
  if (!oid.has_value()) return Null();
  if (const SystemObject* row = row_of(context, oid.value())) return text(context, quoted(row->name));
  return text(context, format_system_type(static_cast<uint32_t>(oid.value()),
                                          modifier.has_value() ? modifier.value() : -1));
}
Text regproc_name(Context& context, int64_t oid) {
  for (const SystemProcedure& procedure : catalog(context).procedures()) {
    if (procedure.oid == oid) return text(context, procedure.name);
  }
  return text(context, oid == 0 ? "-" : std::to_string(oid));
}
Text regoperator_name(Context& context, int64_t oid) {
  for (const SystemProcedure& op : catalog(context).operators()) {
    if (op.oid == oid) return text(context, op.name);
  }
  return text(context, oid == 0 ? "0" : std::to_string(oid));
}
Text regnamespace_name(Context& context, int64_t oid) {
  return text(context, oid == kCatalogSchemaOid       ? "pg_catalog"
                       : oid == kInformationSchemaOid ? "information_schema"
                       : oid == kPublicSchemaOid      ? "public"
                       : oid == kTemporarySchemaOid   ? catalog::kTemporarySchema
                                                      : std::to_string(oid));
}

// ---- Definitions ----

Nullable<Text> pg_get_viewdef(Context& context, int64_t oid) {
  const SystemObject* found = object(context, oid);
  if (!found || found->definition.empty()) return Null();
  return text(context, found->definition);
}
Nullable<Text> pg_get_viewdef_pretty(Context& context, int64_t oid, bool) {
  return pg_get_viewdef(context, oid);
}
Nullable<Text> pg_get_viewdef_named(Context& context, Text name) {
  return pg_get_viewdef(context, regclass_oid(context, name).value());
}
Nullable<Text> pg_get_expr(Context&, Text expression, int64_t) {
  return expression;
}
Nullable<Text> pg_get_expr_pretty(Context&, Text expression, int64_t, bool) {
  return expression;
}
Nullable<Text> pg_get_constraintdef(Context& context, int64_t oid) {
  for (const SystemObject& table : catalog(context).objects()) {
    if (table.key_index == 0 || table.key_index + 1 != oid) continue;
    std::string columns;
    for (const uint32_t column : table.key)
      columns += (columns.empty() ? "" : ", ") + quoted(table.columns[column].name);
    return text(context, fmt::format("PRIMARY KEY ({})", columns));
  }
  return Null();
}
Nullable<Text> pg_get_constraintdef_pretty(Context& context, int64_t oid, bool) {
  return pg_get_constraintdef(context, oid);
}
Nullable<Text> pg_get_indexdef(Context& context, int64_t oid) {
  const SystemObject* index = object(context, oid);
  if (!index || index->kind != 'i') return Null();
  return text(context, index_definition(catalog(context), *index));
}
Nullable<Text> pg_get_indexdef_column(Context& context, int64_t oid, int32_t column, bool) {
  if (column == 0) return pg_get_indexdef(context, oid);
  const SystemObject* index = object(context, oid);
  const SystemObject* table = index && index->kind == 'i' ? catalog(context).find(index->table) : nullptr;
  if (!table || column < 0 || static_cast<size_t>(column) > index->key.size()) return Null();
  return text(context, quoted(table->columns[index->key[static_cast<size_t>(column) - 1]].name));
}
/// There is none of these: rules, triggers, partitions, statistics, sequences, comments.
Nullable<Text> no_definition(Context&, int64_t) {
  return Null();
}
Nullable<Text> no_definition_pretty(Context&, int64_t, bool) {
  return Null();
}
Nullable<Text> no_comment(Context&, int64_t, Text) {
  return Null();
}
Nullable<Text> no_column_comment(Context&, int64_t, int32_t) {
  return Null();
}
Nullable<Text> no_sequence(Context&, Text, Text) {
  return Null();
}
Text no_place(Context&, int64_t) {
  return Text("");
}
Nullable<Text> pg_get_function_result(Context& context, int64_t oid) {
  for (const SystemProcedure& p : catalog(context).procedures()) {
    if (p.oid == oid) return text(context, format_system_type(p.result, -1));
  }
  return Null();
}
Nullable<Text> pg_get_function_arguments(Context& context, int64_t oid) {
  for (const SystemProcedure& p : catalog(context).procedures()) {
    if (p.oid != oid) continue;
    std::string out;
    for (const int64_t type : p.arguments) {
      out += out.empty() ? "" : ", ";
      out += p.variadic && &type == &p.arguments.back() ? "VARIADIC " : "";
      out += format_system_type(static_cast<uint32_t>(type), -1);
    }
    return text(context, out);
  }
  return Null();
}

// ---- Sizes ----

int64_t pg_relation_size(Context& context, int64_t oid) {
  const SystemObject* found = object(context, oid);
  if (!found || found->is_system()) return 0;
  for (const engine::OperatorCounters& counter : catalog(context).engine().readers().counters()) {
    if (counter.name == found->name) return static_cast<int64_t>(counter.state_bytes);
  }
  return 0;
}
int64_t pg_database_size(Context& context, Variadic<sql::Any>) {
  int64_t bytes = 0;
  for (const engine::OperatorCounters& counter : catalog(context).engine().readers().counters())
    bytes += static_cast<int64_t>(counter.state_bytes);
  return bytes;
}
Text pg_size_pretty(Context& context, int64_t bytes) {
  constexpr const char* kUnits[] = {"bytes", "kB", "MB", "GB", "TB", "PB"};
  size_t unit = 0;
  int64_t value = bytes;
  for (; std::abs(value) >= 10 * 1024 && unit + 1 < std::size(kUnits); ++unit) value = (value + 512) / 1024;
  return text(context, fmt::format("{} {}", value, kUnits[unit]));
}
int64_t pg_stat_get_numscans(Context&, int64_t) {
  return 0;
}
Nullable<bool> pg_index_column_has_property(Context&, int64_t, int32_t, Text property) {
  return property.view() == "asc" || property.view() == "orderable" || property.view() == "nulls_last";
}

template <auto f>
void add(std::vector<sql::Function>& all, std::string_view name) {
  all.push_back(sql::describe<f>(name, "", "", "", sql::Volatility::kStable));
}

void add_facts(std::vector<sql::Function>& all) {
  add<current_user>(all, "current_user");
  add<current_user>(all, "session_user");
  add<current_database>(all, "current_database");
  add<current_database>(all, "current_catalog");
  add<current_schema>(all, "current_schema");
  add<current_schemas>(all, "current_schemas");
  add<version>(all, "version");
  add<pg_backend_pid>(all, "pg_backend_pid");
  add<pg_client_encoding>(all, "pg_client_encoding");
  add<pg_client_encoding>(all, "getdatabaseencoding");
  add<pg_is_in_recovery>(all, "pg_is_in_recovery");
  add<pg_is_in_recovery>(all, "pg_is_wal_replay_paused");
  add<pg_is_other_temp_schema>(all, "pg_is_other_temp_schema");
  add<pg_my_temp_schema>(all, "pg_my_temp_schema");
  add<inet_address>(all, "inet_server_addr");
  add<inet_address>(all, "inet_client_addr");
  add<txid_current>(all, "txid_current");
  add<current_setting>(all, "current_setting");
  add<current_setting_or_null>(all, "current_setting");
  all.push_back(sql::describe<set_config_named>("set_config", "", "", "", sql::Volatility::kVolatile));
  all.push_back(sql::describe<pg_sleep>("pg_sleep", "", "", "", sql::Volatility::kVolatile));
  add<pg_advisory_unlock_all>(all, "pg_advisory_unlock_all");
}

void add_names(std::vector<sql::Function>& all) {
  add<format_type>(all, "format_type");
  add<pg_get_userbyid>(all, "pg_get_userbyid");
  add<pg_encoding_to_char>(all, "pg_encoding_to_char");
  add<pg_char_to_encoding>(all, "pg_char_to_encoding");
  add<pg_table_is_visible>(all, "pg_table_is_visible");
  for (const std::string_view name :
       {"pg_type_is_visible", "pg_function_is_visible", "pg_operator_is_visible", "pg_opclass_is_visible",
        "pg_opfamily_is_visible", "pg_collation_is_visible", "pg_conversion_is_visible",
        "pg_statistics_obj_is_visible", "pg_ts_config_is_visible", "pg_ts_dict_is_visible",
        "pg_ts_parser_is_visible", "pg_ts_template_is_visible", "pg_relation_is_updatable",
        "pg_relation_is_publishable"})
    add<is_visible>(all, name);
  add<parse_ident>(all, "parse_ident");
  add<to_regclass>(all, "to_regclass");
  add<to_regtype>(all, "to_regtype");
  add<to_regproc>(all, "to_regproc");
  add<to_regnamespace>(all, "to_regnamespace");
  add<to_regrole>(all, "to_regrole");
  // Casts: compiler/bind/objects.cpp calls them.
  add<regclass_oid>(all, "to oid: regclass");
  add<regtype_oid>(all, "to oid: regtype");
  add<regproc_oid>(all, "to oid: regproc");
  add<regproc_oid>(all, "to oid: regprocedure");
  add<regnamespace_oid>(all, "to oid: regnamespace");
  add<regrole_oid>(all, "to oid: regrole");
  add<regclass_name>(all, "to name: regclass");
  add<regtype_name>(all, "to name: regtype");
  add<regtype_names>(all, "to names: regtype");
  add<regproc_name>(all, "to name: regproc");
  add<regproc_name>(all, "to name: regprocedure");
  add<regnamespace_name>(all, "to name: regnamespace");
  add<regoperator_name>(all, "to name: regoper");
  add<regoperator_name>(all, "to name: regoperator");
  add<pg_get_userbyid>(all, "to name: regrole");
}

void add_definitions(std::vector<sql::Function>& all) {
  add<pg_get_viewdef>(all, "pg_get_viewdef");
  add<pg_get_viewdef_pretty>(all, "pg_get_viewdef");
  add<pg_get_viewdef_named>(all, "pg_get_viewdef");
  add<pg_get_expr>(all, "pg_get_expr");
  add<pg_get_expr_pretty>(all, "pg_get_expr");
  add<pg_get_constraintdef>(all, "pg_get_constraintdef");
  add<pg_get_constraintdef_pretty>(all, "pg_get_constraintdef");
  add<pg_get_indexdef>(all, "pg_get_indexdef");
  add<pg_get_indexdef_column>(all, "pg_get_indexdef");
  for (const std::string_view name :
       {"pg_get_ruledef", "pg_get_triggerdef", "pg_get_partkeydef", "pg_get_statisticsobjdef_columns",
        "pg_get_statisticsobjdef", "pg_get_partition_constraintdef", "pg_get_functiondef",
        "pg_get_function_sqlbody", "obj_description"}) {
    add<no_definition>(all, name);
    add<no_definition_pretty>(all, name);
  }
  add<no_comment>(all, "obj_description");
  add<no_comment>(all, "shobj_description");
  add<no_column_comment>(all, "col_description");
  add<no_sequence>(all, "pg_get_serial_sequence");
  add<no_place>(all, "pg_tablespace_location");
  add<pg_get_function_result>(all, "pg_get_function_result");
  add<pg_get_function_arguments>(all, "pg_get_function_arguments");
  add<pg_get_function_arguments>(all, "pg_get_function_identity_arguments");
  for (const std::string_view name : {"pg_relation_size", "pg_table_size", "pg_total_relation_size"})
    add<pg_relation_size>(all, name);
  add<pg_database_size>(all, "pg_database_size");
  add<pg_size_pretty>(all, "pg_size_pretty");
  add<pg_stat_get_numscans>(all, "pg_stat_get_numscans");
  add<pg_index_column_has_property>(all, "pg_index_column_has_property");
}

}  // namespace

std::vector<sql::Function> session_functions() {
  std::vector<sql::Function> all;
  add_facts(all);
  add_names(all);
  add_definitions(all);
  add_privileges(all);
  return all;
}

}  // namespace sqlmill::rt::query
