// Long texts of few distinct values, URLs for example, as numbers, with what a pipeline wants to know of
// each.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "bench/baseline/hash_index.h"
#include "bench/baseline/memory.h"
#include "bench/baseline/text.h"

namespace sqlmill::bench::baseline {

/// `Facts` is made of the text, once, when its number is given.
template <class Facts>
class TextTable {
 public:
  /// Marks the absence of a number; not NULL.
  static constexpr uint32_t kNone = 0;
  static constexpr uint32_t kNull = 1;
  /// The number of the first text; they are given in order.
  static constexpr uint32_t kFirst = 2;
  static constexpr size_t kTextsMax = size_t{1} << 26;

  struct Entry {
    Prefix prefix;
    const char* bytes;
    uint64_t size;
    Facts facts;
  };

  TextTable() : entries_(kTextsMax), index_(12) {
    entries_.append();
    entries_.append();
  }

  /// The number of a text, a new one when it has not been seen. 32 bytes at `p` are readable.
  uint32_t number(const char* p, size_t size) {
    const Prefix prefix = load_prefix(p, size);
    uint64_t hash = multiply_mix(prefix.words[0] ^ kHashSeedA, prefix.words[1] ^ kHashSeedB) +
                    multiply_mix(prefix.words[2] ^ size, prefix.words[3] ^ kHashSeedA);
    if (size > sizeof(Prefix)) [[unlikely]]
      hash += hash_bytes(p, size);
    const uint32_t number = index_.find(hash, [&](uint32_t candidate) {
      const Entry& other = entries_[candidate];
      if (other.size != size || !(other.prefix == prefix)) return false;
      return size <= sizeof(Prefix) || std::memcmp(other.bytes, p, size) == 0;
    });
    return number != HashIndex::kNone ? number : add(p, size, prefix, hash);
  }

  const Entry& operator[](uint32_t number) const { return entries_[number]; }
  size_t size() const { return entries_.size(); }
  std::string_view view(uint32_t number) const { return {entries_[number].bytes, entries_[number].size}; }
  /// NULL of kNull.
  Text text(uint32_t number) const {
    return number == kNull ? Text() : Text(entries_[number].bytes, entries_[number].size);
  }

  /// MAX of two texts, bytewise; kNone is less than all.
  uint32_t greater(uint32_t a, uint32_t b) const {
    if (a == b) return a;
    const Entry& left = entries_[a];
    const Entry& right = entries_[b];
    if (const int order = compare(left.prefix, right.prefix); order != 0) return order < 0 ? b : a;
    if (a == kNone || b == kNone) return a | b;  // the empty text against none
    return view(a) < view(b) ? b : a;
  }

  size_t state_bytes() const { return entries_.state_bytes() + index_.state_bytes() + arena_.state_bytes(); }

 private:
  [[gnu::noinline]] uint32_t add(const char* p, size_t size, const Prefix& prefix, uint64_t hash) {
    const uint32_t number = entries_.append();
    Entry& entry = entries_[number];
    entry.prefix = prefix;
    entry.bytes = arena_.copy({p, size});
    entry.size = size;
    entry.facts = Facts(std::string_view(p, size));
    index_.insert(hash, number);
    return number;
  }

  Slab<Entry> entries_;
  HashIndex index_;
  TextArena arena_;
};

}  // namespace sqlmill::bench::baseline
