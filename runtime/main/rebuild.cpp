#include "runtime/main/rebuild.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <chrono>

#include "runtime/engine/fault.h"
#include "runtime/engine/source_poller.h"
#include "runtime/main/summary.h"
#include "runtime/main/user_error.h"

namespace sqlmill::rt::main {

namespace {

using engine::RawRecord;
using std::chrono::steady_clock;

constexpr engine::Bounds kEpochBounds = {16'384, 16 << 20};
constexpr std::chrono::milliseconds kIdleWait(100);

/// Inputs that are read again, up to the checkpoint's positions.
class Replay {
 public:
  Replay(const engine::PipelineInfo& pipeline, const DurableState& durable,
         std::span<const ConnectedInput> inputs, bool allows_partial)
      : ends_(pipeline.inputs.size()), poller_(true) {
    for (const size_t index : durable.plan().replayed) {
      if (durable.plan().is_beside(index)) continue;
      const std::string_view name = pipeline.inputs[index].name;
      ends_[index] = durable.start_of(name);
      connectors::ResolvedInput resolved = connected(pipeline, inputs, index).resolved;
      resolved.start_offsets = durable.begins_of(name);
      resolved.fails_on_data_loss = !allows_partial;
      poller_.add(index, connectors::open_source(resolved));
      is_needed_ = true;
    }
  }

  /// False: it was stopped.
  bool run(engine::Engine& engine, const std::stop_token& stop) {
    while (is_needed_ && !is_complete()) {
      if (stop.stop_requested()) return false;
      const std::span<const engine::InputBatch> batches = poller_.poll(kEpochBounds, kIdleWait);
      if (!batches.empty()) engine.run_epoch(before_checkpoint(batches));
      poller_.release();
    }
    return true;
  }

 private:
  bool is_complete() const {
    if (poller_.reached_end()) return true;
    bool is_complete = true;
    poller_.visit_offsets([&](size_t input, const engine::Offsets& offsets) {
      for (const auto& [partition, end] : ends_[input]) {
        const auto at = offsets.find(partition);
        is_complete &= at != offsets.end() && at->second >= end;
      }
    });
    return is_complete;
  }

  std::span<const engine::InputBatch> before_checkpoint(std::span<const engine::InputBatch> batches) {
    records_.resize(std::max(records_.size(), batches.size()));
    batches_.clear();
    for (size_t i = 0; i < batches.size(); ++i) {
      const engine::Offsets& ends = ends_[batches[i].input];
      records_[i].clear();
      for (const RawRecord& record : batches[i].records) {
        const auto end = ends.find(record.partition);
        if (end != ends.end() && record.offset < end->second) records_[i].push_back(record);
      }
      batches_.push_back({batches[i].input, records_[i]});
    }
    return batches_;
  }

  std::vector<engine::Offsets> ends_;  // By input.
  engine::SourcePoller poller_;
  bool is_needed_ = false;
  std::vector<std::vector<RawRecord>> records_;
  std::vector<engine::InputBatch> batches_;
};

/// Statements of the file for tables that are new.
void run_statements(const engine::PipelineInfo& pipeline, engine::Engine& engine,
                    const checkpoint::Plan& plan) {
  for (size_t i = 0; i < pipeline.statements.size(); ++i) {
    const std::string_view table = pipeline.inputs[pipeline.statements[i].input].name;
    const bool is_new = std::any_of(
        pipeline.state_origins.begin(), pipeline.state_origins.end(), [&](const engine::StateOrigin& origin) {
          return origin.kind == engine::StateOrigin::Kind::kInput && plan.missing[origin.state] &&
                 origin.from == pipeline.statements[i].input && pipeline.states[origin.state].name == table;
        });
    if (is_new) engine.execute(i);
  }
}

}  // namespace

const ConnectedInput& connected(const engine::PipelineInfo& pipeline, std::span<const ConnectedInput> inputs,
                                size_t input) {
  const auto found = std::find_if(inputs.begin(), inputs.end(),
                                  [&](const ConnectedInput& one) { return one.input == input; });
  if (found != inputs.end()) return *found;
  throw UserError(
      fmt::format("{} has no connector now, and is needed from its beginning", pipeline.inputs[input].name));
}

void refuse_partial(const engine::Fault& fault) {
  throw UserError(
      fmt::format("{}. What is new or changed cannot be made from its sources, and nothing was changed; "
                  "--allow-partial-rebuild makes it from what is left",
                  fault.what()));
}

bool rebuild(const engine::PipelineInfo& pipeline, engine::Engine& engine, const DurableState& durable,
             std::span<const ConnectedInput> inputs, bool allows_partial, const std::stop_token& stop) {
  const checkpoint::Plan& plan = durable.plan();
  const auto begin = steady_clock::now();
  const uint64_t records = engine.records();
  for (size_t state = 0; state < plan.missing.size(); ++state) {
    if (plan.missing[state])
      spdlog::info("made anew{}: {}", plan.unfinished[state] ? "" : " before anything is served",
                   rebuilding(plan, pipeline, state));
  }
  try {
    Replay replay(pipeline, durable, inputs, allows_partial);
    engine.run_epoch({});  // Rows that are there from the first epoch on, of aggregates without GROUP BY.
    for (const size_t state : plan.announced) engine.announce(state);
    engine.run_epoch({});
    run_statements(pipeline, engine, plan);
    if (!replay.run(engine, stop)) return false;
  } catch (const engine::Fault& fault) {
    refuse_partial(fault);
  }
  engine.rebuilt();
  if (plan.unfinished == plan.missing) return true;
  spdlog::info("made anew in {:.1f} s, from {} records of sources",
               std::chrono::duration<double>(steady_clock::now() - begin).count(),
               grouped(engine.records() - records));
  return true;
}

}  // namespace sqlmill::rt::main
