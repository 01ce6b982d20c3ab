// How operators write what has changed for a checkpoint, and read it again. An operator's state is parts
// (the records of an aggregate are one, the values of one of its DISTINCT calls another) of numbered entries:
// the numbers are those in memory, so that one collection refers to another's records as it does there, and
// what is gone is told by its number alone. Who stores the entries is not known here (runtime/checkpoint).
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/state/encoding.h"

namespace sqlmill::rt::state {

/// Where an entry is stored: 7 bytes, then 4 or 8 of the number. In the order of the bytes, entries of a part
/// are by number.
struct EntryKey {
  static constexpr size_t kPrefixBytes = 7;

  uint32_t table;  // One of PipelineInfo::states, as the state directory numbers them.
  uint16_t worker;
  uint8_t part;

  void append_to(std::string& out) const {
    append_number(table, out);
    append_number(worker, out);
    append_number(part, out);
  }
  template <class Number>
  static void append_number(Number number, std::string& out) {
    for (size_t i = sizeof number; i-- > 0;) out += static_cast<char>(number >> (8 * i));
  }
  static uint64_t read_number(std::string_view bytes) {
    uint64_t number = 0;
    for (const char byte : bytes) number = number << 8 | static_cast<unsigned char>(byte);
    return number;
  }
};

/// What one worker has changed since the last checkpoint: entries to be stored or removed, in a buffer that
/// another thread then writes.
class ChangedEntries {
 public:
  /// `tables`: how the state directory numbers the pipeline's states; they outlive this. `unsaved`: by
  /// PipelineInfo::states, those that are not written yet; empty: none.
  ChangedEntries(uint16_t worker, std::span<const uint32_t> tables, std::vector<bool> unsaved = {})
      : tables_(tables), unsaved_(std::move(unsaved)), key_{0, worker, 0} {}

  /// What follows is of this one of PipelineInfo::states. False: it is not to be written.
  bool begin(uint32_t state) {
    key_ = {tables_[state], key_.worker, UINT8_MAX};
    return state >= unsaved_.size() || !unsaved_[state];
  }
  /// What follows is of its next part.
  void next_part() { ++key_.part; }

  /// `Number` is uint32_t or uint64_t, the same in all of a part.
  template <class Number, class... T>
  void put(Number number, const T&... values) {
    const size_t head = begin_entry(number);
    Encoder encoder(bytes_);
    encoder(values...);
    finish_entry(head);
  }
  template <class Number>
  void remove(Number number) {
    finish_entry(begin_entry(number), true);
  }

  /// `visit(key, value, is_removed)` for each, in their order.
  template <class Visit>
  void for_each(Visit visit) const {
    for (const std::string& piece : full_) for_each_of(piece, visit);
    for_each_of(bytes_, visit);
  }

  size_t entries() const { return entries_; }
  size_t bytes() const { return full_bytes_ + bytes_.size(); }

 private:
  struct Head {
    uint32_t value_bytes = 0;
    uint16_t key_bytes = 0;
    bool is_removed = false;
    uint8_t unused = 0;
  };

  template <class Visit>
  static void for_each_of(const std::string& piece, Visit& visit) {
    for (size_t at = 0; at < piece.size();) {
      Head head;
      std::memcpy(&head, piece.data() + at, sizeof head);
      const std::string_view key(piece.data() + at + sizeof head, head.key_bytes);
      const std::string_view value(key.data() + key.size(), head.value_bytes);
      visit(key, value, head.is_removed);
      at += sizeof head + key.size() + value.size();
    }
  }

  /// Where its head is.
  template <class Number>
  size_t begin_entry(Number number) {
    static_assert(std::is_unsigned_v<Number> && sizeof(Number) >= 4);
    const size_t at = bytes_.size();
    bytes_.append(sizeof(Head), '\0');
    key_.append_to(bytes_);
    EntryKey::append_number(number, bytes_);
    key_bytes_ = EntryKey::kPrefixBytes + sizeof number;
    return at;
  }
  void finish_entry(size_t at, bool is_removed = false) {
    const Head head = {static_cast<uint32_t>(bytes_.size() - at - sizeof(Head) - key_bytes_), key_bytes_,
                       is_removed};
    std::memcpy(bytes_.data() + at, &head, sizeof head);
    ++entries_;
    if (bytes_.size() >= kPieceBytes) begin_piece();
  }
  /// Seldom called, and not inlined into each kernel.
  void begin_piece();

  std::span<const uint32_t> tables_;
  std::vector<bool> unsaved_;
  EntryKey key_;
  uint16_t key_bytes_ = 0;
  // Pieces, since one that grows would be copied, and be there twice meanwhile.
  static constexpr size_t kPieceBytes = 1 << 20;
  std::vector<std::string> full_;
  size_t full_bytes_ = 0;
  std::string bytes_;  // The last piece.
  size_t entries_ = 0;
};

/// The entries of a checkpoint, for one worker.
class StoredEntries {
 public:
  virtual ~StoredEntries() = default;
  /// Goes to the first entry whose key begins with these bytes.
  virtual void seek(std::string_view prefix) = 0;
  /// The next of those that begin with them. False: there is none. Throws Damaged.
  virtual bool next(std::string_view& key, std::string_view& value) = 0;
};

/// What operators read their state from, part by part in the order in which they wrote them.
class Loading {
 public:
  /// `missing`: by PipelineInfo::states, what is made anew instead; empty: nothing.
  Loading(StoredEntries& stored, uint16_t worker, std::span<const uint32_t> tables, sql::Context& context,
          const std::vector<bool>& missing = {})
      : stored_(stored), tables_(tables), key_{0, worker, 0}, context_(context), missing_(missing) {}

  Dictionaries& dictionaries() { return dictionaries_; }
  sql::Context& context() { return context_; }
  /// What follows is of this one of PipelineInfo::states. False: it is missing.
  bool begin(uint32_t state) {
    key_ = {tables_[state], key_.worker, UINT8_MAX};
    return state >= missing_.size() || !missing_[state];
  }

  /// `take(number, decoder)` for each entry of the next part, by number; it must read all of the entry.
  /// Out-of-line bytes of what it reads go to `heap`.
  template <class Take>
  void next_part(Heap& heap, Take take) {
    ++key_.part;
    std::string prefix;
    key_.append_to(prefix);
    stored_.seek(prefix);
    std::string_view key;
    std::string_view value;
    while (stored_.next(key, value)) {
      Decoder decoder(value, heap, context_, dictionaries_);
      take(EntryKey::read_number(key.substr(EntryKey::kPrefixBytes)), decoder);
      decoder.finish();
    }
  }

 private:
  StoredEntries& stored_;
  std::span<const uint32_t> tables_;
  EntryKey key_;
  sql::Context& context_;
  const std::vector<bool> missing_;
  Dictionaries dictionaries_;
};

}  // namespace sqlmill::rt::state
