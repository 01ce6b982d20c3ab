// RisingWave's SHOW TABLES, SHOW COLUMNS, DESCRIBE and SHOW CREATE, from the pipeline's catalog.
#pragma once

#include <memory>

#include "compiler/catalog/catalog.h"
#include "runtime/pgwire/commands.h"
#include "runtime/pgwire/row_writer.h"
#include "runtime/query/database.h"

namespace sqlmill::rt::pgwire {

/// Of the rows that a command gives by itself; none for most.
Columns columns_of_command(const Command& command);

std::unique_ptr<query::Result> list_relations(const catalog::Catalog& catalog,
                                              const command::ShowRelations& show);
/// Throws WireError for a relation that there is not, as the next one does.
std::unique_ptr<query::Result> list_columns(const catalog::Catalog& catalog,
                                            const command::ShowColumns& show);
std::unique_ptr<query::Result> show_create(const query::Database& database, const command::ShowCreate& show);

}  // namespace sqlmill::rt::pgwire
