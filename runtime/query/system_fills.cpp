// Which function fills which system relation, and the relations that are the same for every pipeline. A
// relation that is in neither list has no rows, because there is nothing of its kind: triggers, policies,
// sequences.
#include <algorithm>
#include <cctype>

#include "compiler/catalog/function_schema.h"
#include "runtime/query/system_tables.h"

namespace sqlmill::rt::query {

namespace {

void fill_type(const SystemView&, SystemRows& rows) {
  for (const SystemType& type : system_types()) {
    rows.add()
        .set("oid", type.oid)
        .set("typname", type.name)
        .set("typnamespace", kCatalogSchemaOid)
        .set("typowner", kOwnerOid)
        .set("typlen", type.length)
        .set("typbyval", type.by_value)
        .set("typtype", type.kind)
        .set("typcategory", type.category)
        .set("typispreferred", type.preferred)
        .set("typisdefined", true)
        .set("typdelim", ',')
        .set("typelem", type.element)
        .set("typarray", type.array)
        .set("typinput", type.input)
        .set("typoutput", type.output)
        .set("typreceive", type.receive)
        .set("typsend", type.send)
        .set("typmodin", type.modifier_input)
        .set("typmodout", type.modifier_output)
        .set("typalign", type.alignment)
        .set("typstorage", type.storage)
        .set("typtypmod", -1)
        .set("typcollation", type.collation);
  }
}

/// The type of a relation's rows has the number behind the relation's.
void fill_row_types(const SystemView& view, SystemRows& rows) {
  for (const SystemObject& object : view.catalog.objects()) {
    if (object.row_type() == 0) continue;
    rows.add()
        .set("oid", object.row_type())
        .set("typname", object.name)
        .set("typnamespace", object.schema_oid())
        .set("typowner", kOwnerOid)
        .set("typlen", -1)
        .set("typtype", 'c')
        .set("typcategory", 'C')
        .set("typisdefined", true)
        .set("typdelim", ',')
        .set("typrelid", object.oid)
        .set("typinput", 2290)
        .set("typoutput", 2291)
        .set("typreceive", 2402)
        .set("typsend", 2403)
        .set("typalign", 'd')
        .set("typstorage", 'x')
        .set("typtypmod", -1);
  }
}

void fill_types(const SystemView& view, SystemRows& rows) {
  fill_type(view, rows);
  fill_row_types(view, rows);
}

void fill_range(const SystemView&, SystemRows& rows) {
  // Type, its elements, multirange, operator class, canonical form, difference.
  constexpr int kRanges[][6] = {{3904, 23, 4451, 1978, 3914, 3922},   {3906, 1700, 4532, 3125, 0, 3924},
                                {3908, 1114, 4533, 3128, 0, 3929},    {3910, 1184, 4534, 3127, 0, 3930},
                                {3912, 1082, 4535, 3122, 3915, 3925}, {3926, 20, 4536, 3124, 3928, 3923}};
  for (const auto& [type, element, multirange, operators, canonical, difference] : kRanges) {
    rows.add()
        .set("rngtypid", type)
        .set("rngsubtype", element)
        .set("rngmultitypid", multirange)
        .set("rngsubopc", operators)
        .set("rngcanonical", canonical)
        .set("rngsubdiff", difference);
  }
}

void fill_keywords(const SystemView&, SystemRows& rows) {
  const auto add = [&](std::string_view word, char category, bool is_label) {
    rows.add()
        .set("word", word)
        .set("catcode", category)
        .set("barelabel", is_label)
        .set("catdesc", category == 'R'   ? "reserved"
                        : category == 'T' ? "reserved (can be function or type name)"
                        : category == 'C' ? "unreserved (cannot be function or type name)"
                                          : "unreserved")
        .set("baredesc", is_label ? "can be bare label" : "requires AS");
  };
#define SQLMILL_KEYWORD(word, category, is_label) add(word, category, is_label);
#include "runtime/query/system_keywords.def"
#undef SQLMILL_KEYWORD
}

void fill_proc(const SystemView& view, SystemRows& rows) {
  for (const SystemProcedure& procedure : view.catalog.procedures()) {
    rows.add()
        .set("oid", procedure.oid)
        .set("proname", procedure.name)
        .set("pronamespace", kCatalogSchemaOid)
        .set("proowner", kOwnerOid)
        .set("prolang", 12)
        .set("procost", 1)
        .set("prokind", procedure.kind)
        .set("proisstrict", procedure.strict)
        .set("provolatile", procedure.volatility)
        .set("proparallel", 's')
        .set("pronargs", procedure.arguments.size())
        .set("prorettype", procedure.result)
        .set("proargtypes", procedure.arguments)
        .set("prosrc", procedure.name);
  }
}

void fill_aggregate(const SystemView& view, SystemRows& rows) {
  for (const SystemProcedure& procedure : view.catalog.procedures()) {
    if (procedure.kind == 'a') rows.add().set("aggfnoid", procedure.oid).set("aggkind", 'n');
  }
}

void fill_operator(const SystemView& view, SystemRows& rows) {
  for (const SystemProcedure& one : view.catalog.operators()) {
    const bool is_unary = one.arguments.size() == 1;
    rows.add()
        .set("oid", one.oid)
        .set("oprname", one.name)
        .set("oprnamespace", kCatalogSchemaOid)
        .set("oprowner", kOwnerOid)
        .set("oprkind", is_unary ? 'l' : 'b')
        .set("oprleft", is_unary ? 0 : one.arguments.front())
        .set("oprright", one.arguments.back())
        .set("oprresult", one.result);
  }
}

void fill_cast(const SystemView&, SystemRows& rows) {
  int64_t oid = 10'000;
  for (const sql::Cast& cast : sql::casts()) {
    const sql::Function& f = cast.function;
    if (f.result == sql::TypeId::kArray || f.arguments[0] == sql::TypeId::kArray) continue;
    rows.add()
        .set("oid", oid++)
        .set("castsource", sql::type_oid({f.arguments[0]}))
        .set("casttarget", sql::type_oid({f.result}))
        .set("castcontext", cast.context == sql::CastContext::kImplicit     ? 'i'
                            : cast.context == sql::CastContext::kAssignment ? 'a'
                                                                            : 'e')
        .set("castmethod", 'f');
  }
}

void fill_am(const SystemView&, SystemRows& rows) {
  rows.add().set("oid", 2).set("amname", "heap").set("amtype", 't');
  rows.add().set("oid", 403).set("amname", "btree").set("amtype", 'i');
}

void fill_tablespace(const SystemView&, SystemRows& rows) {
  rows.add().set("oid", 1663).set("spcname", "pg_default").set("spcowner", kOwnerOid);
  rows.add().set("oid", 1664).set("spcname", "pg_global").set("spcowner", kOwnerOid);
}

void fill_collation(const SystemView&, SystemRows& rows) {
  for (const auto& [oid, name] : {std::pair{100, "default"}, {950, "C"}, {951, "POSIX"}}) {
    rows.add()
        .set("oid", oid)
        .set("collname", name)
        .set("collnamespace", kCatalogSchemaOid)
        .set("collowner", kOwnerOid)
        .set("collprovider", oid == 100 ? 'd' : 'c')
        .set("collisdeterministic", true)
        .set("collencoding", -1);
  }
}

void fill_language(const SystemView&, SystemRows& rows) {
  rows.add().set("oid", 12).set("lanname", "internal").set("lanowner", kOwnerOid);
  rows.add().set("oid", 14).set("lanname", "sql").set("lanowner", kOwnerOid).set("lanpltrusted", true);
}

void fill_opclass(const SystemView&, SystemRows& rows) {
  rows.add()
      .set("oid", 10'016)
      .set("opcmethod", 403)
      .set("opcname", "int8_ops")
      .set("opcnamespace", kCatalogSchemaOid)
      .set("opcowner", kOwnerOid)
      .set("opcfamily", 1976)
      .set("opcintype", 20)
      .set("opcdefault", true);
}

struct Entry {
  std::string_view schema;
  std::string_view name;
  SystemFill fill;
  bool changes;  // With time, or from session to session.
};

constexpr std::string_view kCatalogSchema = "pg_catalog";
constexpr std::string_view kInformation = "information_schema";
constexpr Entry kEntries[] = {
    {kCatalogSchema, "pg_class", fill_class, true},
    {kCatalogSchema, "pg_attribute", fill_attribute, false},
    {kCatalogSchema, "pg_attrdef", fill_attrdef, false},
    {kCatalogSchema, "pg_namespace", fill_namespace, false},
    {kCatalogSchema, "pg_index", fill_index, false},
    {kCatalogSchema, "pg_constraint", fill_constraint, false},
    {kCatalogSchema, "pg_database", fill_database, true},
    {kCatalogSchema, "pg_roles", fill_roles, true},
    {kCatalogSchema, "pg_authid", fill_roles, true},
    {kCatalogSchema, "pg_user", fill_user, true},
    {kCatalogSchema, "pg_shadow", fill_user, true},
    {kCatalogSchema, "pg_tables", fill_tables, false},
    {kCatalogSchema, "pg_views", fill_views, false},
    {kCatalogSchema, "pg_matviews", fill_matviews, false},
    {kCatalogSchema, "pg_indexes", fill_indexes, false},
    {kCatalogSchema, "pg_stat_user_tables", fill_stat_tables, true},
    {kCatalogSchema, "pg_stat_all_tables", fill_stat_tables, true},
    {kCatalogSchema, "pg_stat_activity", fill_activity, true},
    {kCatalogSchema, "pg_settings", fill_settings, true},
    {kCatalogSchema, "pg_type", fill_types, false},
    {kCatalogSchema, "pg_range", fill_range, false},
    {catalog::kFunctionSchema, "pg_get_keywords", fill_keywords, false},
    {catalog::kFunctionSchema, "pg_show_all_settings", fill_settings, true},
    {kCatalogSchema, "pg_proc", fill_proc, false},
    {kCatalogSchema, "pg_aggregate", fill_aggregate, false},
    {kCatalogSchema, "pg_operator", fill_operator, false},
    {kCatalogSchema, "pg_cast", fill_cast, false},
    {kCatalogSchema, "pg_am", fill_am, false},
    {kCatalogSchema, "pg_tablespace", fill_tablespace, false},
    {kCatalogSchema, "pg_collation", fill_collation, false},
    {kCatalogSchema, "pg_language", fill_language, false},
    {kCatalogSchema, "pg_opclass", fill_opclass, false},
    {kCatalogSchema, "sqlmill_pipeline", fill_pipeline, true},
    {kCatalogSchema, "sqlmill_views", fill_views_of_pipeline, true},
    {kCatalogSchema, "sqlmill_operators", fill_operators_of_pipeline, true},
    {kCatalogSchema, "sqlmill_sources", fill_sources_of_pipeline, true},
    {kCatalogSchema, "sqlmill_sinks", fill_sinks_of_pipeline, true},
    {kCatalogSchema, "sqlmill_state", fill_state_of_pipeline, true},
    {kCatalogSchema, "sqlmill_sessions", fill_sessions, true},
    {kInformation, "tables", fill_schema_tables, true},
    {kInformation, "columns", fill_schema_columns, true},
    {kInformation, "schemata", fill_schema_schemata, true},
    {kInformation, "views", fill_schema_views, true},
    {kInformation, "table_constraints", fill_schema_table_constraints, true},
    {kInformation, "constraint_column_usage", fill_schema_constraint_column_usage, true},
    {kInformation, "key_column_usage", fill_schema_key_column_usage, true},
};

}  // namespace

SystemFill find_fill(std::string_view schema, std::string_view name, bool& changes) {
  for (const Entry& entry : kEntries) {
    if (entry.schema != schema || entry.name != name) continue;
    changes = entry.changes;
    return entry.fill;
  }
  return nullptr;
}

}  // namespace sqlmill::rt::query
