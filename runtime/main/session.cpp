#include "runtime/main/session.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "runtime/main/summary.h"

namespace sqlmill::rt::main {

namespace {

constexpr uint64_t kMaxErrorsTold = 10;

std::string describe(const delta::ErrorRecord& error) {
  std::string text(error.relation);
  if (!error.source.empty() && error.source != error.relation) text += fmt::format(", from {}", error.source);
  if (error.partition) text += fmt::format(", partition {}", *error.partition);
  if (error.offset) text += fmt::format(", offset {}", *error.offset);
  return text + ": " + error.reason;
}

}  // namespace

Session::Session(const engine::PipelineInfo& pipeline, size_t workers, engine::ErrorTime error_time,
                 const PrintOptions& print)
    : pipeline_(pipeline),
      printed_(printed_relations(pipeline, print)),
      print_changes_(print.changes),
      engine_(pipeline, workers, error_time),
      out_(STDOUT_FILENO),
      printer_(print.format, printed_.size() > 1, out_) {
  if (!print_changes_) return;
  for (const PrintedRelation& relation : printed_) engine_.watch(relation.output);
}

void Session::run_statements(const std::stop_token& stop) {
  for (size_t i = 0; i < pipeline_.statements.size() && !stop.stop_requested(); ++i) {
    engine_.execute(i);
    after_epoch();
  }
}

void Session::run_epoch(std::span<const engine::InputBatch> batches) {
  size_t records = 0;
  for (const engine::InputBatch& batch : batches) records += batch.records.size();
  epoch_times_.begin(records);
  engine_.run_epoch(batches);
  after_epoch();
  epoch_times_.end();
}

/// Prints the epoch's changes, warns of its errors.
void Session::after_epoch() {
  warn_of_errors();
  if (on_epoch_) on_epoch_();
  if (!print_changes_) return;
  for (const PrintedRelation& relation : printed_) {
    printer_.print_changes(relation.name, engine_.output(relation.output), engine_.epochs(),
                           engine_.changes(relation.output));
  }
  out_.flush();
}

void Session::warn_of_errors() {
  const engine::ErrorRelation& errors = engine_.errors();
  const size_t count = errors.epoch_size();
  for (size_t i = 0; i < count && errors_told_ < kMaxErrorsTold; ++i, ++errors_told_) {
    spdlog::warn("{}", describe(errors.epoch_entry(i).record));
    if (errors_told_ + 1 == kMaxErrorsTold) spdlog::warn("further errors are in sqlmill_errors only");
  }
}

void Session::finish() {
  if (!print_changes_) {
    for (const PrintedRelation& relation : printed_) {
      printer_.print_rows(relation.name, engine_.output(relation.output), engine_.scan(relation.output));
    }
  }
  out_.flush();
  const std::string summary = summary_text(pipeline_, engine_, duration(), epoch_times_);
  std::fwrite(summary.data(), 1, summary.size(), stderr);
}

Duration Session::duration() const {
  const Duration now = Duration::now();
  return {now.seconds - started_.seconds, now.cpu_seconds - started_.cpu_seconds};
}

}  // namespace sqlmill::rt::main
