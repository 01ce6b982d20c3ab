#include "compiler/incremental/state_bytes.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include "compiler/incremental/distinct_below.h"
#include "compiler/incremental/parents.h"
#include "runtime/sql/nullable.h"
#include "runtime/sql/type.h"
#include "runtime/sql/values.h"

namespace sqlmill::incremental {

namespace {

/// Of an index of 8-byte slots that grows to twice its size when it is two thirds full: half full on average.
constexpr size_t kIndexBytes = 16;
constexpr size_t kLineBytes = 64;
/// A list of words: its length and at least 24 marks of 2 bytes, then up to the end of a cache line
/// (state/word_lists.h).
constexpr size_t kListBytesMin = 50;
constexpr size_t kListStep = 8;
constexpr size_t kMarkBytes = 2;
/// A leaf of state/ordered_entries.h has for each entry prefix, group and number; it is 70 % full.
constexpr size_t kOrderedKeyBytes = 23;
constexpr size_t kGroupBytes = 4;
constexpr size_t kCountBytes = 8;
constexpr size_t kWordBytes = sizeof(void*);

size_t aligned(size_t bytes, size_t alignment) {
  return (bytes + alignment - 1) / alignment * alignment;
}

/// Members one after the other, as a C++ compiler places them.
class Layout {
 public:
  void add(size_t bytes) { add(bytes, std::min<size_t>(bytes, 8)); }
  void add(size_t bytes, size_t alignment) {
    bytes_ = aligned(bytes_, alignment) + bytes;
    alignment_ = std::max(alignment_, alignment);
  }
  size_t bytes() const { return aligned(bytes_, alignment_); }

 private:
  size_t bytes_ = 0;
  size_t alignment_ = 1;
};

size_t value_bytes(sql::TypeId type, bool nullable) {
  using namespace sql;  // NOLINT: the list names its types from there.
  switch (type) {
#define SQLMILL_TYPE(id, cpp, name, spelled, oid, category) \
  case TypeId::id:                                          \
    return nullable ? sizeof(Nullable<cpp>) : sizeof(cpp);
#include "runtime/sql/types.def"
#undef SQLMILL_TYPE
  }
  __builtin_unreachable();
}

/// Of the accumulators in runtime/ops/accumulators.
size_t accumulator_bytes(const plan::AggregateCall& call, bool append_only, bool is_word) {
  const std::string_view name = call.function->cpp;
  if (plan::is_extreme(call)) {
    if (!append_only) return 0;  // Its entries are beside the record.
    return is_word ? kWordBytes : value_bytes(call.argument->type.id, true);
  }
  if (name == "agg::BoolOr" || name == "agg::BoolAnd") return append_only ? 1 : 16;
  if (name == "agg::BitOr" || name == "agg::BitAnd") return append_only ? 12 : 264;
  constexpr std::pair<std::string_view, size_t> kSizes[] = {
      {"agg::Count", 8},       {"agg::CountRows", 8},    {"agg::RegrCount", 8},    {"agg::SumInteger", 32},
      {"agg::SumBigint", 32},  {"agg::AvgInteger", 32},  {"agg::SumReal", 56},     {"agg::SumDouble", 56},
      {"agg::AvgFloat", 56},   {"agg::SumNumeric", 112}, {"agg::AvgNumeric", 112}, {"agg::SumInterval", 64},
      {"agg::AvgInterval", 64}};
  for (const auto& [accumulator, bytes] : kSizes) {
    if (name == accumulator) return bytes;
  }
  constexpr size_t kExactSums = 168;  // Of the variances and regressions, which keep several.
  return kExactSums;
}

const Operator& find(const Dataflow& flow, OperatorId id) {
  return *std::find_if(flow.operators.begin(), flow.operators.end(),
                       [&](const Operator& op) { return op.id == id; });
}

/// Whether a column of an operator's row is a word of its source.
bool is_word(const Dataflow& flow, OperatorId producer, const ExprRef& expr) {
  const auto* column = std::get_if<plan::Column>(&expr->node);
  if (!column) return false;
  const Operator& op = find(flow, producer);
  if (const auto* input = std::get_if<Input>(&op.op)) {
    return std::any_of(input->words.begin(), input->words.end(),
                       [&](const WordColumn& word) { return word.column == column->index; });
  }
  const auto* aggregate = std::get_if<Aggregate>(&op.op);
  return aggregate && column->index < aggregate->keys.size() &&
         is_word(flow, aggregate->producer, aggregate->keys[column->index]);
}

bool is_list(const Dataflow& flow, const Operator& op, const plan::AggregateCall& call) {
  const auto& aggregate = std::get<Aggregate>(op.op);
  return call.distinct && op.input_append_only && !aggregate.parent &&
         is_word(flow, aggregate.producer, call.argument);
}

/// A group's record, without what hangs below.
size_t record_bytes(const Dataflow& flow, const Operator& op) {
  const auto& aggregate = std::get<Aggregate>(op.op);
  Layout key, record, entry;
  for (const ExprRef& expr : aggregate.keys) {
    const bool is_parents =
        aggregate.parent && contains(std::get<Aggregate>(find(flow, *aggregate.parent).op).keys, {expr});
    if (is_parents) continue;
    key.add(is_word(flow, aggregate.producer, expr) ? kWordBytes
                                                    : value_bytes(expr->type.id, expr->nullable));
  }
  for (const plan::AggregateCall& call : aggregate.calls) {
    const bool of_word = call.argument && is_word(flow, aggregate.producer, call.argument);
    const size_t bytes = accumulator_bytes(call, op.input_append_only, of_word);
    if (bytes > 0) record.add(bytes);
  }
  entry.add(key.bytes(), 8);
  if (record.bytes() > 0) entry.add(record.bytes(), record.bytes() < 8 ? 1 : 8);
  if (!op.input_append_only) entry.add(kCountBytes);
  entry.add(sizeof(uint32_t));  // The epoch that touched it.
  return entry.bytes();
}

/// All that lies in a group's place: its record, the records that hang below, and lists of words.
class Place {
 public:
  Place(const Dataflow& flow, const Operator& root) {
    bytes_ = record_bytes(flow, root);
    for (const plan::AggregateCall& call : std::get<Aggregate>(root.op).calls) {
      if (is_list(flow, root, call) && !fed(flow, root, call)) add_list(plan::to_string(call.argument));
    }
    for (const Operator& op : flow.operators) {
      const auto* aggregate = std::get_if<Aggregate>(&op.op);
      const auto* below = std::get_if<DistinctBelow>(&op.op);
      if (aggregate && aggregate->parent == root.id) {
        bytes_ = aligned(bytes_, 8) + record_bytes(flow, op);
        beside_.push_back("the record of " + op.name);
      } else if (below && below->parent == root.id) {
        add_list(plan::to_string(below->word));
      }
    }
    bytes_ = aligned(bytes_, 8);
  }

  size_t bytes() const { return bytes_; }
  /// What is there besides the record.
  const std::vector<std::string>& beside() const { return beside_; }

 private:
  static bool fed(const Dataflow& flow, const Operator& op, const plan::AggregateCall& call) {
    const auto& calls = std::get<Aggregate>(op.op).calls;
    return feeder(flow, op.id, static_cast<size_t>(&call - calls.data())) != nullptr;
  }

  void add_list(const std::string& word) {
    const size_t begin = aligned(bytes_, kMarkBytes);
    bytes_ = aligned(begin + kListBytesMin, kLineBytes);
    const size_t marks = ((bytes_ - begin) / kMarkBytes - 1) / kListStep * kListStep;
    beside_.push_back(fmt::format("up to {} values of {}", marks, word));
  }

  size_t bytes_;
  std::vector<std::string> beside_;
};

bool holds_texts(const std::vector<ExprRef>& exprs) {
  return std::any_of(exprs.begin(), exprs.end(),
                     [](const ExprRef& expr) { return expr->type.id == sql::TypeId::kText; });
}

/// Of each (group, value) that is kept beside the records.
void append_entries(const Dataflow& flow, const Operator& op, std::vector<std::string>& parts) {
  const std::vector<plan::AggregateCall>& calls = std::get<Aggregate>(op.op).calls;
  for (size_t i = 0; i < calls.size(); ++i) {
    const plan::AggregateCall& call = calls[i];
    if (call.distinct && feeder(flow, op.id, i) == nullptr) {
      const sql::TypeId type = call.argument->type.id;
      size_t bytes = kIndexBytes;  // A list's further values and interned texts are entries of 8 bytes.
      if (!is_list(flow, op, call) && !(op.input_append_only && type == sql::TypeId::kText)) {
        Layout entry;
        entry.add(value_bytes(type, false));
        entry.add(kGroupBytes);
        if (!op.input_append_only) entry.add(kCountBytes);
        bytes += entry.bytes();
      }
      const bool is_further = is_list(flow, op, call);
      parts.push_back(fmt::format("{} for each {}group and {}", bytes, is_further ? "further " : "",
                                  plan::to_string(call.argument)));
    }
    if (!plan::is_extreme(call) || op.input_append_only) continue;
    const bool is_first = std::none_of(
        calls.begin(), calls.begin() + static_cast<std::ptrdiff_t>(i),
        [&](const auto& other) { return plan::is_extreme(other) && plan::over_same_values(other, call); });
    if (!is_first) continue;
    const size_t bytes = value_bytes(call.argument->type.id, false) + kCountBytes + kOrderedKeyBytes;
    parts.push_back(fmt::format("{} for each group and {}", bytes, plan::to_string(call.argument)));
  }
}

std::string estimate_aggregate(const Dataflow& flow, const Operator& op) {
  const auto& aggregate = std::get<Aggregate>(op.op);
  std::vector<std::string> parts;
  if (aggregate.parent) {
    parts.push_back(
        fmt::format("{}, in the record of {}", record_bytes(flow, op), find(flow, *aggregate.parent).name));
  } else if (!aggregate.keys.empty()) {
    const Place place(flow, op);
    const bool by_number = aggregate.keys.size() == 1 && is_word(flow, aggregate.producer, aggregate.keys[0]);
    const size_t bytes = place.bytes() + (by_number ? sizeof(uint32_t) : kIndexBytes);
    const std::string beside = fmt::format("{}", fmt::join(place.beside(), " and "));
    parts.push_back(fmt::format("about {} a record{}", bytes, beside.empty() ? "" : ", with " + beside));
  }
  append_entries(flow, op, parts);
  if (holds_texts(aggregate.keys)) parts.push_back("texts longer than 15 bytes besides");
  return fmt::format("{}", fmt::join(parts, "; "));
}

std::string estimate_table(const Operator& op, const Input& input) {
  Layout row;
  bool texts = false;
  for (const plan::OutputColumn& column : op.columns) {
    row.add(value_bytes(column.type.id, column.nullable));
    texts = texts || column.type.id == sql::TypeId::kText;
  }
  const size_t index = input.relation->primary_key.empty() ? 0 : kIndexBytes;
  return fmt::format("about {} a row{}", row.bytes() + index,
                     texts ? "; texts longer than 15 bytes besides" : "");
}

}  // namespace

std::string estimate_state(const Dataflow& flow, const Operator& op) {
  if (const auto* input = std::get_if<Input>(&op.op)) {
    const bool is_table = input->relation->kind == catalog::RelationKind::kTable;
    return is_table ? estimate_table(op, *input) : "";
  }
  if (const auto* below = std::get_if<DistinctBelow>(&op.op)) {
    return fmt::format("{} for each value in the record of {}; {} for each further one", kMarkBytes,
                       find(flow, below->parent).name, kIndexBytes);
  }
  return std::holds_alternative<Aggregate>(op.op) ? estimate_aggregate(flow, op) : "";
}

}  // namespace sqlmill::incremental
