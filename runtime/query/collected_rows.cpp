#include "runtime/query/collected_rows.h"

#include <algorithm>
#include <cstring>

namespace sqlmill::rt::query {

namespace {

uint32_t group_of(const char* row) {
  uint32_t group;
  std::memcpy(&group, row, sizeof group);
  return group;
}

}  // namespace

void CollectedRows::add(std::span<const Vector* const> columns, const uint32_t* groups,
                        const uint32_t* selected, uint32_t count) {
  const uint32_t first = rows_.append(columns, selected, count);
  for (uint32_t i = 0; i < count; ++i)
    std::memcpy(rows_[first + i], &groups[selected ? selected[i] : i], sizeof(uint32_t));
  rows_.account();
}

void CollectedRows::sort() {
  sorted_ = true;
  struct Entry {
    uint64_t prefix;
    const char* row;
  };
  const uint32_t size = rows_.size();
  places_charge_.set(size * (sizeof(Entry) + sizeof(char*)));
  uint32_t groups = 0;
  for (uint32_t i = 0; i < size; ++i) groups = std::max(groups, group_of(rows_[i]) + 1);
  // First by group, counting, then each group by itself.
  begins_.assign(groups + 1, 0);
  for (uint32_t i = 0; i < size; ++i) ++begins_[group_of(rows_[i]) + 1];
  for (uint32_t g = 0; g < groups; ++g) begins_[g + 1] += begins_[g];
  std::vector<Entry> entries(size);
  std::vector<uint32_t> next(begins_.begin(), begins_.end() - 1);
  for (uint32_t i = 0; i < size; ++i) {
    const char* row = rows_[i];
    entries[next[group_of(row)]++] = {order_.prefix(layout(), row), row};
  }
  const auto before = [this](const Entry& a, const Entry& b) {
    if (a.prefix != b.prefix) return a.prefix < b.prefix;
    return order_.compare(layout(), a.row, b.row) < 0;
  };
  for (uint32_t g = 0; g < groups; ++g) {
    if ((g & 1023) == 0) execution_.check();
    if (order_.keys().empty()) break;
    std::stable_sort(entries.begin() + begins_[g], entries.begin() + begins_[g + 1], before);
  }
  places_.resize(size);
  for (uint32_t i = 0; i < size; ++i) places_[i] = entries[i].row;
  places_charge_.set(size * sizeof(char*) + begins_.size() * sizeof(uint32_t));
}

void CollectedRows::clear() {
  rows_.clear();
  places_.clear();
  begins_.clear();
  places_charge_.set(0);
  sorted_ = false;
}

}  // namespace sqlmill::rt::query
