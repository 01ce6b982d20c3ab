// Page URLs as numbers, and what the views keep and know of each.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "bench/baseline/hash_index.h"
#include "bench/baseline/memory.h"
#include "bench/baseline/text.h"

namespace sqlmill::bench::baseline {

/// The conditions of the funnel, as bits. The last two come from the event's type.
enum FunnelStep : uint8_t {
  kSawHome = 1,
  kSawProducts = 2,
  kSawProductDetail = 4,
  kAddedToCart = 8,
  kReachedCheckout = 16,
  kConverted = 32,
};
inline constexpr int kFunnelSteps = 6;

class PageTable {
 public:
  /// Marks the absence of a page; not the NULL page.
  static constexpr uint32_t kNone = 0;
  static constexpr uint32_t kNull = 1;
  /// Pages with smaller numbers fit the inline lists of sessions and users.
  static constexpr uint32_t kSmallMax = 65'535;
  static constexpr size_t kPagesMax = size_t{1} << 26;

  struct Page {
    Prefix prefix;
    const char* bytes;
    uint64_t size;
    uint8_t steps;  // FunnelStep bits that an event on this page sets
  };

  PageTable() : pages_(kPagesMax), index_(12) {
    pages_.append();
    pages_.append();
  }

  /// The number of a URL, a new one when it has not been seen. 32 bytes at `p` are readable.
  uint32_t number(const char* p, size_t size) {
    const Prefix prefix = load_prefix(p, size);
    uint64_t hash = multiply_mix(prefix.words[0] ^ kHashSeedA, prefix.words[1] ^ kHashSeedB) +
                    multiply_mix(prefix.words[2] ^ size, prefix.words[3] ^ kHashSeedA);
    if (size > sizeof(Prefix)) [[unlikely]]
      hash += hash_bytes(p, size);
    const uint32_t page = index_.find(hash, [&](uint32_t candidate) {
      const Page& other = pages_[candidate];
      if (other.size != size || !(other.prefix == prefix)) return false;
      return size <= sizeof(Prefix) || std::memcmp(other.bytes, p, size) == 0;
    });
    return page != HashIndex::kNone ? page : add(p, size, prefix, hash);
  }

  const Page& operator[](uint32_t page) const { return pages_[page]; }
  size_t size() const { return pages_.size(); }
  std::string_view text(uint32_t page) const { return {pages_[page].bytes, pages_[page].size}; }

  /// MAX of two URLs, bytewise; kNone is less than all.
  uint32_t greater(uint32_t a, uint32_t b) const {
    if (a == b) return a;
    const Page& left = pages_[a];
    const Page& right = pages_[b];
    if (const int order = compare(left.prefix, right.prefix); order != 0) return order < 0 ? b : a;
    if (a == kNone || b == kNone) return a | b;  // the empty URL against no URL
    return text(a) < text(b) ? b : a;
  }

  /// The number of /checkout, or kNone as long as nobody has been there.
  uint32_t checkout() const { return checkout_; }

  size_t state_bytes() const { return pages_.state_bytes() + index_.state_bytes() + arena_.state_bytes(); }

 private:
  [[gnu::noinline]] uint32_t add(const char* p, size_t size, const Prefix& prefix, uint64_t hash) {
    const std::string_view url(p, size);
    const uint32_t number = pages_.append();
    Page& page = pages_[number];
    page.prefix = prefix;
    page.bytes = arena_.copy(url);
    page.size = size;
    page.steps = url == "/home"                  ? kSawHome
                 : url == "/products"            ? kSawProducts
                 : url.starts_with("/products/") ? kSawProductDetail
                 : url == "/checkout"            ? kReachedCheckout
                                                 : 0;
    if (url == "/checkout") checkout_ = number;
    index_.insert(hash, number);
    return number;
  }

  Slab<Page> pages_;
  HashIndex index_;
  TextArena arena_;
  uint32_t checkout_ = kNone;
};
static_assert(sizeof(PageTable::Page) == 64);

}  // namespace sqlmill::bench::baseline
