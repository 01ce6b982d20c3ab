#include "runtime/main/durable_state.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <random>
#include <utility>

#include "runtime/base/kill_point.h"
#include "runtime/engine/fault.h"
#include "runtime/main/summary.h"
#include "runtime/main/user_error.h"

namespace sqlmill::rt::main {

namespace {

using base::KillPoint;

/// From when it was asked to stop.
constexpr std::chrono::seconds kLastCheckpoint(30);
constexpr std::chrono::milliseconds kStopPause(100);
/// Fewer say little of how many bytes a record changes.
constexpr uint64_t kTellingRecords = 1'000;
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
                           checkpoint::CheckpointStore& directory, std::chrono::milliseconds interval,
                           bool allows_loss, checkpoint::Work work)
    : pipeline_(pipeline),
      engine_(engine),
      interval_(interval),
      work_(work),
      directory_(directory),
      outboxes_(pipeline.sinks.size()),
      noted_begins_(pipeline.inputs.size()),
      next_(Clock::now() + interval) {
  resumes_ = directory_.found().has_value();
  if (resumes_) metadata_ = *directory_.found();
  choose_tables(allows_loss);
  metadata_.pipeline = pipeline.name;
  metadata_.version = pipeline.version;
  metadata_.workers = static_cast<uint32_t>(engine.workers());
  ++metadata_.incarnation;
  if (metadata_.identity.empty()) {
    // Of format 1, which did not say where reading began: at the beginning, as far as is known.
    metadata_.begins = metadata_.positions;
    for (auto& [input, offsets] : metadata_.begins) {
      for (auto& [partition, offset] : offsets) offset = 0;
    }
    metadata_.identity = fmt::format("{:08x}{:08x}", std::random_device()(), std::random_device()());
  }
  for (size_t i = 0; resumes_ && i < pipeline.sinks.size(); ++i) load_outbox(i);
}

uint32_t DurableState::add_table(std::string name, std::string fingerprint) {
  metadata_.tables.push_back({metadata_.next_table, std::move(name), std::move(fingerprint)});
  return metadata_.next_table++;
}

void DurableState::choose_tables(bool allows_loss) {
  tables_.resize(pipeline_.states.size());
  if (resumes_) {
    plan_ = checkpoint::plan(metadata_, pipeline_);
    std::vector<std::string> lost;
    for (const size_t state : plan_.lost) lost.emplace_back(pipeline_.states[state].name);
    if (!lost.empty() && !allows_loss) {
      throw UserError(
          fmt::format("the state in {} has other columns of {}, whose rows are nowhere else. Nothing was "
                      "touched. With --allow-partial-rebuild they begin empty",
                      directory_.path(), list(lost)));
    }
    tables_ = plan_.table_of_state;
    drop_tables();
  }
  unsaved_ = plan_.unfinished;
  for (size_t i = 0; i < pipeline_.states.size(); ++i) {
    const engine::StateInfo& state = pipeline_.states[i];
    if (i < unsaved_.size() && unsaved_[i]) {
      tables_[i] = metadata_.next_table++;
    } else if (tables_[i] == 0)
      tables_[i] = add_table(std::string(state.name), std::string(state.fingerprint));
  }
  for (const engine::SinkInfo& sink : pipeline_.sinks) {
    const auto known = std::find_if(metadata_.tables.begin(), metadata_.tables.end(), [&](const auto& table) {
      return table.name == outbox_name(sink) && table.fingerprint == kOutboxLayout;
    });
    tables_.push_back(known != metadata_.tables.end()
                          ? known->number
                          : add_table(outbox_name(sink), std::string(kOutboxLayout)));
    const std::string name(sink.name);
    if (std::find(metadata_.sinks.begin(), metadata_.sinks.end(), name) != metadata_.sinks.end()) continue;
    if (resumes_) spdlog::warn("{} is a new sink: it gets what changes from now on", name);
    metadata_.sinks.push_back(name);
  }
  note_owed();
}

void DurableState::note_owed() {
  const auto owed = std::exchange(metadata_.owed, {});
  for (const engine::SinkInfo& sink : pipeline_.sinks) {
    if (sink.output >= plan_.hidden.size() || !plan_.hidden[sink.output]) continue;
    const auto known = owed.find(sink.name);
    metadata_.owed[std::string(sink.name)] = known == owed.end() ? metadata_.positions : known->second;
  }
  for (const auto& [sink, positions] : owed) {
    if (!metadata_.owed.contains(sink))
      spdlog::warn("{}: it gets what changes from now on; what changed while its view was rebuilt is lost",
                   sink);
  }
}

const checkpoint::Positions& DurableState::owed_since(size_t sink) const {
  return metadata_.owed.find(pipeline_.sinks[sink].name)->second;
}

void DurableState::add_unfinished() {
  for (size_t i = 0; i < unsaved_.size(); ++i) {
    const engine::StateInfo& state = pipeline_.states[i];
    if (unsaved_[i])
      metadata_.tables.push_back({tables_[i], std::string(state.name), std::string(state.fingerprint)});
  }
  unsaved_.clear();
  metadata_.owed.clear();
  next_ = Clock::now();
}

void DurableState::drop_tables() {
  for (const checkpoint::StateTable& table : plan_.dropped) {
    const auto is_outbox = [&](const engine::SinkInfo& sink) {
      return outbox_name(sink) == table.name && table.fingerprint == kOutboxLayout;
    };
    if (std::any_of(pipeline_.sinks.begin(), pipeline_.sinks.end(), is_outbox)) continue;
    spdlog::info("state of {} is dropped: the pipeline has it no more, or in another form", table.name);
    dropped_.push_back(table.number);
    std::erase_if(metadata_.tables, [&](const auto& known) { return known.number == table.number; });
  }
}

engine::Offsets DurableState::begins_of(std::string_view input) const {
  engine::Offsets begins = start_of(input);  // Where nothing has been read it began where it is.
  const auto known = metadata_.begins.find(input);
  if (known == metadata_.begins.end()) return begins;
  for (auto& [partition, offset] : begins) {
    const auto begin = known->second.find(partition);
    if (begin != known->second.end()) offset = begin->second;
  }
  return begins;
}

void DurableState::note_begins(std::span<const engine::InputBatch> batches) {
  for (const engine::InputBatch& batch : batches) {
    std::vector<bool>& noted = noted_begins_[batch.input];
    for (const engine::RawRecord& record : batch.records) {
      const auto partition = static_cast<size_t>(record.partition);
      if (partition < noted.size() && noted[partition]) [[likely]]
        continue;
      if (partition >= noted.size()) noted.resize(partition + 1);
      noted[partition] = true;
      metadata_.begins[std::string(pipeline_.inputs[batch.input].name)].try_emplace(record.partition,
                                                                                    record.offset);
    }
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
      engine_.load(*directory_.entries(), tables_, metadata_.epochs, plan_.missing);
    } catch (const state::Damaged& damage) {
      throw engine::Fault(
          fmt::format("the state in {} cannot be read: {}", directory_.path(), damage.what()));
    }
    base::pass(KillPoint::state_loaded);
    uint64_t records = 0;
    for (const engine::OperatorCounters& counters : engine_.counters()) records += counters.records;
    spdlog::info("checkpoint {} of {}: {} records in {:.1f} s", metadata_.number, directory_.path(),
                 grouped(records), std::chrono::duration<double>(Clock::now() - begin).count());
  }
  writer_.emplace(directory_, [this] { engine_.readers().signal(); }, work_);
  engine_.hold_writes([this](engine::WriteEnd end) { held_.push_back(std::move(end)); });
}

engine::StateProgress DurableState::progress() const {
  engine::StateProgress progress{directory_.path(), directory_.newest(), 0, 0, {}};
  if (!writer_) return progress;
  const checkpoint::Written written = writer_->written();
  progress.checkpoints = written.checkpoints;
  progress.bytes = written.bytes;
  return progress;
}

std::string DurableState::identity_of(size_t sink) const {
  return fmt::format("{}/{}", metadata_.identity, pipeline_.sinks[sink].name);
}

void DurableState::begin(engine::SourcePoller& poller, std::span<const std::unique_ptr<SinkWriter>> sinks) {
  poller_ = &poller;
  sinks_ = sinks;
  for (size_t i = 0; i < sinks.size(); ++i) {
    const std::vector<engine::SinkMessage> left = std::exchange(outboxes_[i].left, {});
    if (left.empty()) continue;
    spdlog::info("{}: {} messages that may not have arrived are written again", pipeline_.sinks[i].name,
                 grouped(left.size()));
    sinks_[i]->sink().write(left);
  }
  // So that no later run has this one's incarnation, whatever becomes of this one.
  if (resumes_) capture(positions());
}

void DurableState::load_outbox(size_t sink) {
  base::Arena arena;
  sql::Context context(arena);
  base::Heap heap;
  const std::unique_ptr<state::StoredEntries> stored = directory_.entries();
  state::Loading loading(*stored, 0, tables_, context);
  loading.begin(static_cast<uint32_t>(pipeline_.states.size() + sink));
  Outbox& outbox = outboxes_[sink];
  loading.next_part(heap, [&](uint64_t number, state::Decoder& decoder) {
    sql::Nullable<sql::Text> key;
    sql::Nullable<sql::Text> value;
    decoder(key, value);
    engine::SinkMessage& message = outbox.left.emplace_back();
    if (key.has_value()) message.key = key.value().view();
    if (value.has_value()) message.value = value.value().view();
    if (outbox.end == 0) outbox.begin = number;
    outbox.end = number + 1;
  });
  const auto next = metadata_.next_messages.find(pipeline_.sinks[sink].name);
  if (outbox.left.empty() && next != metadata_.next_messages.end()) outbox.begin = outbox.end = next->second;
  outbox.base = outbox.begin;
  if (!directory_.went_back()) return;
  // Numbers that the lost checkpoints have given to other messages are not given again: those since 1970, in
  // microseconds, are ahead of any count.
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  outbox.base = std::max(
      outbox.end, static_cast<uint64_t>(std::chrono::duration_cast<std::chrono::microseconds>(now).count()));
  if (outbox.base == outbox.end) outbox.base += uint64_t{1} << 32;
  spdlog::warn("{}: messages since checkpoint {} may be written twice", pipeline_.sinks[sink].name,
               metadata_.number);
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

void DurableState::release_sinks() {
  if (!has_captured_) return;
  for (size_t i = 0; i < sinks_.size(); ++i)
    sinks_[i]->sink().release(outboxes_[i].captured - outboxes_[i].base, metadata_.number);
}

void DurableState::tend() {
  if (writer_->is_busy()) return;
  release_sinks();
  if (held_.empty() && Clock::now() < next_ && !is_large()) return;
  checkpoint::Positions now = positions();
  next_ = Clock::now() + interval_;
  if (held_.empty() && !has_changed(now)) return;
  capture(std::move(now));
}

bool DurableState::is_large() const {
  return most_bytes_ != 0 && (engine_.records() - captured_records_) * bytes_per_record_ >= most_bytes_;
}

void DurableState::capture(checkpoint::Positions positions) {
  const auto begin = Clock::now();
  checkpoint::Capture capture;
  for (size_t i = 0; i < engine_.workers(); ++i) {
    capture.changed.emplace_back(static_cast<uint16_t>(i), tables_, unsaved_);
  }
  engine_.save(capture.changed);
  size_t bytes = 0;
  for (const state::ChangedEntries& share : capture.changed) bytes += share.bytes();
  const uint64_t records = engine_.records() - std::exchange(captured_records_, engine_.records());
  if (records >= kTellingRecords) bytes_per_record_ = bytes / records;
  for (size_t i = 0; i < sinks_.size(); ++i) save_outbox(i, capture.changed[0]);
  for (size_t i = 0; i < sinks_.size(); ++i) {
    outboxes_[i].captured = outboxes_[i].end;
    metadata_.next_messages[std::string(sinks_[i]->name())] = outboxes_[i].end;
  }
  has_captured_ = true;
  ++metadata_.number;
  metadata_.epochs = engine_.epochs();
  metadata_.positions = std::move(positions);
  capture.metadata = metadata_;
  capture.dropped = std::exchange(dropped_, {});
  capture.held = std::exchange(held_, {});
  base::pass(KillPoint::changes_captured);
  longest_pause_ = std::max<std::chrono::nanoseconds>(longest_pause_, Clock::now() - begin);
  writer_->write(std::move(capture));
}

void DurableState::save_outbox(size_t sink, state::ChangedEntries& entries) {
  Outbox& outbox = outboxes_[sink];
  const engine::Sink& messages = sinks_[sink]->sink();
  entries.begin(static_cast<uint32_t>(pipeline_.states.size() + sink));
  entries.next_part();
  // After going back what was read from the directory has new numbers.
  if (outbox.end < outbox.base) {
    for (; outbox.begin < outbox.end; ++outbox.begin) entries.remove(outbox.begin);
    outbox.begin = outbox.end = outbox.base;
  }
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

bool DurableState::wait(const std::stop_token& stop) {
  while (!writer_->wait(kStopPause)) {
    if (!stop.stop_requested()) continue;
    if (!deadline_) deadline_ = Clock::now() + kLastCheckpoint;
    if (Clock::now() >= *deadline_) return false;
  }
  return true;
}

void DurableState::release_held(const std::stop_token& stop) {
  bool is_done = wait(stop);
  if (is_done) {
    checkpoint::Positions now = positions();
    if (!held_.empty() || has_changed(now)) capture(std::move(now));
    is_done = wait(stop);
  }
  if (is_done) release_sinks();
  checkpoint::fail(held_);
  if (!is_done) writer_.reset();
}

void DurableState::finish(const std::stop_token& stop) {
  base::pass(KillPoint::last_checkpoint);
  bool is_done = writer_ && wait(stop);
  if (is_done) {
    checkpoint::Positions now = positions();
    if (has_changed(now)) capture(std::move(now));
    is_done = wait(stop);
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
