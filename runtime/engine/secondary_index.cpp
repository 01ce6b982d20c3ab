#include "runtime/engine/secondary_index.h"

#include <algorithm>

#include "runtime/sql/compare.h"
#include "runtime/state/own.h"

namespace sqlmill::rt::engine {

using sql::Datum;

namespace {

Datum owned(base::Heap& heap, const Datum& value) {
  if (value.is_null()) return value;
  return sql::visit_type(
      value.type(), [&]<class T>(std::type_identity<T>) { return Datum(state::own(heap, value.as<T>())); });
}

void give_back(base::Heap& heap, const Datum& value) {
  if (value.is_null()) return;
  sql::visit_type(value.type(), [&]<class T>(std::type_identity<T>) { state::release(heap, value.as<T>()); });
}

bool same(const Datum& a, const Datum& b) {
  if (a.is_null() || b.is_null()) return a.is_null() == b.is_null();
  return sql::compare(a, b) == 0;
}

}  // namespace

uint64_t SecondaryIndex::hash_of(std::span<const Datum> values) {
  uint64_t all = 0;
  for (const Datum& value : values) {
    const uint64_t one = value.is_null()
                             ? sql::kHashOfNull
                             : sql::visit_type(value.type(), [&]<class T>(std::type_identity<T>) -> uint64_t {
                                 return sql::hash(value.as<T>());
                               });
    all = sql::hash_combine(all, one);
  }
  return all;
}

uint32_t SecondaryIndex::list_of(uint64_t hash) const {
  return list_index_.find(hash, [&](uint32_t list) { return lists_[list].hash == hash; });
}

size_t SecondaryIndex::count(std::span<const Datum> values) const {
  const uint32_t list = list_of(hash_of(values));
  return list == kNone ? 0 : lists_[list].size;
}

void SecondaryIndex::apply(int64_t weight, std::span<const Datum> row) {
  values_.clear();
  for (const uint32_t column : columns_) {
    if (row[column].is_null()) return;
    values_.push_back(row[column]);
  }
  row_key_.clear();
  for (const uint32_t column : key_) row_key_.push_back(row[column]);
  const uint64_t values_hash = hash_of(values_);
  const uint64_t entry_hash = sql::hash_combine(values_hash, hash_of(row_key_));
  uint32_t entry = entry_index_.find(entry_hash, [&](uint32_t number) {
    const Entry& e = entries_[number];
    return lists_[e.list].hash == values_hash &&
           std::equal(row_key_.begin(), row_key_.end(), e.key.get(), same);
  });
  if (entry == kNone) entry = add(values_hash, entry_hash, row_key_);
  entries_[entry].weight += weight;
  if (entries_[entry].weight != 0) return;
  entries_[entry].gone_in = pins_.epoch();
  lingering_.add(entry);
}

uint32_t SecondaryIndex::add(uint64_t values_hash, uint64_t entry_hash, std::span<const Datum> key) {
  uint32_t list = list_of(values_hash);
  if (list == kNone) {
    list = lists_.add(values_hash);
    list_index_.insert(values_hash, list);
  }
  const uint32_t number = entries_.add(list);
  Entry& entry = entries_[number];
  entry.key = std::make_unique<Datum[]>(key.size());
  for (size_t i = 0; i < key.size(); ++i) entry.key[i] = owned(heap_, key[i]);
  entry.next = lists_[list].first;
  if (entry.next != kNone) entries_[entry.next].previous = number;
  lists_[list].first = number;
  ++lists_[list].size;
  entry_index_.insert(entry_hash, number);
  return number;
}

void SecondaryIndex::erase(uint32_t number) {
  Entry& entry = entries_[number];
  List& list = lists_[entry.list];
  const std::span<const Datum> key(entry.key.get(), key_.size());
  entry_index_.erase(sql::hash_combine(list.hash, hash_of(key)), number);
  if (entry.previous == kNone)
    list.first = entry.next;
  else
    entries_[entry.previous].next = entry.next;
  if (entry.next != kNone) entries_[entry.next].previous = entry.previous;
  for (const Datum& value : key) give_back(heap_, value);
  if (--list.size == 0) {
    list_index_.erase(list.hash, entry.list);
    lists_.erase(entry.list);
  }
  entries_.erase(number);
}

void SecondaryIndex::end_epoch() {
  // It may have come back, and gone again, and the number may be another entry's by now.
  lingering_.reap([this](uint32_t number, uint32_t epoch) {
    if (!entries_.has(number)) return;
    const Entry& entry = entries_[number];
    if (entry.weight == 0 && entry.gone_in == epoch) erase(number);
  });
  heap_.collect();
}

size_t SecondaryIndex::bytes() const {
  return entries_.bytes() + lists_.bytes() + entry_index_.bytes() + list_index_.bytes() +
         heap_.reserved_bytes() + entries_.size() * key_.size() * sizeof(Datum);
}

}  // namespace sqlmill::rt::engine
