// What checkpoints ask of the engine, and what is made anew from them.
#include <algorithm>
#include <utility>

#include "runtime/engine/engine.h"

namespace sqlmill::rt::engine {

void Engine::on_all_workers(const std::function<void(size_t)>& task) {
  task_ = &task;
  barrier_.arrive_and_wait(between_epochs_);
  run_shares_or_die(0);
  barrier_.arrive_and_wait(within_epochs_);
  task_ = nullptr;
}

void Engine::note_touched() {
  for (Worker& worker : workers_) worker.dataflow->note_touched();
}

void Engine::save(std::span<state::ChangedEntries> changed) {
  on_all_workers([&](size_t worker) { workers_[worker].dataflow->save(changed[worker]); });
}

void Engine::load(state::StoredEntries& stored, std::span<const uint32_t> tables, uint64_t epochs,
                  const std::vector<bool>& missing) {
  // One after the other: the first one reads what all share.
  for (size_t i = 0; i < workers_.size(); ++i) {
    base::Arena arena;
    sql::Context context(arena);
    state::Loading loading(stored, static_cast<uint16_t>(i), tables, context, missing);
    workers_[i].dataflow->load(loading);
    workers_[i].dataflow->pins().resume();
  }
  epochs_ = epochs;
  if (std::find(missing.begin(), missing.end(), true) == missing.end()) return;
  ignored_.states = missing;
  ignored_.states.flip();
  // What shows something that is missing.
  ignored_.outputs.assign(pipeline_.outputs.size(), true);
  for (const OutputOrigin& origin : pipeline_.output_origins) {
    if (origin.kind == StateOrigin::Kind::kState && missing[origin.from])
      ignored_.outputs[origin.output] = false;
  }
  ignore(ignored_);
}

void Engine::ignore(const Ignored& what) {
  for (Worker& worker : workers_) worker.dataflow->ignore(what);
}

void Engine::announce(size_t state) {
  for (Worker& worker : workers_) worker.dataflow->announce(state);
}

void Engine::rebuild_beside(const std::vector<bool>& unfinished, std::shared_ptr<Rebuilding> rebuilding) {
  ignored_.states = unfinished;
  for (size_t i = 0; i < ignored_.outputs.size(); ++i) ignored_.outputs[i] = rebuilding->has(i);
  ignored_beside_ = ignored_;
  ignored_beside_.states.flip();
  ignored_beside_.outputs.flip();
  ignore(ignored_);
  const std::lock_guard lock(rebuilding_mutex_);
  rebuilding_ = std::move(rebuilding);
}

void Engine::run_beside(std::span<const InputBatch> batches, bool is_told) {
  ignore(ignored_beside_);
  are_records_told_ = is_told;
  begin_batches(batches);
  run_workers();
  are_records_told_ = false;
  ignore(ignored_);
}

void Engine::rebuilt() {
  ignore({std::vector<bool>(pipeline_.states.size()), std::vector<bool>(pipeline_.outputs.size())});
  const std::lock_guard lock(rebuilding_mutex_);
  rebuilding_ = nullptr;
}

std::shared_ptr<Rebuilding> Engine::rebuilding() const {
  const std::lock_guard lock(rebuilding_mutex_);
  return rebuilding_;
}

}  // namespace sqlmill::rt::engine
