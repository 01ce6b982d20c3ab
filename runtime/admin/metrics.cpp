#include "runtime/admin/metrics.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string_view>
#include <system_error>

namespace sqlmill::rt::admin {

namespace {

/// A metric and the query of its samples: the column `value`, and labels.
struct Metric {
  std::string_view name;
  std::string_view type;
  std::string_view help;
  std::string_view sql;
};

constexpr Metric kMetrics[] = {
    {"sqlmill_info", "gauge", "The pipeline and the version of SQLMill that compiled it.",
     "SELECT name AS pipeline, version, 1::int8 AS value FROM sqlmill_pipeline"},
    {"sqlmill_workers", "gauge", "Threads that share the state.",
     "SELECT workers::int8 AS value FROM sqlmill_pipeline"},
    {"sqlmill_epochs_total", "counter", "Epochs that have run.",
     "SELECT epochs AS value FROM sqlmill_pipeline"},
    {"sqlmill_records_total", "counter", "Records that sources gave.",
     "SELECT records AS value FROM sqlmill_pipeline"},
    {"sqlmill_errors_total", "counter", "What could not be processed, see sqlmill_errors.",
     "SELECT errors AS value FROM sqlmill_pipeline"},
    {"sqlmill_source_rows_total", "counter", "Rows that a source or a table has given.",
     "SELECT name AS source, rows AS value FROM sqlmill_sources"},
    {"sqlmill_operator_records", "gauge", "Groups or rows in an operator's state.",
     "SELECT name AS operator, records AS value FROM sqlmill_operators"},
    {"sqlmill_operator_state_bytes", "gauge", "Memory reserved for an operator's state.",
     "SELECT name AS operator, bytes AS value FROM sqlmill_operators"},
    {"sqlmill_operator_rows_in_total", "counter", "Changes that reached an operator.",
     "SELECT name AS operator, rows_in AS value FROM sqlmill_operators"},
    {"sqlmill_operator_rows_out_total", "counter", "Changes that left an operator.",
     "SELECT name AS operator, rows_out AS value FROM sqlmill_operators"},
    {"sqlmill_operator_touched_total", "counter", "Records that were read or changed, each once an epoch.",
     "SELECT name AS operator, touched AS value FROM sqlmill_operators"},
};

std::string heading(std::string_view name, std::string_view type, std::string_view help) {
  return fmt::format("# HELP {0} {2}\n# TYPE {0} {1}\n", name, type, help);
}

/// In the text format's quotes.
std::string escaped(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if (c == '\\' || c == '"') result += '\\';
    if (c == '\n') {
      result += "\\n";
    } else {
      result += c;
    }
  }
  return result;
}

std::string sample(std::string_view name, const std::vector<plan::OutputColumn>& columns,
                   const query::Chunk& rows, uint32_t row) {
  std::string labels;
  int64_t value = 0;
  for (size_t i = 0; i < columns.size(); ++i) {
    const query::Vector& column = rows.columns[i];
    if (columns[i].type.id == sql::TypeId::kBigint) {
      value = column.nulls()[row] ? 0 : column.values<int64_t>()[row];
    } else if (!column.nulls()[row]) {
      labels += fmt::format("{}{}=\"{}\"", labels.empty() ? "" : ",", columns[i].name,
                            escaped(column.values<sql::Text>()[row].view()));
    }
  }
  return labels.empty() ? fmt::format("{} {}\n", name, value)
                        : fmt::format("{}{{{}}} {}\n", name, labels, value);
}

std::string single(std::string_view name, std::string_view type, std::string_view help, double value) {
  return heading(name, type, help) + fmt::format("{} {}\n", name, value);
}

}  // namespace

std::string process_metrics() {
  std::string text;
  const auto ticks = static_cast<double>(::sysconf(_SC_CLK_TCK));
  std::ifstream stat("/proc/self/stat");
  std::string line;
  // Behind the name in parentheses: state, then numbers; user and system time are the 12th and 13th.
  if (std::getline(stat, line) && line.rfind(')') != std::string::npos) {
    double user = 0;
    double system = 0;
    if (std::sscanf(line.c_str() + line.rfind(')') + 1,
                    " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lf %lf", &user, &system) == 2) {
      text +=
          single("process_cpu_seconds_total", "counter", "User and system time.", (user + system) / ticks);
    }
  }
  std::ifstream statm("/proc/self/statm");
  uint64_t size = 0;
  uint64_t resident = 0;
  if (statm >> size >> resident) {
    text += single("process_resident_memory_bytes", "gauge", "Memory in use.",
                   static_cast<double>(resident) * static_cast<double>(::sysconf(_SC_PAGESIZE)));
  }
  std::error_code error;
  const auto files = std::filesystem::directory_iterator("/proc/self/fd", error);
  if (!error) {
    text += single("process_open_fds", "gauge", "Open files and sockets.",
                   static_cast<double>(std::distance(begin(files), end(files))));
  }
  return text;
}

std::string pipeline_metrics(query::Database& database, std::chrono::steady_clock::time_point deadline) {
  std::string text;
  query::Limits limits;
  limits.deadline = deadline;
  for (const Metric& metric : kMetrics) {
    text += heading(metric.name, metric.type, metric.help);
    const auto result = database.run(database.prepare(metric.sql), {}, limits);
    while (const query::Chunk* rows = result->next()) {
      for (uint32_t row = 0; row < rows->rows; ++row)
        text += sample(metric.name, result->columns(), *rows, row);
    }
  }
  return text;
}

}  // namespace sqlmill::rt::admin
