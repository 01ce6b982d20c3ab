// Sources and tables: their rows, and how a record becomes one.
#include <fmt/format.h>

#include <algorithm>

#include "compiler/codegen/operators.h"
#include "compiler/codegen/printer.h"
#include "compiler/codegen/rows.h"

namespace sqlmill::codegen {

namespace {

using incremental::Input;

std::string type_words(sql::TypeId id) {
  switch (id) {
#define SQLMILL_TYPE(id, cpp, name, spelled, oid, category) \
  case sql::TypeId::id:                                     \
    return "sql::TypeId::" #id;
#include "runtime/sql/types.def"
#undef SQLMILL_TYPE
  }
  __builtin_unreachable();
}

std::string write_include(const catalog::Column& column) {
  std::string value;
  switch (column.include->kind) {
    case catalog::IncludeKind::kKey:
      value = "formats::record_key(context, record)";
      break;
    case catalog::IncludeKind::kPartition:
      value = "formats::record_partition(context, record)";
      break;
    case catalog::IncludeKind::kOffset:
      value = "formats::record_offset(context, record)";
      break;
    case catalog::IncludeKind::kTimestamp:
      value = "formats::record_timestamp(context, record)";
      break;
    case catalog::IncludeKind::kHeader:
      value = fmt::format("formats::record_header(context, record, {})",
                          string_literal(column.include->header_name));
      break;
  }
  const bool from_bytes = column.include->kind == catalog::IncludeKind::kKey ||
                          column.include->kind == catalog::IncludeKind::kHeader;
  if (from_bytes && column.type.id == sql::TypeId::kText)
    value = fmt::format("formats::as_text(context, {})", value);
  return value;
}

std::string json_field(const catalog::Column& column, size_t index) {
  return fmt::format("formats::json_value<{}>(context, fields[{}])", sql::cpp_name(column.type.id), index);
}

/// A value of the column's type, nullable, from JSON field `index`.
std::string write_field(const catalog::Column& column, size_t index) {
  const std::string type(sql::cpp_name(column.type.id));
  std::string value = json_field(column, index);
  if (column.type.modifier >= 0 && column.type.id == sql::TypeId::kNumeric) {
    value = fmt::format("sql::call<sql::numeric_with_modifier>(context, {}, int32_t{{{}}})", value,
                        column.type.modifier);
  } else if (column.type.modifier > 0) {
    value = fmt::format("sql::call<sql::varchar_with_modifier>(context, {}, int32_t{{{}}}, false)", value,
                        column.type.modifier);
  }
  const sql::Datum* fallback = column.default_value ? plan::as_constant(column.default_value) : nullptr;
  if (fallback && !fallback->is_null()) {
    value = fmt::format("fields[{}].kind == formats::JsonKind::kMissing ? sql::Nullable<{}>({}) : {}", index,
                        type, constant(*fallback, column.type), value);
  }
  return value;
}

std::string write_word(const Word& word) {
  std::vector<std::string> own, release;
  for (const Field& fact : word.facts) {
    own.push_back(fmt::format("word.{0} = state::own(heap, word.{0});", fact.name));
    release.push_back(fmt::format("state::release(heap, word.{});", fact.name));
  }
  const std::string what = word.facts.empty() ? "." : ", and what is computed from it.";
  return fill_template("word.h", {{"what", comment_text(word.name) + what},
                                  {"type", word.type},
                                  {"facts", declare_fields(word.facts)},
                                  {"own", lines(own)},
                                  {"release", lines(release)}});
}

std::string write_derivation(const OperatorModel& op, const Word& word) {
  std::vector<std::string> columns;
  for (const std::string& on_row : op.on_row)
    columns.push_back(on_row.ends_with(".value()") ? "word.text.value()" : "word.text");
  const ExpressionWriter writer(columns);
  std::vector<std::string> facts;
  for (size_t i = 0; i < word.facts.size(); ++i) {
    const std::string value = writer.value(word.exprs[i]);
    facts.push_back(fmt::format("word.{} = {};", word.facts[i].name,
                                word.facts[i].can_fail ? fmt::format("{{context, {}}}", value) : value));
  }
  return fill_template("word.cpp", {{"type", word.type}, {"facts", lines(facts)}});
}

std::vector<Field> pick(const std::vector<Field>& fields, const std::vector<uint32_t>& which) {
  std::vector<Field> picked;
  for (const uint32_t i : which) picked.push_back(fields[i]);
  return picked;
}

}  // namespace

std::string type_literal(sql::Type type) {
  return type.modifier < 0 ? fmt::format("{{{}}}", type_words(type.id))
                           : fmt::format("{{{}, {}}}", type_words(type.id), type.modifier);
}

Code write_input(const Model&, const OperatorModel& op) {
  const auto& input = std::get<Input>(op.op->op);
  const catalog::Relation& relation = *input.relation;
  const bool is_table = relation.kind == catalog::RelationKind::kTable;

  std::vector<std::string> columns;
  std::vector<std::string> decode;
  for (size_t i = 0, json = 0; i < relation.columns.size(); ++i) {
    const catalog::Column& column = relation.columns[i];
    const auto used = std::find(input.columns.begin(), input.columns.end(), i);
    const bool wanted = used != input.columns.end() || !column.nullable;
    std::string value;
    if (column.include) {
      value = write_include(column);
    } else {
      columns.push_back(fmt::format("{{{}, formats::accepted_kinds({}), {}}},", string_literal(column.name),
                                    type_words(column.type.id), wanted));
      value = write_field(column, json++);
    }
    const std::string required =
        column.nullable ? value
                        : fmt::format("formats::required<{}>(context, {}, {})", sql::cpp_name(column.type.id),
                                      value, string_literal(column.name));
    if (used != input.columns.end()) {
      const auto index = static_cast<size_t>(used - input.columns.begin());
      const std::string& name = op.fields[index].name;
      if (op.words[index].empty()) {
        decode.push_back(fmt::format("row.{} = {};", name, required));
      } else if (!column.include && required == json_field(column, json - 1)) {
        decode.push_back(
            fmt::format("row.{0} = formats::json_word(context, words.{0}, fields[{1}]);", name, json - 1));
      } else {
        decode.push_back(fmt::format("row.{0} = words.{0}.find_or_add(context, {1});", name, required));
      }
    } else if (!column.nullable) {
      decode.push_back(fmt::format("(void){};", required));
    }
  }

  std::vector<std::string> friends;
  if (is_table) {
    // A table's row holds all columns, so the key's positions are the relation's.
    friends.push_back(ownership_friends(op.type + "Row", op.fields));
    friends.push_back(state_member(op.fields));
    if (!relation.primary_key.empty()) {
      const std::vector<Field> key = pick(op.fields, relation.primary_key);
      friends.push_back(hash_friend("hash_key", op.type + "Row", key));
      friends.push_back(same_friend("same_key", op.type + "Row", key, "sql::not_distinct"));
    }
  }
  Code code;
  std::string entries;
  std::string derivations;
  std::vector<std::string> dictionaries;
  for (const Word& word : op.word_types) {
    entries += (entries.empty() ? "" : "\n") + write_word(word);
    derivations += (derivations.empty() ? "" : "\n") + write_derivation(op, word);
    dictionaries.push_back(fmt::format("state::Dictionary<{}> {};", word.type, word.name));
  }
  code.declarations = fill_template("input.h", {{"relation", comment_text(relation.name)},
                                                {"words", entries},
                                                {"dictionaries", lines(dictionaries)},
                                                {"type", op.type},
                                                {"file", op.file},
                                                {"fields", declare_fields(op.fields)},
                                                {"friends", lines(friends)},
                                                {"append_only", fmt::to_string(op.op->append_only)},
                                                {"columns", fmt::to_string(columns.size())}});
  code.definitions = fill_template("input.cpp", {{"type", op.type},
                                                 {"file", op.file},
                                                 {"columns", fmt::to_string(columns.size())},
                                                 {"json_columns", lines(columns)},
                                                 {"derivations", derivations},
                                                 {"decode", lines(decode)}});
  if (is_table) {
    code.declarations +=
        "\n" + fill_template("table_spec.h", {{"type", op.type},
                                              {"name", string_literal(relation.name)},
                                              {"has_key", fmt::to_string(!relation.primary_key.empty())},
                                              {"append_only", fmt::to_string(relation.append_only)}});
  }
  return code;
}

}  // namespace sqlmill::codegen
