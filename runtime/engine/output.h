// What can be seen of a pipeline: a view, a table, or the relation behind a sink. Collects the changes of an
// epoch when somebody watches, keeps rows of its own when no operator's records hold them, and turns rows
// into Datums.
//
// A Spec is one of ops/project.h with, besides, InBatch, kColumns, to_datums() and
//
// - kStored: rows of its own are kept; then Out is what ops/stored_rows.h asks for;
// - kCanFail: the projection can fail, so it is evaluated for the error log even when nobody watches.
#pragma once

#include "runtime/engine/dataflow.h"
#include "runtime/ops/project.h"
#include "runtime/ops/stored_rows.h"

namespace sqlmill::rt::engine {

struct NotStored {};
struct OutputKeepsNoRows {};

template <class Spec>
class Output {
 public:
  using Out = typename Spec::Out;
  using InBatch = typename Spec::InBatch;

  /// Whether the producer must emit its changes even if nobody watches.
  static constexpr bool kNeedsChanges = Spec::kStored || Spec::kCanFail;

  explicit Output(ops::Environment env) : env_(env) {}

  void watch() { watched_ = true; }

  void consume(const InBatch& batch) {
    if constexpr (Spec::kStored) {
      scratch_.clear();
      ops::project<Spec>(env_, batch, scratch_);
      rows_.apply(scratch_);
      for (size_t i = 0; watched_ && i < scratch_.size(); ++i)
        changes_.add(scratch_.row(i), scratch_.weight(i));
    } else if (watched_) {
      ops::project<Spec>(env_, batch, changes_);
    } else if constexpr (Spec::kCanFail) {
      ops::check<Spec>(env_, batch);
    }
  }

  void take_changes(const ChangeVisitor& visit) {
    for (size_t i = 0; i < changes_.size(); ++i) show(changes_.row(i), changes_.weight(i), visit);
    changes_.clear();
  }

  /// The rows that the producer's records stand for.
  template <class Producer>
  int64_t scan(Producer& producer, const ChangeVisitor& visit) {
    int64_t count = 0;
    producer.for_each([&](const typename Spec::In& in) {
      Out out;
      if (Spec::project(env_.context, in, out)) {
        ++count;
        if (visit) show(out, 1, visit);
      } else {
        env_.context.clear_error();
      }
    });
    return count;
  }
  /// The rows of its own.
  int64_t scan(const ChangeVisitor& visit) {
    int64_t count = 0;
    if constexpr (Spec::kStored) {
      rows_.for_each([&](const Out& row, int64_t weight) {
        count += weight;
        if (visit) show(row, weight, visit);
      });
    }
    return count;
  }

  void end_epoch() {
    changes_.clear();
    if constexpr (Spec::kStored) rows_.end_epoch();
  }

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
  static void show(const Out& row, int64_t weight, const ChangeVisitor& visit) {
    sql::Datum datums[Spec::kColumns];
    Spec::to_datums(row, datums);
    visit(weight, datums);
  }

  ops::Environment env_;
  bool watched_ = false;
  delta::Batch<Out, InBatch::kOnlyInserts> changes_;
  [[no_unique_address]] std::conditional_t<Spec::kStored, delta::Batch<Out, InBatch::kOnlyInserts>, NotStored>
      scratch_;
  [[no_unique_address]] std::conditional_t<Spec::kStored, ops::StoredRows<Out>, OutputKeepsNoRows> rows_;
};

}  // namespace sqlmill::rt::engine
