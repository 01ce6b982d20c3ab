// A relation's rows and then its changes, as they come: what a subscription cursor gives. Behind the
// relation's columns a row has `op` (Insert, Delete, UpdateDelete, UpdateInsert) and `epoch`, which names how
// far a reader is that has this row: `5f3a9c21-1042` all changes up to epoch 1042, `5f3a9c21-1042.3` the
// first three of that epoch. The part before the hyphen is another one each time that the program starts.
//
// Invariant: rows given so far, taken in order, are the relation as of the last whole epoch.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "runtime/engine/change_log.h"
#include "runtime/query/database.h"

namespace sqlmill::rt::query {

/// Where a subscription cursor begins.
struct LiveStart {
  enum class From : uint8_t { kRows, kNow, kEpoch } from = From::kRows;
  std::string epoch;  // Of kEpoch: as a row has shown it.
};

/// For one thread at a time.
class LiveResult : public Result {
 public:
  /// `limits` are those of the beginning. Throws StatementError or QueryError.
  LiveResult(const engine::PipelineInfo& pipeline, engine::Engine& engine, const catalog::Relation& relation,
             const LiveStart& start, const Limits& limits);
  ~LiveResult() override;

  const std::vector<plan::OutputColumn>& columns() const override { return columns_; }
  /// From here on next() gives what there is now, to the end of an epoch, and then null. Null is not the end
  /// for ever.
  void catch_up(std::stop_token stop);
  const Chunk* next() override;
  std::string tag() const override { return "SELECT 0"; }
  /// False: there is more already. True: `call` is called, from another thread, when there is.
  bool call_at_change(std::function<void()> call) { return changes_->call_at_change(std::move(call)); }

 private:
  void begin_rows(const Limits& limits);
  void resume(const LiveStart& start, const Limits& limits);
  void read_ahead();
  bool next_rows();
  bool next_changes();
  void fill_place(uint32_t row, const engine::ChangePlace& place);

  engine::ChangeLogs& logs_;
  const size_t output_;
  std::vector<plan::OutputColumn> columns_;
  std::shared_ptr<engine::Snapshot> snapshot_;  // Until its rows have been given.
  std::unique_ptr<engine::Scan> scan_;
  Chunk rows_ahead_;  // So that the last one is known for it.
  std::unique_ptr<engine::ChangeReader> changes_;
  std::stop_token stop_;
  uint64_t last_epoch_ = 0;
  Chunk out_;
  engine::ChangeSlice borrowed_;  // By what was given.
  Arena memory_{4096};
};

}  // namespace sqlmill::rt::query
