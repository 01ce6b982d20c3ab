// Which words belong to which owner, whose numbers are those of Blocks: most have few. The first are a list
// in the owner's place; further ones are entries of a set, and so are words without a number.
#pragma once

#include <vector>

#include "runtime/sql/word.h"
#include "runtime/state/blocks.h"
#include "runtime/state/distinct_texts.h"
#include "runtime/state/word_set.h"

namespace sqlmill::rt::state {

class WordLists {
 public:
  explicit WordLists(Blocks& blocks)
      : blocks_(blocks), part_(blocks.attach_to_line(kLeastBytes, alignof(Mark))) {}

  /// Asks for the owner's list.
  void prefetch(uint32_t owner) const {
    if (owner >= blocks_.places()) return;
    const char* list = reinterpret_cast<const char*>(list_of(owner));
    for (uint32_t offset = 0; offset < part_.bytes; offset += Blocks::kLineBytes)
      base::prefetch_for_write(list + offset);
  }

  /// Whether the word is new to the owner, which has a place.
  template <class Entry>
  bool insert(Heap& heap, uint32_t owner, const sql::Word<Entry>& word) {
    if (!word->is_lasting()) [[unlikely]]
      return insert_text(heap, owner, word->text);
    Mark* list = list_of(owner);
    if (!insert_number(list, owner, word->number)) return false;
    if (notes_new_) [[unlikely]]
      new_.push_back(uint64_t{owner} << 32 | word->number);
    return true;
  }

  /// Pairs of owner and word.
  size_t size() const { return size_; }
  /// Besides the lists.
  size_t bytes() const { return further_.bytes() + texts_.bytes() + new_.capacity() * sizeof(uint64_t); }

  void note_touched() {
    notes_new_ = true;
    texts_.note_touched();
  }
  /// The pairs that have come since the last call.
  template <class Entries>
  void save(Entries& entries) {
    entries.next_part();
    for (const uint64_t pair : new_) entries.put(pair);
    new_.clear();
    texts_.save(entries);
  }
  /// Behind the owners, which have their places.
  template <class Entries>
  void load(Heap& heap, Entries& entries) {
    entries.next_part(heap, [&](uint64_t pair, auto& decoder) {
      const auto owner = static_cast<uint32_t>(pair >> 32);
      if (owner >= blocks_.places()) decoder.fail("words of an owner that is not there");
      insert_number(list_of(owner), owner, static_cast<uint32_t>(pair));
    });
    texts_.load(heap, entries);
    size_ += texts_.size();
  }

 private:
  using Mark = uint16_t;  // The number of a word + 1; 0: none. A list's first is its length.
  static constexpr size_t kStep = 8;
  static constexpr size_t kLeastBytes = (1 + 3 * kStep) * sizeof(Mark);

  size_t capacity() const { return (part_.bytes / sizeof(Mark) - 1) / kStep * kStep; }
  Mark* list_of(uint32_t owner) const {
    return std::launder(reinterpret_cast<Mark*>(blocks_.at(owner) + part_.offset));
  }

  [[gnu::always_inline]] bool insert_number(Mark* list, uint32_t owner, uint32_t number) {
    const auto mark = static_cast<Mark>(number + 1);
    const size_t size = list[0];
    if (contains(list, size, mark)) return false;
    if (size < capacity()) {
      list[size + 1] = mark;
      list[0] = static_cast<Mark>(size + 1);
    } else if (!further_.insert(uint64_t{owner} << 32 | number)) {
      return false;
    }
    ++size_;
    return true;
  }

  /// Eight at a time: behind the last mark are zeros.
  static bool contains(const Mark* list, size_t size, Mark mark) {
    using Eight [[gnu::vector_size(kStep * sizeof(Mark))]] = Mark;
    Eight wanted = {};
    wanted += mark;
    Eight found = {};
    for (size_t i = 1; i <= size; i += kStep) {
      Eight some;
      std::memcpy(&some, list + i, sizeof some);
      found |= reinterpret_cast<Eight>(some == wanted);
    }
    uint64_t words[2];
    std::memcpy(words, &found, sizeof words);
    return (words[0] | words[1]) != 0;
  }

  [[gnu::noinline]] bool insert_text(Heap& heap, uint32_t owner, const sql::Nullable<sql::Text>& text) {
    // NULL always has a number.
    const sql::Text& value = sql::value_of(text);
    const uint64_t entry = texts_.resolve(heap, owner, value, DistinctTexts::hash_of(owner, value));
    const bool is_new = texts_.add(heap, owner, value, 1, entry) != 0;
    size_ += is_new;
    return is_new;
  }

  Blocks& blocks_;
  const Blocks::Part part_;
  WordSet further_;
  DistinctTexts texts_;
  size_t size_ = 0;
  bool notes_new_ = false;
  std::vector<uint64_t> new_;  // Pairs of owner and word that are in no checkpoint.
};

}  // namespace sqlmill::rt::state
