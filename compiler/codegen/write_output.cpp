// The Specs of outputs and of maps: filter and projection.
#include <fmt/format.h>

#include <algorithm>

#include "compiler/codegen/operators.h"
#include "compiler/codegen/printer.h"
#include "compiler/codegen/rows.h"

namespace sqlmill::codegen {

std::string write_projection(const incremental::Stream& stream, const std::vector<Field>& fields,
                             const ExpressionWriter& writer) {
  std::vector<std::string> out;
  bool can_fail = false;
  for (const plan::ExprRef& filter : stream.filters) {
    can_fail = can_fail || filter->can_fail;
    out.push_back(fmt::format("if (!{}) return false;", writer.is_true(filter)));
  }
  for (size_t i = 0; i < fields.size(); ++i) {
    can_fail = can_fail || stream.exprs[i]->can_fail;
    out.push_back(fmt::format("out.{} = {};", fields[i].name, writer.value(stream.exprs[i])));
  }
  out.push_back(can_fail ? "return !context.failed();" : "return true;");
  return lines(out);
}

Code write_output(const Model& model, const OutputModel& output) {
  const incremental::Output& o = *output.output;
  const OperatorModel& producer = model.operators[o.stream.producer];
  std::vector<std::string> friends;
  if (output.stored) {
    friends = {hash_friend("hash", "Out", output.fields),
               same_friend("identical", "Out", output.fields, "sql::identical"),
               ownership_friends("Out", output.fields), state_member(output.fields)};
  }
  std::vector<std::string> datums;
  for (size_t i = 0; i < output.fields.size(); ++i)
    datums.push_back(fmt::format("datums[{}] = sql::Datum(row.{});", i, output.fields[i].name));
  const ReadingCode reading = write_reading(model, output);
  Code code;
  code.declarations =
      fill_template("output_spec.h", {{"what", comment_text(o.name) + ", " + model.place(o.span)},
                                      {"type", output.type},
                                      {"producer", producer.type},
                                      {"fields", declare_fields(output.fields)},
                                      {"friends", lines(friends)},
                                      {"name", string_literal(o.name)},
                                      {"stored", fmt::to_string(output.stored)},
                                      {"can_fail", fmt::to_string(output.can_fail)},
                                      {"columns", fmt::to_string(output.fields.size())},
                                      {"reading", reading.members}}) +
      reading.functions;
  code.definitions = fill_template("output_spec.cpp",
                                   {{"type", output.type},
                                    {"project", write_projection(o.stream, output.fields, producer.writer())},
                                    {"identical", compare_fields(output.fields, "sql::identical")},
                                    {"datums", lines(datums)},
                                    {"reading", reading.definitions}});
  code.instantiations = fmt::format("template class sqlmill::rt::engine::Output<sqlmill::gen::{}::{}>;",
                                    model.space, output.type);
  return code;
}

Code write_map(const Model& model, const OperatorModel& op) {
  const auto& map = std::get<incremental::Map>(op.op->op);
  std::vector<std::string> functions;
  Code code;
  for (size_t i = 0; i < map.inputs.size(); ++i) {
    const OperatorModel& producer = model.operators[map.inputs[i].producer];
    const std::string function = fmt::format("{}_from_{}", op.file, i + 1);
    functions.push_back(fmt::format("void {}(ops::Environment& env, const {}Batch& in, {}Batch& out);",
                                    function, producer.type, op.type));
    code.definitions += fill_template(
        "map_function.cpp", {{"what", fmt::format("Rows of {}.", comment_text(producer.op->name))},
                             {"type", op.type},
                             {"index", fmt::to_string(i + 1)},
                             {"producer", producer.type},
                             {"name", string_literal(op.op->name)},
                             {"project", write_projection(map.inputs[i], op.fields, producer.writer())},
                             {"identical", compare_fields(op.fields, "sql::identical")},
                             {"function", function}});
  }
  code.declarations = fill_template("map_spec.h", {{"type", op.type},
                                                   {"fields", declare_fields(op.fields)},
                                                   {"append_only", fmt::to_string(op.op->append_only)},
                                                   {"functions", lines(functions)}});
  return code;
}

}  // namespace sqlmill::codegen
