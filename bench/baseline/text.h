// A text or NULL in 16 bytes: up to 15 bytes inline and zero-padded, longer ones by reference.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "bench/baseline/memory.h"
#include "bench/baseline/simd.h"

namespace sqlmill::bench::baseline {

inline uint64_t multiply_mix(uint64_t a, uint64_t b) {
  const unsigned __int128 product = static_cast<unsigned __int128>(a) * b;
  return static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64);
}

inline constexpr uint64_t kHashSeedA = 0xa0761d6478bd642f;
inline constexpr uint64_t kHashSeedB = 0xe7037ed1a0b428db;

/// For long texts; reads exactly `size` bytes.
inline uint64_t hash_bytes(const char* p, size_t size) {
  uint64_t hash = size ^ kHashSeedA;
  for (; size >= 16; p += 16, size -= 16) hash = multiply_mix(load64(p) ^ hash, load64(p + 8) ^ kHashSeedB);
  char rest[16] = {};
  std::memcpy(rest, p, size);
  return multiply_mix(load64(rest) ^ hash ^ kHashSeedA, load64(rest + 8) ^ kHashSeedB);
}

class Text {
 public:
  static constexpr size_t kInlineMax = 15;

  /// NULL.
  Text() : low_(0), high_(uint64_t{kNullTag} << 56) {}

  /// Borrows when long; 32 bytes at `p` are readable.
  Text(const char* p, size_t size) {
    if (size <= kInlineMax) [[likely]] {
      const Prefix prefix = load_prefix(p, size);
      low_ = prefix.words[0];
      high_ = prefix.words[1] | uint64_t{size} << 56;
    } else {
      low_ = reinterpret_cast<uintptr_t>(p);
      high_ = uint64_t{kLongTag} << 56 | size;
    }
  }

  bool is_null() const { return high_ >> 56 == kNullTag; }
  bool is_long() const { return high_ >> 56 == kLongTag; }

  /// Of an inline text the view is into this object.
  std::string_view view() const {
    if (is_long()) return {reinterpret_cast<const char*>(low_), high_ & kSizeMask};
    return {reinterpret_cast<const char*>(this), is_null() ? 0 : high_ >> 56};
  }

  uint64_t low_word() const { return low_; }
  uint64_t high_word() const { return high_; }

  uint64_t hash() const {
    if (is_long()) [[unlikely]]
      return hash_bytes(reinterpret_cast<const char*>(low_), high_ & kSizeMask);
    return multiply_mix(low_ ^ kHashSeedA, high_ ^ kHashSeedB);
  }

  Text owned_by(TextArena& arena) const {
    Text copy = *this;
    if (is_long()) copy.low_ = reinterpret_cast<uintptr_t>(arena.copy(view()));
    return copy;
  }

  friend bool operator==(const Text& a, const Text& b) {
    if (a.high_ != b.high_) return false;
    if (a.low_ == b.low_) return true;
    return a.is_long() && a.view() == b.view();
  }

 private:
  static constexpr uint8_t kLongTag = 0xff;
  static constexpr uint8_t kNullTag = 0xfe;
  static constexpr uint64_t kSizeMask = (uint64_t{1} << 56) - 1;

  uint64_t low_;
  uint64_t high_;
};
static_assert(sizeof(Text) == 16);

}  // namespace sqlmill::bench::baseline
