// Reading the rows of outputs while epochs run: what query threads ask for, and what the engine's threads do
// about it between epochs. State has one owner and no locks: queries hand over tasks, workers run them. While
// the engine's thread waits for the outside (Readers::Rest), it lends the state: a query thread then runs its
// task itself, which saves waking another thread and being woken by it.
//
//   const auto snapshot = engine.readers().pin(limits);     // the last sealed epoch, as long as it lives
//   const auto scan = snapshot->scan(output, {0, 2});
//   for (sql::Chunk rows; scan->next(rows);) …
//
// A scan gives rows in no particular order. All that waits gives up with a ReadError when the limits say so,
// when the pin is lost because its versions take too much memory, or when the engine is gone. Before that,
// query threads must have forgotten all texts that they have read.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <vector>

#include "runtime/base/arena.h"
#include "runtime/engine/dataflow.h"
#include "runtime/engine/progress.h"
#include "runtime/engine/rebuilding.h"
#include "runtime/engine/wake.h"

namespace sqlmill::rt::engine {

class Engine;
class Readers;

enum class ReadEnd : uint8_t { kPinLost, kCancelled, kDeadline, kStopped, kNotWhole };

class ReadError : public std::runtime_error {
 public:
  explicit ReadError(ReadEnd reason);
  ReadError(ReadEnd reason, const std::string& text) : std::runtime_error(text), reason_(reason) {}
  ReadEnd reason() const { return reason_; }

 private:
  ReadEnd reason_;
};

/// Throws ReadError if the output is among what is being made anew; null: nothing is.
void check_whole(const Rebuilding* rebuilding, size_t output, const OutputInfo& info);

struct ReadLimits {
  std::stop_token stop = {};
  std::chrono::steady_clock::time_point deadline = std::chrono::steady_clock::time_point::max();
};

// ---- Between query threads and the engine; for readers.cpp ----

/// What the engine's thread is to do between two epochs.
struct ReadTask {
  std::function<void()> run;
  std::mutex mutex;
  std::condition_variable_any changed;
  bool is_done = false;
  bool is_abandoned = false;  // Nobody waits: it need not be run.
};

struct Pin {
  Pin(uint64_t epoch, uint32_t state_epoch, size_t workers, ReadLimits limits);

  const uint64_t epoch;
  const uint32_t state_epoch;
  const ReadLimits limits;
  std::shared_ptr<const Rebuilding> rebuilding;  // As it was then.
  std::optional<ReadEnd> ended;                  // Of the engine's thread. It is no longer pinned.
  struct Memory {                                // For what is computed for readers, by worker.
    base::Arena arena;
    sql::Context context{arena};
  };
  std::vector<std::unique_ptr<Memory>> memory;
};

struct ScanState {
  struct alignas(64) Part {
    Cursor cursor;
    sql::Chunk rows;  // Filled until it is handed over.
    bool is_done = false;
  };
  static constexpr size_t kChunks = 8;  // That wait for the client at most, and one more a worker.

  std::shared_ptr<Pin> pin;
  size_t output;
  std::vector<uint32_t> columns;
  std::vector<Part> parts;  // By worker: what its thread alone touches while an epoch runs.

  std::mutex mutex;  // For what follows.
  std::condition_variable_any changed;
  std::deque<sql::Chunk> ready;
  size_t parts_left = 0;
  std::optional<ReadEnd> failed;
  bool is_given_up = false;
};

// ---- For query threads ----

/// The rows of one output as of a snapshot, which must outlive it. For one thread.
class Scan {
 public:
  Scan(std::shared_ptr<Readers> readers, std::shared_ptr<ScanState> state)
      : readers_(std::move(readers)), state_(std::move(state)) {}
  ~Scan();
  Scan(const Scan&) = delete;
  Scan& operator=(const Scan&) = delete;

  /// The next rows, with the columns that were asked for. Waits for them; false: that was all.
  bool next(sql::Chunk& rows);

 private:
  std::shared_ptr<Readers> readers_;
  std::shared_ptr<ScanState> state_;
};

/// An epoch that stays readable. Texts that were read live as long as it does. May be used by several threads
/// at a time.
class Snapshot {
 public:
  Snapshot(std::shared_ptr<Readers> readers, std::shared_ptr<Pin> pin)
      : readers_(std::move(readers)), pin_(std::move(pin)) {}
  ~Snapshot();
  Snapshot(const Snapshot&) = delete;
  Snapshot& operator=(const Snapshot&) = delete;

  uint64_t epoch() const { return pin_->epoch; }
  std::unique_ptr<Scan> scan(size_t output, std::vector<uint32_t> columns);
  /// The rows with these keys, those of sqlmill_errors excepted: for each a value of the type of each of
  /// OutputInfo::key, one key behind the other, at most kVectorRows keys. A key has one row or none, and
  /// their order is that of the keys.
  sql::Chunk find(size_t output, std::span<const uint32_t> columns, std::span<const sql::Datum> keys);
  /// The keys, for find(), of all rows that have these values in the columns of an index, and perhaps of
  /// others; none of the values is NULL. Nothing: there are more than `most`. Bytes are copied into `memory`.
  std::optional<std::vector<sql::Datum>> keys(size_t index, std::span<const sql::Datum> values, size_t most,
                                              base::Arena& memory);

 private:
  std::shared_ptr<Readers> readers_;
  std::shared_ptr<Pin> pin_;
};

/// What a pipeline has done since it was started.
struct EngineTotals {
  uint64_t epochs;
  std::vector<uint64_t> records;  // That inputs gave, by input.
  uint64_t errors;
};

class Readers : public std::enable_shared_from_this<Readers> {
 public:
  static constexpr size_t kDefaultBudgetBytes = size_t{512} << 20;
  /// Records that a scan reads at most between two epochs.
  static constexpr uint32_t kSliceRecords = 1024;

  explicit Readers(Engine& engine);
  ~Readers();
  Readers(const Readers&) = delete;
  Readers& operator=(const Readers&) = delete;

  /// For query threads: the last sealed epoch. Waits until no epoch runs.
  /// `also` is done at the same moment.
  std::unique_ptr<Snapshot> pin(ReadLimits limits = {}, const std::function<void()>& also = nullptr);
  /// What operators have done and hold, as of the last sealed epoch.
  std::vector<OperatorCounters> counters(const ReadLimits& limits = {});
  EngineTotals totals(const ReadLimits& limits = {});
  /// How far sources, sinks and checkpoints are, as far as there are any.
  Progress progress(const ReadLimits& limits = {});
  /// Makes wake() readable.
  void signal();

  // For the engine's thread, while no epoch runs.

  /// As long as it lives, the engine's thread touches neither the engine nor what belongs to it.
  class Rest {
   public:
    explicit Rest(Readers& readers);
    ~Rest();
    Rest(const Rest&) = delete;
    Rest& operator=(const Rest&) = delete;

   private:
    Readers& readers_;
  };

  /// Beyond that, what is kept for readers only costs the oldest pin its life.
  void set_budget(size_t bytes) { budget_bytes_ = bytes; }
  /// Readable when somebody wants something.
  Wake wake() const { return {event_}; }
  /// Whether an epoch must end with tend().
  bool wants_tending() const { return has_tasks_.load(std::memory_order_relaxed) || !pins_.empty(); }
  /// Runs the tasks that wait, and looks after pins and scans. True: workers have something to read.
  bool tend();
  /// From here on nobody gets anything.
  void stop();

  // For a worker's thread, and has_scans() for the engine's.

  bool has_scans() const { return !scans_.empty(); }
  /// A slice of one scan that has room for its rows; the records that were read, 0 if there was none.
  uint32_t run_slice(size_t worker);

 private:
  friend class ChangeLogs;
  friend class Engine;
  friend class Scan;
  friend class Snapshot;

  /// Runs it here, if the engine rests, or has the engine's thread run it and waits for that.
  void call(const ReadLimits& limits, const std::function<void()>& run);
  /// False: the engine does not rest.
  bool run_here(const std::function<void()>& run);
  void hand_over(const ReadLimits& limits, const std::function<void()>& run);
  void post(std::shared_ptr<ReadTask> task);
  void run_tasks();
  void check_pins();
  void end_pin(std::shared_ptr<Pin> pin, ReadEnd reason);
  void remove_pin(const Pin& pin);
  void publish_pins();
  void end_scan(ScanState& scan, ReadEnd reason);
  void remove_ended_scans();
  bool has_room(ScanState& scan);

  Engine& engine_;
  const int event_;
  std::atomic<bool> has_tasks_ = false;
  std::mutex mutex_;  // For what follows.
  std::vector<std::shared_ptr<ReadTask>> tasks_;
  bool is_stopped_ = false;

  std::mutex lent_mutex_;            // Held by the query thread that has what is lent.
  bool is_lent_ = false;             // Of lent_mutex_.
  std::atomic<bool> lends_ = false;  // A hint: nobody stands in line for a thread that wants to go on.

  // Of the engine's thread, or of who holds what it lends; workers read it while they run.
  size_t budget_bytes_ = kDefaultBudgetBytes;
  std::vector<std::shared_ptr<Pin>> pins_;  // Oldest first.
  std::vector<std::shared_ptr<ScanState>> scans_;
  struct alignas(64) WorkerPlace {
    size_t next_scan = 0;
  };
  std::vector<WorkerPlace> workers_;
};

}  // namespace sqlmill::rt::engine
