#include "runtime/engine/error_relation.h"

#include <algorithm>
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

void visit_entry(const ErrorRelation::Entry& entry, const ChangeVisitor& visit) {
  const delta::ErrorRecord& record = entry.record;
  const Datum row[] = {
      entry.time ? Datum(*entry.time) : Datum::null(TypeId::kTimestamptz),
      text_or_null(record.relation),
      text_or_null(record.source),
      record.partition ? Datum(*record.partition) : Datum::null(TypeId::kInteger),
      record.offset ? Datum(*record.offset) : Datum::null(TypeId::kBigint),
      Datum(sql::Text(record.reason)),
      record.raw ? Datum(sql::Bytea{sql::Text(*record.raw)}) : Datum::null(TypeId::kBytea),
  };
  visit(1, row);
}

}  // namespace

const OutputInfo& ErrorRelation::info() {
  static constexpr OutputInfo kInfo = {"sqlmill_errors", kColumns, std::size(kColumns), {}, false, true};
  return kInfo;
}

void ErrorRelation::add_epoch(std::vector<delta::ErrorRecord> records, uint64_t dropped,
                              std::optional<sql::Timestamptz> time) {
  total_ += records.size() + dropped;
  // The order must not depend on which worker met the record.
  std::stable_sort(records.begin(), records.end(), [](const auto& a, const auto& b) {
    return std::tie(a.source, a.partition, a.offset, a.relation, a.reason) <
           std::tie(b.source, b.partition, b.offset, b.relation, b.reason);
  });
  epoch_size_ = records.size();
  for (delta::ErrorRecord& record : records) {
    entries_.push_back({time, std::move(record)});
    bytes_ += bytes_of(entries_.back());
  }
  while (entries_.size() > kMaxRecords || (bytes_ > kMaxBytes && entries_.size() > 1)) forget_oldest();
}

void ErrorRelation::forget_oldest() {
  bytes_ -= bytes_of(entries_.front());
  entries_.pop_front();
  epoch_size_ = std::min(epoch_size_, entries_.size());
}

void ErrorRelation::scan(const ChangeVisitor& visit) const {
  for (const Entry& entry : entries_) visit_entry(entry, visit);
}

void ErrorRelation::scan_epoch(const ChangeVisitor& visit) const {
  for (size_t i = 0; i < epoch_size_; ++i) visit_entry(epoch_entry(i), visit);
}

}  // namespace sqlmill::rt::engine
