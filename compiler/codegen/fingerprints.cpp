#include "compiler/codegen/fingerprints.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "compiler/incremental/distinct_below.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace sqlmill::codegen {

namespace {

/// Changes whenever kernels lay out the same state differently.
constexpr std::string_view kLayout = "1";

/// Parts with their lengths, so that no two lists of parts are the same text.
class Description {
 public:
  explicit Description(std::string_view kind) {
    add(kLayout);
    add(kind);
  }

  Description& add(std::string_view part) {
    text_ += fmt::format("{}:{},", part.size(), part);
    return *this;
  }
  Description& add(sql::Type type) {
    return add(fmt::format("{} {}", static_cast<int>(type.id), type.modifier));
  }
  /// What follows is computed from this one's rows.
  Description& over(const OperatorModel& producer) {
    const auto* input = std::get_if<incremental::Input>(&producer.op->op);
    declared_ = input ? &input->columns : nullptr;
    return *this;
  }
  /// Columns by name and by place: names are not always unique. An input's rows have the columns that
  /// somebody reads; the place is that among all.
  Description& add(const plan::ExprRef& expr) {
    std::string columns;
    plan::for_each_column(expr,
                          [&](const plan::Column& c) { columns += fmt::format(" {}", place(c.index)); });
    return add(plan::to_string(expr)).add(columns).add(expr->type);
  }
  Description& add(const std::vector<plan::ExprRef>& exprs) {
    add(fmt::to_string(exprs.size()));
    for (const plan::ExprRef& expr : exprs) add(expr);
    return *this;
  }
  Description& add(const plan::AggregateCall& call) {
    add(plan::to_string(call)).add(plan::arguments(call));
    return add(call.filter ? std::vector{call.filter} : std::vector<plan::ExprRef>());
  }

  std::string hash() const {
    const XXH128_hash_t h = XXH3_128bits(text_.data(), text_.size());
    return fmt::format("{:016x}{:016x}", h.high64, h.low64);
  }

  /// Of a column of the rows that it is over.
  uint32_t place(uint32_t column) const { return declared_ ? (*declared_)[column] : column; }

 private:
  std::string text_;
  const std::vector<uint32_t>* declared_ = nullptr;
};

Description describe(const catalog::Relation& relation) {
  Description d(relation.kind == catalog::RelationKind::kTable ? "table" : "source");
  d.add(relation.name).add(relation.append_only ? "append only" : "");
  for (const catalog::Column& c : relation.columns)
    d.add(c.name).add(c.type).add(c.nullable ? "" : "not null");
  for (const uint32_t column : relation.primary_key) d.add(fmt::to_string(column));
  return d;
}

/// Which columns of the producer are words decides how what is made of them is laid out; of the others it
/// does not matter.
void add_words(const incremental::Aggregate& aggregate, const OperatorModel& producer, Description& d) {
  std::set<uint32_t> read;
  const auto add = [&](const plan::ExprRef& expr) {
    if (expr) plan::for_each_column(expr, [&](const plan::Column& c) { read.insert(c.index); });
  };
  for (const plan::ExprRef& filter : aggregate.filters) add(filter);
  for (const plan::ExprRef& key : aggregate.keys) add(key);
  for (const plan::AggregateCall& call : aggregate.calls) {
    for (const plan::ExprRef& argument : plan::arguments(call)) add(argument);
    add(call.filter);
  }
  for (const uint32_t column : read) {
    if (column < producer.words.size() && !producer.words[column].empty())
      d.add(fmt::format("word {}", d.place(column)));
  }
}

}  // namespace

Fingerprints::Fingerprints(const Model& model) : model_(model), operators_(model.operators.size()) {
  // Producers come before consumers, but a parent may come behind what hangs below it.
  const auto stream_of = [&](const incremental::Stream& stream, Description& d) {
    d.over(model.operators[stream.producer]);
    d.add(operators_[stream.producer]).add(stream.filters).add(stream.exprs);
  };
  const auto aggregate = [&](const OperatorModel& op) {
    const auto& a = std::get<incremental::Aggregate>(op.op->op);
    Description d("aggregate");
    d.over(model.operators[a.producer]);
    d.add(operators_[a.producer]).add(a.filters).add(a.keys).add(a.grouped ? "grouped" : "");
    d.add(op.op->input_append_only ? "append only" : "");
    add_words(a, model.operators[a.producer], d);
    for (size_t call = 0; call < a.calls.size(); ++call) {
      d.add(a.calls[call]);
      d.add(incremental::feeder(model.dataflow, op.op->id, call) != nullptr ? "fed" : "");
    }
    return d;
  };
  for (const OperatorModel& op : model.operators) {
    if (const auto* input = std::get_if<incremental::Input>(&op.op->op)) {
      operators_[op.op->id] = describe(*input->relation).hash();
    } else if (const auto* map = std::get_if<incremental::Map>(&op.op->op)) {
      Description d("map");
      for (const incremental::Stream& stream : map->inputs) stream_of(stream, d);
      operators_[op.op->id] = d.hash();
    } else if (std::holds_alternative<incremental::Aggregate>(op.op->op)) {
      operators_[op.op->id] = aggregate(op).hash();
    }
  }
  // What lies below another's records has their numbers.
  const std::vector<std::string> alone = operators_;
  for (const OperatorModel& op : model.operators) {
    if (const auto* a = std::get_if<incremental::Aggregate>(&op.op->op); a && a->parent) {
      operators_[op.op->id] = Description("below").add(alone[op.op->id]).add(alone[*a->parent]).hash();
    } else if (const auto* b = std::get_if<incremental::DistinctBelow>(&op.op->op)) {
      Description d("distinct below");
      d.over(model.operators[b->producer]);
      d.add(alone[b->producer]).add(b->filters).add(b->word).add(alone[b->parent]);
      operators_[op.op->id] = d.hash();
    }
  }
}

std::string Fingerprints::of(const OutputModel& output) const {
  const incremental::Stream& stream = output.output->stream;
  return Description("rows")
      .over(model_.operators[stream.producer])
      .add(operators_[stream.producer])
      .add(stream.filters)
      .add(stream.exprs)
      .hash();
}

std::string Fingerprints::of(const OperatorModel& source, const Word& word) {
  const auto& input = std::get<incremental::Input>(source.op->op);
  return Description("words").add(input.relation->name).add(word.name).hash();
}

}  // namespace sqlmill::codegen
