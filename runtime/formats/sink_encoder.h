// The changes of an epoch as messages of a sink. What a message is depends on the format.
//
// plain: each row that came. What went is left out: the relation is append-only, or force_append_only says
// so.
//
// upsert: each key that changed. The message is the key's row, or a tombstone when the key has none any more.
//
// debezium: the same keys as change events with before and after, and a tombstone behind a deletion
// (debezium_json.h).
//
// An epoch's changes are consolidated first: what cancels is not written. A key that is not unique among the
// rows shows its least row (by JSON text), whatever the order in which rows came.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "runtime/engine/dataflow.h"
#include "runtime/engine/sink.h"
#include "runtime/formats/debezium_json.h"

namespace sqlmill::rt::formats {

enum class SinkFormat : uint8_t { kPlain, kUpsert, kDebezium };

struct SinkLayout {
  SinkFormat format = SinkFormat::kPlain;
  std::span<const engine::Column> columns;  // Those that are written.
  std::span<const uint32_t> primary_key =
      {};  // Among them. Required but for kPlain, where it gives messages a key.
  /// No two rows have the same key, and nothing needs to be remembered. Otherwise all rows are, as JSON, by
  /// key.
  bool key_is_unique = false;
  DebeziumNames names = {};  // Of kDebezium.
};

struct WeightedRow {
  int64_t weight;
  std::span<const sql::Datum> row;  // At least as many as the columns.
};

class SinkEncoder {
 public:
  /// `now_ms`: since 1970, for ts_ms of debezium; the system's clock by default.
  explicit SinkEncoder(SinkLayout layout, std::function<int64_t()> now_ms = {});

  /// Appends the epoch's messages, in the order in which their keys (plain: rows) first changed.
  void encode(std::span<const WeightedRow> changes, std::vector<engine::SinkMessage>& messages);
  /// Takes rows that were written in an earlier run, so that their keys are known.
  void restore(std::span<const WeightedRow> rows);

 private:
  using Rows = std::map<std::string, int64_t>;  // JSON and weight.

  struct KeyChange {
    std::string key;
    Rows changes;
  };

  void append_object(std::span<const std::string_view> names, std::span<const sql::Datum> row,
                     std::string& out) const;
  std::string row_json(std::span<const sql::Datum> row) const;
  std::string key_json(std::span<const sql::Datum> row) const;
  /// In the order in which the keys come.
  std::vector<KeyChange> by_key(std::span<const WeightedRow> changes) const;
  void encode_plain(std::span<const WeightedRow> changes, std::vector<engine::SinkMessage>& messages) const;
  /// Remembers the change; the key's row before and after it, empty: none.
  void apply(const KeyChange& change, std::string& before, std::string& after);
  void append_messages(const std::string& key, const std::string& before, const std::string& after,
                       std::vector<engine::SinkMessage>& messages) const;

  SinkLayout layout_;
  std::vector<std::string_view> names_;
  std::vector<std::string_view> key_names_;
  std::function<int64_t()> now_ms_;
  DebeziumWriter debezium_;
  std::unordered_map<std::string, Rows> rows_of_;  // Only if the key is not unique.
};

}  // namespace sqlmill::rt::formats
