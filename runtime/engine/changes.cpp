#include "runtime/engine/changes.h"

#include <algorithm>
#include <numeric>

#include "runtime/engine/dataflow.h"
#include "runtime/engine/row_encoding.h"

namespace sqlmill::rt::engine {

namespace {

using sql::Datum;

int compare_cells(const Datum& a, const Datum& b, bool descending, bool nulls_first) {
  if (a.is_null() || b.is_null()) {
    if (a.is_null() == b.is_null()) return 0;
    return a.is_null() == nulls_first ? -1 : 1;
  }
  const int order = sql::compare(a, b);
  return descending ? -order : order;
}

int compare_rows(std::span<const Datum> a, std::span<const Datum> b, std::span<const OrderKey> order) {
  for (const OrderKey& key : order) {
    if (key.column >= a.size()) continue;
    const int c = compare_cells(a[key.column], b[key.column], key.descending, key.nulls_first);
    if (c != 0) return c;
  }
  for (size_t i = 0; i < a.size(); ++i) {
    const int c = compare_cells(a[i], b[i], false, false);
    if (c != 0) return c;
  }
  return 0;
}

}  // namespace

void Changes::add(int64_t weight, std::span<const Datum> row) {
  scratch_.clear();
  append_encoding(row, scratch_);
  const auto found = entry_of_.find(scratch_);
  if (found != entry_of_.end()) {
    entries_[found->second].weight += weight;
    return;
  }
  const std::string_view encoding = arena_.copy(scratch_);
  entry_of_.emplace(encoding, static_cast<uint32_t>(entries_.size()));
  entries_.push_back({weight, encoding});
  for (const Datum& datum : row) cells_.push_back(sql::copy(datum, arena_));
}

void Changes::add(const Changes& other) {
  for (uint32_t i = 0; i < other.entries_.size(); ++i) {
    if (other.entries_[i].weight != 0) add(other.entries_[i].weight, other.at(i).row);
  }
}

void Changes::clear() {
  entry_of_.clear();
  entries_.clear();
  cells_.clear();
  sorted_.clear();
  arena_.reset();
}

void Changes::sort(std::span<const OrderKey> order) {
  sorted_.clear();
  for (uint32_t i = 0; i < entries_.size(); ++i) {
    if (entries_[i].weight != 0) sorted_.push_back(i);
  }
  std::sort(sorted_.begin(), sorted_.end(), [&](uint32_t a, uint32_t b) {
    const int c = compare_rows(at(a).row, at(b).row, order);
    return c != 0 ? c < 0 : entries_[a].encoding < entries_[b].encoding;
  });
}

}  // namespace sqlmill::rt::engine
