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

  /// Whether the word is new to the owner, which has a place.
  template <class Entry>
  bool insert(Heap& heap, uint32_t owner, const sql::Word<Entry>& word) {
    const InList found = insert_in_list(heap, owner, word);
    return found == InList::kAdded || (found == InList::kFull && insert_further(owner, word));
  }

  /// The same in two steps, for many pairs: between them comes the memory that the second one touches.
  enum class InList : uint8_t { kKnown, kAdded, kFull };
  /// kFull: it is for insert_further() to say.
  template <class Entry>
  InList insert_in_list(Heap& heap, uint32_t owner, const sql::Word<Entry>& word) {
    if (!word->is_lasting()) [[unlikely]]
      return insert_text(heap, owner, word->text) ? InList::kAdded : InList::kKnown;
    const InList found = insert_number(list_of(owner), word->number);
    if (found == InList::kAdded) note_new(owner, word->number);
    if (found == InList::kFull) further_.prefetch(pair_of(owner, word->number));
    return found;
  }
  template <class Entry>
  bool insert_further(uint32_t owner, const sql::Word<Entry>& word) {
    if (!further_.insert(pair_of(owner, word->number))) return false;
    note_new(owner, word->number);
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
      const InList found = insert_number(list_of(owner), static_cast<uint32_t>(pair));
      size_ += found == InList::kAdded || (found == InList::kFull && further_.insert(pair));
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

  static uint64_t pair_of(uint32_t owner, uint32_t number) { return uint64_t{owner} << 32 | number; }

  void note_new(uint32_t owner, uint32_t number) {
    ++size_;
    if (notes_new_) [[unlikely]]
      new_.push_back(pair_of(owner, number));
  }

  [[gnu::always_inline]] InList insert_number(Mark* list, uint32_t number) const {
    const auto mark = static_cast<Mark>(number + 1);
    const size_t size = list[0];
    if (contains(list, size, mark)) return InList::kKnown;
    if (size == capacity()) return InList::kFull;
    list[size + 1] = mark;
    list[0] = static_cast<Mark>(size + 1);
    return InList::kAdded;
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
