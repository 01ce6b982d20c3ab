// Two threads over one state: a worker that owns the records, and a client that asks for single records and
// for all of them as of a pinned epoch. What the client asks for is done by the worker between two epochs, a
// slice of a scan at a time.
#pragma once

#include <fmt/format.h>

#include <chrono>
#include <cstdlib>
#include <thread>
#include <utility>

#include "bench/micro/measure.h"
#include "bench/micro/ring.h"
#include "bench/micro/session_events.h"
#include "bench/micro/session_state.h"

namespace sqlmill::bench::micro {

inline constexpr uint32_t kAhead = 8;  // Records are asked for so many before they are read.

[[noreturn]] inline void fail_inconsistent(const Totals& got, const Totals& expected) {
  fmt::print(stderr, "pinned_reads: a scan has {} records, {} events, sum {}; expected {}, {}, {}\n",
             got.records, got.events, got.sum, expected.records, expected.events, expected.sum);
  std::exit(1);
}

inline void add(Totals& totals, int64_t events, int64_t sum) {
  ++totals.records;
  totals.events += events;
  totals.sum += sum;
}

/// Visits the records with numbers in [begin, end) as of the pinned epoch, until `visit` says no; the number
/// to go on with.
template <class State, class Visit>
uint32_t scan(const State& state, uint32_t pin, uint32_t begin, uint32_t end, bool uses_birth, Visit visit) {
  for (; begin < end; ++begin) {
    if (begin + kAhead < end) state.prefetch(begin + kAhead);
    const Session* session = state.as_of(begin, pin, uses_birth);
    if (session && !visit(*session)) break;
  }
  return begin;
}

using State = SessionState<StampsPlace::kInRecord, Links::kInRecord>;

struct Setting {
  size_t epoch_rows = 256;
  uint32_t slice = 256;  // The most records of a scan that are read between two epochs.
  double rate = 0;       // Events a second; 0: as fast as it goes.
  bool scans = true;
  bool has_credit = true;      // While events wait, a scan reads a record an event at most.
  int64_t batch_pause_ns = 0;  // What the client waits between two batches of a scan.
  size_t budget = SIZE_MAX;
};

struct Request {
  enum class Kind : uint8_t { kLookUp, kScan } kind;
  uint32_t session;
};
struct Answer {
  Session session;
  bool found;
};
struct ResultRow {
  uint64_t key;
  int64_t events;
  int64_t sum;
  int64_t min;
  int64_t max;
};
struct ResultBatch {
  uint32_t count;
  bool is_last;
  bool pin_was_lost;
  Totals expected;
  ResultRow rows[256];
};

struct Queues {
  Ring<Request, 16> requests;
  Ring<Answer, 16> answers;
  Ring<ResultBatch, 64> batches;
  std::atomic<bool> ended = false;
};

class Worker {
 public:
  Worker(const Setting& setting, Queues& queues)
      : setting_(setting), queues_(queues), state_(setting.budget) {}

  void warm_up(const std::vector<Event>& events) {
    for (size_t i = 0; i < events.size(); i += 1024) {
      state_.consume(&events[i], std::min<size_t>(1024, events.size() - i));
      state_.seal();
    }
    state_.take_changed();
  }

  void run(const std::vector<Event>& events) {
    const int64_t start = wall_ns();
    const int64_t start_cpu = cpu_ns();
    int64_t checkpoint = start;
    for (size_t next = 0; next < events.size();) {
      const size_t rows = std::min(setting_.epoch_rows, events.size() - next);
      if (setting_.rate > 0) {
        const int64_t now = wall_ns();
        const auto due = static_cast<size_t>(static_cast<double>(now - start) * 1e-9 * setting_.rate);
        if (due < next + rows) {
          run_tasks(setting_.slice);
          continue;
        }
        lag_max = std::max(lag_max, due - next);
        if (now - checkpoint >= 1'000'000'000) {
          changed.push_back(state_.take_changed());
          checkpoint = now;
        }
      }
      state_.consume(&events[next], rows);
      state_.seal();
      next += rows;
      version_bytes_max = std::max(version_bytes_max, state_.version_bytes());
      lingering_max = std::max(lingering_max, state_.lingering());
      credit_ = std::min<size_t>(credit_ + rows, setting_.slice);
      if (!setting_.has_credit) credit_ = setting_.slice;
      run_tasks(credit_ == setting_.slice ? std::exchange(credit_, 0) : 0);
    }
    cpu_seconds = static_cast<double>(cpu_ns() - start_cpu) * 1e-9;
    events_a_second = static_cast<double>(events.size()) * 1e9 / static_cast<double>(wall_ns() - start);
    queues_.ended.store(true, std::memory_order_release);
  }

  const State& state() const { return state_; }

  std::vector<int64_t> pauses_ns;
  std::vector<size_t> changed;  // Records between two checkpoints a second apart.
  size_t lag_max = 0;
  size_t version_bytes_max = 0;
  size_t lingering_max = 0;
  double events_a_second = 0;
  double cpu_seconds = 0;

 private:
  /// All look-ups that wait, and a slice of the scan of at most so many records.
  void run_tasks(size_t records) {
    const bool has_slice = records != 0 && scanning_ && queues_.batches.back();
    if (!queues_.requests.front() && !has_slice) return;
    const int64_t start = cpu_ns();
    while (const Request* request = queues_.requests.front()) {
      if (request->kind == Request::Kind::kLookUp) {
        look_up(request->session);
      } else {
        scanning_ = true;
        pin_ = state_.pin();
        expected_ = state_.totals();
        next_ = 0;
        end_ = state_.end();
        filled_ = 0;
      }
      queues_.requests.pop();
    }
    if (has_slice) run_slice(records);
    pauses_ns.push_back(cpu_ns() - start);
  }

  void look_up(uint32_t session) {
    Answer* answer = queues_.answers.back();
    const uint32_t number = state_.find(rt::sql::hash_word(session), session);
    const Session* found = number == HashIndex::kNone ? nullptr : state_.as_of(number, state_.sealed());
    answer->found = found != nullptr;
    if (found) answer->session = *found;
    queues_.answers.push();
  }

  void run_slice(size_t records) {
    ResultBatch* batch = queues_.batches.back();
    const bool lost = !state_.is_pinned(pin_);
    if (batch && !lost) {
      const uint32_t end = std::min(end_, next_ + static_cast<uint32_t>(records));
      next_ = scan(state_, pin_, next_, end, true, [&](const Session& session) {
        if (filled_ == std::size(batch->rows)) {
          publish(*batch, false, false);
          batch = queues_.batches.back();
          if (!batch) return false;
        }
        batch->rows[filled_++] = {session.key, session.events, session.sum, session.min, session.max};
        return true;
      });
    }
    if (!batch || (next_ < end_ && !lost)) return;
    publish(*batch, true, lost);
    state_.unpin(pin_);
    scanning_ = false;
  }

  void publish(ResultBatch& batch, bool is_last, bool lost) {
    batch.count = filled_;
    batch.is_last = is_last;
    batch.pin_was_lost = lost;
    batch.expected = expected_;
    queues_.batches.push();
    filled_ = 0;
  }

  const Setting& setting_;
  Queues& queues_;
  State state_;
  bool scanning_ = false;
  uint32_t pin_ = 0;
  uint32_t next_ = 0;
  uint32_t end_ = 0;
  uint32_t filled_ = 0;
  size_t credit_ = 0;  // Records that may be scanned though events wait.
  Totals expected_;
};

class Client {
 public:
  Client(const Setting& setting, Queues& queues) : setting_(setting), queues_(queues) {}

  void run() {
    while (!queues_.ended.load(std::memory_order_acquire)) {
      const int64_t now = wall_ns();
      if (asked_ns_ == 0 && now >= next_look_up_) ask(now);
      if (Answer* answer = queues_.answers.front()) {
        look_up_ns.push_back(wall_ns() - asked_ns_);
        asked_ns_ = 0;
        found += answer->found;
        queues_.answers.pop();
      }
      if (setting_.scans && scan_start_ == 0) start_scan(now);
      ResultBatch* batch = now >= next_read_ ? queues_.batches.front() : nullptr;
      if (batch) {
        read(*batch, now);
      } else if (asked_ns_ == 0) {
        std::this_thread::sleep_for(std::chrono::microseconds(50));
      }
    }
  }

  std::vector<int64_t> look_up_ns;
  std::vector<double> scan_ms;
  uint64_t found = 0;
  uint64_t lost = 0;

 private:
  static constexpr int64_t kLookUpEveryNs = 5'000'000;

  void ask(int64_t now) {
    *queues_.requests.back() = {Request::Kind::kLookUp, random_.below(kSessions)};
    queues_.requests.push();
    asked_ns_ = now;
    next_look_up_ = now + kLookUpEveryNs;
  }

  void start_scan(int64_t now) {
    *queues_.requests.back() = {Request::Kind::kScan, 0};
    queues_.requests.push();
    scan_start_ = next_read_ = now;
    got_ = {};
  }

  void read(ResultBatch& batch, int64_t now) {
    next_read_ += setting_.batch_pause_ns;
    for (uint32_t i = 0; i < batch.count; ++i) add(got_, batch.rows[i].events, batch.rows[i].sum);
    if (batch.is_last) {
      lost += batch.pin_was_lost;
      if (!batch.pin_was_lost) {
        if (got_ != batch.expected) fail_inconsistent(got_, batch.expected);
        scan_ms.push_back(static_cast<double>(now - scan_start_) * 1e-6);
      }
      scan_start_ = 0;
    }
    queues_.batches.pop();
  }

  const Setting& setting_;
  Queues& queues_;
  Random random_{2};
  int64_t asked_ns_ = 0;
  int64_t next_look_up_ = 0;
  int64_t next_read_ = 0;
  int64_t scan_start_ = 0;
  Totals got_;
};

}  // namespace sqlmill::bench::micro
