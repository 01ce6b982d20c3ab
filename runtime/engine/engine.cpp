#include "runtime/engine/engine.h"

#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <numeric>
#include <optional>

#include "runtime/engine/change_log.h"
#include "runtime/engine/fault.h"
#include "runtime/engine/secondary_index.h"

namespace sqlmill::rt::engine {

namespace {

sql::Timestamptz now() {
  constexpr int64_t kMicrosFrom1970To2000 = 10'957 * sql::kMicrosPerDay;
  const auto since_1970 = std::chrono::system_clock::now().time_since_epoch();
  return {std::chrono::duration_cast<std::chrono::microseconds>(since_1970).count() - kMicrosFrom1970To2000};
}

std::vector<uint32_t> all_columns(const OutputInfo& output) {
  std::vector<uint32_t> columns(output.columns.size());
  std::iota(columns.begin(), columns.end(), 0);
  return columns;
}

}  // namespace

sql::Chunk make_chunk(const OutputInfo& output, std::span<const uint32_t> columns, uint32_t rows) {
  sql::Chunk chunk;
  chunk.columns.reserve(columns.size());
  for (const uint32_t column : columns) {
    chunk.columns.emplace_back(
        column == ops::kRowNumber ? sql::TypeId::kBigint : output.columns[column].type.id, rows);
  }
  return chunk;
}

std::vector<RawRecord>& Engine::Worker::next_share() {
  if (shares_used == shares.size()) shares.push_back(std::make_unique<std::vector<RawRecord>>());
  std::vector<RawRecord>& share = *shares[shares_used++];
  share.clear();
  return share;
}

Engine::Engine(const PipelineInfo& pipeline, size_t workers, ErrorTime error_time, size_t threads)
    : pipeline_(pipeline),
      error_time_(error_time),
      changes_(output_count()),
      watchers_(output_count()),
      records_(pipeline.inputs.size()),
      thread_count_(threads == 0 ? workers : std::min(threads, workers)),
      barrier_(thread_count_) {
  for (std::unique_ptr<Dataflow>& dataflow : pipeline.make(workers)) {
    Worker& worker = workers_.emplace_back();
    worker.dataflow = std::move(dataflow);
    worker.changes.resize(pipeline.outputs.size());
  }
  if (workers_.size() != workers) throw Fault("the pipeline did not make one dataflow a worker");
  readers_ = std::make_shared<Readers>(*this);
  writers_ = std::make_unique<Writers>(*readers_);
  change_logs_ = std::make_unique<ChangeLogs>(*this);
  for (size_t i = 1; i < thread_count_; ++i) threads_.emplace_back([this, i] { work_until_stopped(i); });
}

Engine::~Engine() {
  writers_->stop();
  readers_->stop();
  stopping_ = true;
  if (!threads_.empty()) barrier_.arrive_and_wait(between_epochs_);
  for (std::thread& thread : threads_) thread.join();
}

void Engine::watch(size_t output) {
  if (watchers_[output]++ > 0) return;
  changes_[output] = std::make_unique<Changes>(this->output(output).columns.size());
  if (output == errors_output()) return;
  for (Worker& worker : workers_) {
    worker.dataflow->watch(output, true);
    worker.changes[output] = std::make_unique<Changes>(pipeline_.outputs[output].columns.size());
  }
}

void Engine::unwatch(size_t output) {
  if (--watchers_[output] > 0) return;
  changes_[output].reset();
  if (output == errors_output()) return;
  for (Worker& worker : workers_) {
    worker.dataflow->watch(output, false);
    worker.changes[output].reset();
  }
}

void Engine::run_epoch(std::span<const InputBatch> batches) {
  for (const InputBatch& batch : batches) records_[batch.input] += batch.records.size();
  begin_batches(batches);
  run_workers();
}

void Engine::begin_batches(std::span<const InputBatch> batches) {
  for (Worker& worker : workers_) {
    worker.batches.clear();
    worker.shares_used = 0;
  }
  for (const InputBatch& batch : batches) {
    if (!batch.records.empty()) distribute(batch);
  }
}

void Engine::execute(size_t statement) {
  for (Worker& worker : workers_) worker.batches.clear();
  statement_ = statement;
  run_workers();
  statement_ = kNoStatement;
}

void Engine::distribute(const InputBatch& batch) {
  if (pipeline_.inputs[batch.input].kind == InputKind::kSource) {
    // The rows of a source are a multiset, whose order nobody asks for: equal shares for all.
    const size_t share = (batch.records.size() + workers_.size() - 1) / workers_.size();
    for (size_t i = 0; i * share < batch.records.size(); ++i) {
      const size_t count = std::min(share, batch.records.size() - i * share);
      workers_[i].batches.push_back({batch.input, batch.records.subspan(i * share, count)});
    }
    return;
  }
  // The input is added so that several inputs of one partition do not all meet on worker 0.
  const auto worker_of = [&](const RawRecord& record) {
    return (static_cast<uint32_t>(record.partition) + batch.input) % workers_.size();
  };
  const size_t first = worker_of(batch.records.front());
  bool divided = false;
  if (workers_.size() > 1) {
    for (const RawRecord& record : batch.records) divided |= worker_of(record) != first;
  }
  if (!divided) {
    workers_[first].batches.push_back(batch);
    return;
  }
  std::vector<std::vector<RawRecord>*> shares;
  for (Worker& worker : workers_) shares.push_back(&worker.next_share());
  for (const RawRecord& record : batch.records) shares[worker_of(record)]->push_back(record);
  for (size_t i = 0; i < workers_.size(); ++i) {
    if (!shares[i]->empty()) workers_[i].batches.push_back({batch.input, *shares[i]});
  }
}

void Engine::run_workers() {
  ++epochs_;
  barrier_.arrive_and_wait(between_epochs_);  // Wakes them.
  run_shares_or_die(0);
  barrier_.arrive_and_wait(within_epochs_);
  // The next epoch may be a statement's; what these borrow is gone by then.
  for (Worker& worker : workers_) worker.batches.clear();
  seal();
  if (!change_logs_->is_empty()) change_logs_->append();
  if (readers_->wants_tending()) readers_->tend();
}

void Engine::work_until_stopped(size_t thread) {
  while (true) {
    barrier_.arrive_and_wait(between_epochs_);
    if (stopping_) return;
    run_shares_or_die(thread);
    barrier_.arrive_and_wait(within_epochs_);
  }
}

void Engine::run_shares_or_die(size_t thread) {
  // The others wait at a barrier for this thread and its state is in an unknown condition: no way on, and
  // none back.
  try {
    run_shares(thread);
  } catch (const std::exception& error) {
    fmt::print(stderr, "fault: worker {} failed in epoch {}: {}\n", thread, epochs_, error.what());
    std::_Exit(3);
  }
}

/// Between two epochs: a slice for as many consumed events as it reads records, so that what scans cost
/// events is bounded; where none wait, as much as goes.
void Engine::read_beside(size_t index) {
  Worker& worker = workers_[index];
  if (is_serving_) {
    readers_->run_slice(index);
    return;
  }
  for (const InputBatch& batch : worker.batches) worker.credit += batch.records.size();
  for (; worker.credit >= Readers::kSliceRecords; worker.credit -= Readers::kSliceRecords) {
    if (readers_->run_slice(index) == 0) {
      worker.credit = 0;
      return;
    }
  }
}

void Engine::run_shares(size_t thread) {
  if (is_serving_) {
    for_each_worker(thread, [&](size_t i) { read_beside(i); });
  } else if (task_ != nullptr) {
    for_each_worker(thread, *task_);
  } else {
    run_epoch_of(thread);
  }
}

void Engine::run_epoch_of(size_t thread) {
  for_each_worker(thread, [&](size_t i) { begin_share(i); });
  for (size_t stage = 1; stage <= pipeline_.stages; ++stage) {
    barrier_.arrive_and_wait(within_epochs_);
    for_each_worker(thread, [&](size_t i) { workers_[i].dataflow->run_stage(stage); });
  }
  for_each_worker(thread, [&](size_t i) { take_changes(workers_[i]); });
  barrier_.arrive_and_wait(within_epochs_);
  for_each_worker(thread, [&](size_t i) {
    workers_[i].dataflow->end_epoch();
    for (const auto& index : workers_[i].indexes) index->end_epoch();
    workers_[i].dataflow->pins().advance();
    if (readers_->has_scans()) read_beside(i);
  });
}

void Engine::begin_share(size_t index) {
  Worker& worker = workers_[index];
  Dataflow& dataflow = *worker.dataflow;
  if (statement_ != kNoStatement) dataflow.execute(statement_);
  for (const TableWrite& write : writes_) {
    std::vector<uint32_t> erased;
    for (const uint64_t number : write.erased) {
      if (number >> 32 == index) erased.push_back(static_cast<uint32_t>(number));
    }
    dataflow.write(write.input, erased, write.inserted);
  }
  for (const InputBatch& batch : worker.batches) dataflow.ingest(batch.input, batch.records);
}

void Engine::take_changes(Worker& worker) {
  for (size_t output = 0; output < worker.changes.size(); ++output) {
    Changes* changes = worker.changes[output].get();
    std::vector<SecondaryIndex*> indexes;
    for (size_t i = 0; i < worker.indexes.size(); ++i) {
      if (index_infos_[i].output == output) indexes.push_back(worker.indexes[i].get());
    }
    if (changes != nullptr) changes->clear();
    if (changes == nullptr && indexes.empty()) continue;
    worker.dataflow->take_changes(output, [&](int64_t weight, std::span<const sql::Datum> row) {
      if (changes != nullptr) changes->add(weight, row);
      for (SecondaryIndex* index : indexes) index->apply(weight, row);
    });
  }
}

void Engine::seal() {
  collect_errors();
  for (size_t output = 0; output < changes_.size(); ++output) {
    Changes* changes = changes_[output].get();
    if (changes == nullptr) continue;
    changes->clear();
    if (output == errors_output()) {
      errors_.scan_epoch([&](int64_t weight, std::span<const sql::Datum> row) { changes->add(weight, row); });
    } else if (workers_.size() == 1) {
      std::swap(changes_[output], workers_[0].changes[output]);
    } else {
      for (const Worker& worker : workers_) changes->add(*worker.changes[output]);
    }
    changes_[output]->sort(this->output(output).order);
  }
}

void Engine::collect_errors() {
  std::vector<delta::ErrorRecord> records = std::exchange(reported_, {});
  uint64_t count = records.size();
  for (Worker& worker : workers_) {
    ErrorLog& log = worker.dataflow->errors();
    if (log.count() == worker.errors_seen) continue;
    count += log.count() - worker.errors_seen;
    worker.errors_seen = log.count();
    for (delta::ErrorRecord& record : log.take()) {
      if (are_records_told_ && record.offset) {
        --count;
        continue;
      }
      records.push_back(std::move(record));
    }
  }
  const uint64_t dropped = count - records.size();
  errors_.add_epoch(epochs_, std::move(records), dropped,
                    error_time_ == ErrorTime::kNow && count > 0 ? std::optional(now()) : std::nullopt);
}

Changes Engine::scan(size_t output) {
  Changes rows(this->output(output).columns.size());
  read_all(output, all_columns(this->output(output)), [&](const sql::Chunk& chunk) {
    std::vector<sql::Datum> row(chunk.columns.size());
    for (uint32_t i = 0; i < chunk.rows; ++i) {
      for (size_t c = 0; c < row.size(); ++c) row[c] = chunk.columns[c].datum(i);
      rows.add(1, row);
    }
  });
  rows.sort(this->output(output).order);
  return rows;
}

template <class Take>
void Engine::read_all(size_t output, std::span<const uint32_t> columns, Take take) {
  base::Arena arena;
  sql::Context context(arena);
  sql::Chunk chunk = make_chunk(this->output(output), columns);
  const size_t parts = output == errors_output() ? 1 : workers_.size();
  for (size_t worker = 0; worker < parts; ++worker) {
    for (Cursor cursor; !cursor.at_end;) {
      chunk.rows = 0;
      read(worker, output, {state::Pins::kLatest, columns, context}, epochs_, cursor, UINT32_MAX, chunk);
      take(chunk);
      arena.reset();
    }
  }
}

uint64_t Engine::count_rows(size_t output) {
  uint64_t count = 0;
  read_all(output, {}, [&](const sql::Chunk& chunk) { count += chunk.rows; });
  return count;
}

// ---- Readers ----

bool Engine::serve() {
  if (epochs_ == 0) return false;
  if (writers_->has_waiting() && !is_writing_) run_writes();
  const bool has_slices = readers_->tend();
  if (has_slices) {
    is_serving_ = true;
    barrier_.arrive_and_wait(between_epochs_);
    run_shares_or_die(0);
    barrier_.arrive_and_wait(within_epochs_);
    is_serving_ = false;
    return true;
  }
  // What went with the last pins, without waiting for an epoch.
  if (kept_bytes() == 0 || workers_[0].dataflow->pins().any()) return false;
  for (Worker& worker : workers_) worker.dataflow->end_epoch();
  return kept_bytes() != 0;
}

void Engine::run_writes() {
  is_writing_ = true;
  while (const std::shared_ptr<Writers::Pending> pending = writers_->take()) {
    std::exception_ptr error;
    try {
      const auto compute = [&] { writes_ = pending->compute(); };
      if (pending->reads) {
        serve_while(compute);
      } else {
        compute();
      }
      check_writes();
      // The epoch is for the writes alone: what the last one has read is not read again.
      for (Worker& worker : workers_) worker.batches.clear();
      run_workers();
    } catch (...) {
      error = std::current_exception();
    }
    writes_.clear();
    if (!error && on_write_) on_write_();
    if (error || !hold_write_ || pending->until == WriteUntil::kVisible) {
      Writers::finish(*pending, epochs_, error);
    } else {
      hold_write_([pending, epoch = epochs_](std::exception_ptr end) {
        Writers::finish(*pending, epoch, std::move(end));
      });
    }
  }
  is_writing_ = false;
}

/// A table that is not whole has no rows that statements could be about.
void Engine::check_writes() const {
  const std::shared_ptr<Rebuilding> rebuilding = this->rebuilding();
  if (!rebuilding) return;
  for (const TableWrite& write : writes_) {
    for (size_t i = 0; i < pipeline_.outputs.size(); ++i) {
      if (pipeline_.outputs[i].name == pipeline_.inputs[write.input].name)
        check_whole(rebuilding.get(), i, pipeline_.outputs[i]);
    }
  }
}

void Engine::serve_while(const std::function<void()>& work) {
  std::exception_ptr error;
  std::atomic<bool> is_done = false;
  std::thread thread([&] {
    try {
      work();
    } catch (...) {
      error = std::current_exception();
    }
    is_done = true;
    readers_->signal();
  });
  while (!is_done) {
    // What woke this thread for the end may have been used up by serve().
    if (serve() || is_done) continue;
    const Wake wake = readers_->wake();
    const Readers::Rest rest(*readers_);
    wait_for_first({&wake, 1}, std::chrono::milliseconds(100));
  }
  thread.join();
  serve();
  if (error) std::rethrow_exception(error);
}

std::vector<OperatorCounters> Engine::counters() const {
  std::vector<OperatorCounters> sum = workers_[0].dataflow->counters();
  for (size_t i = 1; i < workers_.size(); ++i) {
    const std::vector<OperatorCounters> share = workers_[i].dataflow->counters();
    for (size_t op = 0; op < sum.size() && op < share.size(); ++op) {
      sum[op].rows_in += share[op].rows_in;
      sum[op].touched += share[op].touched;
      sum[op].rows_out += share[op].rows_out;
      sum[op].records += share[op].records;
      sum[op].state_bytes += share[op].state_bytes;
    }
  }
  for (size_t i = 0; i < index_infos_.size(); ++i) {
    OperatorCounters& counters = sum.emplace_back();
    counters.name = index_infos_[i].name;
    for (const Worker& worker : workers_) {
      counters.records += worker.indexes[i]->entries();
      counters.state_bytes += worker.indexes[i]->bytes();
    }
  }
  return sum;
}

}  // namespace sqlmill::rt::engine
