#include "runtime/main/replay.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <memory>
#include <utility>
#include <vector>

#include "runtime/connectors/connector.h"
#include "runtime/main/relation_names.h"
#include "runtime/main/session.h"
#include "runtime/main/user_error.h"

namespace sqlmill::rt::main {

namespace {

constexpr std::chrono::milliseconds kIdleWait(100);

struct ReplayInput {
  size_t input;
  std::unique_ptr<engine::Source> file;
};

/// All are opened before the first is read, so that a missing file is told at once.
std::vector<ReplayInput> open_inputs(const engine::PipelineInfo& pipeline,
                                     const std::vector<InputFile>& files, bool preload) {
  std::vector<ReplayInput> inputs;
  bool has_standard_input = false;
  for (const InputFile& file : files) {
    if (file.path == "-" && std::exchange(has_standard_input, true)) {
      throw UserError("--input: standard input (-) can be read once only");
    }
    const size_t input = find_input(pipeline, file.relation, "--input");
    connectors::Options options;
    options.relation = file.relation;
    options.connector = "file";
    options.values = {{"connector", "file"}, {"path", file.path}};
    connectors::ResolvedInput resolved{std::move(options), pipeline.inputs[input].columns};
    resolved.preload = preload;
    inputs.push_back({input, connectors::open_source(resolved)});
  }
  return inputs;
}

/// Up to `epoch_rows` records. An epoch is only shorter at the end of its input, so that the same files give
/// the same epochs, however slowly they come.
void gather_epoch(engine::Source& file, size_t epoch_rows, const std::stop_token& stop,
                  std::vector<delta::RawRecord>& records) {
  records.clear();
  while (records.size() < epoch_rows && !file.reached_end() && !stop.stop_requested()) {
    const size_t before = records.size();
    file.poll(records, {epoch_rows - before});
    if (records.size() > before || file.reached_end()) continue;
    const engine::Wake wake = file.wake();
    engine::wait_for_first({&wake, 1}, kIdleWait);
  }
}

}  // namespace

void replay(const engine::PipelineInfo& pipeline, const ReplayCommand& command, std::stop_token stop) {
  overrides(
      pipeline,
      command.settings);  // For what is wrong with them; no connector is opened that they could apply to.
  std::vector<ReplayInput> inputs = open_inputs(pipeline, command.inputs, command.preload);
  Session session(pipeline, command.workers, engine::ErrorTime::kNull, command.print);

  session.restart_now_and_then();
  session.run_statements(stop);
  std::vector<delta::RawRecord> records;
  for (ReplayInput& input : inputs) {
    while (!stop.stop_requested()) {
      gather_epoch(*input.file, command.epoch_rows, stop, records);
      if (records.empty()) break;
      const engine::InputBatch batch = {input.input, records};
      session.run_epoch({&batch, 1});
      input.file->release();
    }
    input.file.reset();
  }
  if (stop.stop_requested()) spdlog::warn("interrupted: not all inputs were read to their end");
  const size_t failed = session.run_queries(command.queries, stop);
  session.finish();
  if (failed > 0) throw UserError(fmt::format("{} of {} statements failed", failed, command.queries.size()));
}

}  // namespace sqlmill::rt::main
