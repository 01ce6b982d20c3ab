#include "runtime/main/summary.h"

#include <fmt/format.h>

#include <algorithm>
#include <ctime>

#include "runtime/main/aligned_table.h"

namespace sqlmill::rt::main {

namespace {

void append_views(const engine::PipelineInfo& pipeline, engine::Engine& engine, std::string& out) {
  AlignedTable table;
  table.add_column("view", AlignedTable::Align::kLeft);
  table.add_column("rows", AlignedTable::Align::kRight);
  for (size_t i = 0; i < pipeline.outputs.size(); ++i) {
    if (!pipeline.outputs[i].is_view) continue;
    table.add_cell(pipeline.outputs[i].name);
    table.add_cell(grouped(engine.count_rows(i)));
  }
  if (table.rows() > 0) {
    out += '\n';
    table.append_to(out, false);
  }
}

void append_operators(const engine::Engine& engine, std::string& out) {
  const std::vector<engine::OperatorCounters> operators = engine.counters();
  if (operators.empty()) return;
  AlignedTable table;
  table.add_column("operator", AlignedTable::Align::kLeft);
  for (const std::string_view name :
       {"rows in", "touched", "touched/epoch", "rows out", "records", "state", "bytes/record"}) {
    table.add_column(name, AlignedTable::Align::kRight);
  }
  for (const engine::OperatorCounters& counters : operators) {
    table.add_cell(counters.name);
    table.add_cell(grouped(counters.rows_in));
    table.add_cell(grouped(counters.touched));
    table.add_cell(fmt::format("{:.1f}", static_cast<double>(counters.touched) /
                                             static_cast<double>(std::max<uint64_t>(engine.epochs(), 1))));
    table.add_cell(grouped(counters.rows_out));
    table.add_cell(grouped(counters.records));
    table.add_cell(byte_size(counters.state_bytes));
    const uint64_t bytes_each = counters.records == 0 ? 0 : counters.state_bytes / counters.records;
    table.add_cell(bytes_each == 0 ? "" : grouped(bytes_each));
  }
  out += '\n';
  table.append_to(out, false);
}

}  // namespace

Duration Duration::now() {
  const auto read = [](clockid_t clock) {
    timespec time{};
    ::clock_gettime(clock, &time);
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
  };
  return {read(CLOCK_MONOTONIC), read(CLOCK_PROCESS_CPUTIME_ID)};
}

std::string grouped(uint64_t number) {
  const std::string digits = std::to_string(number);
  std::string out;
  for (size_t i = 0; i < digits.size(); ++i) {
    if (i > 0 && (digits.size() - i) % 3 == 0) out += ',';
    out += digits[i];
  }
  return out;
}

std::string counted(uint64_t number, std::string_view singular, std::string_view plural) {
  return fmt::format("{} {}", grouped(number), number == 1 ? singular : plural);
}

std::string byte_size(uint64_t bytes) {
  constexpr std::string_view kUnits[] = {"KiB", "MiB", "GiB", "TiB"};
  if (bytes < 1024) return fmt::format("{} B", bytes);
  double size = static_cast<double>(bytes) / 1024;
  size_t unit = 0;
  for (; size >= 1024 && unit + 1 < std::size(kUnits); ++unit) size /= 1024;
  return fmt::format("{:.1f} {}", size, kUnits[unit]);
}

std::string summary_text(const engine::PipelineInfo& pipeline, engine::Engine& engine,
                         const Duration& duration, const EpochTimes& epoch_times) {
  std::string out = fmt::format("{} in {:.3f} s, {:.3f} CPU s", counted(engine.records(), "event", "events"),
                                duration.seconds, duration.cpu_seconds);
  if (engine.records() > 0 && duration.seconds > 0) {
    const auto rate = static_cast<double>(engine.records()) / duration.seconds;
    out += fmt::format(" ({} a second)", grouped(static_cast<uint64_t>(rate)));
  }
  uint64_t state_bytes = 0;
  for (const engine::OperatorCounters& counters : engine.counters()) state_bytes += counters.state_bytes;
  out += fmt::format(", {}, {}, {} of state\n", counted(engine.epochs(), "epoch", "epochs"),
                     counted(engine.workers(), "worker", "workers"), byte_size(state_bytes));
  out += fmt::format(
      "{}{}\n",
      engine.errors().total() == 0 ? "no errors" : counted(engine.errors().total(), "error", "errors"),
      engine.errors().total() == 0 ? "" : ": see sqlmill_errors (--print sqlmill_errors)");
  out += epoch_times.text();
  append_views(pipeline, engine, out);
  append_operators(engine, out);
  return out;
}

}  // namespace sqlmill::rt::main
