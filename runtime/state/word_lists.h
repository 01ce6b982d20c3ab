// Which words belong to which owner: owners are numbered from 0 on, and most have few. The first kListed are
// the owner's own cache line; further ones are entries of a set, and so are words without a number.
#pragma once

#include "runtime/sql/word.h"
#include "runtime/state/distinct_texts.h"
#include "runtime/state/records.h"
#include "runtime/state/word_set.h"

namespace sqlmill::rt::state {

class WordLists {
 public:
  /// Asks for the owner's memory.
  void prefetch(uint32_t owner) const {
    if (owner < lists_.places()) lists_.prefetch(owner);
  }

  /// Whether the word is new to the owner.
  template <class Entry>
  bool insert(Heap& heap, uint32_t owner, const sql::Word<Entry>& word) {
    if (!word->is_lasting()) [[unlikely]]
      return insert_text(heap, owner, word->text);
    const auto mark = static_cast<uint16_t>(word->number + 1);
    lists_.make_place(owner);
    List& list = lists_[owner];
    if (list.contains(mark)) return false;
    if (list.size < kListed) {
      if (list.touched_epoch == 0) lists_.add_at(owner).touched_epoch = 1;
      list.marks[list.size++] = mark;
      ++size_;
      return true;
    }
    const bool is_new = further_.insert(uint64_t{owner} << 32 | word->number);
    size_ += is_new;
    return is_new;
  }

  /// Pairs of owner and word.
  size_t size() const { return size_; }
  size_t bytes() const { return lists_.bytes() + further_.bytes() + texts_.bytes(); }

 private:
  static constexpr size_t kListed = 29;

  struct alignas(64) List {
    uint32_t touched_epoch = 0;  // 1 where there is a list.
    uint16_t size = 0;
    uint16_t marks[kListed] = {};  // Numbers of words + 1; 0: none.

    bool contains(uint16_t mark) const {
      bool found = false;  // Without a branch for each, so that it becomes a few vector comparisons.
      for (const uint16_t m : marks) found |= m == mark;
      return found;
    }
  };
  static_assert(sizeof(List) == 64);

  [[gnu::noinline]] bool insert_text(Heap& heap, uint32_t owner, const sql::Nullable<sql::Text>& text) {
    // NULL always has a number.
    const sql::Text& value = sql::value_of(text);
    const uint64_t entry = texts_.resolve(heap, owner, value, DistinctTexts::hash_of(owner, value));
    const bool is_new = texts_.add(heap, owner, value, 1, entry) != 0;
    size_ += is_new;
    return is_new;
  }

  Records<List> lists_;
  WordSet further_;
  DistinctTexts texts_;
  size_t size_ = 0;
};

}  // namespace sqlmill::rt::state
