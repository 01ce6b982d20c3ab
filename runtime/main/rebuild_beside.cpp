#include "runtime/main/rebuild_beside.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <numeric>
#include <utility>

#include "runtime/base/kill_point.h"
#include "runtime/engine/fault.h"
#include "runtime/main/summary.h"
#include "runtime/main/user_error.h"

namespace sqlmill::rt::main {

namespace {

using base::KillPoint;
using engine::Offsets;
using engine::RawRecord;
using std::chrono::milliseconds;

/// An event of the rest waits for a slice, and a query for one with each of its steps.
constexpr milliseconds kSlice(2);
constexpr engine::Bounds kFirstSlice = {1'024, 4 << 20};
constexpr size_t kMostRecords = 16'384;
/// So few are read to the end while the rest waits, for so long at most, and so often.
constexpr uint64_t kLastRecords = 4'096;
constexpr milliseconds kLastWait(20);
constexpr milliseconds kBetweenTries(250);
constexpr milliseconds kPoll(1);
constexpr milliseconds kOpening(100);
/// A file that has grown behind its end is opened again.
constexpr std::chrono::seconds kStalled(1);
constexpr std::chrono::seconds kTellInterval(5);

const Offsets* find(const checkpoint::Positions& positions, std::string_view input) {
  const auto at = positions.find(input);
  return at == positions.end() ? nullptr : &at->second;
}

int64_t sum(const checkpoint::Positions& positions) {
  int64_t sum = 0;
  for (const auto& [input, offsets] : positions) {
    for (const auto& [partition, offset] : offsets) sum += offset;
  }
  return sum;
}

std::vector<ConnectedInput> read_again(const engine::PipelineInfo& pipeline, const checkpoint::Plan& plan,
                                       std::span<const ConnectedInput> inputs) {
  std::vector<ConnectedInput> again;
  for (const size_t index : plan.beside) again.push_back(connected(pipeline, inputs, index));
  // It is not to take as long as the first time.
  for (ConnectedInput& input : again) {
    if (input.resolved.options.connector == "datagen")
      input.resolved.options.values["datagen.rows.per.second"] = "0";
  }
  return again;
}

}  // namespace

RebuildBeside::RebuildBeside(Session& session, DurableState& durable, std::span<const ConnectedInput> inputs,
                             bool allows_partial, const std::stop_token& stop)
    : session_(session),
      pipeline_(session.pipeline()),
      durable_(durable),
      inputs_(read_again(pipeline_, durable.plan(), inputs)),
      allows_partial_(allows_partial),
      bounds_(kFirstSlice) {
  std::vector<std::string_view> names;
  for (const ConnectedInput& input : inputs_) {
    names.push_back(pipeline_.inputs[input.input].name);
    begins_.push_back(durable.begins_of(names.back()));
  }
  done_ = begins_;
  rebuilding_ = std::make_shared<engine::Rebuilding>(durable.plan().hidden, names);
  choose_cuts();
  checkpoint::Positions begin;
  for (size_t i = 0; i < inputs_.size(); ++i) begin[std::string(names[i])] = begins_[i];
  try {
    open_at(begin);
    while (!stop.stop_requested() && !knows_its_sources()) poll(kOpening);
  } catch (const engine::Fault& fault) {
    refuse_partial(fault);
  }
}

void RebuildBeside::choose_cuts() {
  checkpoint::Positions now;
  for (const ConnectedInput& input : inputs_) {
    const std::string_view name = pipeline_.inputs[input.input].name;
    now[std::string(name)] = durable_.start_of(name);
  }
  for (size_t i = 0; i < pipeline_.sinks.size(); ++i) {
    if (!durable_.plan().hidden[pipeline_.sinks[i].output]) continue;
    checkpoint::Positions owed;
    for (const auto& [name, offsets] : durable_.owed_since(i)) {
      if (now.contains(name)) owed[name] = offsets;
    }
    cuts_.push_back(std::move(owed));
  }
  cuts_.push_back(std::move(now));
  // Positions of checkpoints of one directory: each is ahead of the one before in all partitions.
  std::sort(cuts_.begin(), cuts_.end(), [](const auto& a, const auto& b) { return sum(a) < sum(b); });
  cuts_.erase(std::unique(cuts_.begin(), cuts_.end()), cuts_.end());
}

void RebuildBeside::open_at(const checkpoint::Positions& positions) {
  rest_.clear();
  read_.clear();
  if (poller_) {
    if (closing_.valid()) closing_.wait();
    closing_ = std::async(
        std::launch::async,
        [old = std::make_shared<engine::SourcePoller>(std::move(*poller_))]() mutable { old.reset(); });
  }
  poller_.emplace(false);
  for (const ConnectedInput& input : inputs_) {
    connectors::ResolvedInput resolved = input.resolved;
    const Offsets* offsets = find(positions, pipeline_.inputs[input.input].name);
    if (offsets != nullptr) resolved.start_offsets = *offsets;
    resolved.fails_on_data_loss = !allows_partial_;
    poller_->add(input.input, connectors::open_source(resolved));
  }
  last_progress_ = Clock::now();
}

bool RebuildBeside::knows_its_sources() const {
  bool knows = true;
  size_t i = 0;
  poller_->visit_offsets([&](size_t, const Offsets& offsets) {
    for (const auto& [partition, begin] : begins_[i]) knows &= offsets.contains(partition);
    ++i;
  });
  return knows;
}

void RebuildBeside::poll(milliseconds wait) {
  // All since the last release.
  for (const engine::InputBatch& batch : poller_->poll(bounds_, wait)) {
    size_t& known = read_[batch.input];
    const auto fresh = batch.records.subspan(known);
    known = batch.records.size();
    if (!fresh.empty()) rest_.push_back({batch.input, {fresh.begin(), fresh.end()}});
  }
}

void RebuildBeside::begin(std::span<const std::unique_ptr<SinkWriter>> sinks) {
  sinks_ = sinks;
  session_.engine().rebuild_beside(durable_.plan().unfinished, rebuilding_);
  for (size_t i = 0; i < sinks.size(); ++i) {
    if (rebuilding_->has(pipeline_.sinks[i].output)) sinks[i]->pause();
  }
  tell(durable_.positions());
}

std::vector<engine::InputBatch> RebuildBeside::below(const Limits& limits) {
  taken_.clear();
  std::vector<Rest> left;
  for (Rest& one : rest_) {
    const Offsets* ends = find(limits, pipeline_.inputs[one.input].name);
    Rest& taken = taken_.emplace_back(Rest{one.input, {}});
    Rest& beyond = left.emplace_back(Rest{one.input, {}});
    for (const RawRecord& record : one.records) {
      const auto end = ends == nullptr ? Offsets::const_iterator() : ends->find(record.partition);
      const bool is_below = ends != nullptr && end != ends->end() && record.offset < end->second;
      if (is_below || is_last_stage()) (is_below ? taken : beyond).records.push_back(record);
    }
  }
  std::erase_if(left, [](const Rest& one) { return one.records.empty(); });
  std::erase_if(taken_, [](const Rest& one) { return one.records.empty(); });
  rest_ = std::move(left);
  std::vector<engine::InputBatch> batches;
  for (const Rest& one : taken_) batches.push_back({one.input, one.records});
  return batches;
}

bool RebuildBeside::run_slice(const Limits& limits) {
  if (rest_.empty()) poll(milliseconds(0));
  return run_below(limits);
}

bool RebuildBeside::run_below(const Limits& limits) {
  const std::vector<engine::InputBatch> batches = below(limits);
  const auto begin = Clock::now();
  size_t records = 0;
  for (const engine::InputBatch& batch : batches) records += batch.records.size();
  if (records != 0) {
    session_.run_beside(batches, is_last_stage());
    base::pass(KillPoint::rebuild_slice);
    records_ += records;
    last_progress_ = Clock::now();
    const std::chrono::duration<double, std::milli> took = last_progress_ - begin;
    const double target = static_cast<double>(records) * kSlice.count() / std::max(took.count(), 0.01);
    // Towards what would have taken as long as it may, by a factor of 2 at most.
    const double next = std::clamp(target, static_cast<double>(bounds_.records) / 2,
                                   2 * static_cast<double>(bounds_.records));
    bounds_.records = std::clamp<size_t>(static_cast<size_t>(next), 64, kMostRecords);
  }
  if (rest_.empty()) {
    poller_->release();
    read_.clear();
  }
  note_done();
  return records != 0;
}

void RebuildBeside::note_done() {
  size_t i = 0;
  poller_->visit_offsets([&](size_t input, const Offsets& offsets) {
    for (const auto& [partition, next] : offsets) {
      int64_t behind = next;
      for (const Rest& one : rest_) {
        for (const RawRecord& record : one.records) {
          if (one.input == input && record.partition == partition) behind = std::min(behind, record.offset);
        }
      }
      int64_t& done = done_[i].try_emplace(partition, behind).first->second;
      done = std::max(done, behind);
    }
    ++i;
  });
}

uint64_t RebuildBeside::left_to(const Limits& limits) const {
  uint64_t left = 0;
  for (size_t i = 0; i < inputs_.size(); ++i) {
    const Offsets* ends = find(limits, pipeline_.inputs[inputs_[i].input].name);
    if (ends == nullptr) continue;
    for (const auto& [partition, end] : *ends) {
      const auto done = done_[i].find(partition);
      const int64_t at = done == done_[i].end() ? 0 : done->second;
      if (at < end) left += static_cast<uint64_t>(end - at);
    }
  }
  return left;
}

void RebuildBeside::reopen_if_stalled() {
  if (!rest_.empty() || !poller_->reached_end() || Clock::now() - last_progress_ < kStalled) return;
  checkpoint::Positions at;
  for (size_t i = 0; i < inputs_.size(); ++i)
    at[std::string(pipeline_.inputs[inputs_[i].input].name)] = done_[i];
  open_at(at);
}

void RebuildBeside::turn() {
  const checkpoint::Positions live = durable_.positions();
  const bool is_last = is_last_stage();
  const Limits& limits = is_last ? live : cuts_[stage_];
  is_busy_ = run_slice(limits);
  if (is_last) try_to_finish(limits);
  if (has_reached(limits)) return is_last ? finish() : end_stage();
  if (!is_busy_) reopen_if_stalled();
  tell(live);
}

void RebuildBeside::try_to_finish(const Limits& limits) {
  if (left_to(limits) > kLastRecords || Clock::now() < next_try_) return;
  const auto until = Clock::now() + kLastWait;
  while (!has_reached(limits) && Clock::now() < until) {
    poll(kPoll);
    run_below(limits);
  }
  next_try_ = Clock::now() + kBetweenTries;
}

void RebuildBeside::end_stage() {
  const checkpoint::Positions& cut = cuts_[stage_];
  for (size_t i = 0; i < sinks_.size(); ++i) {
    if (!rebuilding_->has(pipeline_.sinks[i].output)) continue;
    checkpoint::Positions owed;
    for (const auto& [name, offsets] : durable_.owed_since(i)) {
      if (cut.contains(name)) owed[name] = offsets;
    }
    if (owed == cut) sinks_[i]->hold();
  }
  ++stage_;
  is_busy_ = true;
  // What was read beyond it is read again.
  for (size_t i = 0; i < inputs_.size(); ++i) {
    const Offsets* offsets = find(cut, pipeline_.inputs[inputs_[i].input].name);
    done_[i] = offsets == nullptr ? Offsets() : *offsets;
  }
  open_at(cut);
}

void RebuildBeside::finish() {
  base::pass(KillPoint::rebuild_caught_up);
  session_.engine().rebuilt();
  for (size_t i = 0; i < sinks_.size(); ++i) {
    if (rebuilding_->has(pipeline_.sinks[i].output)) sinks_[i]->go_on();
  }
  durable_.add_unfinished();
  is_done_ = true;
  is_busy_ = false;
  rest_.clear();
  closing_ = std::async(
      std::launch::async,
      [old = std::make_shared<engine::SourcePoller>(std::move(*poller_))]() mutable { old.reset(); });
  poller_.reset();
  spdlog::info("made anew in {:.1f} s, from {} records of sources; all is served",
               std::chrono::duration<double>(Clock::now() - begun_).count(), grouped(records_));
}

void RebuildBeside::tell(const checkpoint::Positions& live) {
  const auto total = [](const Offsets& offsets, const Offsets& begins) {
    int64_t sum = 0;
    for (const auto& [partition, offset] : offsets) {
      const auto begin = begins.find(partition);
      sum += std::max<int64_t>(0, offset - (begin == begins.end() ? 0 : begin->second));
    }
    return static_cast<uint64_t>(sum);
  };
  for (size_t i = 0; i < inputs_.size(); ++i) {
    const Offsets* ends = find(live, pipeline_.inputs[inputs_[i].input].name);
    rebuilding_->sources()[i].done = total(done_[i], begins_[i]);
    if (ends != nullptr) rebuilding_->sources()[i].total = total(*ends, begins_[i]);
  }
  if (records_ == 0 || Clock::now() < next_tell_) return;
  spdlog::info("being made anew: {}", rebuilding_->progress());
  next_tell_ = Clock::now() + kTellInterval;
}

}  // namespace sqlmill::rt::main
