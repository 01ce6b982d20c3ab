#include "runtime/query/group_table.h"

namespace sqlmill::rt::query {

void GroupTable::hash(std::span<const Vector* const> keys, const uint32_t* selected, uint32_t count) {
  uint32_t rows = count;
  for (uint32_t i = 0; selected && i < count; ++i) rows = std::max(rows, selected[i] + 1);
  all_hashes_.assign(rows, 0);
  for (size_t k = 0; k < keys.size(); ++k) hash_values(*keys[k], rows, k > 0, all_hashes_.data());
  hashes_.resize(count);
  for (uint32_t i = 0; i < count; ++i) hashes_[i] = all_hashes_[selected ? selected[i] : i];
  for (uint32_t i = 0; i < count; ++i) index_->prefetch(hashes_[i]);
  for (uint32_t i = 0; i < count; ++i) {
    const uint32_t candidate = index_->candidate(hashes_[i]);
    if (candidate != state::HashIndex::kNone) base::prefetch(rows_[candidate]);
  }
}

void GroupTable::find(std::span<const Vector* const> keys, uint32_t count, uint32_t* numbers) {
  hash(keys, nullptr, count);
  for (uint32_t i = 0; i < count; ++i) numbers[i] = find(keys, i, hashes_[i]);
}

void GroupTable::keep_least(std::span<const Vector* const> keys, uint32_t at, char* row) {
  for (size_t k = 0; k < keys.size(); ++k) rows_.layout().keep_least(k, row, *keys[k], at, rows_.arena());
}

void GroupTable::clear() {
  rows_.clear();
  index_ = std::make_unique<state::HashIndex>();
  index_charge_.set(0);
}

}  // namespace sqlmill::rt::query
