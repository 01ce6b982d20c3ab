// What a transaction has done to one table and has not applied: rows that have come, and rows of the table
// that have gone or are others now.
//
// An entry is a row that was touched: that of a key, or without a primary key a row of the table by its
// number or a new one. Changes are only ever added, those of ROLLBACK TO too, so what a statement sees is
// given by how many there were when it began: a cursor keeps its rows, whatever is changed while it is open.
#pragma once

#include <unordered_map>

#include "compiler/catalog/catalog.h"
#include "runtime/engine/writers.h"
#include "runtime/query/builder.h"
#include "runtime/query/change.h"
#include "runtime/query/group_table.h"
#include "runtime/query/kept_chunks.h"

namespace sqlmill::rt::query {

/// A transaction that cannot be committed, because others have changed what it has.
class CommitError : public std::runtime_error {
 public:
  CommitError(std::string_view sqlstate, const std::string& message)
      : std::runtime_error(message), sqlstate_(sqlstate) {}
  std::string_view sqlstate() const { return sqlstate_; }

 private:
  std::string_view sqlstate_;
};

class Overlay {
 public:
  static constexpr uint32_t kNone = state::HashIndex::kNone;
  /// How a statement sees an entry.
  enum class State : uint8_t { kAsItIs, kGone, kPut };
  struct Sight {
    State state = State::kAsItIs;
    uint32_t row = kNone;  // Among kept(); only of kPut.
    bool operator==(const Sight&) const = default;
  };
  /// What is done with rows of an INSERT: those of the same key that are there are looked up, so that COMMIT
  /// can tell whether they have changed, or they are overwritten, whatever they are.
  enum class Insertion : uint8_t { kChecked, kOnConflict, kBlind };

  explicit Overlay(const catalog::Relation& table);

  const catalog::Relation& table() const { return table_; }
  bool has_key() const { return !table_.primary_key.empty(); }
  /// Whether a statement that begins now sees another table than is there.
  bool is_changed() const { return touched_ > 0; }

  /// How many changes there are: what a statement sees, and where undo() goes back to.
  uint32_t version() const { return static_cast<uint32_t>(changes_.size()); }
  void undo(uint32_t version);
  /// Adds what a statement has computed; `base` has the rows that it has read. Throws QueryError.
  void add(const ChangedRows& rows, Relations& base, Insertion insertion);

  /// The table's columns by which entries are found in chunks.
  std::vector<uint32_t> identity() const;
  /// The entry of each row, by the columns of identity(); kNone: there is none.
  void find(std::span<const Vector* const> identity, uint32_t rows, uint32_t* entries);
  uint32_t entries() const { return static_cast<uint32_t>(entries_.size()); }
  Sight sight(uint32_t entry, uint32_t version) const;
  /// Writes some columns of `entry`, whose sight is `row`, into row `to` of a chunk. Its number is negative.
  void read(uint32_t entry, uint32_t row, std::span<const uint32_t> columns, Chunk& out, uint32_t to) const;

  /// What becomes of the newest rows, which no epoch may change meanwhile. Borrows from this. Throws
  /// CommitError if one of those that it replaces is no longer as it was.
  engine::TableWrite write(size_t input, Relations& newest);

 private:
  struct Entry {
    Sight now;
    uint32_t last_change = kNone;
    uint32_t before = kNone;  // The row of the table as it was, among kept(); kNone: it was not there.
    int64_t number = -1;      // Of a row of a table without a key; negative: it is new.
    Insertion insertion = Insertion::kChecked;
  };
  struct Change {
    uint32_t entry;
    uint32_t earlier;  // Of the same entry.
    Sight before;
  };

  uint32_t keep(const Chunk& rows, uint32_t row);
  Datum kept(uint32_t row, size_t column) const;
  std::string encoding(uint32_t row) const;
  void set(uint32_t entry, Sight sight);
  uint32_t add_entry(int64_t number);
  void add_by_key(const ChangedRows& rows, Relations& base, Insertion insertion);
  void add_by_number(const ChangedRows& rows);
  void insert_by_key(const Chunk& rows, Relations& base, Insertion insertion);
  void find_or_add(const Chunk& rows, uint32_t* entries);
  bool changes_table(const Entry& entry) const;
  void check(const Entry& entry, const Chunk* newest, uint32_t row) const;
  void check_by_key(Relations& newest, engine::TableWrite& write);
  void check_some(std::span<const uint32_t> entries, Relations& newest, engine::TableWrite& write);
  void check_by_number(Relations& newest, engine::TableWrite& write);

  const catalog::Relation& table_;
  const Limits limits_;
  Execution execution_{limits_, {}};
  KeptChunks rows_;
  GroupTable keys_;                                  // With a key: its groups are the entries.
  std::unordered_map<int64_t, uint32_t> by_number_;  // Without.
  std::vector<Entry> entries_;
  std::vector<Change> changes_;
  size_t touched_ = 0;  // Entries that are not as they are.
};

}  // namespace sqlmill::rt::query
