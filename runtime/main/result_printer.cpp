#include "runtime/main/result_printer.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <optional>

#include "runtime/formats/json_writer.h"
#include "runtime/main/aligned_table.h"
#include "runtime/main/csv.h"
#include "runtime/main/name_suggestion.h"
#include "runtime/main/user_error.h"

namespace sqlmill::rt::main {

namespace {

using engine::Change;
using engine::Changes;
using engine::InputInfo;
using engine::OutputInfo;
using engine::PipelineInfo;
using sql::Datum;

std::optional<PrintedRelation> find_relation(const PipelineInfo& pipeline, std::string_view name) {
  const OutputInfo& errors = engine::ErrorRelation::info();
  if (name == errors.name) return PrintedRelation{errors.name, pipeline.outputs.size()};
  for (const engine::SinkInfo& sink : pipeline.sinks) {
    if (sink.name == name) return PrintedRelation{sink.name, sink.output};
  }
  for (size_t i = 0; i < pipeline.outputs.size(); ++i) {
    if (pipeline.outputs[i].name == name) return PrintedRelation{pipeline.outputs[i].name, i};
  }
  return std::nullopt;
}

std::vector<std::string_view> printable_names(const PipelineInfo& pipeline, bool changes) {
  std::vector<std::string_view> names;
  const auto append = [&](std::string_view name) {
    if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  };
  for (const OutputInfo& output : pipeline.outputs) {
    if (output.is_readable) append(output.name);
  }
  if (changes) {
    for (const engine::SinkInfo& sink : pipeline.sinks) append(sink.name);
  }
  append(engine::ErrorRelation::info().name);
  return names;
}

PrintedRelation relation_to_print(const PipelineInfo& pipeline, std::string_view name, bool changes) {
  const std::optional<PrintedRelation> relation = find_relation(pipeline, name);
  if (!relation && std::find(pipeline.unstored_views.begin(), pipeline.unstored_views.end(), name) !=
                       pipeline.unstored_views.end()) {
    throw UserError(fmt::format(
        "--print: \"{0}\" is a view that is not materialized, so its rows are not stored; in the SQL, write "
        "CREATE MATERIALIZED VIEW instead of CREATE VIEW",
        name));
  }
  if (!relation) {
    const bool is_source = std::any_of(pipeline.inputs.begin(), pipeline.inputs.end(),
                                       [&](const InputInfo& input) { return input.name == name; });
    throw UserError(fmt::format("--print: \"{}\" {}{}", name,
                                is_source ? "is not stored, so it cannot be printed" : "does not exist",
                                name_hint(name, printable_names(pipeline, changes), "what can be printed")));
  }
  const bool is_errors = relation->output == pipeline.outputs.size();
  if (!changes && !is_errors && !pipeline.outputs[relation->output].is_readable) {
    throw UserError(fmt::format(
        "--print: \"{0}\" is a sink, whose rows are not stored; `--print {0} --changes` shows what "
        "it gets",
        name));
  }
  return *relation;
}

}  // namespace

std::vector<PrintedRelation> printed_relations(const PipelineInfo& pipeline, const PrintOptions& options) {
  std::vector<PrintedRelation> relations;
  const auto append = [&](const PrintedRelation& relation) {
    const auto same = [&](const PrintedRelation& other) { return other.name == relation.name; };
    if (std::none_of(relations.begin(), relations.end(), same)) relations.push_back(relation);
  };
  for (const std::string& name : options.relations) {
    if (name == "all") {
      for (size_t i = 0; i < pipeline.outputs.size(); ++i) {
        if (pipeline.outputs[i].is_view) append({pipeline.outputs[i].name, i});
      }
    } else {
      append(relation_to_print(pipeline, name, options.changes));
    }
  }
  return relations;
}

struct ResultPrinter::Block {
  std::string_view name;  // Empty: what is printed goes without.
  std::span<const engine::Column> columns;
  std::optional<uint64_t> epoch;  // None: these are rows, not changes.
  /// Calls its argument with each line.
  std::function<void(const std::function<void(const Change&)>&)> for_each_line;
};

ResultPrinter::Block ResultPrinter::block_of(std::string_view name, const OutputInfo& info,
                                             const Changes& changes, std::optional<uint64_t> epoch) {
  return {several_ ? name : std::string_view(), info.columns.first(info.visible_columns), epoch,
          [&, epoch](const auto& visit) {
            for (size_t i = 0; i < changes.size(); ++i) {
              const Change change = {changes[i].weight, changes[i].row.first(info.visible_columns)};
              // A row of weight n stands for n rows.
              const int64_t times = epoch ? 1 : change.weight;
              for (int64_t n = 0; n < times; ++n) visit(change);
            }
          }};
}

void ResultPrinter::print_rows(std::string_view name, const OutputInfo& info, const Changes& rows) {
  print(block_of(name, info, rows, std::nullopt));
}

void ResultPrinter::print_changes(std::string_view name, const OutputInfo& info, uint64_t epoch,
                                  const Changes& changes) {
  const bool needs_header = format_ == Format::kCsv && !several_ && !has_csv_header_;
  if (changes.columns() == info.visible_columns) {
    if (!changes.empty() || needs_header) print(block_of(name, info, changes, epoch));
    return;
  }
  // What differs in hidden columns only is no change that anybody could see.
  Changes visible(info.visible_columns);
  for (size_t i = 0; i < changes.size(); ++i) {
    visible.add(changes[i].weight, changes[i].row.first(info.visible_columns));
  }
  visible.sort(info.order);
  if (!visible.empty() || needs_header) print(block_of(name, info, visible, epoch));
}

void ResultPrinter::print_query(std::span<const engine::Column> columns,
                                const std::function<const sql::Chunk*()>& next) {
  std::vector<Datum> row(columns.size());
  has_csv_header_ = false;
  print({"", columns, std::nullopt, [&](const auto& visit) {
           while (const sql::Chunk* chunk = next()) {
             for (uint32_t i = 0; i < chunk->rows; ++i) {
               for (size_t c = 0; c < row.size(); ++c) row[c] = chunk->columns[c].datum(i);
               visit({1, row});
             }
           }
         }});
}

void ResultPrinter::print(const Block& block) {
  switch (format_) {
    case Format::kTable:
      print_table(block);
      break;
    case Format::kCsv:
      print_csv(block);
      break;
    case Format::kJson:
      print_json(block);
      break;
  }
  out_.flush_if_large();
}

void ResultPrinter::print_table(const Block& block) {
  AlignedTable table;
  if (block.epoch) table.add_column("weight", AlignedTable::Align::kRight);
  for (const engine::Column& column : block.columns) {
    const bool is_number = sql::type_category(column.type.id) == 'N';
    table.add_column(column.name, is_number ? AlignedTable::Align::kRight : AlignedTable::Align::kLeft);
  }
  std::string text;
  block.for_each_line([&](const Change& change) {
    if (block.epoch) table.add_cell(std::to_string(change.weight));
    for (const Datum& datum : change.row) {
      text.clear();
      if (!datum.is_null()) sql::append_text(datum, text);
      table.add_cell(text);
    }
  });
  if (block.epoch && *block.epoch != headed_epoch_) {
    headed_epoch_ = *block.epoch;
    out_.write(fmt::format("epoch {}\n", *block.epoch));
  }
  if (!block.name.empty()) out_.write(fmt::format("{}\n", block.name));
  table.append_to(out_.buffer());
}

void ResultPrinter::print_csv(const Block& block) {
  std::string& out = out_.buffer();
  const size_t columns = block.columns.size() + (block.epoch ? 2 : 0);
  if (!block.name.empty()) {
    append_csv_field(block.name, true, out);
    out += '\n';
  }
  if (!block.name.empty() || !has_csv_header_) {
    has_csv_header_ = true;
    if (block.epoch) out += block.columns.empty() ? "epoch,weight" : "epoch,weight,";
    for (size_t i = 0; i < block.columns.size(); ++i) {
      if (i > 0) out += ',';
      append_csv_field(block.columns[i].name, columns == 1, out);
    }
    out += '\n';
  }
  std::string text;
  block.for_each_line([&](const Change& change) {
    if (block.epoch)
      fmt::format_to(std::back_inserter(out), "{},{}{}", *block.epoch, change.weight, columns > 2 ? "," : "");
    const std::span<const Datum> row = change.row;
    for (size_t i = 0; i < row.size(); ++i) {
      if (i > 0) out += ',';
      if (row[i].is_null()) continue;
      text.clear();
      sql::append_text(row[i], text);
      append_csv_field(text, columns == 1, out);
    }
    out += '\n';
    out_.flush_if_large();
  });
  if (!block.name.empty()) out += '\n';
}

void ResultPrinter::print_json(const Block& block) {
  std::vector<std::string_view> names;
  std::vector<Datum> first;
  const auto append = [&](std::string_view name, Datum value) {
    names.push_back(name);
    first.push_back(value);
  };
  if (!block.name.empty()) append("relation", Datum(sql::Text(block.name)));
  if (block.epoch) {
    append("epoch", Datum(static_cast<int64_t>(*block.epoch)));
    append("weight", Datum());
  }
  for (const engine::Column& column : block.columns) names.push_back(column.name);
  std::vector<Datum> values;
  block.for_each_line([&](const Change& change) {
    values = first;
    if (block.epoch) values.back() = Datum(change.weight);
    const std::span<const Datum> row = change.row;
    values.insert(values.end(), row.begin(), row.end());
    formats::append_json_row(names, values, out_.buffer());
    out_.write("\n");
    out_.flush_if_large();
  });
}

}  // namespace sqlmill::rt::main
