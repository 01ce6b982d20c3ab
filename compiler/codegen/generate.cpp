#include "compiler/codegen/generate.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "compiler/codegen/long_lines.h"
#include "compiler/codegen/operators.h"
#include "compiler/codegen/printer.h"
#include "compiler/codegen/write_pipeline.h"

namespace sqlmill::codegen {

namespace {

std::vector<incremental::OperatorId> producers_of(const incremental::Operator& op) {
  std::vector<incremental::OperatorId> producers;
  if (const auto* map = std::get_if<incremental::Map>(&op.op)) {
    for (const incremental::Stream& s : map->inputs) producers.push_back(s.producer);
  } else if (const auto* aggregate = std::get_if<incremental::Aggregate>(&op.op)) {
    producers.push_back(aggregate->producer);
    if (aggregate->parent) producers.push_back(*aggregate->parent);
  }
  if (const auto* below = std::get_if<incremental::DistinctBelow>(&op.op))
    producers = {below->producer, below->parent, below->consumer};
  return producers;
}

std::string places(const Model& model, const OperatorModel& op) {
  std::vector<std::string> all;
  for (const source::Span span : op.op->spans) {
    std::string place = model.place(span);
    if (std::find(all.begin(), all.end(), place) == all.end()) all.push_back(std::move(place));
  }
  return fmt::format("{}", fmt::join(all, ", "));
}

struct OperatorWriter {
  const Model& model;
  const OperatorModel& op;
  Code operator()(const incremental::Input&) { return write_input(model, op); }
  Code operator()(const incremental::Map&) { return write_map(model, op); }
  Code operator()(const incremental::Aggregate&) { return write_aggregate(model, op); }
  Code operator()(const incremental::DistinctBelow&) { return write_distinct_below(model, op); }
};

void write_operator(const Model& model, const OperatorModel& op, std::vector<File>& files) {
  Code code = std::visit(OperatorWriter{model, op}, op.op->op);
  std::vector<std::string> instantiations;
  if (!code.instantiations.empty()) instantiations.push_back(code.instantiations);
  for (const uint32_t index : op.outputs) {
    const Code output = write_output(model, model.outputs[index]);
    code.declarations += "\n" + output.declarations;
    code.definitions += "\n" + output.definitions;
    instantiations.push_back(output.instantiations);
  }
  std::set<std::string> includes;
  for (const incremental::OperatorId id : producers_of(*op.op))
    includes.insert(fmt::format("#include \"{}.h\"", model.operators[id].file));
  std::vector<std::string> externs;
  for (const std::string& i : instantiations) externs.push_back("extern " + i);
  files.push_back(
      {op.file + ".h", fill_template("operator.h", {{"title", comment_text(op.op->name)},
                                                    {"places", places(model, op)},
                                                    {"includes", lines({includes.begin(), includes.end()})},
                                                    {"space", model.space},
                                                    {"declarations", code.declarations},
                                                    {"externs", lines(externs)}})});
  files.push_back(
      {op.file + ".cpp", fill_template("operator.cpp", {{"file", op.file},
                                                        {"space", model.space},
                                                        {"definitions", code.definitions},
                                                        {"instantiations", lines(instantiations)}})});
}

}  // namespace

std::vector<File> generate(const source::Source& source, const std::string& pipeline_name,
                           const std::string& sql, const catalog::Catalog& catalog,
                           const incremental::Dataflow& dataflow) {
  Model model = make_model(source, pipeline_name, dataflow);
  for (const catalog::Relation& relation : catalog.relations()) {
    const auto is_its_output = [&](const incremental::Output& output) {
      return output.name == relation.name;
    };
    if (relation.kind == catalog::RelationKind::kView &&
        std::none_of(dataflow.outputs.begin(), dataflow.outputs.end(), is_its_output))
      model.unstored_views.push_back(relation.name);
  }
  std::vector<File> files;
  for (const OperatorModel& op : model.operators) write_operator(model, op, files);
  files.push_back({"pipeline.cpp", write_pipeline(model, pipeline_name, sql)});
  for (File& file : files) file.text = break_long_lines(file.text);
  return files;
}

}  // namespace sqlmill::codegen
