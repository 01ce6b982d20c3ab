// Finds the group of each row: rows of keys in a hash table, with room for what is kept per group.
#pragma once

#include <memory>

#include "runtime/query/rows.h"
#include "runtime/state/hash_index.h"

namespace sqlmill::rt::query {

class GroupTable {
 public:
  /// `header_bytes` of each group are the owner's; `created(group)` is called for a new one.
  GroupTable(uint32_t header_bytes, std::vector<TypeId> keys, Execution& execution)
      : rows_(RowLayout(header_bytes, std::move(keys)), execution), index_charge_(execution) {}

  /// The groups of `count` rows of keys; with `selected` those of the rows that it names.
  template <class Created>
  void find_or_add(std::span<const Vector* const> keys, const uint32_t* selected, uint32_t count,
                   uint32_t* numbers, Created created) {
    hash(keys, selected, count);
    for (uint32_t i = 0; i < count; ++i) {
      const uint32_t at = selected ? selected[i] : i;
      const uint32_t found = find(keys, at, hashes_[i]);
      if (found != state::HashIndex::kNone) {
        numbers[i] = found;
        if (rows_.layout().has_equal_forms()) keep_least(keys, at, rows_[found]);
        continue;
      }
      const uint32_t number = rows_.append(keys, &at, 1);
      index_->insert(hashes_[i], number);
      created(rows_[number]);
      numbers[i] = number;
    }
    index_charge_.set(index_->bytes());
  }

  /// The same without adding: HashIndex::kNone where there is none.
  void find(std::span<const Vector* const> keys, uint32_t count, uint32_t* numbers);

  Rows& rows() { return rows_; }
  const Rows& rows() const { return rows_; }
  void clear();

 private:
  void hash(std::span<const Vector* const> keys, const uint32_t* selected, uint32_t count);
  void keep_least(std::span<const Vector* const> keys, uint32_t at, char* row);
  uint32_t find(std::span<const Vector* const> keys, uint32_t at, uint64_t hash) const {
    return index_->find(hash, [&](uint32_t number) {
      const char* row = rows_[number];
      for (size_t k = 0; k < keys.size(); ++k) {
        if (!rows_.layout().same(k, row, *keys[k], at)) return false;
      }
      return true;
    });
  }

  Rows rows_;
  Charge index_charge_;
  std::unique_ptr<state::HashIndex> index_ = std::make_unique<state::HashIndex>();
  std::vector<uint64_t> all_hashes_;
  std::vector<uint64_t> hashes_;
};

}  // namespace sqlmill::rt::query
