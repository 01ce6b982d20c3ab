// An aggregate call over an order: ORDER BY among its arguments, or WITHIN GROUP. Its rows are kept until the
// group's result is asked for.
#pragma once

#include "runtime/query/accumulators.h"
#include "runtime/query/builder.h"
#include "runtime/query/collected_rows.h"

namespace sqlmill::rt::query {

class OrderedCall {
 public:
  /// Whether it is one. Of DISTINCT values PostgreSQL makes lists in the order of the arguments.
  static bool is_one(const plan::AggregateCall& call) {
    return call.within_group || !call.order.empty() || (call.distinct && call.function->order_matters);
  }

  /// `input` are the columns of the rows.
  OrderedCall(const plan::AggregateCall& call, const std::vector<plan::OutputColumn>& input,
              Builder& builder);

  /// Before add(), all rows of the chunk: the first one of a group gives the direct arguments.
  void note_groups(Evaluation& evaluation, const Chunk& chunk, const uint32_t* groups);
  /// The `selected` rows of the chunk (null: all), with the arguments of a call without WITHIN GROUP.
  void add(Evaluation& evaluation, const Chunk& chunk, std::span<const Vector* const> arguments,
           const uint32_t* groups, const uint32_t* selected, uint32_t count);
  /// Once a group, when all rows are there. `accumulator` has nothing in it and gets the group's values.
  void value(Evaluation& evaluation, uint32_t group, const AccumulatorType& type, base::Heap& heap,
             void* accumulator, Vector& result, uint32_t row);
  void clear();

 private:
  void add_direct(Evaluation& evaluation, const Chunk& chunk, const std::vector<uint32_t>& first);
  const uint32_t* drop_nulls(const Vector& key, const uint32_t* selected, uint32_t& count);

  const OrderedSetFunction set_;  // Null: ORDER BY among the arguments.
  const bool ignores_nulls_;
  std::vector<ExpressionPtr> keys_;  // ORDER BY's, but those that are arguments.
  std::unique_ptr<CollectedRows> collected_;
  std::vector<ExpressionPtr> direct_;
  std::unique_ptr<Rows> direct_rows_;  // By group.
  Chunk absent_;                       // For a group without rows: one of NULLs.
  std::vector<Vector> read_;           // Arguments on their way to the accumulator.
  std::vector<const Vector*> read_pointers_;
  std::vector<Datum> direct_values_;
  uint32_t selected_[sql::kVectorRows];
};

}  // namespace sqlmill::rt::query
