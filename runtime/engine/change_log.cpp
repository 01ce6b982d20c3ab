#include "runtime/engine/change_log.h"

#include <algorithm>
#include <random>
#include <unordered_map>

#include "runtime/engine/engine.h"
#include "runtime/engine/row_encoding.h"

namespace sqlmill::rt::engine {

using std::chrono::steady_clock;

namespace {

/// So many hold what is kept at least, so that it goes in parts.
constexpr int kSegments = 8;

const char* text_of(ChangesGone::Reason reason) {
  return reason == ChangesGone::Reason::kNotKept ? "the changes behind this epoch are no longer kept"
                                                 : "there is no such epoch yet";
}

}  // namespace

ChangesGone::ChangesGone(Reason reason) : std::runtime_error(text_of(reason)), reason_(reason) {}

size_t ChangeSegment::bytes() const {
  size_t row = 0;
  for (const sql::Vector& column : columns) row += sql::value_size(column.type()) + 1;
  return sizeof *this + row * sql::kVectorRows + memory.capacity_bytes();
}

// ---- Appending ----

ChangeLog::ChangeLog(size_t output, const OutputInfo& info, uint64_t epoch)
    : output_(output), info_(info), begin_{epoch}, last_epoch_(epoch), unused_since_(steady_clock::now()) {}

void ChangeLog::append_row(const ChangePlace& behind, ChangeKind kind, std::span<const sql::Datum> row) {
  if (fresh_.empty() || fresh_rows_ == sql::kVectorRows) {
    ChangeSegment& made = *fresh_.emplace_back(std::make_shared<ChangeSegment>());
    for (uint32_t i = 0; i < info_.visible_columns; ++i) made.columns.emplace_back(info_.columns[i].type.id);
    made.begun = steady_clock::now();
    fresh_rows_ = 0;
  }
  ChangeSegment& segment = *fresh_.back();
  for (uint32_t i = 0; i < info_.visible_columns; ++i) {
    if (row[i].is_null())
      segment.columns[i].set_null(fresh_rows_);
    else
      segment.columns[i].set_datum(fresh_rows_, sql::copy(row[i], segment.memory));
  }
  segment.marks[fresh_rows_++] = {behind, kind};
}

/// First what only goes, then what is replaced, then what only comes: so no key is ever there twice on the
/// way.
void ChangeLog::append(uint64_t epoch, const Changes& changes, std::chrono::milliseconds segment_time) {
  if (!fresh_.empty() && !changes.empty() && steady_clock::now() - fresh_.back()->begun > segment_time)
    fresh_.clear();
  std::vector<Pair> pairs;
  std::vector<uint8_t> is_paired(changes.size());
  if (!info_.key.empty()) {
    std::unordered_map<std::string, uint32_t> erased;
    std::vector<sql::Datum> key(info_.key.size());
    std::string text;
    const auto key_of = [&](uint32_t change) -> const std::string& {
      for (size_t i = 0; i < key.size(); ++i) key[i] = changes[change].row[info_.key[i]];
      text.clear();
      append_encoding(key, text);
      return text;
    };
    for (uint32_t i = 0; i < changes.size(); ++i) {
      if (changes[i].weight == -1) erased.emplace(key_of(i), i);
    }
    for (uint32_t i = 0; i < changes.size() && !erased.empty(); ++i) {
      if (changes[i].weight != 1) continue;
      const auto found = erased.find(key_of(i));
      if (found == erased.end()) continue;
      pairs.push_back({found->second, i});
      is_paired[i] = is_paired[found->second] = 1;
    }
  }
  uint64_t left = 0;
  for (uint32_t i = 0; i < changes.size(); ++i) left += static_cast<uint64_t>(std::abs(changes[i].weight));
  uint32_t row = 0;
  const auto add = [&](uint32_t change, ChangeKind kind) {
    ++row;
    append_row({epoch, --left == 0 ? ChangePlace::kAll : row}, kind, changes[change].row);
  };
  for (uint32_t i = 0; i < changes.size(); ++i) {
    for (int64_t n = changes[i].weight; n < 0 && !is_paired[i]; ++n) add(i, ChangeKind::kDelete);
  }
  for (const Pair& pair : pairs) {
    add(pair.erased, ChangeKind::kUpdateDelete);
    add(pair.inserted, ChangeKind::kUpdateInsert);
  }
  for (uint32_t i = 0; i < changes.size(); ++i) {
    for (int64_t n = changes[i].weight; n > 0 && !is_paired[i]; --n) add(i, ChangeKind::kInsert);
  }
  publish(epoch);
}

void ChangeLog::publish(uint64_t epoch) {
  std::vector<std::function<void()>>
      calls;  // They may take what they are for down with them, so not under the lock.
  {
    const std::lock_guard lock(mutex_);
    if (!publish_rows(epoch)) return;
    for (ChangeReader* reader : readers_) {
      if (reader->call_) calls.push_back(std::exchange(reader->call_, nullptr));
    }
  }
  for (const auto& call : calls) call();
}

bool ChangeLog::publish_rows(uint64_t epoch) {
  last_epoch_ = epoch;
  if (fresh_.empty()) return false;
  const auto now = steady_clock::now();
  bool has_more = false;
  for (const std::shared_ptr<ChangeSegment>& segment : fresh_) {
    const uint32_t rows = segment == fresh_.back() ? fresh_rows_ : sql::kVectorRows;
    if (rows == segment->rows) continue;
    if (segment->rows == 0) segments_.push_back(segment);
    segment->rows = rows;
    segment->newest = now;
    const size_t bytes = segment->bytes();
    bytes_ += bytes - segment->counted_bytes;
    segment->counted_bytes = bytes;
    has_more = true;
  }
  fresh_.erase(fresh_.begin(), fresh_.end() - 1);  // The next epoch goes on in the last one.
  return has_more;
}

size_t ChangeLog::bytes() const {
  const std::lock_guard lock(mutex_);
  return bytes_;
}

std::optional<steady_clock::time_point> ChangeLog::oldest() const {
  const std::lock_guard lock(mutex_);
  return segments_.empty() ? std::nullopt : std::optional(segments_.front()->newest);
}

void ChangeLog::drop_oldest() {
  const std::lock_guard lock(mutex_);
  const std::shared_ptr<ChangeSegment> gone = std::move(segments_.front());
  segments_.pop_front();
  begin_ = gone->marks[gone->rows - 1].behind;
  bytes_ -= gone->counted_bytes;
  if (!fresh_.empty() && fresh_.back() == gone) fresh_.clear();
}

// ---- Reading ----

std::optional<steady_clock::time_point> ChangeLog::unused_since() const {
  const std::lock_guard lock(mutex_);
  return readers_.empty() ? std::optional(unused_since_) : std::nullopt;
}

void ChangeLog::add_reader(ChangeReader& reader) {
  const std::lock_guard lock(mutex_);
  if (reader.place_ < begin_) throw ChangesGone(ChangesGone::Reason::kNotKept);
  if (reader.place_.epoch > last_epoch_) throw ChangesGone(ChangesGone::Reason::kNotYet);
  readers_.push_back(&reader);
}

void ChangeLog::remove_reader(ChangeReader& reader) {
  const std::lock_guard lock(mutex_);
  std::erase(readers_, &reader);
  unused_since_ = steady_clock::now();
}

ChangeSlice ChangeLog::read(const ChangePlace& behind, uint64_t last_epoch) const {
  const std::lock_guard lock(mutex_);
  if (behind < begin_) throw ChangesGone(ChangesGone::Reason::kNotKept);
  const auto last_mark = [](const auto& segment) -> const ChangePlace& {
    return segment->marks[segment->rows - 1].behind;
  };
  const auto segment = std::partition_point(segments_.begin(), segments_.end(),
                                            [&](const auto& one) { return last_mark(one) <= behind; });
  if (segment == segments_.end()) return {};
  const ChangeMark* marks = (*segment)->marks.data();
  const ChangeMark* end = marks + (*segment)->rows;
  const ChangeMark* from =
      std::partition_point(marks, end, [&](const ChangeMark& mark) { return mark.behind <= behind; });
  const ChangeMark* to = std::partition_point(
      from, end, [&](const ChangeMark& mark) { return mark.behind.epoch <= last_epoch; });
  if (from == to) return {};
  return {*segment, static_cast<uint32_t>(from - marks), static_cast<uint32_t>(to - marks)};
}

ChangeReader::ChangeReader(std::shared_ptr<ChangeLog> log, ChangePlace place)
    : log_(std::move(log)), place_(place) {
  log_->add_reader(*this);
}

ChangeReader::~ChangeReader() {
  log_->remove_reader(*this);
}

uint64_t ChangeReader::last_epoch() const {
  const std::lock_guard lock(log_->mutex_);
  return log_->last_epoch_;
}

ChangeSlice ChangeReader::next(uint64_t last_epoch) {
  ChangeSlice slice = log_->read(place_, last_epoch);
  if (slice.segment) place_ = slice.segment->marks[slice.end - 1].behind;
  return slice;
}

bool ChangeReader::call_at_change(std::function<void()> call) {
  const std::lock_guard lock(log_->mutex_);
  if (place_ < log_->begin_) return false;
  const auto& segments = log_->segments_;
  if (!segments.empty() && segments.back()->marks[segments.back()->rows - 1].behind > place_) return false;
  call_ = std::move(call);
  return true;
}

// ---- All logs ----

ChangeLogs::ChangeLogs(Engine& engine) : engine_(engine), incarnation_(std::random_device{}()) {}

ChangeLogs::~ChangeLogs() = default;

std::shared_ptr<ChangeLog> ChangeLogs::find(size_t output) const {
  for (const auto& log : logs_) {
    if (log->output() == output) return log;
  }
  return nullptr;
}

std::shared_ptr<ChangeLog> ChangeLogs::log_of(size_t output) {
  if (std::shared_ptr<ChangeLog> log = find(output)) return log;
  engine_.watch(output);
  return logs_.emplace_back(std::make_shared<ChangeLog>(output, engine_.output(output), engine_.epochs()));
}

ChangeLogs::Beginning ChangeLogs::begin(size_t output, const ReadLimits& limits) {
  Beginning beginning;
  beginning.snapshot = engine_.readers().pin(limits, [&] {
    check_whole(engine_.rebuilding().get(), output, engine_.output(output));
    beginning.changes = std::make_unique<ChangeReader>(log_of(output), ChangePlace{engine_.epochs()});
  });
  return beginning;
}

std::unique_ptr<ChangeReader> ChangeLogs::resume(size_t output, std::optional<ChangePlace> place,
                                                 const ReadLimits& limits) {
  std::unique_ptr<ChangeReader> reader;
  engine_.readers().call(limits, [&] {
    check_whole(engine_.rebuilding().get(), output, engine_.output(output));
    const ChangePlace now{engine_.epochs()};
    // Nothing is begun for who comes too late.
    if (place && place->epoch > now.epoch) throw ChangesGone(ChangesGone::Reason::kNotYet);
    if (place && *place != now && !find(output)) throw ChangesGone(ChangesGone::Reason::kNotKept);
    reader = std::make_unique<ChangeReader>(log_of(output), place.value_or(now));
  });
  return reader;
}

/// What nobody has followed for so long that nobody could resume.
void ChangeLogs::drop_unused(steady_clock::time_point now) {
  std::erase_if(logs_, [&](const auto& log) {
    const auto since = log->unused_since();
    if (!since || now - *since <= bounds_.time) return false;
    engine_.unwatch(log->output());
    return true;
  });
}

void ChangeLogs::append() {
  const auto now = steady_clock::now();
  drop_unused(now);
  for (const auto& log : logs_)
    log->append(engine_.epochs(), engine_.changes(log->output()), bounds_.time / kSegments);
  size_t bytes = 0;
  for (const auto& log : logs_) {
    for (auto oldest = log->oldest(); oldest && now - *oldest > bounds_.time; oldest = log->oldest())
      log->drop_oldest();
    bytes += log->bytes();
  }
  while (bytes > bounds_.bytes) {
    const auto oldest = std::min_element(logs_.begin(), logs_.end(), [](const auto& a, const auto& b) {
      return a->oldest().value_or(steady_clock::time_point::max()) <
             b->oldest().value_or(steady_clock::time_point::max());
    });
    const size_t before = (*oldest)->bytes();
    (*oldest)->drop_oldest();
    bytes -= before - (*oldest)->bytes();
  }
}

}  // namespace sqlmill::rt::engine
