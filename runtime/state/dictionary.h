// The words of a column (sql/word.h), of all workers: found without a lock, added under one. Bounded: beyond
// kMaxWords distinct values a column is no vocabulary, and further values get an entry for their record only,
// in the epoch's arena. So nothing is ever taken out, and a number has 16 bits. NULL always has one.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <new>
#include <vector>

#include "runtime/sql/checked.h"
#include "runtime/sql/context.h"
#include "runtime/sql/word.h"
#include "runtime/state/own.h"

namespace sqlmill::rt::state {

/// Entry, generated, derives from sql::WordEntry and has `derive(context, entry)`, which computes the facts
/// from the text, and `own_facts(heap, entry)`, which moves their out-of-line bytes to the heap.
template <class Entry>
class Dictionary {
 public:
  static constexpr uint32_t kMaxWords = 65'534;

  explicit Dictionary(uint32_t max_words = kMaxWords) : max_words_(max_words) { publish(kInitialSlots); }
  Dictionary(const Dictionary&) = delete;
  Dictionary& operator=(const Dictionary&) = delete;

  /// The value's word; it borrows `text` until the end of the epoch at most.
  sql::Word<Entry> find_or_add(sql::Context& context, const sql::Nullable<sql::Text>& text) {
    const uint64_t h = sql::hash(text);
    if (const Entry* found = find(*table_.load(std::memory_order_acquire), text, h)) [[likely]]
      return found;
    return add(context, text, h);
  }

  /// The word of a text of a record; null: not found by its first bytes, which only find_or_add() knows more
  /// of.
  const Entry* find_short(std::string_view text) const {
    if (text.size() > sql::TextStart::kBytes) [[unlikely]]
      return nullptr;
    const sql::TextStart start = sql::TextStart::of_record(text);
    const Table& table = *table_.load(std::memory_order_acquire);
    for (size_t at = hash(start) & table.mask;; at = (at + 1) & table.mask) {
      const Entry* entry = table.short_slots[at].load(std::memory_order_acquire);
      if (entry == nullptr || entry->start == start) return entry;
    }
  }

  /// The same without adding it: where it is none, an entry without facts.
  sql::Word<Entry> find(sql::Context& context, const sql::Nullable<sql::Text>& text) const {
    const uint64_t h = sql::hash(text);
    if (const Entry* found = find(*table_.load(std::memory_order_acquire), text, h)) return found;
    return without_facts(context, text, h);
  }

  size_t size() const { return count_.load(std::memory_order_relaxed); }

  // For checkpoints, while nobody adds words.

  /// The word of a number; null: there is none.
  const Entry* at(uint32_t number) const { return number < words_.size() ? words_[number].get() : nullptr; }
  /// An entry for one record, of a value that came when the dictionary was full; it borrows `text`.
  sql::Word<Entry> without_number(sql::Context& context, const sql::Nullable<sql::Text>& text) {
    return passing(context, text, sql::hash(text));
  }
  /// Writes the words that came since the last call.
  template <class Entries>
  void save(Entries& entries) {
    entries.next_part();
    for (; saved_ < words_.size(); ++saved_) entries.put(saved_, words_[saved_]->text);
  }
  template <class Entries>
  void load(Entries& entries) {
    entries.next_part(heap_, [&](uint64_t number, auto& decoder) {
      sql::Nullable<sql::Text> text;
      decoder(text);
      if (number != words_.size()) decoder.fail("a dictionary has a gap");
      find_or_add(entries.context(), text);
    });
    saved_ = static_cast<uint32_t>(words_.size());
  }

 private:
  static constexpr size_t kInitialSlots = 64;
  struct Table {
    using Slots = std::unique_ptr<std::atomic<const Entry*>[]>;

    explicit Table(size_t size)
        : mask(size - 1),
          slots(new std::atomic<const Entry*>[size]()),
          short_slots(new std::atomic<const Entry*>[size]()) {}
    size_t mask;
    Slots slots;        // Of all words, by their hash.
    Slots short_slots;  // Of those that TextStart has all of, by its hash.
  };

  static const Entry* find(const Table& table, const sql::Nullable<sql::Text>& text, uint64_t h) {
    for (size_t at = h & table.mask;; at = (at + 1) & table.mask) {
      const Entry* entry = table.slots[at].load(std::memory_order_acquire);
      if (entry == nullptr || (entry->hash == h && sql::not_distinct(entry->text, text))) return entry;
    }
  }

  [[gnu::cold, gnu::noinline]] const Entry* add(sql::Context& context, const sql::Nullable<sql::Text>& text,
                                                uint64_t h) {
    if (count_.load(std::memory_order_acquire) >= max_words_ && text.has_value()) {
      // All words are placed by now. Perhaps this one came after the look-up and before the last: state may
      // not have the same value as a word that lasts and as one that does not.
      if (const Entry* found = find(*table_.load(std::memory_order_acquire), text, h)) return found;
      return passing(context, text, h);
    }
    const std::lock_guard lock(mutex_);
    // Another worker may have come first.
    if (const Entry* found = find(*tables_.back(), text, h)) return found;
    if (words_.size() >= max_words_ && text.has_value()) return passing(context, text, h);
    auto entry = std::make_unique<Entry>();
    entry->text = own(heap_, text);
    entry->hash = h;
    entry->number = static_cast<uint32_t>(words_.size());
    if (is_short(*entry)) entry->start = sql::TextStart::of_record(text.value().view());
    derive(context, *entry);
    own_facts(heap_, *entry);
    words_.push_back(std::move(entry));
    if (words_.size() * 2 > tables_.back()->mask) {
      publish((tables_.back()->mask + 1) * 4);
    } else {
      place(*tables_.back(), words_.back().get());
    }
    count_.store(words_.size(), std::memory_order_release);
    return words_.back().get();
  }

  const Entry* passing(sql::Context& context, const sql::Nullable<sql::Text>& text, uint64_t h) {
    auto* entry = without_facts(context, text, h);
    derive(context, *entry);
    return entry;
  }

  static Entry* without_facts(sql::Context& context, const sql::Nullable<sql::Text>& text, uint64_t h) {
    auto* entry = new (context.arena().allocate(sizeof(Entry), alignof(Entry))) Entry;
    entry->text = text;
    entry->hash = h;
    return entry;
  }

  /// In a context of its own: a fact that fails is a value, and what the record has failed for stays.
  static void derive(sql::Context& context, Entry& entry) {
    sql::Context own_context(context.arena());
    Entry::derive(own_context, entry);
  }

  static bool is_short(const Entry& entry) {
    return entry.text.has_value() && entry.text.value().size() <= sql::TextStart::kBytes;
  }

  static void place(Table& table, const Entry* entry) {
    place(table.slots, entry->hash, table.mask, entry);
    if (is_short(*entry)) place(table.short_slots, hash(entry->start), table.mask, entry);
  }
  static void place(typename Table::Slots& slots, uint64_t h, size_t mask, const Entry* entry) {
    size_t at = h & mask;
    while (slots[at].load(std::memory_order_relaxed) != nullptr) at = (at + 1) & mask;
    slots[at].store(entry, std::memory_order_release);
  }

  /// Others may still read the old table, so it stays; all old ones together are smaller than the new one.
  void publish(size_t slots) {
    tables_.push_back(std::make_unique<Table>(slots));
    for (const auto& word : words_) place(*tables_.back(), word.get());
    table_.store(tables_.back().get(), std::memory_order_release);
  }

  const uint32_t max_words_;
  std::atomic<const Table*> table_ = nullptr;
  std::atomic<size_t> count_ = 0;
  std::mutex mutex_;  // For what follows.
  std::vector<std::unique_ptr<Table>> tables_;
  std::vector<std::unique_ptr<Entry>> words_;
  Heap heap_;
  uint32_t saved_ = 0;  // So many words are in a checkpoint.
};

/// A fact that can fail, and why it did.
template <class T>
sql::Checked<T> own(Heap& heap, const sql::Checked<T>& fact) {
  const std::string_view reason = fact.reason();
  if (reason.empty()) return fact.with_bytes(own(heap, fact.value()), {});
  char* bytes = heap.allocate(reason.size());
  std::memcpy(bytes, reason.data(), reason.size());
  return fact.with_bytes(own(heap, fact.value()), {bytes, reason.size()});
}
template <class T>
void release(Heap& heap, const sql::Checked<T>& fact) {
  release(heap, fact.value());
  if (!fact.reason().empty()) heap.free(fact.reason().data(), fact.reason().size());
}

/// A word in state: a lasting one is referred to, another is copied.
template <class Entry>
sql::Word<Entry> own(Heap& heap, const sql::Word<Entry>& word) {
  if (word->is_lasting()) [[likely]]
    return word;
  static_assert(alignof(Entry) <= 8, "what a heap gives");
  auto* entry = new (heap.allocate(sizeof(Entry))) Entry(*word.get());
  entry->text = own(heap, entry->text);
  own_facts(heap, *entry);
  return entry;
}
template <class Entry>
void release(Heap& heap, const sql::Word<Entry>& word) {
  if (word->is_lasting()) return;
  release(heap, word->text);
  release_facts(heap, *word.get());
  heap.free(reinterpret_cast<const char*>(word.get()), sizeof(Entry));
}
template <class Entry>
void prefetch(const sql::Word<Entry>& word) {
  base::prefetch(word.get());
}

}  // namespace sqlmill::rt::state
