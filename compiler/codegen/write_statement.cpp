// INSERT, UPDATE and DELETE of the file.
#include <fmt/format.h>

#include <algorithm>

#include "compiler/codegen/printer.h"
#include "compiler/codegen/write_pipeline.h"

namespace sqlmill::codegen {

namespace {

const OperatorModel& table_of(const Model& model, const bind::Statement& statement) {
  return *std::find_if(model.operators.begin(), model.operators.end(), [&](const OperatorModel& op) {
    const auto* input = std::get_if<incremental::Input>(&op.op->op);
    return input && input->relation == statement.table;
  });
}

std::string encode(const bind::InsertRows& insert) {
  std::string out;
  for (const std::vector<plan::ExprRef>& row : insert.rows) {
    for (const plan::ExprRef& value : row) {
      const sql::Datum* datum = plan::as_constant(value);
      if (datum->is_null()) {
        out += 'N';
      } else {
        const std::string text = sql::encode_constant(*datum);
        out += fmt::format("{}:{}", text.size(), text);
      }
    }
  }
  return out;
}

std::string write_insert(const OperatorModel& table, const bind::InsertRows& insert) {
  const std::string encoded = encode(insert);
  std::vector<std::string> out = {
      "if (env_.worker != 0) return;",
      fmt::format("engine::ConstantRows rows(std::string_view({}, {}));", string_literal(encoded),
                  encoded.size()),
      "while (rows.has_next()) {",
      fmt::format("  auto& row = {}_inserts_.add_empty();", table.file),
  };
  for (const Field& f : table.fields)
    out.push_back(fmt::format("  row.{} = rows.take<{}>(context_);", f.name, f.type));
  out.push_back("}");
  out.push_back(fmt::format("{}_.insert({}_inserts_, exchanges_->{}, {}_changes_);", table.file, table.file,
                            table.file, table.file));
  out.push_back(fmt::format("{}_inserts_.clear();", table.file));
  return lines(out);
}

std::string matches(const OperatorModel& table, const ExpressionWriter& writer, const plan::ExprRef& where) {
  if (!where) return fmt::format("[](const {}Row&) {{ return true; }}", table.type);
  return fmt::format("[&]([[maybe_unused]] const {}Row& row) {{ return {}; }}", table.type,
                     writer.is_true(where));
}

std::string write_update(const OperatorModel& table, const bind::UpdateRows& update) {
  const ExpressionWriter writer(table.on_row);
  std::vector<std::string> out = {
      "[[maybe_unused]] sql::Context& context = context_;",
      fmt::format("{}_.update(", table.file),
      fmt::format("    {},", matches(table, writer, update.where)),
      fmt::format("    [&]([[maybe_unused]] const {}Row& row, {}Row& changed) {{", table.type, table.type),
  };
  const auto& relation = *std::get<incremental::Input>(table.op->op).relation;
  for (const auto& [column, value] : update.assignments) {
    const catalog::Column& target = relation.columns[column];
    std::string text = writer.value(value);
    if (!target.nullable && value->nullable) {
      text = fmt::format("formats::required<{}>(context, {}, {})", sql::cpp_name(target.type.id), text,
                         string_literal(target.name));
    }
    out.push_back(fmt::format("      changed.{} = {};", table.fields[column].name, text));
  }
  out.push_back("    },");
  out.push_back(fmt::format("    {}_changes_);", table.file));
  return lines(out);
}

std::string write_delete(const OperatorModel& table, const bind::DeleteRows& del) {
  const ExpressionWriter writer(table.on_row);
  return lines({"[[maybe_unused]] sql::Context& context = context_;",
                fmt::format("{}_.remove({}, {}_changes_);", table.file, matches(table, writer, del.where),
                            table.file)});
}

}  // namespace

std::string write_statement(const Model& model, size_t index) {
  const bind::Statement& statement = model.dataflow.statements[index];
  const OperatorModel& table = table_of(model, statement);
  struct Visitor {
    const OperatorModel& table;
    std::string operator()(const bind::InsertRows& n) { return write_insert(table, n); }
    std::string operator()(const bind::UpdateRows& n) { return write_update(table, n); }
    std::string operator()(const bind::DeleteRows& n) { return write_delete(table, n); }
  };
  return fill("statement", "/// $what$\nvoid statement_$index$() {\n  $body$\n}\n",
              {{"what", fmt::format("{}, {}", comment_text(model.source.text(statement.span)),
                                    model.place(statement.span))},
               {"index", fmt::to_string(index + 1)},
               {"body", std::visit(Visitor{table}, statement.change)}});
}

}  // namespace sqlmill::codegen
