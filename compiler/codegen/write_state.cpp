// How a worker's state is written to a checkpoint and read again: a list of everything that has state. The
// kernels do the work (runtime/state/entries.h).
#include <fmt/format.h>

#include <map>

#include "compiler/codegen/fingerprints.h"
#include "compiler/codegen/printer.h"
#include "compiler/codegen/write_pipeline.h"

namespace sqlmill::codegen {

namespace {

using incremental::Aggregate;

bool is_hung(const OperatorModel& op) {
  const auto* aggregate = std::get_if<Aggregate>(&op.op->op);
  return (aggregate && aggregate->parent) || std::holds_alternative<incremental::DistinctBelow>(op.op->op);
}

bool has_state(const OperatorModel& op) {
  if (const auto* input = std::get_if<incremental::Input>(&op.op->op))
    return input->relation->kind == catalog::RelationKind::kTable;
  return !std::holds_alternative<incremental::Map>(op.op->op);
}

class States {
 public:
  explicit States(const Model& model) : model_(model), fingerprints_(model) {}

  StateCode write();

 private:
  /// `begin` stands before what is done with the state.
  std::string add(std::string_view name, const std::string& fingerprint) {
    infos_.push_back(fmt::format("{{{}, \"{}\"}}", string_literal(name), fingerprint));
    return fmt::format("entries.begin({})", infos_.size() - 1);
  }
  void add_kernel(std::string_view name, const std::string& fingerprint, const std::string& member);
  void add_dictionary(const OperatorModel& source, const Word& word);
  void add_origins();
  /// Of a state or an output, and where it is listed.
  struct Made {
    std::vector<std::string>& list;
    size_t what;
  };
  void add_rows_of(Made made, uint32_t op);
  static void add_origin(Made made, std::string_view kind, size_t from) {
    made.list.push_back(fmt::format("{{{}, engine::StateOrigin::Kind::k{}, {}}}", made.what, kind, from));
  }

  const Model& model_;
  const Fingerprints fingerprints_;
  std::vector<std::string> infos_, note_touched_, save_, load_, announce_, ignore_, origins_, output_origins_;
  std::map<uint32_t, size_t> inputs_;  // By operator.
  std::map<uint32_t, size_t> states_;  // By operator.
  std::vector<std::pair<size_t, const OutputModel*>> stored_;
};

void States::add_kernel(std::string_view name, const std::string& fingerprint, const std::string& member) {
  const std::string begin = add(name, fingerprint);
  note_touched_.push_back(fmt::format("{}.note_touched();", member));
  save_.push_back(fmt::format("if ({}) {}.save(entries);", begin, member));
  load_.push_back(fmt::format("if ({}) {}.load(entries);", begin, member));
}

/// All workers read it; the first one writes it.
void States::add_dictionary(const OperatorModel& source, const Word& word) {
  const std::string member = fmt::format("exchanges_->{}_words.{}", source.file, word.name);
  const std::string begin = add(source.op->name + "." + word.name, Fingerprints::of(source, word));
  save_.push_back(fmt::format("if (env_.worker == 0 && {}) {}.save(entries);", begin, member));
  load_.push_back(fmt::format("entries.dictionaries().add({});", member));
  load_.push_back(fmt::format("if (env_.worker == 0 && {}) {}.load(entries);", begin, member));
}

/// The rows of an operator: those of its state, or what it makes of others'.
void States::add_rows_of(Made made, uint32_t op) {
  if (const auto known = states_.find(op); known != states_.end()) {
    add_origin(made, "State", known->second);
  } else if (const auto input = inputs_.find(op); input != inputs_.end()) {
    add_origin(made, "Input", input->second);
  } else {
    for (const incremental::Stream& stream : std::get<incremental::Map>(model_.operators[op].op->op).inputs)
      add_rows_of(made, stream.producer);
  }
}

void States::add_origins() {
  for (const auto& [op, state] : states_) {
    const auto& what = model_.operators[op].op->op;
    if (const auto* aggregate = std::get_if<Aggregate>(&what)) {
      add_rows_of({origins_, state}, aggregate->producer);
      if (aggregate->parent) add_origin({origins_, state}, "NumbersOf", states_.at(*aggregate->parent));
    } else if (const auto* below = std::get_if<incremental::DistinctBelow>(&what)) {
      add_rows_of({origins_, state}, below->producer);
      add_origin({origins_, state}, "NumbersOf", states_.at(below->parent));
      // It counts in the consumer's records what is new here.
      add_origin({origins_, state}, "FeederOf", states_.at(below->consumer));
    } else {
      add_origin({origins_, state}, "Input", inputs_.at(op));
    }
  }
  for (const auto& [state, output] : stored_) add_rows_of({origins_, state}, output->output->stream.producer);
}

StateCode States::write() {
  for (const OperatorModel& op : model_.operators) {
    if (std::holds_alternative<incremental::Input>(op.op->op)) inputs_.emplace(op.op->id, inputs_.size());
  }
  for (const OperatorModel& op : model_.operators) {
    for (const Word& word : op.word_types) add_dictionary(op, word);
  }
  // What lies below others' records is read behind these.
  for (const bool hung : {false, true}) {
    for (const OperatorModel& op : model_.operators) {
      if (!has_state(op) || is_hung(op) != hung) continue;
      states_.emplace(op.op->id, infos_.size());
      if (!std::holds_alternative<incremental::DistinctBelow>(op.op->op))
        announce_.push_back(fmt::format("case {}:\n  {}_.announce();\n  break;", infos_.size(), op.file));
      ignore_.push_back(fmt::format("{}_.ignore(what.states[{}]);", op.file, infos_.size()));
      add_kernel(op.op->name, fingerprints_.of(op), op.file + "_");
    }
  }
  for (size_t i = 0; i < model_.outputs.size(); ++i) {
    const OutputModel& output = model_.outputs[i];
    ignore_.push_back(fmt::format("{}_output_.ignore(what.outputs[{}]);", output.member, i));
    if (!output.stored) {
      add_rows_of({output_origins_, i}, output.output->stream.producer);
      continue;
    }
    add_origin({output_origins_, i}, "State", infos_.size());
    stored_.emplace_back(infos_.size(), &output);
    add_kernel(output.output->name, fingerprints_.of(output), output.member + "_output_");
  }
  add_origins();
  return {lines(note_touched_), lines(save_), lines(load_), lines(announce_),
          lines(ignore_),       infos_,       origins_,     output_origins_};
}

}  // namespace

StateCode write_state(const Model& model) {
  return States(model).write();
}

}  // namespace sqlmill::codegen
