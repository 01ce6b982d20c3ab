// Rows and changes of relations on standard output: as psql shows them, as CSV or as JSON, an object a line.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/engine/engine.h"
#include "runtime/main/command_line.h"
#include "runtime/main/output_stream.h"

namespace sqlmill::rt::main {

struct PrintedRelation {
  std::string_view name;  // Of the view, the table or the sink.
  size_t output;          // The engine's number of the relation behind it.
};

/// The relations that --print names. Throws UserError for one that does not exist or, without --changes, is
/// not stored.
std::vector<PrintedRelation> printed_relations(const engine::PipelineInfo& pipeline,
                                               const PrintOptions& options);

class ResultPrinter {
 public:
  /// `several`: more than one relation is printed, so each says its name.
  ResultPrinter(Format format, bool several, OutputStream& out)
      : format_(format), several_(several), out_(out) {}

  /// All rows, as Engine::scan() gives them.
  void print_rows(std::string_view name, const engine::OutputInfo& info, const engine::Changes& rows);
  /// The net changes of an epoch; nothing when there are none.
  void print_changes(std::string_view name, const engine::OutputInfo& info, uint64_t epoch,
                     const engine::Changes& changes);
  /// The rows of a query; `next` gives them until it gives null.
  void print_query(std::span<const engine::Column> columns, const std::function<const sql::Chunk*()>& next);

 private:
  struct Block;  // What is printed at once.

  Block block_of(std::string_view name, const engine::OutputInfo& info, const engine::Changes& changes,
                 std::optional<uint64_t> epoch);

  void print(const Block& block);
  void print_table(const Block& block);
  void print_csv(const Block& block);
  void print_json(const Block& block);

  const Format format_;
  const bool several_;
  OutputStream& out_;
  uint64_t headed_epoch_ = 0;  // The last one that has its heading.
  bool has_csv_header_ = false;
};

}  // namespace sqlmill::rt::main
