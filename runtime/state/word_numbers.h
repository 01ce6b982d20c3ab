// A number for each lasting word, by the word's own number: a look-up without a hash.
#pragma once

#include <cstdint>
#include <vector>

#include "runtime/sql/word.h"
#include "runtime/state/hash_index.h"

namespace sqlmill::rt::state {

class WordNumbers {
 public:
  /// HashIndex::kNone where none is known; always so for a word that does not last.
  uint32_t find(const sql::WordEntry& word) const {
    return word.number < numbers_.size() ? numbers_[word.number] : HashIndex::kNone;
  }
  void set(const sql::WordEntry& word, uint32_t number) {
    if (!word.is_lasting()) return;
    if (word.number >= numbers_.size()) numbers_.resize(word.number + size_t{1}, HashIndex::kNone);
    numbers_[word.number] = number;
  }
  void forget(const sql::WordEntry& word) { set(word, HashIndex::kNone); }

 private:
  std::vector<uint32_t> numbers_;
};

}  // namespace sqlmill::rt::state
