// Runs a pipeline's epochs on its workers. Everything here is called by one thread, which is also worker 0:
// with one worker there is no other thread and a barrier costs nothing. Between two calls all workers are at
// rest, so state can be read without locks. Only readers() is for any thread (engine/readers.h).
#pragma once

#include <cstdint>
#include <deque>
#include <exception>
#include <functional>
#include <memory>
#include <numeric>
#include <span>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "runtime/engine/barrier.h"
#include "runtime/engine/changes.h"
#include "runtime/engine/dataflow.h"
#include "runtime/engine/error_relation.h"
#include "runtime/engine/readers.h"
#include "runtime/engine/rebuilding.h"
#include "runtime/engine/source.h"
#include "runtime/engine/writers.h"

namespace sqlmill::rt::engine {

class ChangeLogs;
class SecondaryIndex;

struct InputBatch {
  size_t input;
  std::span<const RawRecord> records;  // Valid until run_epoch() returns.
};

/// What `time` of sqlmill_errors holds: a replay must print the same each time.
enum class ErrorTime : uint8_t { kNull, kNow };

/// Without rows; for these columns of the output.
sql::Chunk make_chunk(const OutputInfo& output, std::span<const uint32_t> columns,
                      uint32_t rows = sql::kVectorRows);

/// Ends a statement that changes tables, for its client: well, or with an error.
using WriteEnd = std::function<void(std::exception_ptr)>;

class Engine {
 public:
  /// `workers`: at least 1, each with its share of the state. So many `threads` do their work, at most one
  /// each; 0: one each. `pipeline` outlives the engine.
  Engine(const PipelineInfo& pipeline, size_t workers, ErrorTime error_time, size_t threads = 0);
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  /// Outputs are the pipeline's, then sqlmill_errors.
  size_t output_count() const { return pipeline_.outputs.size() + 1; }
  size_t errors_output() const { return pipeline_.outputs.size(); }
  const OutputInfo& output(size_t index) const {
    return index == errors_output() ? ErrorRelation::info() : pipeline_.outputs[index];
  }

  /// From the next epoch on changes(output) is filled, until unwatch() was called as often.
  void watch(size_t output);
  void unwatch(size_t output);

  /// Runs one epoch over the batches, in their order. A partition of a table's input is always given to the
  /// same worker.
  void run_epoch(std::span<const InputBatch> batches);
  /// Runs an epoch that holds a statement of the file and nothing else.
  void execute(size_t statement);

  /// Adds an error that was noticed outside the dataflow, by a sink; it belongs to the next epoch.
  void report(delta::ErrorRecord error) { reported_.push_back(std::move(error)); }
  bool has_reported_errors() const { return !reported_.empty(); }

  /// The last epoch's net changes of a watched output, in the output's order. Valid until the next epoch.
  const Changes& changes(size_t output) const { return *changes_[output]; }
  /// All rows of a view, a table or sqlmill_errors with their weights, in the output's order.
  Changes scan(size_t output);
  /// The sum of the weights that scan() would give.
  uint64_t count_rows(size_t output);

  // ---- Readers beside the epochs ----

  /// For queries. They are served behind each epoch; where none comes, by serve().
  Readers& readers() { return *readers_; }
  /// For statements that change tables. Each has an epoch of its own, run by serve().
  Writers& writers() { return *writers_; }
  /// Called behind each of these epochs, on the engine's thread.
  void on_write(std::function<void()> callback) { on_write_ = std::move(callback); }
  /// Behind the first epoch: does what writers and readers wait for, as much as goes at a time. False: there
  /// is nothing left to do before readers().wake().
  bool serve();
  /// The same, until `work`, which runs in a thread of its own, has returned. Throws what it throws.
  void serve_while(const std::function<void()>& work);

  /// For those who follow what changes in outputs.
  ChangeLogs& change_logs() { return *change_logs_; }

  /// An index on columns of an output that has a key, for Snapshot::keys(): its number. Reads the rows that
  /// are there. By the thread that runs the epochs, between them.
  size_t add_index(std::string name, size_t output, std::vector<uint32_t> columns);
  size_t indexed_output(size_t index) const { return index_infos_[index].output; }

  /// How far sources, sinks and checkpoints are, for Readers::progress(). Called on the engine's thread.
  void on_progress(std::function<Progress()> callback) { on_progress_ = std::move(callback); }

  // ---- Checkpoints: what they hold is written elsewhere (runtime/checkpoint) ----

  /// From the next epoch on, which must be the first, save() knows what has changed.
  void note_touched();
  /// Between epochs: what each worker has changed since the last call. An element each.
  void save(std::span<state::ChangedEntries> changed);
  /// Instead of the first epochs: the state as of the end of `epochs`. `tables`: how the entries are
  /// numbered.
  /// `missing`: by PipelineInfo::states, those that are not stored. They are then made anew: announce(), with
  /// epochs over what their inputs have held, which the others ignore until rebuilt().
  void load(state::StoredEntries& stored, std::span<const uint32_t> tables, uint64_t epochs,
            const std::vector<bool>& missing = {});
  /// In the next epoch the rows of this state go to those that read them.
  void announce(size_t state);
  /// These states are not: they and what shows them take the epochs of run_beside() alone, and the others all
  /// that are run otherwise. Until rebuilt().
  void rebuild_beside(const std::vector<bool>& unfinished, std::shared_ptr<Rebuilding> rebuilding);
  /// `is_told`: what cannot be decoded of these records has been found by another epoch.
  void run_beside(std::span<const InputBatch> batches, bool is_told);
  /// All take everything.
  void rebuilt();
  /// Null: nothing is made anew. For any thread.
  std::shared_ptr<Rebuilding> rebuilding() const;
  /// From now on a statement that has changed tables returns to its client not when that is visible, but when
  /// what is given to `hold` is called, by any thread.
  void hold_writes(std::function<void(WriteEnd)> hold) { hold_write_ = std::move(hold); }

  /// Summed over the workers.
  std::vector<OperatorCounters> counters() const;
  const ErrorRelation& errors() const { return errors_; }
  size_t workers() const { return workers_.size(); }
  /// Epochs that have run; the first is number 1.
  uint64_t epochs() const { return epochs_; }
  /// Records that were given to run_epoch().
  uint64_t records() const { return std::accumulate(records_.begin(), records_.end(), uint64_t{0}); }
  std::span<const uint64_t> records_by_input() const { return records_; }

 private:
  friend class Readers;
  friend class Snapshot;

  struct Worker {
    std::unique_ptr<Dataflow> dataflow;
    std::vector<InputBatch> batches;
    std::vector<std::unique_ptr<std::vector<RawRecord>>>
        shares;  // What `batches` point to when a batch was divided.
    size_t shares_used = 0;
    std::vector<std::unique_ptr<Changes>> changes;         // By output; null: not watched.
    std::vector<std::unique_ptr<SecondaryIndex>> indexes;  // As index_infos_.
    uint64_t errors_seen = 0;
    size_t credit = 0;  // Records that scans may read though events wait.

    std::vector<RawRecord>& next_share();
  };
  static constexpr size_t kNoStatement = static_cast<size_t>(-1);

  template <class Take>
  void read_all(size_t output, std::span<const uint32_t> columns, Take take);
  void begin_batches(std::span<const InputBatch> batches);
  void distribute(const InputBatch& batch);
  void run_workers();
  void on_all_workers(const std::function<void(size_t)>& task);
  // What a thread does, for each of its workers.
  void run_shares(size_t thread);
  void run_shares_or_die(size_t thread);
  void run_epoch_of(size_t thread);
  void begin_share(size_t worker);
  void take_changes(Worker& worker);
  void read_beside(size_t worker);
  /// `task(index)` for each worker of a thread.
  template <class Task>
  void for_each_worker(size_t thread, Task task) {
    for (size_t i = thread; i < workers_.size(); i += thread_count_) task(i);
  }

  // For readers_, while the workers rest, and read() by each worker.
  uint32_t sealed_state_epoch();
  bool renumbers_state();
  size_t kept_bytes();
  void set_pins(uint64_t oldest_epoch, uint32_t oldest, uint32_t newest);
  void find(size_t output, std::span<const uint32_t> columns, std::span<const sql::Datum> keys,
            const Pin& pin, sql::Chunk& rows);
  /// False: there are more than `most`, and none is given. Bytes are copied into `memory`.
  bool find_keys(size_t index, std::span<const sql::Datum> values, size_t most, base::Arena& memory,
                 std::vector<sql::Datum>& keys);
  uint32_t read(size_t worker, size_t output, const Reading& reading, uint64_t epoch, Cursor& cursor,
                uint32_t max_records, sql::Chunk& rows);
  void run_writes();
  void check_writes() const;
  void ignore(const Ignored& what);
  void work_until_stopped(size_t thread);
  void seal();
  void collect_errors();

  struct IndexInfo {
    std::string name;  // As sqlmill_operators shows it.
    size_t output;
  };

  const PipelineInfo& pipeline_;
  const ErrorTime error_time_;
  std::vector<Worker> workers_;
  std::vector<std::unique_ptr<Changes>> changes_;  // By output; null: not watched.
  std::vector<uint32_t> watchers_;                 // By output.
  std::deque<IndexInfo> index_infos_;              // Names are borrowed.
  ErrorRelation errors_;
  std::vector<delta::ErrorRecord> reported_;
  bool are_records_told_ = false;  // Of the epoch that runs.
  Ignored ignored_;                // By those that are not of run_beside(),
  Ignored ignored_beside_;         // and by those that are.
  mutable std::mutex rebuilding_mutex_;
  std::shared_ptr<Rebuilding> rebuilding_;
  uint64_t epochs_ = 0;
  std::vector<uint64_t> records_;  // By input.
  size_t statement_ = kNoStatement;
  bool is_serving_ = false;  // The workers only read.
  std::shared_ptr<Readers> readers_;
  std::unique_ptr<Writers> writers_;
  std::unique_ptr<ChangeLogs> change_logs_;
  std::vector<TableWrite> writes_;  // Of the epoch that runs.
  bool is_writing_ = false;
  std::function<void()> on_write_;
  std::function<Progress()> on_progress_;
  std::function<void(WriteEnd)> hold_write_;
  const std::function<void(size_t)>* task_ = nullptr;  // Run by all workers instead of an epoch.

  const size_t thread_count_;
  Barrier barrier_;
  Barrier::Patience between_epochs_;
  Barrier::Patience within_epochs_;
  bool stopping_ = false;  // Written while the workers rest, read after the barrier that wakes them.
  std::vector<std::thread> threads_;
};

}  // namespace sqlmill::rt::engine
