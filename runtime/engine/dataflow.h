// What generated code gives the engine: a description of the pipeline, and per worker an object that holds
// its share of the state and runs its share of each epoch. The calls below are per batch, stage or epoch,
// never per row.
//
// An epoch, on every worker:  ingest()* / execute()? / write()*  →  run_stage(1) … run_stage(stages)  →
// take_changes()* →  end_epoch() The engine puts a barrier before each stage and before end_epoch, so a stage
// sees all that every worker sent to it, and texts borrowed from another worker's epoch memory stay valid
// until everyone is done.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "runtime/delta/error_log.h"
#include "runtime/delta/raw_record.h"
#include "runtime/ops/reading.h"
#include "runtime/sql/datum.h"
#include "runtime/sql/vector.h"
#include "runtime/state/entries.h"
#include "runtime/state/pins.h"

namespace sqlmill::rt::engine {

using delta::ErrorLog;
using delta::RawRecord;
using ops::Cursor;
using ops::Reading;

struct Column {
  std::string_view name;
  sql::Type type;
};

struct Option {
  std::string_view key;    // `properties.bootstrap.server`
  std::string_view value;  // May hold `${NAME}`, resolved from the environment at start.
  bool secret = false;  // The value was blanked when the pipeline was compiled: it must be supplied at start.
};

enum class InputKind : uint8_t { kSource, kTable };

/// A CREATE SOURCE or CREATE TABLE.
struct InputInfo {
  std::string_view name;
  InputKind kind;
  std::span<const Column> columns;  // As declared, INCLUDE columns last.
  std::span<const Option> options;  // Of WITH; empty: a table without a connector.
  bool reads_headers;               // Some column is an INCLUDE header.
};

struct OrderKey {
  uint32_t column;
  bool descending;
  bool nulls_first;
};

/// Something whose rows or changes can be seen: a view, a table, or the relation behind a sink.
struct OutputInfo {
  std::string_view name;
  std::span<const Column> columns;  // What the user sees come first.
  uint32_t visible_columns;         // Those after are for ORDER BY only.
  std::span<const OrderKey> order;  // Empty: none was given.
  bool is_view;                     // A materialized view: printed by `--print all`.
  bool is_readable;                 // read() gives its rows: a view or a table, or kept by what a sink reads.
  /// The columns by which find() finds its rows: at most one of each key. Empty: it cannot.
  std::span<const uint32_t> key = {};
};

struct SinkInfo {
  std::string_view name;
  uint32_t output;                        // Index in PipelineInfo::outputs.
  std::span<const Option> options;        // Of WITH, with `format` = plain | upsert | debezium added.
  std::span<const uint32_t> primary_key;  // Columns of the output; empty: none.
  bool append_only;                       // The relation never retracts.
  bool key_is_unique;                     // No two rows of the relation have the same primary key.
};

/// An INSERT, UPDATE or DELETE of the file; each runs in an epoch of its own, before any input.
struct StatementInfo {
  std::string_view summary;  // `INSERT INTO click_events (clickstream.sql:20)`
  uint32_t input = 0;        // The table that it changes.
};

/// What a checkpoint holds of an operator, a dictionary, or a view that keeps rows of its own.
struct StateInfo {
  std::string_view name;         // As `explain` names it.
  std::string_view fingerprint;  // Of what it means and how it is laid out: equal ones can be read.
};

/// What a state is made from, if it has to be made anew.
struct StateOrigin {
  enum class Kind : uint8_t {
    kInput,      // Records of an input.
    kState,      // The rows of another state.
    kNumbersOf,  // Not its rows: the numbers of its records. What refers to them is made anew with it.
    kFeederOf    // It counts in the other what is new here. They are made anew together.
  };
  uint32_t state;  // Index in PipelineInfo::states.
  Kind kind;
  uint32_t from;  // Index of an input, or of a state.
};

/// What an output shows: the rows of an input or of a state.
struct OutputOrigin {
  uint32_t output;
  StateOrigin::Kind kind;
  uint32_t from;
};

/// Who takes nothing of the next epochs, because it has it already or has it from others.
struct Ignored {
  std::vector<bool> states;   // By PipelineInfo::states.
  std::vector<bool> outputs;  // By PipelineInfo::outputs.
};

struct OperatorCounters {
  std::string_view name;     // As `explain` names it.
  uint64_t rows_in = 0;      // Deltas that reached it.
  uint64_t touched = 0;      // Records that were read or changed, once an epoch each.
  uint64_t rows_out = 0;     // Deltas that left it.
  uint64_t records = 0;      // In state now.
  uint64_t state_bytes = 0;  // Of memory reserved now.
};

/// Weight and row. The row is valid during the call.
using ChangeVisitor = std::function<void(int64_t weight, std::span<const sql::Datum> row)>;

class Dataflow {
 public:
  virtual ~Dataflow() = default;

  /// Turns the collection of an output's changes on, or off when that was said as often as the former.
  /// Between epochs.
  virtual void watch(size_t output, bool on) = 0;
  /// Decodes records of one input; what cannot be decoded goes to the error log. Borrows them until
  /// end_epoch().
  virtual void ingest(size_t input, std::span<const RawRecord> records) = 0;
  /// This worker's share of a statement of the file.
  virtual void execute(size_t statement) = 0;
  /// Changes a table: takes out this worker's rows `erased`, numbers of its records, then puts in its share
  /// of `inserted`: chunks of all declared columns, of which every worker gets all.
  virtual void write(size_t input, std::span<const uint32_t> erased,
                     std::span<const sql::Chunk> inserted) = 0;
  /// Takes what all workers sent to the operators of this stage (1 …), and emits their net changes.
  virtual void run_stage(size_t stage) = 0;
  /// The changes of a watched output in this epoch; the same row may come several times.
  virtual void take_changes(size_t output, const ChangeVisitor& visit) = 0;
  /// Forgets all that was borrowed, and what no reader needs any more. Also between epochs, for the latter.
  virtual void end_epoch() = 0;

  // Reading, between epochs, outputs that are readable. Rows are appended to a chunk, whose columns are those
  // that are asked for; there must be room for ops::kKeptRows. What they borrow lasts as long as the pin, and
  // what is computed as long as the context's arena.

  /// The epochs that readers hold. Changed by the engine, between epochs.
  virtual state::Pins& pins() = 0;
  /// The next rows that this worker has, in the order of its records, until the chunk is nearly full or
  /// `max_records` records have been looked at. How many have been. A row of weight n comes n times.
  virtual uint32_t read(size_t output, const Reading& reading, Cursor& cursor, uint32_t max_records,
                        sql::Chunk& rows) = 0;
  /// The row with this key, a value of the column's type for each of OutputInfo::key, if this worker has it.
  virtual void find(size_t output, const Reading& reading, std::span<const sql::Datum> key,
                    sql::Chunk& rows) = 0;

  // Checkpoints, between epochs.

  /// Before the first epoch: what changes from now on is noted for save().
  virtual void note_touched() = 0;
  /// Writes what has changed since the last call, by PipelineInfo::states.
  virtual void save(state::ChangedEntries& entries) = 0;
  /// Instead of the first epoch: reads all that was written. Worker 0 first.
  virtual void load(state::Loading& entries) = 0;
  /// In the next epoch the rows of this state, a table's or an operator's, go to what reads them, as if they
  /// were new.
  virtual void announce(size_t state) = 0;
  virtual void ignore(const Ignored& what) = 0;

  virtual std::vector<OperatorCounters> counters() const = 0;
  virtual ErrorLog& errors() = 0;
};

struct PipelineInfo {
  std::string_view name;     // `clickstream`
  std::string_view version;  // Of the SQLMill that compiled it.
  std::string_view sql;      // The file, secrets blanked.
  std::span<const InputInfo> inputs;
  std::span<const OutputInfo> outputs;
  std::span<const SinkInfo> sinks;
  std::span<const StatementInfo> statements;
  size_t stages;
  /// One object a worker, wired to each other.
  std::vector<std::unique_ptr<Dataflow>> (*make)(size_t workers);
  /// Names of views that are not materialized and are no outputs: known only to say so.
  std::span<const std::string_view> unstored_views = {};
  std::span<const StateInfo> states = {};
  std::span<const StateOrigin> state_origins = {};
  std::span<const OutputOrigin> output_origins = {};
};

}  // namespace sqlmill::rt::engine
