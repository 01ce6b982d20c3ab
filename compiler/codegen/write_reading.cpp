// How the rows of an output are read, from the records of its producer or from rows of its own: a column at a
// time, and by key.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "compiler/codegen/operators.h"
#include "compiler/codegen/printer.h"

namespace sqlmill::codegen {

namespace {

using incremental::Aggregate;
using incremental::Input;

/// Evaluates expressions over the producer's row on what is kept of it.
class KeptWriter {
 public:
  KeptWriter(const Model& model, const OperatorModel& producer)
      : model_(model),
        producer_(producer),
        aggregate_(std::get_if<Aggregate>(&producer.op->op)),
        writer_(producer.writer()) {}

  const ExpressionWriter& writer() const { return writer_; }

  /// What must stand before the expressions, so that they find `row`.
  std::vector<std::string> prelude(const std::vector<plan::ExprRef>& exprs) const {
    std::set<uint32_t> used;
    for (const plan::ExprRef& e : exprs)
      plan::for_each_column(e, [&](const plan::Column& c) { used.insert(c.index); });
    if (used.empty()) return {};
    if (!aggregate_) return {fmt::format("const {}Row& row = *kept.row;", producer_.type)};
    std::vector<std::string> values;
    for (const uint32_t column : used) {
      if (column >= aggregate_->keys.size())
        values.push_back(write_value(model_, producer_, column - aggregate_->keys.size()));
    }
    std::vector<std::string> out;
    if (values.empty()) {
      out.push_back(fmt::format("const ops::ShownGroup<{}> row{{kept.key}};", producer_.type));
      return out;
    }
    out.push_back(fmt::format("ops::ShownGroup<{}> row{{kept.key}};", producer_.type));
    out.push_back(fmt::format("{}Values& values = row.values;", producer_.type));
    const auto reads = [&](std::string_view what) {
      return std::any_of(values.begin(), values.end(),
                         [&](const std::string& v) { return v.find(what) != std::string::npos; });
    };
    if (reads(" record.") || reads(", record."))
      out.push_back(fmt::format("const {}Record& record = *kept.record;", producer_.type));
    if (reads(" outside."))
      out.push_back(fmt::format("const {}Outside& outside = kept.outside;", producer_.type));
    out.insert(out.end(), values.begin(), values.end());
    return out;
  }

 private:
  const Model& model_;
  const OperatorModel& producer_;
  const Aggregate* aggregate_;
  const ExpressionWriter writer_;
};

/// Rows for which something fails are none of the output's, whatever is read of them.
std::string write_shows(const incremental::Stream& stream, const KeptWriter& kept) {
  std::vector<plan::ExprRef> needed = stream.filters;
  std::copy_if(stream.exprs.begin(), stream.exprs.end(), std::back_inserter(needed),
               [](const plan::ExprRef& e) { return e->can_fail; });
  std::vector<std::string> out = kept.prelude(needed);
  for (size_t i = 0; i < needed.size(); ++i) {
    out.push_back(i < stream.filters.size()
                      ? fmt::format("if (!{}) return false;", kept.writer().is_true(needed[i]))
                      : fmt::format("(void){};", kept.writer().value(needed[i])));
  }
  const bool can_fail =
      std::any_of(needed.begin(), needed.end(), [](const plan::ExprRef& e) { return e->can_fail; });
  out.emplace_back(can_fail ? "return !context.failed();" : "return true;");
  return lines(out);
}

std::string write_column(size_t index, const Field& field, const std::vector<std::string>& prelude,
                         const std::string& value) {
  std::string body;
  for (const std::string& line : prelude) {
    body += "    ";
    for (const char c : line) {
      body += c;
      if (c == '\n') body += "    ";
    }
    body += '\n';
  }
  return fmt::format(
      "case {}:\n  ops::fill(column, at, rows, count, [&]([[maybe_unused]] const Kept& kept) -> {} {{\n{}"
      "    return {};\n  }});\n  break;",
      index, field.type, body, value);
}

/// The operator whose dictionary has the words of this type, and the word's name there.
std::pair<const OperatorModel*, const Word*> source_of(const Model& model, const std::string& field_type) {
  for (const OperatorModel& op : model.operators) {
    for (const Word& word : op.word_types) {
      if (field_type == fmt::format("sql::Word<{}>", word.type)) return {&op, &word};
    }
  }
  return {nullptr, nullptr};
}

/// The columns of the producer that tell its rows apart.
std::vector<uint32_t> producer_key(const OperatorModel& producer) {
  std::vector<uint32_t> key;
  if (const auto* aggregate = std::get_if<Aggregate>(&producer.op->op)) {
    for (uint32_t i = 0; i < aggregate->keys.size(); ++i) key.push_back(i);
  } else if (const auto* input = std::get_if<Input>(&producer.op->op)) {
    key = input->relation->primary_key;
  }
  return key;
}

/// Looks the row up by the values of a key.
std::string write_find(const Model& model, const OutputModel& output, const OperatorModel& producer) {
  const bool is_aggregate = std::holds_alternative<Aggregate>(producer.op->op);
  std::vector<std::string> body;
  const std::vector<uint32_t> key = producer_key(producer);
  for (size_t i = 0; i < key.size(); ++i) {
    const Field& field = producer.fields[key[i]];
    const std::string name = "wanted." + field.name;
    if (const Word* word = source_of(model, field.type).second) {
      body.push_back(fmt::format("{} = words.{}.find(reading.context, key[{}].as_nullable<sql::Text>());",
                                 name, word->name, i));
    } else if (field.type.starts_with("sql::Nullable")) {
      body.push_back(fmt::format("{} = key[{}].as_nullable<sql::ValueOf<{}>>();", name, i, field.type));
    } else {
      body.push_back(fmt::format("if (key[{}].is_null()) return;", i));
      body.push_back(fmt::format("{} = key[{}].as<{}>();", name, i, field.type));
    }
  }
  return fmt::format("{} {{\n  {}{} wanted;\n  {}\n  output.find(producer, reading, wanted, rows);\n}}\n",
                     find_signature(model, output), producer.type, is_aggregate ? "Key" : "Row",
                     fmt::join(body, "\n  "));
}

std::string read_signature(const Model& model, const OutputModel& output) {
  const OperatorModel& producer = model.operators[output.output->stream.producer];
  return fmt::format(
      "uint32_t read_{}(engine::Output<{}>& output, {}& producer, const engine::Reading& reading, "
      "engine::Cursor& cursor, uint32_t max_records, sql::Chunk& rows)",
      output.member, output.type, producer.kernel);
}

}  // namespace

std::vector<uint32_t> key_columns(const Model& model, const OutputModel& output) {
  if (output.output->storage != incremental::Storage::kRecords) return {};
  std::vector<uint32_t> columns;
  for (const uint32_t wanted : producer_key(model.operators[output.output->stream.producer])) {
    const std::vector<plan::ExprRef>& exprs = output.output->stream.exprs;
    const auto at = std::find_if(exprs.begin(), exprs.end(), [&](const plan::ExprRef& e) {
      const auto* column = std::get_if<plan::Column>(&e->node);
      return column && column->index == wanted;
    });
    if (at == exprs.end()) return {};
    columns.push_back(static_cast<uint32_t>(at - exprs.begin()));
  }
  return columns;
}

const OperatorModel* words_of_key(const Model& model, const OperatorModel& producer) {
  for (const uint32_t column : producer_key(producer)) {
    if (const OperatorModel* source = source_of(model, producer.fields[column].type).first) return source;
  }
  return nullptr;
}

std::string find_signature(const Model& model, const OutputModel& output) {
  const OperatorModel& producer = model.operators[output.output->stream.producer];
  const OperatorModel* source = words_of_key(model, producer);
  return fmt::format(
      "void find_{}(engine::Output<{}>& output, {}& producer, {}const engine::Reading& reading, "
      "std::span<const sql::Datum> key, sql::Chunk& rows)",
      output.member, output.type, producer.kernel,
      source ? fmt::format("const {}Words& words, ", source->type) : "");
}

ReadingCode write_reading(const Model& model, const OutputModel& output) {
  const incremental::Output& o = *output.output;
  if (o.storage == incremental::Storage::kNone) return {};
  const OperatorModel& producer = model.operators[o.stream.producer];
  const KeptWriter kept(model, producer);
  std::vector<std::string> columns;
  for (size_t i = 0; i < output.fields.size(); ++i) {
    const Field& field = output.fields[i];
    if (output.stored) {
      columns.push_back(write_column(i, field, {}, "kept.row->" + field.name));
    } else {
      const plan::ExprRef& expr = o.stream.exprs[i];
      columns.push_back(write_column(i, field, kept.prelude({expr}), kept.writer().value(expr)));
    }
  }
  ReadingCode code;
  code.members = fill_template(
      "output_reading.h",
      {{"kept", output.stored ? "ops::KeptRow<Out>" : fmt::format("{}::Kept", producer.kernel)}});
  code.definitions = fill_template("output_reading.cpp",
                                   {{"type", output.type},
                                    {"shows", output.stored ? "return true;" : write_shows(o.stream, kept)},
                                    {"columns", lines(columns)}});
  if (output.stored) return code;
  const std::string read = read_signature(model, output);
  code.functions = "\n" + read + ";\n";
  code.definitions +=
      fmt::format("\n{} {{\n  return output.read(producer, reading, cursor, max_records, rows);\n}}\n", read);
  if (!key_columns(model, output).empty()) {
    code.functions += find_signature(model, output) + ";\n";
    code.definitions += "\n" + write_find(model, output, producer);
  }
  return code;
}

}  // namespace sqlmill::codegen
