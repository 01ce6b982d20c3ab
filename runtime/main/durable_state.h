// A pipeline's state directory (runtime/checkpoint) at work: what it holds is read at the start, and written
// behind epochs, now and then and whenever a statement waits for it.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "runtime/checkpoint/checkpoint_store.h"
#include "runtime/checkpoint/checkpoint_writer.h"
#include "runtime/checkpoint/plan.h"
#include "runtime/engine/engine.h"
#include "runtime/engine/source_poller.h"
#include "runtime/main/sink_writer.h"

namespace sqlmill::rt::main {

class DurableState {
 public:
  /// The directory outlives it. `allows_loss`: of tables' rows, where the tables have changed. Throws
  /// UserError if the directory is not this pipeline's. `work`: who writes checkpoints; if it is the caller,
  /// he calls write_now().
  DurableState(const engine::PipelineInfo& pipeline, engine::Engine& engine,
               checkpoint::CheckpointStore& directory, std::chrono::milliseconds interval, bool allows_loss,
               checkpoint::Work work = checkpoint::Work::kOwnThread);
  ~DurableState();
  DurableState(const DurableState&) = delete;
  DurableState& operator=(const DurableState&) = delete;

  /// The pipeline has run before, and goes on.
  bool resumes() const { return resumes_; }
  /// Where an input goes on; empty: at its start.
  engine::Offsets start_of(std::string_view input) const;
  /// Where it began, of the partitions that it has been read from.
  engine::Offsets begins_of(std::string_view input) const;
  /// Which states are kept.
  const checkpoint::Plan& plan() const { return plan_; }
  /// Behind which positions the changes of a sink's relation, which is being made anew, are to be written.
  const checkpoint::Positions& owed_since(size_t sink) const;
  /// What was made anew beside the rest is whole: the next checkpoint, which is due now, has it.
  void add_unfinished();
  /// What is made of these records is in the next checkpoint.
  void note_begins(std::span<const engine::InputBatch> batches);
  /// Before the first epoch: reads the state of earlier runs. From then on changes are noted.
  void load();
  /// What was written by sinks and is not known to have arrived is written again. From now on tend() knows
  /// sources and sinks.
  void begin(engine::SourcePoller& poller, std::span<const std::unique_ptr<SinkWriter>> sinks);

  /// Between epochs, when what the sources gave has been released: makes a checkpoint if it is time for one.
  void tend();
  void write_now() { writer_->step(); }
  /// A checkpoint is begun as soon as its changes are likely to have so many bytes, before it is time for
  /// one.
  void limit_bytes(size_t most) { most_bytes_ = most; }
  /// It would be, but the one before is still being written: nothing more is to be read from sources.
  bool is_behind() const { return is_large() && writer_->is_busy(); }
  /// Of the directory and its copies, for ever.
  const std::string& identity() const { return metadata_.identity; }
  engine::StateProgress progress() const;
  /// What a sink is called for ever, and the number of the first message that it will be given.
  std::string identity_of(size_t sink) const;
  uint64_t first_message_of(size_t sink) const { return outboxes_[sink].base; }
  /// Where sources are now. After begin().
  checkpoint::Positions positions() const;
  /// Waits until no statement and no sink waits for a checkpoint any more; statements that still do have
  /// failed. Somebody who asked to stop is not kept waiting for long.
  void release_held(const std::stop_token& stop);
  /// At the end: the last checkpoint, with all there is. Throws engine::Fault if it cannot be written in
  /// time.
  void finish(const std::stop_token& stop);

 private:
  using Clock = std::chrono::steady_clock;
  /// Of a sink: the messages that the newest checkpoint holds, numbered through all runs.
  struct Outbox {
    uint64_t begin = 0;
    uint64_t end = 0;
    uint64_t base = 0;                      // The number of the sink's first message in this run.
    uint64_t captured = 0;                  // The end, in the checkpoint that was captured last.
    std::vector<engine::SinkMessage> left;  // By earlier runs.
  };

  /// Until the writer is not busy. False: it still is, long after `stop` was requested.
  bool wait(const std::stop_token& stop);
  void choose_tables(bool allows_loss);
  uint32_t add_table(std::string name, std::string fingerprint);
  void drop_tables();
  void load_outbox(size_t sink);
  void release_sinks();
  bool is_large() const;
  bool has_changed(const checkpoint::Positions& positions) const;
  void note_owed();
  void capture(checkpoint::Positions positions);
  void save_outbox(size_t sink, state::ChangedEntries& entries);

  const engine::PipelineInfo& pipeline_;
  engine::Engine& engine_;
  const std::chrono::milliseconds interval_;
  const checkpoint::Work work_;
  checkpoint::CheckpointStore& directory_;
  checkpoint::Plan plan_;  // If it resumes.
  bool resumes_ = false;
  checkpoint::Metadata metadata_;  // Of the checkpoint that was captured last.
  std::vector<bool> unsaved_;  // By PipelineInfo::states: not finished. Their tables are not in metadata_.
  std::vector<uint32_t> dropped_;  // Tables whose entries go with the first checkpoint.
  std::vector<uint32_t> tables_;   // Of the states, then of the sinks' outboxes.
  std::vector<Outbox> outboxes_;
  std::vector<std::vector<bool>> noted_begins_;  // By input and partition: metadata_.begins has it.
  engine::SourcePoller* poller_ = nullptr;
  std::span<const std::unique_ptr<SinkWriter>> sinks_;
  std::vector<engine::WriteEnd> held_;  // Statements that wait for the next checkpoint.
  Clock::time_point next_;
  std::optional<Clock::time_point> deadline_;  // Of the last checkpoint.
  std::chrono::nanoseconds longest_pause_{0};
  bool has_captured_ = false;                           // In this run.
  size_t most_bytes_ = 0;                               // Of a checkpoint's changes, about; 0: any.
  uint64_t captured_records_ = 0;                       // So many came before it.
  size_t bytes_per_record_ = 256;                       // As there were last time.
  std::optional<checkpoint::CheckpointWriter> writer_;  // Last: ends before the rest goes.
};

}  // namespace sqlmill::rt::main
