// How a worker's state is written to a checkpoint and read again: a list of everything that has state. The
// kernels do the work (runtime/state/entries.h).
#include <fmt/format.h>

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
    return fmt::format("entries.begin({});", infos_.size() - 1);
  }
  void add_kernel(std::string_view name, const std::string& fingerprint, const std::string& member);
  void add_dictionary(const OperatorModel& source, const Word& word);

  const Model& model_;
  const Fingerprints fingerprints_;
  std::vector<std::string> infos_, note_touched_, save_, load_;
};

void States::add_kernel(std::string_view name, const std::string& fingerprint, const std::string& member) {
  const std::string begin = add(name, fingerprint);
  note_touched_.push_back(fmt::format("{}.note_touched();", member));
  save_.push_back(fmt::format("{}\n{}.save(entries);", begin, member));
  load_.push_back(fmt::format("{}\n{}.load(entries);", begin, member));
}

/// All workers read it; the first one writes it.
void States::add_dictionary(const OperatorModel& source, const Word& word) {
  const std::string member = fmt::format("exchanges_->{}_words.{}", source.file, word.name);
  const std::string begin = add(source.op->name + "." + word.name, Fingerprints::of(source, word));
  const std::string only = "if (env_.worker == 0) {{\n  {}\n  {}.{}(entries);\n}}";
  save_.push_back(fmt::format(fmt::runtime(only), begin, member, "save"));
  load_.push_back(fmt::format("entries.dictionaries().add({});", member));
  load_.push_back(fmt::format(fmt::runtime(only), begin, member, "load"));
}

StateCode States::write() {
  for (const OperatorModel& op : model_.operators) {
    for (const Word& word : op.word_types) add_dictionary(op, word);
  }
  // What lies below others' records is read behind these.
  for (const bool hung : {false, true}) {
    for (const OperatorModel& op : model_.operators) {
      if (has_state(op) && is_hung(op) == hung) add_kernel(op.op->name, fingerprints_.of(op), op.file + "_");
    }
  }
  for (const OutputModel& output : model_.outputs) {
    if (output.stored) add_kernel(output.output->name, fingerprints_.of(output), output.member + "_output_");
  }
  return {lines(note_touched_), lines(save_), lines(load_), infos_};
}

}  // namespace

StateCode write_state(const Model& model) {
  return States(model).write();
}

}  // namespace sqlmill::codegen
