// What is made anew from sources while the rest is served. Its sources are read a second time, in order, by
// epochs that it alone takes (Engine::run_beside), a slice between two epochs of the rest; the rest goes
// ahead. When both are at the same place between two epochs, from then on each epoch is for all, and what was
// made is visible, written and sent at once.
#pragma once

#include <chrono>
#include <future>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <vector>

#include "runtime/engine/rebuilding.h"
#include "runtime/engine/source_poller.h"
#include "runtime/main/durable_state.h"
#include "runtime/main/rebuild.h"
#include "runtime/main/session.h"
#include "runtime/main/sink_writer.h"

namespace sqlmill::rt::main {

class RebuildBeside {
 public:
  /// Opens the sources a second time, and waits until they know that they have what is needed. `durable` has
  /// been loaded. Throws UserError if they do not have it, unless `allows_partial`.
  RebuildBeside(Session& session, DurableState& durable, std::span<const ConnectedInput> inputs,
                bool allows_partial, const std::stop_token& stop);

  /// From now on queries are refused what is not whole, and its sinks wait. Before the first event.
  void begin(std::span<const std::unique_ptr<SinkWriter>> sinks);
  bool is_done() const { return is_done_; }
  /// There is more to do at once.
  bool is_busy() const { return is_busy_; }
  /// What wakes those who wait for more; null: only the rest can give it something to do.
  const engine::SourcePoller* waits_for() const { return rest_.empty() ? &*poller_ : nullptr; }
  /// Between two epochs of the rest: a slice.
  void turn();

 private:
  using Clock = std::chrono::steady_clock;
  /// By the positions of `input`; those that it does not have are not read.
  using Limits = checkpoint::Positions;

  void choose_cuts();
  void open_at(const checkpoint::Positions& positions);
  void poll(std::chrono::milliseconds wait);
  bool knows_its_sources() const;
  /// Runs what is there below the limits. False: there was nothing.
  bool run_slice(const Limits& limits);
  bool run_below(const Limits& limits);
  /// While the rest stands still.
  void try_to_finish(const Limits& limits);
  /// What is beyond stays in rest_, unless the sources are to be read from there again.
  std::vector<engine::InputBatch> below(const Limits& limits);
  void note_done();
  /// Messages up to the limits, as far as is known.
  uint64_t left_to(const Limits& limits) const;
  bool has_reached(const Limits& limits) const { return left_to(limits) == 0; }
  bool is_last_stage() const { return stage_ == cuts_.size(); }
  void reopen_if_stalled();
  void end_stage();
  void finish();
  void tell(const checkpoint::Positions& live);

  Session& session_;
  const engine::PipelineInfo& pipeline_;
  DurableState& durable_;
  const std::vector<ConnectedInput> inputs_;  // That are read again.
  const bool allows_partial_;
  std::span<const std::unique_ptr<SinkWriter>> sinks_;
  std::shared_ptr<engine::Rebuilding> rebuilding_;
  /// Where sinks begin to owe something, and at last where the checkpoint is: first all before one is read,
  /// then what is behind it. Behind the last one it is the rest that is caught up with.
  std::vector<checkpoint::Positions> cuts_;
  size_t stage_ = 0;
  std::optional<engine::SourcePoller> poller_;
  std::future<void> closing_;  // Sources take a while to be closed.
  struct Rest {
    size_t input;
    std::vector<engine::RawRecord> records;
  };
  std::vector<Rest> rest_;               // Read, and not run yet.
  std::map<size_t, size_t> read_;        // By input: records since the last release.
  std::vector<Rest> taken_;              // Of the epoch that runs.
  std::vector<engine::Offsets> begins_;  // By inputs_.
  std::vector<engine::Offsets> done_;    // By inputs_: behind what was run.
  engine::Bounds bounds_;                // Of a slice.
  bool is_busy_ = true;
  bool is_done_ = false;
  uint64_t records_ = 0;
  const Clock::time_point begun_ = Clock::now();
  Clock::time_point next_try_;
  Clock::time_point next_tell_;
  Clock::time_point last_progress_ = Clock::now();
};

}  // namespace sqlmill::rt::main
