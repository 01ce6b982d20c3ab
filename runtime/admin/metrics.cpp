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
#include <vector>

namespace sqlmill::rt::admin {

namespace {

struct Metric {
  std::string_view name;
  std::string_view type;
  std::string_view help;
};

/// A query whose columns are labels, which are texts, and then the samples of the metrics.
struct Family {
  std::string_view sql;
  std::vector<Metric> metrics;
};

const std::vector<Family>& families() {
  static const std::vector<Family> all = {
      {"SELECT name AS pipeline, version, 1::int8 FROM sqlmill_pipeline",
       {{"sqlmill_info", "gauge", "The pipeline and the version of SQLMill that compiled it."}}},
      {"SELECT workers::int8, epochs, records, errors FROM sqlmill_pipeline",
       {{"sqlmill_workers", "gauge", "Shares that the state is divided into, a thread each or fewer."},
        {"sqlmill_epochs_total", "counter", "Epochs that have run."},
        {"sqlmill_records_total", "counter", "Records that sources gave."},
        {"sqlmill_errors_total", "counter", "What could not be processed, see sqlmill_errors."}}},
      {"SELECT name AS source, max(rows) FROM sqlmill_sources GROUP BY name",
       {{"sqlmill_source_rows_total", "counter", "Rows that a source or a table has given."}}},
      {"SELECT name AS source, partition::text AS partition, next_offset FROM sqlmill_sources "
       "WHERE partition IS NOT NULL",
       {{"sqlmill_source_next_offset", "gauge", "The offset of the record that a source reads next."}}},
      {"SELECT name AS source, partition::text AS partition, lag FROM sqlmill_sources WHERE lag IS NOT NULL",
       {{"sqlmill_source_lag", "gauge", "Records that are there and not read yet."}}},
      {"SELECT name AS sink, waiting, waiting_bytes, lag, dropped FROM sqlmill_sinks WHERE waiting IS NOT "
       "NULL",
       {{"sqlmill_sink_waiting", "gauge", "Messages of a sink that are not written yet."},
        {"sqlmill_sink_waiting_bytes", "gauge", "Bytes of memory that they take."},
        {"sqlmill_sink_lag_seconds", "gauge", "For how long the first of them has waited."},
        {"sqlmill_sink_dropped_total", "counter", "Messages that a full sink has left out."}}},
      {"SELECT checkpoint, checkpoints, bytes FROM sqlmill_state",
       {{"sqlmill_checkpoint", "gauge", "The number of the newest checkpoint."},
        {"sqlmill_checkpoints_total", "counter", "Checkpoints that were written."},
        {"sqlmill_checkpoint_bytes_total", "counter", "Bytes that were written for them."}}},
      {"SELECT copy_checkpoint, copy_lag, copies, copy_bytes FROM sqlmill_state WHERE copy IS NOT NULL",
       {{"sqlmill_state_copy_checkpoint", "gauge", "The newest checkpoint that was copied."},
        {"sqlmill_state_copy_lag_seconds", "gauge", "For how long there has been one that is not copied."},
        {"sqlmill_state_copies_total", "counter", "Copies of checkpoints that were made."},
        {"sqlmill_state_copy_bytes_total", "counter", "Bytes that were sent for them."}}},
      {"SELECT name AS view, rebuilt FROM sqlmill_views WHERE rebuilt IS NOT NULL",
       {{"sqlmill_view_rebuilt_ratio", "gauge",
         "Of a view that is being rebuilt: how much of the messages has been read."}}},
      {"SELECT name AS operator, records, bytes, rows_in, rows_out, touched FROM sqlmill_operators",
       {{"sqlmill_operator_records", "gauge", "Groups or rows in an operator's state."},
        {"sqlmill_operator_state_bytes", "gauge", "Memory reserved for an operator's state."},
        {"sqlmill_operator_rows_in_total", "counter", "Changes that reached an operator."},
        {"sqlmill_operator_rows_out_total", "counter", "Changes that left an operator."},
        {"sqlmill_operator_touched_total", "counter",
         "Records that were read or changed, each once an epoch."}}},
  };
  return all;
}

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

/// `{source="ev"}`; nothing without labels.
std::string labels_of(const std::vector<plan::OutputColumn>& columns, size_t count, const query::Chunk& rows,
                      uint32_t row) {
  std::string labels;
  for (size_t i = 0; i < count; ++i) {
    labels += fmt::format("{}{}=\"{}\"", i == 0 ? "{" : ",", columns[i].name,
                          escaped(rows.columns[i].values<sql::Text>()[row].view()));
  }
  return labels.empty() ? labels : labels + "}";
}

std::string sample_of(const plan::OutputColumn& column, const sql::Vector& values, uint32_t row) {
  if (column.type.id == sql::TypeId::kDouble) return fmt::format("{}", values.values<double>()[row]);
  return fmt::format("{}", values.values<int64_t>()[row]);
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

std::string pipeline_metrics(query::Database& database, const query::Limits& limits) {
  std::string text;
  for (const Family& family : families()) {
    std::vector<std::string> samples;  // Those of a metric stand together.
    for (const Metric& metric : family.metrics)
      samples.push_back(heading(metric.name, metric.type, metric.help));
    const auto result = database.run(database.prepare(family.sql), {}, limits);
    const size_t first = result->columns().size() - samples.size();
    while (const query::Chunk* rows = result->next()) {
      for (uint32_t row = 0; row < rows->rows; ++row) {
        const std::string labels = labels_of(result->columns(), first, *rows, row);
        for (size_t i = 0; i < samples.size(); ++i) {
          samples[i] += fmt::format("{}{} {}\n", family.metrics[i].name, labels,
                                    sample_of(result->columns()[first + i], rows->columns[first + i], row));
        }
      }
    }
    for (const std::string& one : samples) text += one;
  }
  return text;
}

}  // namespace sqlmill::rt::admin
