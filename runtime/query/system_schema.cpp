// The rows of information_schema. Materialized views are in its tables and columns, though in PostgreSQL they
// are not: what picks relations from there (Grafana) would not find them.
#include "runtime/query/system_tables.h"

namespace sqlmill::rt::query {

namespace {

std::string_view table_type(const SystemObject& object) {
  if (object.is_temporary()) return "LOCAL TEMPORARY";
  return object.kind == 'r' ? "BASE TABLE" : object.kind == 'm' ? "MATERIALIZED VIEW" : "VIEW";
}

void set_numbers(const SystemObject::Column& column, SystemRows& rows) {
  constexpr int32_t kHeaderBytes = 4;
  const int32_t modifier = column.modifier - kHeaderBytes;
  switch (column.type) {
    case 21:
      rows.set("numeric_precision", 16).set("numeric_precision_radix", 2).set("numeric_scale", 0);
      return;
    case 23:
      rows.set("numeric_precision", 32).set("numeric_precision_radix", 2).set("numeric_scale", 0);
      return;
    case 20:
      rows.set("numeric_precision", 64).set("numeric_precision_radix", 2).set("numeric_scale", 0);
      return;
    case 700:
      rows.set("numeric_precision", 24).set("numeric_precision_radix", 2);
      return;
    case 701:
      rows.set("numeric_precision", 53).set("numeric_precision_radix", 2);
      return;
    case 1700:
      rows.set("numeric_precision_radix", 10);
      if (modifier >= 0)
        rows.set("numeric_precision", modifier >> 16).set("numeric_scale", modifier & 0xffff);
      return;
    case 25:
    case 1043:
      if (modifier >= 0) rows.set("character_maximum_length", modifier);
      rows.set("character_octet_length", 1 << 30);
      return;
    case 1082:
      rows.set("datetime_precision", 0);
      return;
    case 1083:
    case 1114:
    case 1184:
    case 1186:
      rows.set("datetime_precision", 6);
      return;
    default:
      return;
  }
}

}  // namespace

void fill_schema_tables(const SystemView& view, SystemRows& rows) {
  for (const SystemObject& object : view.catalog.objects()) {
    if (object.kind == 'i') continue;
    rows.add()
        .set("table_catalog", view.session.database())
        .set("table_schema", object.schema)
        .set("table_name", object.name)
        .set("table_type", table_type(object))
        .set("is_insertable_into", object.kind == 'r' && !object.is_system())
        .set("is_typed", false);
  }
}

void fill_schema_columns(const SystemView& view, SystemRows& rows) {
  for (const SystemObject& object : view.catalog.objects()) {
    if (object.kind == 'i') continue;
    int64_t position = 0;
    for (const SystemObject::Column& column : object.columns) {
      const SystemType* type = find_system_type(column.type);
      rows.add()
          .set("table_catalog", view.session.database())
          .set("table_schema", object.schema)
          .set("table_name", object.name)
          .set("column_name", column.name)
          .set("ordinal_position", ++position);
      if (!column.default_text.empty()) rows.set("column_default", column.default_text);
      rows.set("is_nullable", !column.not_null)
          .set("data_type", type->category == 'A' ? "ARRAY" : type->sql_name);
      set_numbers(column, rows);
      rows.set("udt_catalog", view.session.database())
          .set("udt_schema", "pg_catalog")
          .set("udt_name", type->name)
          .set("dtd_identifier", std::to_string(position))
          .set("is_self_referencing", false)
          .set("is_identity", false)
          .set("identity_cycle", false)
          .set("is_generated", "NEVER")
          .set("is_updatable", object.kind == 'r' && !object.is_system());
    }
  }
}

void fill_schema_schemata(const SystemView& view, SystemRows& rows) {
  for (const char* name : {"pg_catalog", "public", "information_schema"})
    rows.add()
        .set("catalog_name", view.session.database())
        .set("schema_name", name)
        .set("schema_owner", kOwnerName);
}

void fill_schema_views(const SystemView& view, SystemRows& rows) {
  for (const SystemObject& object : view.catalog.objects()) {
    if (object.kind != 'v' && object.kind != 'm') continue;
    rows.add()
        .set("table_catalog", view.session.database())
        .set("table_schema", object.schema)
        .set("table_name", object.name)
        .set("view_definition", object.definition)
        .set("check_option", "NONE")
        .set("is_updatable", false)
        .set("is_insertable_into", false)
        .set("is_trigger_updatable", false)
        .set("is_trigger_deletable", false)
        .set("is_trigger_insertable_into", false);
  }
}

void fill_schema_table_constraints(const SystemView& view, SystemRows& rows) {
  for (const SystemObject& object : view.catalog.objects()) {
    if (object.key_index == 0) continue;
    rows.add()
        .set("constraint_catalog", view.session.database())
        .set("constraint_schema", object.schema)
        .set("constraint_name", object.name + "_pkey")
        .set("table_catalog", view.session.database())
        .set("table_schema", object.schema)
        .set("table_name", object.name)
        .set("constraint_type", "PRIMARY KEY")
        .set("is_deferrable", false)
        .set("initially_deferred", false)
        .set("enforced", true);
  }
}

void fill_schema_constraint_column_usage(const SystemView& view, SystemRows& rows) {
  for (const SystemObject& object : view.catalog.objects()) {
    if (object.key_index == 0) continue;
    for (const uint32_t column : object.key) {
      rows.add()
          .set("constraint_catalog", view.session.database())
          .set("constraint_schema", object.schema)
          .set("constraint_name", object.name + "_pkey")
          .set("table_catalog", view.session.database())
          .set("table_schema", object.schema)
          .set("table_name", object.name)
          .set("column_name", object.columns[column].name);
    }
  }
}

void fill_schema_key_column_usage(const SystemView& view, SystemRows& rows) {
  for (const SystemObject& object : view.catalog.objects()) {
    if (object.key_index == 0) continue;
    int64_t position = 0;
    for (const uint32_t column : object.key) {
      rows.add()
          .set("constraint_catalog", view.session.database())
          .set("constraint_schema", object.schema)
          .set("constraint_name", object.name + "_pkey")
          .set("table_catalog", view.session.database())
          .set("table_schema", object.schema)
          .set("table_name", object.name)
          .set("column_name", object.columns[column].name)
          .set("ordinal_position", ++position);
    }
  }
}

}  // namespace sqlmill::rt::query
