#include "runtime/formats/sink_encoder.h"

#include <chrono>
#include <utility>

#include "runtime/formats/json_writer.h"

namespace sqlmill::rt::formats {

namespace {

int64_t system_now_ms() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
}

void add(std::map<std::string, int64_t>& rows, const std::string& row, int64_t weight) {
  const auto [at, inserted] = rows.try_emplace(row, 0);
  at->second += weight;
  if (at->second == 0) rows.erase(at);
}

}  // namespace

SinkEncoder::SinkEncoder(SinkLayout layout, std::function<int64_t()> now_ms)
    : layout_(std::move(layout)), now_ms_(now_ms ? std::move(now_ms) : system_now_ms) {
  for (const engine::Column& column : layout_.columns) names_.push_back(column.name);
  for (uint32_t column : layout_.primary_key) key_names_.push_back(layout_.columns[column].name);
  if (layout_.format == SinkFormat::kDebezium) {
    debezium_ = DebeziumWriter(layout_.names, layout_.columns, layout_.primary_key);
  }
}

void SinkEncoder::append_object(std::span<const std::string_view> names, std::span<const sql::Datum> row,
                                std::string& out) const {
  if (layout_.format == SinkFormat::kDebezium) {
    DebeziumWriter::append_row(names, row, out);
  } else {
    append_json_row(names, row, out);
  }
}

std::string SinkEncoder::row_json(std::span<const sql::Datum> row) const {
  std::string out;
  append_object(names_, row, out);
  return out;
}

std::string SinkEncoder::key_json(std::span<const sql::Datum> row) const {
  std::vector<sql::Datum> key;
  for (uint32_t column : layout_.primary_key) key.push_back(row[column]);
  std::string out;
  append_object(key_names_, key, out);
  return out;
}

std::vector<SinkEncoder::KeyChange> SinkEncoder::by_key(std::span<const WeightedRow> changes) const {
  std::vector<KeyChange> keys;
  std::unordered_map<std::string, size_t> index_of;
  for (const WeightedRow& change : changes) {
    std::string key = key_json(change.row);
    const auto [at, is_new] = index_of.try_emplace(std::move(key), keys.size());
    if (is_new) keys.push_back({at->first, {}});
    add(keys[at->second].changes, row_json(change.row), change.weight);
  }
  return keys;
}

void SinkEncoder::encode_plain(std::span<const WeightedRow> changes,
                               std::vector<engine::SinkMessage>& messages) const {
  struct RowChange {
    std::string key;
    std::string row;
    int64_t weight;
  };
  std::vector<RowChange> rows;
  std::unordered_map<std::string, size_t> index_of;
  for (const WeightedRow& change : changes) {
    const auto [at, is_new] = index_of.try_emplace(row_json(change.row), rows.size());
    if (is_new) rows.push_back({key_names_.empty() ? "" : key_json(change.row), at->first, 0});
    rows[at->second].weight += change.weight;
  }
  for (const RowChange& row : rows) {
    for (int64_t n = 0; n < row.weight; ++n) {
      engine::SinkMessage& message = messages.emplace_back();
      if (!key_names_.empty()) message.key = row.key;
      message.value = row.row;
    }
  }
}

void SinkEncoder::apply(const KeyChange& change, std::string& before, std::string& after) {
  before.clear();
  after.clear();
  if (layout_.key_is_unique) {
    // At most one row went and one came.
    for (const auto& [row, weight] : change.changes) (weight < 0 ? before : after) = row;
    return;
  }
  const auto known = rows_of_.try_emplace(change.key).first;
  Rows& rows = known->second;
  if (!rows.empty()) before = rows.begin()->first;
  for (const auto& [row, weight] : change.changes) add(rows, row, weight);
  if (rows.empty()) {
    rows_of_.erase(known);
  } else {
    after = rows.begin()->first;
  }
}

void SinkEncoder::append_messages(const std::string& key, const std::string& before, const std::string& after,
                                  std::vector<engine::SinkMessage>& messages) const {
  if (before == after) return;
  if (layout_.format != SinkFormat::kDebezium) {
    messages.push_back({key, after.empty() ? std::nullopt : std::optional(after)});
    return;
  }
  const std::string key_message = debezium_.key_message(key);
  messages.push_back({key_message, debezium_.value_message(before, after, now_ms_())});
  if (after.empty()) messages.push_back({key_message, std::nullopt});
}

void SinkEncoder::encode(std::span<const WeightedRow> changes, std::vector<engine::SinkMessage>& messages) {
  if (layout_.format == SinkFormat::kPlain) {
    encode_plain(changes, messages);
    return;
  }
  std::string before;
  std::string after;
  for (const KeyChange& change : by_key(changes)) {
    apply(change, before, after);
    append_messages(change.key, before, after, messages);
  }
}

void SinkEncoder::restore(std::span<const WeightedRow> rows) {
  if (layout_.format == SinkFormat::kPlain || layout_.key_is_unique) return;
  std::string before;
  std::string after;
  for (const KeyChange& change : by_key(rows)) apply(change, before, after);
}

}  // namespace sqlmill::rt::formats
