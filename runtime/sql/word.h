// A text that its source knows by name: one entry for all records that have it, with the text's hash, a
// number, and what the pipeline's expressions make of it (its facts), computed once. A Word is a reference to
// it.
#pragma once

#include <cstdint>

#include "runtime/sql/compare.h"
#include "runtime/sql/text_start.h"

namespace sqlmill::rt::sql {

/// What generated entries derive from.
struct WordEntry {
  /// The entry is for one record only, because the source's dictionary is full (state/dictionary.h).
  static constexpr uint32_t kNoNumber = UINT32_MAX;

  TextStart start;  // Of a short one that lasts.
  Nullable<Text> text;
  uint64_t hash = 0;
  uint32_t number = kNoNumber;

  bool is_lasting() const { return number != kNoNumber; }
};

template <class Entry>
class Word {
 public:
  Word() = default;                            // To be assigned.
  Word(const Entry* entry) : entry_(entry) {}  // NOLINT: implicit
  const Entry* operator->() const { return entry_; }
  const Entry* get() const { return entry_; }

 private:
  const Entry* entry_ = nullptr;
};

template <class Entry>
uint64_t hash(const Word<Entry>& word) {
  return word->hash;
}
/// Lasting entries of equal texts are one; others are compared.
template <class Entry>
bool not_distinct(const Word<Entry>& a, const Word<Entry>& b) {
  return a.get() == b.get() || (a->hash == b->hash && not_distinct(a->text, b->text));
}
template <class Entry>
bool identical(const Word<Entry>& a, const Word<Entry>& b) {
  return not_distinct(a, b);
}
template <class Entry>
int compare_total(const Word<Entry>& a, const Word<Entry>& b) {
  return a.get() == b.get() ? 0 : compare_total(a->text, b->text);
}

}  // namespace sqlmill::rt::sql
