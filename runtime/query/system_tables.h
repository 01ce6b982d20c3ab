// What fills the rows of system relations; system_fills.cpp says which is whose.
#pragma once

#include "runtime/query/system_catalog.h"

namespace sqlmill::rt::query {

void fill_class(const SystemView& view, SystemRows& rows);
void fill_attribute(const SystemView& view, SystemRows& rows);
void fill_attrdef(const SystemView& view, SystemRows& rows);
void fill_namespace(const SystemView& view, SystemRows& rows);
void fill_index(const SystemView& view, SystemRows& rows);
void fill_constraint(const SystemView& view, SystemRows& rows);
void fill_database(const SystemView& view, SystemRows& rows);
void fill_roles(const SystemView& view, SystemRows& rows);
void fill_user(const SystemView& view, SystemRows& rows);
void fill_tables(const SystemView& view, SystemRows& rows);
void fill_views(const SystemView& view, SystemRows& rows);
void fill_matviews(const SystemView& view, SystemRows& rows);
void fill_indexes(const SystemView& view, SystemRows& rows);
void fill_stat_tables(const SystemView& view, SystemRows& rows);
void fill_activity(const SystemView& view, SystemRows& rows);
void fill_settings(const SystemView& view, SystemRows& rows);
void fill_pipeline(const SystemView& view, SystemRows& rows);
void fill_operators_of_pipeline(const SystemView& view, SystemRows& rows);
void fill_views_of_pipeline(const SystemView& view, SystemRows& rows);
void fill_sources_of_pipeline(const SystemView& view, SystemRows& rows);
void fill_sinks_of_pipeline(const SystemView& view, SystemRows& rows);
void fill_state_of_pipeline(const SystemView& view, SystemRows& rows);
void fill_sessions(const SystemView& view, SystemRows& rows);

// system_schema.cpp: information_schema
void fill_schema_tables(const SystemView& view, SystemRows& rows);
void fill_schema_columns(const SystemView& view, SystemRows& rows);
void fill_schema_schemata(const SystemView& view, SystemRows& rows);
void fill_schema_views(const SystemView& view, SystemRows& rows);
void fill_schema_table_constraints(const SystemView& view, SystemRows& rows);
void fill_schema_constraint_column_usage(const SystemView& view, SystemRows& rows);
void fill_schema_key_column_usage(const SystemView& view, SystemRows& rows);

uint32_t role_oid(std::string_view name);
std::string role_name(const SystemView& view, uint32_t oid);
std::string index_definition(const SystemCatalog& catalog, const SystemObject& index);

}  // namespace sqlmill::rt::query
