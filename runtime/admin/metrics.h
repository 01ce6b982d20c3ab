// What a running pipeline says of itself to Prometheus, in its text format. Nearly all of it are rows of the
// system relations, so that SQL and a dashboard show the same.
#pragma once

#include <string>

#include "runtime/query/database.h"

namespace sqlmill::rt::admin {

/// Of the process: memory, processor, files.
std::string process_metrics();
/// Of the pipeline. Throws query::QueryError if the limits end it before the engine has answered.
std::string pipeline_metrics(query::Database& database, const query::Limits& limits);

}  // namespace sqlmill::rt::admin
