// What can be seen of a pipeline: a view, a table, or the relation behind a sink. Collects the changes of an
// epoch when somebody watches, keeps rows of its own when no operator's records hold them, and reads rows:
// its own, or those that the producer's records stand for.
//
// A Spec is one of ops/project.h with, besides, InBatch, kColumns, to_datums() and
//
// - kStored: rows of its own are kept; then Out is what ops/stored_rows.h asks for;
// - kCanFail: the projection can fail, so it is evaluated for the error log even when nobody watches;
// - if its rows can be read: Kept (ops/reading.h), of which `shows` says whether it is a row of the output
//   and `read` fills one column.
#pragma once

#include "runtime/engine/dataflow.h"
#include "runtime/ops/project.h"
#include "runtime/ops/stored_rows.h"

namespace sqlmill::rt::engine {

struct NotStored {};
struct OutputKeepsNoRows {
  explicit OutputKeepsNoRows(const ops::Environment&) {}
};

template <class Spec>
class Output {
 public:
  using Out = typename Spec::Out;
  using InBatch = typename Spec::InBatch;

  /// Whether the producer must emit its changes even if nobody watches.
  static constexpr bool kNeedsChanges = Spec::kStored || Spec::kCanFail;

  explicit Output(ops::Environment env) : env_(env), rows_(env) {}

  /// Collects changes as long as it was watched more often than not.
  void watch(bool on) { watchers_ += on ? 1 : -1; }

  void consume(const InBatch& batch) {
    if (ignores_) return;
    if constexpr (Spec::kStored) {
      scratch_.clear();
      ops::project<Spec>(env_, batch, scratch_);
      rows_.apply(scratch_);
      for (size_t i = 0; watchers_ > 0 && i < scratch_.size(); ++i)
        changes_.add(scratch_.row(i), scratch_.weight(i));
    } else if (watchers_ > 0) {
      ops::project<Spec>(env_, batch, changes_);
    } else if constexpr (Spec::kCanFail) {
      ops::check<Spec>(env_, batch);
    }
  }

  void take_changes(const ChangeVisitor& visit) {
    for (size_t i = 0; i < changes_.size(); ++i) show(changes_.row(i), changes_.weight(i), visit);
    changes_.clear();
  }

  /// Appends the next rows to the chunk, until it is full or so many records have been looked at. How many
  /// have been.
  template <class Producer>
  uint32_t read(Producer& producer, const ops::Reading& reading, ops::Cursor& cursor, uint32_t max_records,
                sql::Chunk& rows) {
    uint32_t looked = 0;
    while (!cursor.at_end && looked < max_records && rows.rows + ops::kKeptRows <= sql::kVectorRows) {
      typename Producer::Kept kept[ops::kKeptRows];
      const ops::KeptCount count = producer.read(reading.epoch, cursor, max_records - looked, kept);
      looked += count.records;
      show(reading, kept, count.rows, rows);
    }
    return looked;
  }
  /// The rows of its own.
  uint32_t read(const ops::Reading& reading, ops::Cursor& cursor, uint32_t max_records, sql::Chunk& rows)
    requires(Spec::kStored)
  {
    return read(rows_, reading, cursor, max_records, rows);
  }
  /// Appends the row that the producer keeps for a key, if this worker has it.
  template <class Producer, class Key>
  void find(Producer& producer, const ops::Reading& reading, const Key& key, sql::Chunk& rows) {
    typename Producer::Kept kept[1];
    if (producer.find(reading.epoch, key, kept[0])) show(reading, kept, 1, rows);
  }

  void end_epoch() {
    changes_.clear();
    if constexpr (Spec::kStored) rows_.end_epoch();
  }

  // The rows of its own, as operators have these functions.
  void note_touched()
    requires(Spec::kStored)
  {
    rows_.note_touched();
  }
  void save(state::ChangedEntries& entries)
    requires(Spec::kStored)
  {
    rows_.save(entries);
  }
  void load(state::Loading& entries)
    requires(Spec::kStored)
  {
    rows_.load(entries);
  }
  void ignore(bool on) { ignores_ = on; }

  OperatorCounters counters() const {
    OperatorCounters all;
    all.name = Spec::kName;
    if constexpr (Spec::kStored) {
      all.rows_in = rows_.counters().rows_in;
      all.touched = rows_.counters().touched;
      all.records = rows_.records();
      all.state_bytes = rows_.state_bytes();
    }
    return all;
  }

 private:
  template <class Kept>
  void show(const ops::Reading& reading, Kept* kept, uint32_t count, sql::Chunk& rows) {
    uint32_t shown = 0;
    for (uint32_t i = 0; i < count; ++i) {
      if (Spec::shows(reading.context, kept[i])) {
        kept[shown++] = kept[i];
      } else {
        reading.context.clear_error();
      }
    }
    for (size_t c = 0; c < reading.columns.size(); ++c) {
      if (reading.columns[c] == ops::kRowNumber) {
        number_rows(kept, shown, rows.columns[c], rows.rows);
      } else {
        Spec::read(reading.context, kept, shown, reading.columns[c], rows.columns[c], rows.rows);
      }
    }
    rows.rows += shown;
  }
  template <class Kept>
  void number_rows([[maybe_unused]] const Kept* kept, [[maybe_unused]] uint32_t count,
                   [[maybe_unused]] sql::Vector& column, [[maybe_unused]] uint32_t at) const {
    if constexpr (requires { kept->number; }) {
      const int64_t worker = static_cast<int64_t>(env_.worker) << 32;
      ops::fill(column, at, kept, count, [&](const Kept& k) { return worker | k.number; });
    }
  }
  static void show(const Out& row, int64_t weight, const ChangeVisitor& visit) {
    sql::Datum datums[Spec::kColumns];
    Spec::to_datums(row, datums);
    visit(weight, datums);
  }

  ops::Environment env_;
  int watchers_ = 0;
  bool ignores_ = false;  // What comes is for others, which are made anew from the same.
  delta::Batch<Out, InBatch::kOnlyInserts> changes_;
  [[no_unique_address]] std::conditional_t<Spec::kStored, delta::Batch<Out, InBatch::kOnlyInserts>, NotStored>
      scratch_;
  [[no_unique_address]] std::conditional_t<Spec::kStored, ops::StoredRows<Out>, OutputKeepsNoRows> rows_;
};

}  // namespace sqlmill::rt::engine
