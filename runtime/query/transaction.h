// Several statements, whose changes become visible together: each sees those of the ones before it in tables,
// Database::commit() applies them.
#pragma once

#include <memory>
#include <vector>

#include "runtime/engine/readers.h"
#include "runtime/query/overlay.h"

namespace sqlmill::rt::query {

class Transaction {
 public:
  /// What its statements read. Null: each the epoch that is the last one then.
  std::shared_ptr<engine::Snapshot> snapshot;
  /// An INSERT without ON CONFLICT overwrites at COMMIT, too, whatever has the key, as one by itself does.
  bool is_blind = false;

  /// Statements that have changed tables.
  size_t changes() const { return changes_.size(); }
  /// Takes those back that are behind the first ones.
  void keep_changes(size_t count);

  /// Of the tables that it has changed.
  const std::vector<std::shared_ptr<Overlay>>& overlays() const { return overlays_; }
  /// Adds what a statement has computed from `base`, and perhaps from what the transaction had changed
  /// before.
  void add(const catalog::Relation& table, const ChangedRows& rows, Relations& base,
           Overlay::Insertion insertion);

 private:
  struct Statement {
    Overlay* overlay;
    uint32_t version;  // Before it.
  };
  std::vector<std::shared_ptr<Overlay>> overlays_;
  std::vector<Statement> changes_;
};

}  // namespace sqlmill::rt::query
