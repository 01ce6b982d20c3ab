#include "runtime/engine/error_relation.h"

#include <algorithm>
#include <array>
#include <tuple>

namespace sqlmill::rt::engine {

namespace {

using sql::Datum;
using sql::TypeId;

constexpr Column kColumns[] = {
    {"time", {TypeId::kTimestamptz}},  // NULL in a replay, so that it prints the same each time.
    {"relation", {TypeId::kText}},     // Where it was noticed.
    {"source", {TypeId::kText}},       // The input that the record came from.
    {"partition", {TypeId::kInteger}}, {"offset", {TypeId::kBigint}},
    {"reason", {TypeId::kText}},       {"raw", {TypeId::kBytea}},
};

Datum text_or_null(std::string_view text) {
  return text.empty() ? Datum::null(TypeId::kText) : Datum(sql::Text(text));
}

size_t bytes_of(const ErrorRelation::Entry& entry) {
  return sizeof entry + entry.record.reason.size() + (entry.record.raw ? entry.record.raw->size() : 0);
}

std::array<Datum, std::size(kColumns)> row_of(const ErrorRelation::Entry& entry) {
  const delta::ErrorRecord& record = entry.record;
  return {
      entry.time ? Datum(*entry.time) : Datum::null(TypeId::kTimestamptz),
      text_or_null(record.relation),
      text_or_null(record.source),
      record.partition ? Datum(*record.partition) : Datum::null(TypeId::kInteger),
      record.offset ? Datum(*record.offset) : Datum::null(TypeId::kBigint),
      Datum(sql::Text(record.reason)),
      record.raw ? Datum(sql::Bytea{sql::Text(*record.raw)}) : Datum::null(TypeId::kBytea),
  };
}

}  // namespace

const OutputInfo& ErrorRelation::info() {
  static constexpr OutputInfo kInfo = {"sqlmill_errors", kColumns, std::size(kColumns), {}, false, true};
  return kInfo;
}

void ErrorRelation::add_epoch(uint64_t epoch, std::vector<delta::ErrorRecord> records, uint64_t dropped,
                              std::optional<sql::Timestamptz> time) {
  total_ += records.size() + dropped;
  // The order must not depend on which worker met the record.
  std::stable_sort(records.begin(), records.end(), [](const auto& a, const auto& b) {
    return std::tie(a.source, a.partition, a.offset, a.relation, a.reason) <
           std::tie(b.source, b.partition, b.offset, b.relation, b.reason);
  });
  epoch_size_ = records.size();
  for (delta::ErrorRecord& record : records) {
    entries_.push_back({time, std::move(record), epoch});
    bytes_ += bytes_of(entries_.back());
  }
  while (size() > kMaxRecords || (bytes_ > kMaxBytes && size() > 1)) forget_oldest(epoch);
}

void ErrorRelation::forget_oldest(uint64_t epoch) {
  Entry& oldest = entries_[forgotten_++];
  bytes_ -= bytes_of(oldest);
  oldest.forgotten_in = epoch;
  epoch_size_ = std::min(epoch_size_, size());
  keep_from(oldest_);
}

void ErrorRelation::keep_from(uint64_t oldest) {
  oldest_ = oldest;
  for (; forgotten_ > 0 && entries_.front().forgotten_in <= oldest; --forgotten_, ++gone_)
    entries_.pop_front();
}

uint32_t ErrorRelation::read(uint64_t epoch, std::span<const uint32_t> columns, Cursor& cursor,
                             uint32_t max_records, sql::Chunk& rows) const {
  if (cursor.part == 0) cursor = {0, gone_ + entries_.size(), 1};
  cursor.next = std::max(cursor.next, gone_);
  uint32_t looked = 0;
  for (; cursor.next < cursor.end && looked < max_records && rows.rows < sql::kVectorRows;
       ++cursor.next, ++looked) {
    const Entry& entry = entries_[cursor.next - gone_];
    if (entry.epoch > epoch || entry.forgotten_in <= epoch) continue;
    const auto row = row_of(entry);
    for (size_t i = 0; i < columns.size(); ++i) rows.columns[i].set_datum(rows.rows, row[columns[i]]);
    ++rows.rows;
  }
  cursor.at_end = cursor.next >= cursor.end;
  return looked;
}

void ErrorRelation::scan_epoch(const ChangeVisitor& visit) const {
  for (size_t i = 0; i < epoch_size_; ++i) visit(1, row_of(epoch_entry(i)));
}

}  // namespace sqlmill::rt::engine
