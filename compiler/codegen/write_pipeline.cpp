#include "compiler/codegen/write_pipeline.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "compiler/codegen/operators.h"
#include "compiler/codegen/printer.h"

namespace sqlmill::codegen {

namespace {

using incremental::Aggregate;
using incremental::DistinctBelow;
using incremental::Input;
using incremental::Map;

enum class Kind : uint8_t { kSource, kTable, kMap, kAggregate, kDistinctBelow };

Kind kind_of(const OperatorModel& op) {
  if (const auto* input = std::get_if<Input>(&op.op->op)) {
    return input->relation->kind == catalog::RelationKind::kTable ? Kind::kTable : Kind::kSource;
  }
  if (std::holds_alternative<DistinctBelow>(op.op->op)) return Kind::kDistinctBelow;
  return std::holds_alternative<Map>(op.op->op) ? Kind::kMap : Kind::kAggregate;
}

std::string case_line(size_t index, const std::string& body) {
  return fmt::format("case {}:\n  {}\n  break;", index, body);
}

/// How a table is changed from outside.
std::string write_table(const OperatorModel& table, const catalog::Relation& relation) {
  std::vector<std::string> body;
  if (!relation.append_only)
    body.push_back(fmt::format("{}_.remove(erased, {}_changes_);", table.file, table.file));
  body.push_back("engine::for_each_of_share(env_, inserted, [&](const sql::Chunk& rows, uint32_t i) {");
  body.push_back(fmt::format("  auto& row = {}_inserts_.add_empty();", table.file));
  for (size_t c = 0; c < table.fields.size(); ++c) {
    body.push_back(fmt::format("  row.{} = rows.columns[{}].get<{}>(i);", table.fields[c].name, c,
                               table.fields[c].type));
  }
  body.push_back("});");
  body.push_back(fmt::format("{0}_.insert({0}_inserts_, exchanges_->{0}, {0}_changes_);", table.file));
  body.push_back(fmt::format("{}_inserts_.clear();", table.file));
  return fill(
      "write",
      "void write_$file$([[maybe_unused]] std::span<const uint32_t> erased, std::span<const sql::Chunk> "
      "inserted) {\n  $body$\n}\n",
      {{"file", table.file}, {"body", lines(body)}});
}

class Wiring {
 public:
  explicit Wiring(const Model& model) : model_(model) {}

  std::string write(const std::string& pipeline_name, const std::string& sql);

 private:
  void add_operator(const OperatorModel& op);
  void add_input(const OperatorModel& op, const Input& input);
  void add_aggregate(const OperatorModel& op);
  void add_distinct_below(const OperatorModel& op);
  void add_output(size_t index);
  std::string flow(const OperatorModel& op) const;

  const Model& model_;
  std::vector<std::string> exchange_initializers_, exchange_members_, emit_changes_, watch_, ingest_,
      execute_, write_, take_changes_, read_, find_, end_epoch_, counters_, functions_, members_;
  std::vector<std::string> hung_members_;  // Behind their parents.
  /// Hung operators have their rows when all has been received.
  struct Stage {
    std::vector<std::string> receive;
    std::vector<std::string> seal;
  };
  std::vector<Stage> stages_;
  size_t inputs_ = 0;
};

/// Hands a batch of `op` to everything that reads it. Behind it the batch is empty.
std::string Wiring::flow(const OperatorModel& op) const {
  std::vector<std::string> out;
  for (const uint32_t index : op.outputs)
    out.push_back(fmt::format("{}_output_.consume({}_changes_);", model_.outputs[index].member, op.file));
  for (const uint32_t id : op.consumers) {
    const OperatorModel& consumer = model_.operators[id];
    if (kind_of(consumer) == Kind::kAggregate) {
      if (std::get<Aggregate>(consumer.op->op).parent) continue;  // It has its rows from its parent.
      out.push_back(
          fmt::format("{}_.send({}_changes_, exchanges_->{});", consumer.file, op.file, consumer.file));
      continue;
    }
    const auto& inputs = std::get<Map>(consumer.op->op).inputs;
    for (size_t i = 0; i < inputs.size(); ++i) {
      if (inputs[i].producer == op.op->id)
        out.push_back(fmt::format("{}_from_{}(env_, {}_changes_, {}_changes_);", consumer.file, i + 1,
                                  op.file, consumer.file));
    }
    out.push_back(fmt::format("flow_{}();", consumer.file));
  }
  out.push_back(fmt::format("{}_changes_.clear();", op.file));
  return fill("flow",
              "/// Hands the changes of $name$ to what reads them.\nvoid flow_$file$() {\n  $body$\n}\n",
              {{"name", comment_text(op.op->name)}, {"file", op.file}, {"body", lines(out)}});
}

void Wiring::add_input(const OperatorModel& op, const Input& input) {
  const bool is_table = kind_of(op) == Kind::kTable;
  exchange_members_.push_back(fmt::format("{}Words {}_words;", op.type, op.file));
  members_.push_back(
      fmt::format("formats::JsonInput<{0}Row, {0}Words> {1}_input_{{{2}, k{0}Columns, decode_{1}, "
                  "exchanges_->{1}_words}};",
                  op.type, op.file, string_literal(input.relation->name)));
  end_epoch_.push_back(fmt::format("{}_input_.end_epoch();", op.file));
  std::vector<std::string> body;
  if (!is_table) {
    // In pieces that stay in the cache.
    body = {"constexpr size_t kPiece = 256;",
            "for (size_t begin = 0; begin < records.size(); begin += kPiece) {",
            "  const auto piece = records.subspan(begin, std::min(kPiece, records.size() - begin));",
            fmt::format("  {}_input_.read(env_, piece, {}_changes_);", op.file, op.file),
            fmt::format("  flow_{}();", op.file),
            "}"};
  } else {
    members_.push_back(fmt::format("{} {}_{{env_}};", op.kernel, op.file));
    members_.push_back(fmt::format("{}::InsertBatch {}_inserts_;", op.kernel, op.file));
    exchange_members_.push_back(fmt::format("{}::InsertExchange {};", op.kernel, op.file));
    exchange_initializers_.push_back(fmt::format("{}(workers)", op.file));
    body = {fmt::format("{}_input_.read(env_, records, {}_inserts_);", op.file, op.file),
            fmt::format("{}_.insert({}_inserts_, exchanges_->{}, {}_changes_);", op.file, op.file, op.file,
                        op.file),
            fmt::format("{}_inserts_.clear();", op.file)};
    Stage& stage = stages_[op.op->stage];
    stage.receive.push_back(
        fmt::format("{}_.receive(exchanges_->{}, {}_changes_);", op.file, op.file, op.file));
    stage.receive.push_back(fmt::format("flow_{}();", op.file));
    end_epoch_.push_back(fmt::format("{}_.end_epoch();", op.file));
    counters_.push_back(fmt::format("engine::count({}, {}_),", string_literal(op.op->name), op.file));
  }
  if (is_table) {
    write_.push_back(case_line(inputs_, fmt::format("write_{}(erased, inserted);", op.file)));
    functions_.push_back(write_table(op, *input.relation));
  }
  ingest_.push_back(case_line(inputs_++, fmt::format("ingest_{}(records);", op.file)));
  functions_.push_back(fill("ingest",
                            "void ingest_$file$(std::span<const engine::RawRecord> records) {\n  $body$\n}\n",
                            {{"file", op.file}, {"body", lines(body)}}));
}

void Wiring::add_aggregate(const OperatorModel& op) {
  const std::optional<uint32_t> parent = std::get<Aggregate>(op.op->op).parent;
  Stage& stage = stages_[op.op->stage];
  if (parent) {
    hung_members_.push_back(
        fmt::format("{} {}_{{env_, {}_}};", op.kernel, op.file, model_.operators[*parent].file));
  } else {
    members_.push_back(fmt::format("{} {}_{{env_}};", op.kernel, op.file));
    exchange_members_.push_back(fmt::format("{}::InputExchange {};", op.kernel, op.file));
    exchange_initializers_.push_back(fmt::format("{}(workers)", op.file));
    stage.receive.push_back(fmt::format("{}_.receive(exchanges_->{});", op.file, op.file));
  }
  stage.seal.push_back(fmt::format("while ({}_.seal({}_changes_)) flow_{}();", op.file, op.file, op.file));
  stage.seal.push_back(fmt::format("flow_{}();", op.file));
  const bool changes =
      !op.consumers.empty() ||
      std::any_of(op.outputs.begin(), op.outputs.end(), [&](uint32_t o) { return model_.outputs[o].stored; });
  const bool results = std::any_of(op.outputs.begin(), op.outputs.end(),
                                   [&](uint32_t o) { return model_.outputs[o].can_fail; });
  if (changes || results)
    emit_changes_.push_back(
        fmt::format("{0}_.emit(decltype({0}_)::Emission::k{1});", op.file, changes ? "Changes" : "Results"));
  end_epoch_.push_back(fmt::format("{}_.end_epoch();", op.file));
  counters_.push_back(fmt::format("engine::count({}, {}_),", string_literal(op.op->name), op.file));
}

void Wiring::add_distinct_below(const OperatorModel& op) {
  const auto& below = std::get<DistinctBelow>(op.op->op);
  const OperatorModel& consumer = model_.operators[below.consumer];
  hung_members_.push_back(
      fmt::format("{} {}_{{env_, {}_}};", op.kernel, op.file, model_.operators[below.parent].file));
  exchange_members_.push_back(fmt::format("{}::FeedExchange {};", consumer.kernel, op.file));
  exchange_initializers_.push_back(fmt::format("{}(workers)", op.file));
  stages_[op.op->stage].seal.push_back(fmt::format("{}_.send_feed({}, {}_.changes(), exchanges_->{});",
                                                   consumer.file, below.call, op.file, op.file));
  stages_[consumer.op->stage].receive.push_back(
      fmt::format("{}_.receive_feed({}, exchanges_->{});", consumer.file, below.call, op.file));
  end_epoch_.push_back(fmt::format("{}_.end_epoch();", op.file));
  counters_.push_back(fmt::format("engine::count({}, {}_),", string_literal(op.op->name), op.file));
}

void Wiring::add_operator(const OperatorModel& op) {
  switch (kind_of(op)) {
    case Kind::kSource:
    case Kind::kTable:
      add_input(op, std::get<Input>(op.op->op));
      break;
    case Kind::kMap:
      break;
    case Kind::kAggregate:
      add_aggregate(op);
      break;
    case Kind::kDistinctBelow:
      add_distinct_below(op);
      return;
  }
  members_.push_back(fmt::format("{}Batch {}_changes_;", op.type, op.file));
  functions_.push_back(flow(op));
}

void Wiring::add_output(size_t index) {
  const OutputModel& output = model_.outputs[index];
  const OperatorModel& producer = model_.operators[output.output->stream.producer];
  members_.push_back(fmt::format("engine::Output<{}> {}_output_{{env_}};", output.type, output.member));
  std::string watch = fmt::format("{}_output_.watch(on);", output.member);
  if (kind_of(producer) == Kind::kAggregate) watch += fmt::format("\n  {}_.watch(on);", producer.file);
  watch_.push_back(case_line(index, watch));
  take_changes_.push_back(case_line(index, fmt::format("{}_output_.take_changes(visit);", output.member)));
  end_epoch_.push_back(fmt::format("{}_output_.end_epoch();", output.member));
  switch (output.output->storage) {
    case incremental::Storage::kRecords:
      read_.push_back(
          fmt::format("case {}:\n  return read_{}({}_output_, {}_, reading, cursor, max_records, rows);",
                      index, output.member, output.member, producer.file));
      if (!key_columns(model_, output).empty()) {
        const OperatorModel* source = words_of_key(model_, producer);
        find_.push_back(case_line(
            index,
            fmt::format("find_{}({}_output_, {}_, {}reading, key, rows);", output.member, output.member,
                        producer.file, source ? fmt::format("exchanges_->{}_words, ", source->file) : "")));
      }
      break;
    case incremental::Storage::kRows:
      read_.push_back(fmt::format("case {}:\n  return {}_output_.read(reading, cursor, max_records, rows);",
                                  index, output.member));
      counters_.push_back(fmt::format("{}_output_.counters(),", output.member));
      break;
    case incremental::Storage::kNone:
      break;
  }
}

std::string Wiring::write(const std::string& pipeline_name, const std::string& sql) {
  stages_.resize(model_.dataflow.stages + 1);
  for (const OperatorModel& op : model_.operators) add_operator(op);
  members_.insert(members_.end(), hung_members_.begin(), hung_members_.end());
  for (size_t i = 0; i < model_.outputs.size(); ++i) add_output(i);
  for (size_t i = 0; i < model_.dataflow.statements.size(); ++i) {
    functions_.push_back(write_statement(model_, i));
    execute_.push_back(case_line(i, fmt::format("statement_{}();", i + 1)));
  }
  std::vector<std::string> run_stage;
  for (size_t s = 1; s < stages_.size(); ++s)
    run_stage.push_back(case_line(s, fmt::format("stage_{}();", s)));
  for (size_t s = 1; s < stages_.size(); ++s) {
    functions_.push_back(fill("stage", "void stage_$index$() {\n  $receive$\n  $seal$\n}\n",
                              {{"index", fmt::to_string(s)},
                               {"receive", lines(stages_[s].receive)},
                               {"seal", lines(stages_[s].seal)}}));
  }
  std::vector<std::string> includes;
  for (const OperatorModel& op : model_.operators)
    includes.push_back(fmt::format("#include \"{}.h\"", op.file));
  std::string initializers;
  for (const std::string& i : exchange_initializers_)
    initializers += (initializers.empty() ? " : " : ", ") + i;
  const StateCode state = write_state(model_);
  return fill_template("pipeline.cpp", {{"sql_file", comment_text(model_.file_name())},
                                        {"includes", lines(includes)},
                                        {"space", model_.space},
                                        {"exchange_initializers", initializers},
                                        {"exchange_members", lines(exchange_members_)},
                                        {"emit_changes", lines(emit_changes_)},
                                        {"watch", lines(watch_)},
                                        {"ingest", lines(ingest_)},
                                        {"execute", lines(execute_)},
                                        {"write", lines(write_)},
                                        {"run_stage", lines(run_stage)},
                                        {"take_changes", lines(take_changes_)},
                                        {"read", lines(read_)},
                                        {"find", lines(find_)},
                                        {"end_epoch", lines(end_epoch_)},
                                        {"counters", lines(counters_)},
                                        {"functions", lines(functions_)},
                                        {"members", lines(members_)},
                                        {"note_touched", state.note_touched},
                                        {"save", state.save},
                                        {"load", state.load},
                                        {"announce", state.announce},
                                        {"ignore", state.ignore},
                                        {"tables", write_tables(model_, sql, state)},
                                        {"name", string_literal(pipeline_name)},
                                        {"version", string_literal(SQLMILL_VERSION)},
                                        {"stages", fmt::to_string(model_.dataflow.stages)}});
}

}  // namespace

std::string write_pipeline(const Model& model, const std::string& pipeline_name, const std::string& sql) {
  return Wiring(model).write(pipeline_name, sql);
}

}  // namespace sqlmill::codegen
