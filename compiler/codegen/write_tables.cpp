// The constant tables by which the engine knows the pipeline.
#include <fmt/format.h>

#include <algorithm>

#include "compiler/codegen/operators.h"
#include "compiler/codegen/printer.h"
#include "compiler/codegen/write_pipeline.h"

namespace sqlmill::codegen {

namespace {

std::string array(const std::string& type, const std::string& name, const std::vector<std::string>& items) {
  std::vector<std::string> out = {
      fmt::format("constexpr std::array<{}, {}> {} = {{{{", type, items.size(), name)};
  for (const std::string& item : items) out.push_back("    " + item + ",");
  out.push_back("}};");
  return lines(out);
}

std::string column(std::string_view name, sql::Type type) {
  return fmt::format("{{{}, {}}}", string_literal(name), type_literal(type));
}

std::vector<std::string> options_of(const catalog::Relation& relation, bool with_format) {
  std::vector<std::string> items;
  for (const catalog::Option& o : relation.options)
    items.push_back(
        fmt::format("{{{}, {}, {}}}", string_literal(o.key), string_literal(o.value), o.secret_blanked));
  if (with_format) items.push_back(fmt::format("{{\"format\", {}, false}}", string_literal(relation.format)));
  return items;
}

class Tables {
 public:
  explicit Tables(const Model& model) : model_(model) {}

  std::string write(const std::string& sql, const StateCode& states);

 private:
  void inputs();
  void outputs();
  void sinks();
  void statements();
  void unstored_views();
  size_t input_of(const catalog::Relation& table) const;

  const Model& model_;
  std::vector<std::string> out_;
};

void Tables::inputs() {
  std::vector<std::string> items;
  for (const OperatorModel& op : model_.operators) {
    const auto* input = std::get_if<incremental::Input>(&op.op->op);
    if (!input) continue;
    std::vector<std::string> columns;
    for (const catalog::Column& c : input->relation->columns) columns.push_back(column(c.name, c.type));
    out_.push_back(array("engine::Column", fmt::format("k{}InputColumns", op.type), columns));
    out_.push_back(
        array("engine::Option", fmt::format("k{}Options", op.type), options_of(*input->relation, false)));
    const bool is_table = input->relation->kind == catalog::RelationKind::kTable;
    const bool reads_headers = std::any_of(
        input->relation->columns.begin(), input->relation->columns.end(), [](const catalog::Column& c) {
          return c.include && c.include->kind == catalog::IncludeKind::kHeader;
        });
    items.push_back(fmt::format("{{{}, engine::InputKind::k{}, k{}InputColumns, k{}Options, {}}}",
                                string_literal(input->relation->name), is_table ? "Table" : "Source", op.type,
                                op.type, reads_headers));
  }
  out_.push_back(array("engine::InputInfo", "kInputs", items));
}

void Tables::outputs() {
  std::vector<std::string> items;
  for (const OutputModel& o : model_.outputs) {
    std::vector<std::string> columns;
    for (const plan::OutputColumn& c : o.output->columns) columns.push_back(column(c.name, c.type));
    std::vector<std::string> order;
    for (const catalog::OrderKey& key : o.output->order)
      order.push_back(fmt::format("{{{}, {}, {}}}", key.column, key.descending, key.nulls_first));
    out_.push_back(array("engine::Column", fmt::format("k{}Columns", o.type), columns));
    out_.push_back(array("engine::OrderKey", fmt::format("k{}Order", o.type), order));
    std::vector<std::string> key;
    for (const uint32_t column : key_columns(model_, o)) key.push_back(fmt::to_string(column));
    out_.push_back(array("uint32_t", fmt::format("k{}RowKey", o.type), key));
    items.push_back(fmt::format("{{{}, k{}Columns, {}, k{}Order, {}, {}, k{}RowKey}}",
                                string_literal(o.output->name), o.type, o.output->visible_columns, o.type,
                                o.output->is_view, o.output->storage != incremental::Storage::kNone, o.type));
  }
  out_.push_back(array("engine::OutputInfo", "kOutputs", items));
}

void Tables::sinks() {
  std::vector<std::string> items;
  for (const incremental::Sink& sink : model_.dataflow.sinks) {
    const std::string& type = model_.outputs[sink.output].type;
    std::vector<std::string> key;
    for (const uint32_t c : sink.relation->primary_key) key.push_back(fmt::to_string(c));
    out_.push_back(
        array("engine::Option", fmt::format("k{}Options", type), options_of(*sink.relation, true)));
    out_.push_back(array("uint32_t", fmt::format("k{}Key", type), key));
    items.push_back(fmt::format("{{{}, {}, k{}Options, k{}Key, {}, {}}}", string_literal(sink.relation->name),
                                sink.output, type, type, sink.relation->append_only, sink.key_is_unique));
  }
  out_.push_back(array("engine::SinkInfo", "kSinks", items));
}

void Tables::statements() {
  std::vector<std::string> items;
  for (const bind::Statement& s : model_.dataflow.statements) {
    constexpr std::string_view kVerbs[] = {"INSERT INTO", "UPDATE", "DELETE FROM"};
    items.push_back(fmt::format(
        "{{{}, {}}}",
        string_literal(fmt::format("{} {} ({}:{})", kVerbs[s.change.index()], s.table->name,
                                   model_.file_name(), model_.source.position(s.span.begin).line)),
        input_of(*s.table)));
  }
  out_.push_back(array("engine::StatementInfo", "kStatements", items));
}

size_t Tables::input_of(const catalog::Relation& table) const {
  size_t index = 0;
  for (const OperatorModel& op : model_.operators) {
    const auto* input = std::get_if<incremental::Input>(&op.op->op);
    if (!input) continue;
    if (input->relation == &table) return index;
    ++index;
  }
  return index;
}

void Tables::unstored_views() {
  std::vector<std::string> items;
  for (const std::string& name : model_.unstored_views) items.push_back(string_literal(name));
  out_.push_back(array("std::string_view", "kUnstoredViews", items));
}

std::string Tables::write(const std::string& sql, const StateCode& states) {
  std::vector<std::string> text = {"constexpr std::string_view kSql{"};
  std::string_view rest = sql;
  do {
    const size_t end = std::min(rest.find('\n'), rest.size() - 1) + (rest.empty() ? 0 : 1);
    text.push_back("    " + string_literal(rest.substr(0, end)));
    rest.remove_prefix(std::min(end, rest.size()));
  } while (!rest.empty());
  // With its length: to find that of a long text while compiling takes more steps than g++ allows.
  text.back() += fmt::format(",\n    {}}};", sql.size());
  out_.push_back(lines(text));
  inputs();
  outputs();
  sinks();
  statements();
  unstored_views();
  out_.push_back(array("engine::StateInfo", "kStates", states.infos));
  out_.push_back(array("engine::StateOrigin", "kStateOrigins", states.origins));
  out_.push_back(array("engine::OutputOrigin", "kOutputOrigins", states.output_origins));
  std::string all;
  for (const std::string& item : out_) all += (all.empty() ? "" : "\n\n") + item;
  return all;
}

}  // namespace

std::string write_tables(const Model& model, const std::string& sql, const StateCode& states) {
  return Tables(model).write(sql, states);
}

}  // namespace sqlmill::codegen
