#include "compiler/codegen/model.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>

namespace sqlmill::codegen {

namespace {

using incremental::Aggregate;
using incremental::Input;
using incremental::Map;
using incremental::Operator;

Field make_field(const plan::OutputColumn& column, Scope& scope, std::string source) {
  return {value_type(column.type, column.nullable), scope.unique(snake_name(column.name)), std::move(source),
          sql::has_equal_forms(column.type.id), false};
}

bool any_can_fail(const std::vector<plan::ExprRef>& exprs) {
  return std::any_of(exprs.begin(), exprs.end(), [](const plan::ExprRef& e) { return e->can_fail; });
}

/// The producer's column that key `i` is, if it is one.
const plan::Column* bare_key(const Aggregate& aggregate, size_t i) {
  return i < aggregate.keys.size() ? std::get_if<plan::Column>(&aggregate.keys[i]->node) : nullptr;
}

/// `equal_to_home`: what a fact's expression calls, and its constants.
std::string fact_name(const plan::ExprRef& expr) {
  constexpr size_t kLongest = 40;
  std::string name;
  const std::function<void(const plan::ExprRef&)> append = [&](const plan::ExprRef& e) {
    std::string part;
    if (const auto* call = std::get_if<plan::Call>(&e->node)) {
      part = call->function->cpp;
      part = part.substr(part.find("::") + 2);
      part = part.substr(0, part.find('<'));
    } else if (const sql::Datum* constant = plan::as_constant(e)) {
      if (!constant->is_null()) part = sql::to_text(*constant);
    }
    for (const char c : (name.empty() ? "" : "_") + part) {
      const bool is_plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
      if (name.size() < kLongest && (is_plain || (c == '_' && !name.ends_with('_')))) name += c;
    }
    for (const plan::ExprRef& operand : plan::operands(e)) append(operand);
  };
  append(expr);
  while (name.ends_with('_')) name.pop_back();
  const bool is_name = !name.empty() && !(name[0] >= '0' && name[0] <= '9');
  return is_name ? name : "fact_" + name;
}

/// Columns of a source that are words, in its row and as entries.
void make_words(const Input& input, OperatorModel& model, Scope& types) {
  for (const incremental::WordColumn& column : input.words) {
    Field& field = model.fields[column.column];
    Word word{types.unique(model.type + pascal_name(field.name)), field.name, {}, column.facts};
    Scope scope;
    for (const char* taken : {"text", "hash", "number", "is_lasting", "derive", "context", "word", "words"})
      scope.unique(taken);
    for (const plan::ExprRef& fact : column.facts) {
      const std::string type = value_type(fact->type, fact->nullable);
      word.facts.push_back({fact->can_fail ? fmt::format("sql::Checked<{}>", type) : type,
                            scope.unique(snake_name(fact_name(fact))), plan::to_string(fact), false,
                            fact->can_fail});
    }
    model.words[column.column] = model.on_row[column.column];
    model.on_row[column.column] += field.type.starts_with("sql::Nullable") ? "->text" : "->text.value()";
    field.type = fmt::format("sql::Word<{}>", word.type);
    model.word_types.push_back(std::move(word));
  }
}

OperatorModel make_operator(const Operator& op, const std::vector<OperatorModel>& before, Scope& files,
                            Scope& types) {
  OperatorModel model;
  model.op = &op;
  // What pipeline.cpp and the headers make of the two names must be free, too: next to t there may be a
  // t_changes.
  std::string file = snake_name(op.name);
  if (file.ends_with("_output")) file += "_rows";  // v_output is what the output of v is called.
  model.file = files.unique(std::move(file), {"", "_changes", "_input", "_inserts", "_output"});
  model.type =
      types.unique(pascal_name(op.name), {"", "Row", "Key", "Values", "Record", "Collections", "Outside",
                                          "Prepared", "Batch", "Table", "Words", "KeptKey"});
  if (std::holds_alternative<Aggregate>(op.op)) {
    model.kernel = fmt::format("ops::GroupedAggregate<{}>", model.type);
  } else if (std::holds_alternative<incremental::DistinctBelow>(op.op)) {
    model.kernel = fmt::format("ops::DistinctBelow<{}>", model.type);
  } else if (const auto* input = std::get_if<Input>(&op.op);
             input && input->relation->kind == catalog::RelationKind::kTable) {
    model.kernel = fmt::format("ops::Table<{}Table>", model.type);
  }
  Scope scope;
  for (size_t i = 0; i < op.columns.size(); ++i) {
    const auto* aggregate = std::get_if<Aggregate>(&op.op);
    std::string source;
    std::string prefix = "row.";
    if (aggregate && i < aggregate->keys.size()) {
      source = plan::to_string(aggregate->keys[i]);
      prefix = "row.key.";
    } else if (aggregate) {
      source = plan::to_string(aggregate->calls[i - aggregate->keys.size()]);
      prefix = "row.values.";
    }
    Field field = make_field(op.columns[i], scope, source == op.columns[i].name ? "" : source);
    field.can_fail = aggregate && i >= aggregate->keys.size() &&
                     aggregate->calls[i - aggregate->keys.size()].function->can_fail;
    if (field.can_fail) field.type = fmt::format("sql::Checked<{}>", field.type);
    model.on_row.push_back(prefix + field.name + (field.can_fail ? ".read(context)" : ""));
    model.words.emplace_back();
    if (const plan::Column* key = aggregate ? bare_key(*aggregate, i) : nullptr;
        key && !before[aggregate->producer].words[key->index].empty()) {
      model.words.back() = model.on_row.back();
      model.on_row.back() += op.columns[i].nullable ? "->text" : "->text.value()";
      field.type = before[aggregate->producer].fields[key->index].type;
    }
    model.fields.push_back(std::move(field));
  }
  if (const auto* input = std::get_if<Input>(&op.op)) make_words(*input, model, types);
  return model;
}

}  // namespace

ExpressionWriter OperatorModel::writer() const {
  std::vector<ExpressionWriter::Known> known;
  for (const Word& word : word_types) {
    for (size_t i = 0; i < word.facts.size(); ++i)
      known.emplace_back(word.exprs[i], fmt::format("row.{}->{}{}", word.name, word.facts[i].name,
                                                    word.facts[i].can_fail ? ".read(context)" : ""));
  }
  return ExpressionWriter(on_row, std::move(known));
}

std::string OperatorModel::stored(size_t column) const {
  if (!words[column].empty()) return words[column];
  return fields[column].can_fail ? on_row[column].substr(0, on_row[column].rfind('.')) : on_row[column];
}

std::string Model::file_name() const {
  const std::string& name = source.name();
  const size_t slash = name.rfind('/');
  return slash == std::string::npos ? name : name.substr(slash + 1);
}

std::string Model::place(source::Span span) const {
  return fmt::format("{}:{}", comment_text(file_name()), source.position(span.begin).line);
}

Model make_model(const source::Source& source, const std::string& pipeline_name,
                 const incremental::Dataflow& dataflow) {
  Model model{source, dataflow, snake_name(pipeline_name), {}, {}};
  Scope files;
  Scope types;
  for (const char* taken : {"pipeline", "env", "worker", "workers", "exchanges", "errors", "arena", "rt"})
    files.unique(taken);
  // What the structs themselves have inside.
  for (const char* taken :
       {"Worker", "Exchanges", "Input", "Key", "Values", "Record", "Collections", "Outside", "Prepared",
        "Row", "In", "InBatch", "Out", "Kept", "KeptKey", "Parent"}) {
    types.unique(taken);
  }
  for (const Operator& op : dataflow.operators)
    model.operators.push_back(make_operator(op, model.operators, files, types));
  Scope members;
  for (const incremental::Output& output : dataflow.outputs) {
    OutputModel out;
    out.output = &output;
    out.member = members.unique(snake_name(output.name));
    out.type = types.unique(pascal_name(output.name) + "Output", {"", "Row", "Batch"});
    Scope scope;
    for (const plan::OutputColumn& c : output.columns) out.fields.push_back(make_field(c, scope, ""));
    out.stored = output.storage == incremental::Storage::kRows;
    out.can_fail = any_can_fail(output.stream.filters) || any_can_fail(output.stream.exprs);
    model.operators[output.stream.producer].outputs.push_back(static_cast<uint32_t>(model.outputs.size()));
    model.outputs.push_back(std::move(out));
  }
  for (const Operator& op : dataflow.operators) {
    if (const auto* map = std::get_if<Map>(&op.op)) {
      for (const incremental::Stream& s : map->inputs) {
        std::vector<uint32_t>& consumers = model.operators[s.producer].consumers;
        if (std::find(consumers.begin(), consumers.end(), op.id) == consumers.end())
          consumers.push_back(op.id);
      }
    } else if (const auto* aggregate = std::get_if<Aggregate>(&op.op)) {
      model.operators[aggregate->producer].consumers.push_back(op.id);
    }
  }
  return model;
}

}  // namespace sqlmill::codegen
