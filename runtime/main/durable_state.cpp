#include "runtime/main/durable_state.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

#include "runtime/checkpoint/kill_point.h"
#include "runtime/engine/fault.h"
#include "runtime/main/summary.h"
#include "runtime/main/user_error.h"

namespace sqlmill::rt::main {

namespace {

using checkpoint::KillPoint;

constexpr std::chrono::seconds kLastCheckpoint(30);
constexpr std::string_view kOutboxLayout = "outbox 1";

std::string outbox_name(const engine::SinkInfo& sink) {
  return fmt::format("what {} has still to write", sink.name);
}

std::string list(const std::vector<std::string>& names) {
  return fmt::format("{}", fmt::join(names, ", "));
}

double milliseconds(std::chrono::nanoseconds time) {
  return static_cast<double>(time.count()) / 1e6;
}

}  // namespace

DurableState::DurableState(const engine::PipelineInfo& pipeline, engine::Engine& engine,
                           const std::string& directory, std::chrono::milliseconds interval)
    : pipeline_(pipeline),
      engine_(engine),
      interval_(interval),
      directory_(directory, checkpoint::Access::kRun),
      outboxes_(pipeline.sinks.size()),
      next_(Clock::now() + interval) {
  resumes_ = directory_.found().has_value();
  if (resumes_) metadata_ = *directory_.found();
  choose_tables();
  metadata_.pipeline = pipeline.name;
  metadata_.version = pipeline.version;
  metadata_.workers = static_cast<uint32_t>(engine.workers());
  ++metadata_.incarnation;
}

void DurableState::choose_tables() {
  const auto add = [&](std::string name, std::string fingerprint) {
    metadata_.tables.push_back({metadata_.next_table, std::move(name), std::move(fingerprint)});
    return metadata_.next_table++;
  };
  if (resumes_) {
    const checkpoint::Metadata& found = *directory_.found();
    if (found.workers != engine_.workers()) {
      throw UserError(fmt::format("the state in {} is that of {} workers: run it with --workers {}",
                                  directory_.path(), found.workers, found.workers));
    }
    const checkpoint::Plan plan = checkpoint::plan(found, pipeline_);
    if (!plan.missing.empty()) {
      throw UserError(
          fmt::format("the state in {} is of another version of the pipeline, which has no state for: {}. "
                      "`state plan` shows what has changed. Nothing was touched; with another, empty "
                      "directory the pipeline begins anew",
                      directory_.path(), list(plan.missing)));
    }
    tables_ = plan.table_of_state;
    for (const checkpoint::StateTable& table : plan.dropped) {
      const auto is_outbox = [&](const engine::SinkInfo& sink) {
        return outbox_name(sink) == table.name && table.fingerprint == kOutboxLayout;
      };
      if (std::any_of(pipeline_.sinks.begin(), pipeline_.sinks.end(), is_outbox)) continue;
      spdlog::info("state of {} is dropped: the pipeline has it no more", table.name);
      dropped_.push_back(table.number);
      std::erase_if(metadata_.tables, [&](const auto& known) { return known.number == table.number; });
    }
  } else {
    for (const engine::StateInfo& state : pipeline_.states)
      tables_.push_back(add(std::string(state.name), std::string(state.fingerprint)));
  }
  for (const engine::SinkInfo& sink : pipeline_.sinks) {
    const auto known = std::find_if(metadata_.tables.begin(), metadata_.tables.end(), [&](const auto& table) {
      return table.name == outbox_name(sink) && table.fingerprint == kOutboxLayout;
    });
    tables_.push_back(known != metadata_.tables.end() ? known->number
                                                      : add(outbox_name(sink), std::string(kOutboxLayout)));
    const std::string name(sink.name);
    if (std::find(metadata_.sinks.begin(), metadata_.sinks.end(), name) != metadata_.sinks.end()) continue;
    if (resumes_) spdlog::warn("{} is a new sink: it gets what changes from now on", name);
    metadata_.sinks.push_back(name);
  }
}

engine::Offsets DurableState::start_of(std::string_view input) const {
  const auto at = metadata_.positions.find(input);
  return resumes_ && at != metadata_.positions.end() ? at->second : engine::Offsets();
}

void DurableState::load() {
  engine_.note_touched();
  if (resumes_) {
    const auto begin = Clock::now();
    try {
      engine_.load(*directory_.entries(), tables_, metadata_.epochs);
    } catch (const state::Damaged& damage) {
      throw engine::Fault(
          fmt::format("the state in {} cannot be read: {}", directory_.path(), damage.what()));
    }
    checkpoint::pass(KillPoint::state_loaded);
    uint64_t records = 0;
    for (const engine::OperatorCounters& counters : engine_.counters()) records += counters.records;
    spdlog::info("checkpoint {} of {}: {} records in {:.1f} s", metadata_.number, directory_.path(),
                 grouped(records), std::chrono::duration<double>(Clock::now() - begin).count());
  }
  writer_.emplace(directory_, [this] { engine_.readers().signal(); });
  engine_.hold_writes([this](engine::WriteEnd end) { held_.push_back(std::move(end)); });
}

void DurableState::begin(engine::SourcePoller& poller, std::span<const std::unique_ptr<SinkWriter>> sinks) {
  poller_ = &poller;
  sinks_ = sinks;
  if (!resumes_) return;
  for (size_t i = 0; i < sinks.size(); ++i) load_outbox(i);
  // So that no later run has this one's incarnation, whatever becomes of this one.
  capture(positions());
}

void DurableState::load_outbox(size_t sink) {
  base::Arena arena;
  sql::Context context(arena);
  base::Heap heap;
  const std::unique_ptr<state::StoredEntries> stored = directory_.entries();
  state::Loading loading(*stored, 0, tables_, context);
  loading.begin(static_cast<uint32_t>(pipeline_.states.size() + sink));
  Outbox& outbox = outboxes_[sink];
  std::vector<engine::SinkMessage> messages;
  loading.next_part(heap, [&](uint64_t number, state::Decoder& decoder) {
    sql::Nullable<sql::Text> key;
    sql::Nullable<sql::Text> value;
    decoder(key, value);
    engine::SinkMessage& message = messages.emplace_back();
    if (key.has_value()) message.key = key.value().view();
    if (value.has_value()) message.value = value.value().view();
    if (outbox.end == 0) outbox.begin = number;
    outbox.end = number + 1;
  });
  outbox.base = outbox.end;
  if (messages.empty()) return;
  spdlog::info("{}: {} messages that may not have arrived are written again", pipeline_.sinks[sink].name,
               grouped(messages.size()));
  sinks_[sink]->sink().write(messages);
}

checkpoint::Positions DurableState::positions() const {
  // Inputs that are not read in this run stay where they were.
  checkpoint::Positions positions = metadata_.positions;
  poller_->visit_offsets([&](size_t input, const engine::Offsets& offsets) {
    for (const auto& [partition, offset] : offsets)
      positions[std::string(pipeline_.inputs[input].name)][partition] = offset;
  });
  return positions;
}

bool DurableState::has_changed(const checkpoint::Positions& positions) const {
  if (metadata_.number == 0 || engine_.epochs() != metadata_.epochs || positions != metadata_.positions)
    return true;
  for (size_t i = 0; i < sinks_.size(); ++i) {
    const Outbox& outbox = outboxes_[i];
    if (outbox.begin < std::min(outbox.end, outbox.base + sinks_[i]->sink().safe_messages())) return true;
  }
  return false;
}

void DurableState::tend() {
  if (writer_->is_busy()) return;
  if (held_.empty() && Clock::now() < next_) return;
  checkpoint::Positions now = positions();
  next_ = Clock::now() + interval_;
  if (held_.empty() && !has_changed(now)) return;
  capture(std::move(now));
}

void DurableState::capture(checkpoint::Positions positions) {
  const auto begin = Clock::now();
  checkpoint::Capture capture;
  for (size_t i = 0; i < engine_.workers(); ++i) {
    capture.changed.emplace_back(static_cast<uint16_t>(i), tables_);
    capture.changed.back().reserve(expected_bytes_);
  }
  engine_.save(capture.changed);
  expected_bytes_ = 0;
  for (const state::ChangedEntries& share : capture.changed)
    expected_bytes_ = std::max(expected_bytes_, share.bytes() + share.bytes() / 4);
  for (size_t i = 0; i < sinks_.size(); ++i) save_outbox(i, capture.changed[0]);
  ++metadata_.number;
  metadata_.epochs = engine_.epochs();
  metadata_.positions = std::move(positions);
  capture.metadata = metadata_;
  capture.dropped = std::exchange(dropped_, {});
  capture.held = std::exchange(held_, {});
  checkpoint::pass(KillPoint::changes_captured);
  longest_pause_ = std::max<std::chrono::nanoseconds>(longest_pause_, Clock::now() - begin);
  writer_->write(std::move(capture));
}

void DurableState::save_outbox(size_t sink, state::ChangedEntries& entries) {
  Outbox& outbox = outboxes_[sink];
  const engine::Sink& messages = sinks_[sink]->sink();
  entries.begin(static_cast<uint32_t>(pipeline_.states.size() + sink));
  entries.next_part();
  // What was read from the directory has been written anew, and has new numbers.
  const uint64_t safe = outbox.base + messages.safe_messages();
  for (; outbox.begin < std::min(safe, outbox.end); ++outbox.begin) entries.remove(outbox.begin);
  outbox.end = std::max(outbox.end, safe);
  outbox.begin = std::max(outbox.begin, std::min(safe, outbox.end));
  messages.visit_unsafe(outbox.end - outbox.base, [&](uint64_t number, const engine::SinkMessage& message) {
    const auto text = [](const std::optional<std::string>& bytes) {
      return bytes ? sql::Nullable<sql::Text>(sql::Text(*bytes)) : sql::Nullable<sql::Text>();
    };
    entries.put(outbox.base + number, text(message.key), text(message.value));
    outbox.end = outbox.base + number + 1;
  });
}

DurableState::~DurableState() {
  engine_.hold_writes(nullptr);
  checkpoint::fail(held_);
}

bool DurableState::wait(Clock::time_point deadline) {
  return writer_->wait(std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()));
}

void DurableState::release_held() {
  const auto deadline = Clock::now() + kLastCheckpoint;
  bool is_done = wait(deadline);
  if (is_done && !held_.empty()) {
    capture(positions());
    is_done = wait(deadline);
  }
  checkpoint::fail(held_);
  if (!is_done) writer_.reset();
}

void DurableState::finish() {
  const auto deadline = Clock::now() + kLastCheckpoint;
  checkpoint::pass(KillPoint::last_checkpoint);
  bool is_done = writer_ && wait(deadline);
  if (is_done) {
    checkpoint::Positions now = positions();
    if (has_changed(now)) capture(std::move(now));
    is_done = wait(deadline);
  }
  if (!is_done) {
    throw engine::Fault(fmt::format("the last checkpoint could not be written to {} in {} s",
                                    directory_.path(), kLastCheckpoint.count()));
  }
  const checkpoint::Written written = writer_->written();
  spdlog::info(
      "state in {}: {} checkpoints, {} entries, {} bytes; an epoch waited {:.1f} ms at most, a "
      "checkpoint took {:.1f} ms at most",
      directory_.path(), grouped(written.checkpoints), grouped(written.entries), grouped(written.bytes),
      milliseconds(longest_pause_), milliseconds(written.longest));
}

}  // namespace sqlmill::rt::main
