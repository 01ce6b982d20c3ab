// The Spec of a GroupedAggregate.
#include <fmt/format.h>

#include <algorithm>

#include "compiler/codegen/operators.h"
#include "compiler/codegen/printer.h"
#include "compiler/codegen/rows.h"
#include "compiler/codegen/write_admit.h"
#include "compiler/codegen/write_changes.h"
#include "compiler/codegen/write_check.h"
#include "compiler/incremental/distinct_below.h"
#include "compiler/incremental/origins.h"
#include "compiler/incremental/parents.h"

namespace sqlmill::codegen {

namespace {

using incremental::Aggregate;
using incremental::feeder;

/// What one aggregate call becomes.
struct CallCode {
  std::string record;      // Its field in the record; may be empty.
  std::string collection;  // Its entries beside the record; may be empty.
  std::string prepared;    // What is computed ahead to find them; may be empty.
  std::string prepare;
  std::string prefetch;
  std::string resolve;
  std::string apply;
  std::string keeps;  // Whether a row leaves what the call has as it is; empty: never.
  std::string value;
  bool in_place = false;  // A part of the collection lies in the group's place.
  std::string prefetch_record;
  std::string release;
  std::string bytes;
  std::string outside;  // Its field in what is shown of entries beside the record; may be empty.
  std::string outside_value;
  bool is_fed = false;
};

std::string argument_types(const plan::AggregateCall& call) {
  std::vector<std::string_view> types;
  for (const plan::ExprRef& argument : plan::arguments(call))
    types.push_back(sql::cpp_name(argument->type.id));
  return types.empty() ? "agg::NoArgument" : fmt::format("{}", fmt::join(types, ", "));
}

std::string values(const std::vector<plan::ExprRef>& arguments, const ExpressionWriter& writer) {
  std::vector<std::string> all;
  for (const plan::ExprRef& argument : arguments) all.push_back(writer.value(argument));
  return fmt::format("{}", fmt::join(all, ", "));
}

std::string only_if(const plan::ExprRef& filter, const ExpressionWriter& writer, const std::string& text) {
  if (!filter || text.empty()) return text;
  return fmt::format("if ({}) {{\n  {}\n}}", writer.is_true(filter), block(text));
}

/// The first call whose entries `call`, a min or max that can lose values, reads: perhaps itself.
size_t first_over_same_values(const std::vector<plan::AggregateCall>& calls,
                              const plan::AggregateCall& call) {
  const auto found = std::find_if(calls.begin(), calls.end(), [&](const plan::AggregateCall& other) {
    return plan::is_extreme(other) && plan::over_same_values(other, call);
  });
  return static_cast<size_t>(found - calls.begin());
}

/// Where a min or max that can lose values finds them.
struct SharedEntries {
  std::string name;
  bool is_first;  // This call is the one that adds them.
  bool has_min;   // What calls read of them.
  bool has_max;
};

SharedEntries shared_entries(const std::vector<plan::AggregateCall>& calls, size_t call,
                             const std::vector<Field>& names) {
  if (!plan::is_extreme(calls[call])) return {names[call].name, true, false, false};
  const size_t first = first_over_same_values(calls, calls[call]);
  const auto reads = [&](std::string_view accumulator) {
    return std::any_of(calls.begin(), calls.end(), [&](const plan::AggregateCall& other) {
      return other.function->cpp == accumulator && plan::over_same_values(other, calls[call]);
    });
  };
  return {names[first].name, first == call, reads("agg::Min"), reads("agg::Max")};
}

/// A call's argument that is a word.
struct WordArgument {
  std::string read;  // `row.page_url`; empty: it is none.
  std::string type;
  bool is_of_root;  // Of an aggregate whose groups have places of their own.
};

WordArgument word_argument(const OperatorModel& producer, const Aggregate& aggregate,
                           const plan::AggregateCall& call) {
  const auto* column = call.argument ? std::get_if<plan::Column>(&call.argument->node) : nullptr;
  if (!column || producer.words[column->index].empty()) return {"", "", false};
  return {producer.words[column->index], producer.fields[column->index].type, !aggregate.parent};
}

CallCode write_call(const plan::AggregateCall& call, const std::string& name, bool append_only,
                    const SharedEntries& entries, bool is_fed, const WordArgument& word,
                    const ExpressionWriter& writer) {
  const std::string_view accumulator = call.function->cpp;
  const std::string type = argument_types(call);
  const bool extreme = plan::is_extreme(call);
  CallCode code;
  std::string add;
  if (extreme && !append_only) {
    code.value = fmt::format("values.{0} = outside.{0};", name);
    code.outside = fmt::format("sql::Nullable<{}> {};", type, name);
    code.outside_value = fmt::format("collections.{}.{}(group)", entries.name,
                                     accumulator == "agg::Min" ? "least" : "greatest");
    if (!entries.is_first) return code;
    code.collection =
        fmt::format("agg::RetractableExtremes<{}, {}, {}> {};", type, entries.has_min, entries.has_max, name);
    code.bytes = fmt::format("collections.{}.bytes()", name);
    code.prepared = fmt::format("uint64_t {};", name);
    code.prepare =
        fmt::format("prepared.{0} = collections.{0}.prepare(group, {1});", name, writer.value(call.argument));
    code.prefetch = fmt::format("collections.{0}.prefetch(prepared.{0});", name);
    add = fmt::format("collections.{0}.add(heap, group, {1}, weight, prepared.{0});", name,
                      writer.value(call.argument));
  } else {
    if (extreme && !word.read.empty()) {
      code.record = fmt::format("{}Word<{}> {};", accumulator, word.type, name);
      code.prefetch_record = fmt::format("record.{}.prefetch();", name);
    } else if (extreme) {
      code.record = fmt::format("{}<{}> {};", accumulator, type, name);
      if (call.argument->type.id == sql::TypeId::kText)
        code.prefetch_record = fmt::format("record.{}.prefetch();", name);
    } else if (!call.argument) {
      code.record = fmt::format("{}<{}> {};", accumulator, append_only, name);
    } else {
      code.record = fmt::format("{}<{}, {}> {};", accumulator, type, append_only, name);
    }
    code.value = fmt::format("values.{} = record.{}.value(context);", name, name);
    if (call.function->can_fail)
      code.value = fmt::format("values.{} = {{context, record.{}.value(context)}};", name, name);
    code.release = fmt::format("record.{}.release(heap);", name);
    code.is_fed = is_fed;
    if (is_fed) {
      code.keeps = "true";
      return code;
    }
    if (call.distinct && append_only && word.is_of_root) {
      code.collection = fmt::format("state::WordLists {};", name);
      code.in_place = true;
      code.bytes = fmt::format("collections.{}.bytes()", name);
      add = fmt::format(
          "if (sql::has_value({1}) && collections.{0}.insert(heap, group, {2})) {{\n"
          "  record.{0}.add(heap, sql::value_of({1}), 1);\n}}",
          name, writer.value(call.argument), word.read);
    } else if (call.distinct) {
      const bool interned = append_only && call.argument->type.id == sql::TypeId::kText;
      code.collection = interned ? fmt::format("state::DistinctTexts {};", name)
                                 : fmt::format("state::DistinctEntries<{}, {}> {};", type, append_only, name);
      code.bytes = fmt::format("collections.{}.bytes()", name);
      add = fmt::format(
          "if (const auto value = {1}; sql::has_value(value)) {{\n"
          "  const int change = collections.{0}.add(heap, group, sql::value_of(value), weight, "
          "prepared.{0});\n"
          "  if (change != 0) record.{0}.add(heap, sql::value_of(value), change);\n}}",
          name, writer.value(call.argument));
      code.prepared = fmt::format("uint64_t {};", name);
      code.prepare = fmt::format(
          "if (const auto value = {0}; sql::has_value(value)) {{\n"
          "  prepared.{1} = collections.{1}.hash_of(group, sql::value_of(value));\n"
          "  collections.{1}.prefetch_slot(prepared.{1});\n"
          "}} else {{\n"
          "  prepared.{1} = 0;\n}}",
          writer.value(call.argument), name);
      code.prefetch = fmt::format("collections.{0}.prefetch_entry(prepared.{0});", name);
      if (interned) {
        code.resolve = fmt::format(
            "if (const auto value = {1}; sql::has_value(value)) {{\n"
            "  prepared.{0} = collections.{0}.resolve(heap, group, sql::value_of(value), prepared.{0});\n}}",
            name, writer.value(call.argument));
      }
    } else if (extreme && !word.read.empty()) {
      add = fmt::format("record.{}.add(heap, {});", name, word.read);
    } else if (call.argument) {
      add =
          fmt::format("agg::add(record.{}, heap, {}, weight);", name, values(plan::arguments(call), writer));
    } else {
      add = fmt::format("record.{}.add(weight);", name);
    }
  }
  if (call.distinct) {
    code.keeps = fmt::format("!sql::has_value({})", writer.value(call.argument));
  } else if (extreme && !word.read.empty()) {
    code.keeps = fmt::format("record.{}.keeps({})", name, word.read);
  } else if (call.argument) {
    code.keeps = fmt::format("agg::keeps(record.{}, {})", name, values(plan::arguments(call), writer));
  }
  if (call.filter) {
    const std::string is_out = fmt::format("!({})", writer.is_true(call.filter));
    code.keeps = code.keeps.empty() ? is_out : fmt::format("({} || {})", is_out, code.keeps);
  }
  code.apply = only_if(call.filter, writer, add);
  code.resolve = only_if(call.filter, writer, code.resolve);
  return code;
}

/// `writer`: of expressions over the producer's row.
CallCode write_call(const Model& model, const OperatorModel& op, size_t call,
                    const ExpressionWriter& writer) {
  const auto& aggregate = std::get<Aggregate>(op.op->op);
  const OperatorModel& producer = model.operators[aggregate.producer];
  const std::vector<Field> names(op.fields.begin() + static_cast<std::ptrdiff_t>(aggregate.keys.size()),
                                 op.fields.end());
  const plan::AggregateCall& wanted = aggregate.calls[call];
  return write_call(
      wanted, names[call].name, op.op->input_append_only, shared_entries(aggregate.calls, call, names),
      feeder(model.dataflow, op.op->id, call) != nullptr, word_argument(producer, aggregate, wanted), writer);
}

/// A word stays one.
std::string write_key(const OperatorModel& producer, const plan::ExprRef& key) {
  const auto* column = std::get_if<plan::Column>(&key->node);
  if (column && !producer.words[column->index].empty()) return producer.words[column->index];
  return producer.writer().value(key);
}

std::string key_friends(const std::string& type, const std::vector<Field>& fields) {
  std::vector<std::string> friends = {
      hash_friend("hash", type, fields), same_friend("same", type, fields, "sql::not_distinct"),
      ownership_friends(type, fields), prefetch_friend(type, fields), state_member(fields)};
  const bool varies = std::any_of(fields.begin(), fields.end(), [](const Field& f) { return f.varies; });
  if (varies) friends.push_back(total_order_friend(type, fields));
  return lines(friends);
}

/// The key, and what a record keeps of it.
struct KeyCode {
  std::string key_friends;
  std::string declaration;  // Of the kept key; empty: it is the key.
  std::string type;         // Of the kept key.
  std::string parent;
  std::string full_key;
  std::string parts;   // Of a key: the parent's and the kept one.
  std::string of_row;  // The kept key's members.
};

KeyCode write_kept_key(const Model& model, const OperatorModel& op, const std::vector<Field>& keys) {
  const auto& aggregate = std::get<Aggregate>(op.op->op);
  const OperatorModel& producer = model.operators[aggregate.producer];
  const auto append = [](std::string& list, const std::string& item) {
    list += (list.empty() ? "" : ", ") + item;
  };
  KeyCode code;
  if (!aggregate.parent) {
    code.type = op.type + "Key";
    code.key_friends = key_friends(code.type, keys);
    code.parent = "ops::NoParent";
    for (const plan::ExprRef& key : aggregate.keys) append(code.of_row, write_key(producer, key));
    return code;
  }
  const OperatorModel& parent = model.operators[*aggregate.parent];
  const std::vector<plan::ExprRef>& parent_keys = std::get<Aggregate>(parent.op->op).keys;
  std::vector<Field> kept;
  std::string full;
  std::string kept_part;
  std::vector<std::string> parent_part(parent_keys.size());
  for (size_t i = 0; i < keys.size(); ++i) {
    const auto at = std::find_if(parent_keys.begin(), parent_keys.end(),
                                 [&](const auto& k) { return plan::equal(k, aggregate.keys[i]); });
    if (at != parent_keys.end()) {
      const auto index = static_cast<size_t>(at - parent_keys.begin());
      append(full, "parent." + parent.fields[index].name);
      parent_part[index] = "key." + keys[i].name;
      continue;
    }
    append(kept_part, "key." + keys[i].name);
    append(full, "kept." + keys[i].name);
    append(code.of_row, write_key(producer, aggregate.keys[i]));
    kept.push_back(keys[i]);
  }
  code.type = op.type + "KeptKey";
  code.parent = parent.type;
  code.declaration = fill_template(
      "kept_key.h",
      {{"type", op.type}, {"fields", declare_fields(kept)}, {"friends", key_friends(code.type, kept)}});
  code.full_key =
      fmt::format("static Key full_key(const {}Key& parent, const KeptKey& kept) {{\n  return {{{}}};\n}}",
                  parent.type, full);
  code.parts = fmt::format(
      "static {}Key parent_key(const Key& key) {{\n  return {{{}}};\n}}\n"
      "static KeptKey kept_key(const Key& key) {{\n  return {{{}}};\n}}",
      parent.type, fmt::join(parent_part, ", "), kept_part);
  return code;
}

}  // namespace

std::string write_value(const Model& model, const OperatorModel& op, size_t call) {
  const OperatorModel& producer = model.operators[std::get<Aggregate>(op.op->op).producer];
  return write_call(model, op, call, producer.writer()).value;
}

Code write_aggregate(const Model& model, const OperatorModel& op) {
  const auto& aggregate = std::get<Aggregate>(op.op->op);
  const OperatorModel& producer = model.operators[aggregate.producer];
  const ExpressionWriter row_writer = producer.writer();
  const std::ptrdiff_t key_count = static_cast<std::ptrdiff_t>(aggregate.keys.size());
  const std::vector<Field> keys(op.fields.begin(), op.fields.begin() + key_count);
  const std::vector<Field> values(op.fields.begin() + key_count, op.fields.end());
  const bool varies = std::any_of(keys.begin(), keys.end(), [](const Field& f) { return f.varies; });

  const KeyCode kept = write_kept_key(model, op, keys);
  const Computed computed = write_computed(aggregate, values, row_writer);
  const ExpressionWriter writer = row_writer.with(computed.known);

  std::vector<std::string> prepared = computed.fields;
  std::vector<std::string> record, recorded, collections, collected, prepare, prefetch, resolve, apply,
      value_lines, prefetch_record, release, count_fed;
  std::vector<std::string> outside;
  std::string outside_values;
  std::string keeps;
  bool may_keep = op.op->input_append_only && !varies && aggregate.grouped;
  std::string bytes;
  std::string initializers;  // Of collections that lie beside the records.
  for (size_t i = 0; i < aggregate.calls.size(); ++i) {
    const plan::AggregateCall& call = aggregate.calls[i];
    const CallCode code = write_call(model, op, i, writer);
    if (code.is_fed) count_fed.push_back(fmt::format("if (feed == {}) record.{}.add(1);", i, values[i].name));
    const std::string comment = "  // " + comment_text(plan::to_string(call));
    if (!code.record.empty()) {
      record.push_back(code.record + comment);
      recorded.push_back(values[i].name);
    }
    if (!code.collection.empty()) {
      collections.push_back(code.collection + comment);
      collected.push_back(fmt::format("visit({});", values[i].name));
    }
    if (code.in_place)
      initializers += fmt::format("{}{}(blocks)", initializers.empty() ? " : " : ", ", values[i].name);
    if (!code.prepared.empty()) prepared.push_back(code.prepared);
    if (!code.prepare.empty()) prepare.push_back(code.prepare);
    if (!code.prefetch.empty()) prefetch.push_back(code.prefetch);
    if (!code.resolve.empty()) resolve.push_back(code.resolve);
    const auto changed = [&](const std::string& text) {
      return op.op->input_append_only
                 ? text
                 : fmt::format("if (!(same & {})) {{\n  {}\n}}", call_bit(i), block(text));
    };
    if (!code.apply.empty()) apply.push_back(changed(code.apply));
    // What takes a call would be computed twice where it is not kept; calls have the context.
    may_keep = may_keep && !code.keeps.empty() && code.keeps.find("context") == std::string::npos;
    keeps += (keeps.empty() ? "" : " &&\n") + code.keeps;
    value_lines.push_back(code.value);
    if (!code.outside.empty()) {
      outside.push_back(code.outside);
      outside_values += (outside_values.empty() ? "" : ", ") + code.outside_value;
    }
    if (!code.prefetch_record.empty()) prefetch_record.push_back(code.prefetch_record);
    if (!code.release.empty()) release.push_back(code.release);
    if (!code.bytes.empty()) bytes += (bytes.empty() ? "" : " + ") + code.bytes;
  }
  std::string group_by;
  for (const plan::ExprRef& e : aggregate.keys)
    group_by += (group_by.empty() ? "GROUP BY " : ", ") + plan::to_string(e);
  std::string where;
  for (const plan::ExprRef& f : aggregate.filters)
    where += (where.empty() ? "WHERE " : " AND ") + plan::to_string(f);

  const bool record_decides = op.op->input_append_only ||
                              std::none_of(aggregate.calls.begin(), aggregate.calls.end(), plan::is_extreme);
  const std::string word = aggregate.keys.size() == 1 && !op.words[0].empty() ? keys[0].name : "";
  const std::string word_of =
      word.empty()
          ? ""
          : fmt::format("static const sql::WordEntry* word_of(const KeptKey& key) {{ return key.{}.get(); }}",
                        word);

  const CheckCode check = write_check(model, op, value_lines);
  const bool follows_groups = incremental::follows_groups(model.dataflow, *op.op);
  const ChangeCode changes = op.op->input_append_only ? ChangeCode{"false", "return 0;"}
                                                      : write_changes(producer, aggregate, follows_groups);

  uint64_t all_unchanged = 0;
  for (size_t i = 0; i < std::min<size_t>(aggregate.calls.size(), 64); ++i) all_unchanged |= uint64_t{1} << i;

  const bool is_followed = std::any_of(op.consumers.begin(), op.consumers.end(), [&](uint32_t consumer) {
    return incremental::follows_groups(model.dataflow, model.dataflow.operators[consumer]);
  });

  Code code;
  code.declarations =
      fill_template("aggregate_spec.h",
                    {{"type", op.type},
                     {"producer", producer.type},
                     {"key_fields", declare_fields(keys)},
                     {"key_friends", kept.key_friends},
                     {"kept_key", kept.declaration},
                     {"kept_type", kept.type},
                     {"parent", kept.parent},
                     {"full_key", kept.full_key},
                     {"key_parts", kept.parts},
                     {"outside_fields", lines(outside)},
                     {"value_fields", declare_fields(values)},
                     {"record_fields", lines(record)},
                     {"record_state", state_member(recorded)},
                     {"collection_fields", lines(collections)},
                     {"visit_collections", lines(collected)},
                     {"collection_initializers", initializers},
                     {"prepared_fields", lines(prepared)},
                     {"group_by", group_by.empty() ? "One group, always there." : comment_text(group_by)},
                     {"name", string_literal(op.op->name)},
                     {"append_only", fmt::to_string(op.op->input_append_only)},
                     {"grouped", fmt::to_string(aggregate.grouped)},
                     {"key_varies", fmt::to_string(varies)},
                     {"record_decides", fmt::to_string(record_decides)},
                     {"check_reads_key", fmt::to_string(check.reads_key)},
                     {"spreads", fmt::to_string(incremental::spreads(aggregate))},
                     {"word_key", fmt::to_string(!word.empty())},
                     {"word_of", word_of},
                     {"may_keep", fmt::to_string(may_keep)},
                     {"all_unchanged", fmt::format("{:#x}", all_unchanged)},
                     {"origin", is_followed ? "uint32_t origin = 0;  // The group's number." : ""},
                     {"follows_groups", fmt::to_string(follows_groups)},
                     {"emits_once", fmt::to_string(op.op->append_only)}});
  code.definitions =
      fill_template("aggregate_spec.cpp", {{"type", op.type},
                                           {"where", where.empty() ? "Every row." : comment_text(where)},
                                           {"admit", write_admit(aggregate, computed, row_writer)},
                                           {"key", kept.of_row},
                                           {"keeps_place", changes.keeps_place},
                                           {"unchanged", changes.unchanged},
                                           {"prepare", lines(prepare)},
                                           {"prefetch", lines(prefetch)},
                                           {"resolve", lines(resolve)},
                                           {"apply", lines(apply)},
                                           {"keeps", !may_keep       ? "false"
                                                     : keeps.empty() ? "true"
                                                                     : keeps},
                                           {"count_fed", lines(count_fed)},
                                           {"values", lines(value_lines)},
                                           {"outside", outside_values},
                                           {"prefetch_record", lines(prefetch_record)},
                                           {"check", check.body},
                                           {"release", lines(release)},
                                           {"identical", compare_fields(values, "sql::identical")},
                                           {"bytes", bytes.empty() ? "0" : bytes}});
  const std::string kernel = fmt::format(
      "template class sqlmill::rt::ops::GroupedAggregate<sqlmill::gen::{}::{}>;", model.space, op.type);
  code.instantiations = kernel;
  return code;
}

}  // namespace sqlmill::codegen
