// What `run` and `replay` share: an engine whose printed relations are watched, whose errors are told and
// whose results are printed at the end.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <vector>

#include "runtime/engine/engine.h"
#include "runtime/main/command_line.h"
#include "runtime/main/epoch_times.h"
#include "runtime/main/output_stream.h"
#include "runtime/main/restarts.h"
#include "runtime/main/result_printer.h"
#include "runtime/main/summary.h"
#include "runtime/query/database.h"

namespace sqlmill::rt::main {

class Session {
 public:
  /// Throws UserError when something cannot be printed.
  /// `threads`: as Engine has them.
  Session(const engine::PipelineInfo& pipeline, size_t workers, engine::ErrorTime error_time,
          const PrintOptions& print, size_t threads = 0);

  const engine::PipelineInfo& pipeline() const { return pipeline_; }
  engine::Engine& engine() { return *engine_; }

  /// Called after each epoch, to hand its changes to sinks. Before the first epoch.
  void on_epoch(std::function<void()> callback) { on_epoch_ = std::move(callback); }

  /// Before the first epoch: for tests, see main/restarts.h.
  void restart_now_and_then();

  /// The statements of the file, an epoch each.
  void run_statements(const std::stop_token& stop);
  void run_epoch(std::span<const engine::InputBatch> batches);
  /// As Engine::run_beside().
  void run_beside(std::span<const engine::InputBatch> batches, bool is_told);
  /// Runs the statements and prints what they give, and on standard error which fail and why. How many fail.
  size_t run_queries(const std::vector<std::string>& queries, const std::stop_token& stop);
  /// Prints the rows, and on standard error what was done.
  void finish();
  /// Since this was made.
  Duration duration() const;

 private:
  void make_engine();
  void restart_if_it_is_time();
  void after_epoch();
  void warn_of_errors();
  /// What was wrong with it; empty: nothing.
  std::string run_query(query::Database& database, const std::string& sql, const std::stop_token& stop);

  const engine::PipelineInfo& pipeline_;
  const std::vector<PrintedRelation> printed_;
  const bool print_changes_;
  const Duration started_ = Duration::now();
  const size_t workers_;
  const size_t threads_;
  const engine::ErrorTime error_time_;
  std::optional<Restarts> restarts_;
  std::unique_ptr<engine::Engine> engine_;
  OutputStream out_;
  ResultPrinter printer_;
  std::function<void()> on_epoch_;
  EpochTimes epoch_times_;
  uint64_t errors_told_ = 0;
};

}  // namespace sqlmill::rt::main
