#include "runtime/main/replay.h"

#include <spdlog/spdlog.h>

#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "runtime/main/record_file.h"
#include "runtime/main/relation_names.h"
#include "runtime/main/session.h"
#include "runtime/main/user_error.h"

namespace sqlmill::rt::main {

namespace {

constexpr std::chrono::milliseconds kPollWait(100);

struct ReplayInput {
  size_t input;
  std::unique_ptr<RecordFile> file;
};

/// All are opened before the first is read, so that a missing file is told at once.
std::vector<ReplayInput> open_inputs(const engine::PipelineInfo& pipeline, const std::vector<InputFile>& files) {
  std::vector<ReplayInput> inputs;
  bool has_standard_input = false;
  for (const InputFile& file : files) {
    if (file.path == "-" && std::exchange(has_standard_input, true)) {
      throw UserError("--input: standard input (-) can be read once only");
    }
    inputs.push_back({find_input(pipeline, file.relation, "--input"), std::make_unique<RecordFile>(file.path)});
  }
  return inputs;
}

/// Up to `epoch_rows` records. An epoch is only shorter at the end of its input, so that the same files give the same
/// epochs, however slowly they come.
void gather_epoch(RecordFile& file, size_t epoch_rows, const std::atomic<bool>& stop,
                  std::vector<delta::RawRecord>& records) {
  records.clear();
  while (records.size() < epoch_rows && !file.reached_end() && !stop) {
    file.poll(records, epoch_rows - records.size(), kPollWait);
  }
}

}  // namespace

void replay(const engine::PipelineInfo& pipeline, const ReplayCommand& command, const std::atomic<bool>& stop) {
  check_settings(pipeline, command.settings);
  std::vector<ReplayInput> inputs = open_inputs(pipeline, command.inputs);
  Session session(pipeline, command.workers, engine::ErrorTime::kNull, command.print);

  for (size_t i = 0; i < pipeline.statements.size() && !stop; ++i) {
    session.engine().execute(i);
    session.after_epoch();
  }
  std::map<size_t, int64_t> next_offsets;
  std::vector<delta::RawRecord> records;
  for (ReplayInput& input : inputs) {
    int64_t& next_offset = next_offsets[input.input];
    input.file->set_next_offset(next_offset);  // The files of a relation read as one.
    while (!stop) {
      gather_epoch(*input.file, command.epoch_rows, stop, records);
      if (records.empty()) break;
      const engine::InputBatch batch = {input.input, records};
      session.engine().run_epoch({&batch, 1});
      session.after_epoch();
      input.file->release();
    }
    next_offset = input.file->next_offset();
    input.file.reset();
  }
  if (stop) spdlog::warn("interrupted: not all inputs were read to their end");
  session.finish();
}

}  // namespace sqlmill::rt::main
