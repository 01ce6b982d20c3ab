// A text value in 16 bytes: up to 15 bytes inline, longer ones as a borrowed pointer, the size and a prefix.
// The last byte is the size of an inline text, or says that the text is long (or, in a Nullable, NULL).
// Invariant: unused inline bytes are zero, so two inline texts are equal exactly when their 16 bytes are.
// Who owns the bytes of a long text is not part of the value: within an epoch they are borrowed from the
// message or the scratch arena, in state they belong to the state's heap.
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

namespace sqlmill::rt::sql {

class Text {
 public:
  static constexpr uint32_t kInlineBytes = 15;
  static constexpr uint32_t kMaxBytes = 0x3fffffff;  // PostgreSQL's limit of 1 GB for a field.

  constexpr Text() : low_(0), high_(0) {}
  /// Borrows `bytes` when they are longer than kInlineBytes.
  Text(std::string_view bytes) : Text() {  // NOLINT: implicit
    if (bytes.size() <= kInlineBytes) {
      char start[16] = {};
      if (!bytes.empty()) std::memcpy(start, bytes.data(), bytes.size());
      std::memcpy(&low_, start, 8);
      std::memcpy(&high_, start + 8, 8);
      high_ |= uint64_t{bytes.size()} << kTagShift;
    } else {
      set_long(bytes);
    }
  }

  /// The same, for the texts of records, which are many: without a loop or a call, and put together in
  /// registers. What is written in pieces and then copied as a whole waits for the pieces to leave the store
  /// buffer.
  static Text of_record(std::string_view bytes) {
    Text text;
    if (bytes.size() <= kInlineBytes) [[likely]] {
      text.set_inline(bytes.data(), static_cast<uint32_t>(bytes.size()));
    } else {
      text.set_long(bytes);
    }
    return text;
  }

  /// The text of a literal of at most kInlineBytes bytes, in a form that the compiler evaluates.
  static constexpr Text of_literal(const char* bytes, size_t size) {
    Text text;
    for (size_t i = 0; i < 8; ++i) {
      if (i < size) text.low_ |= uint64_t{static_cast<unsigned char>(bytes[i])} << (8 * i);
    }
    for (size_t i = 8; i < kInlineBytes; ++i) {
      if (i < size) text.high_ |= uint64_t{static_cast<unsigned char>(bytes[i])} << (8 * (i - 8));
    }
    text.high_ |= uint64_t{size} << kTagShift;
    return text;
  }

  uint32_t size() const { return is_inline() ? tag() : static_cast<uint32_t>(high_); }
  bool empty() const { return high_ == 0; }
  bool is_inline() const { return tag() <= kInlineBytes; }
  /// Points into this object when the text is inline: do not keep it beyond the value.
  const char* data() const {
    return is_inline() ? reinterpret_cast<const char*>(this) : reinterpret_cast<const char*>(low_);
  }
  std::string_view view() const { return {data(), size()}; }

  friend bool operator==(const Text& a, const Text& b) {
    if (a.high_ != b.high_) return false;
    return a.low_ == b.low_ || (!a.is_inline() && same_bytes(a.data(), b.data(), a.size()));
  }

  /// Byte order, which for UTF-8 is code point order (PostgreSQL's C collation).
  friend int compare(const Text& a, const Text& b) {
    // The first 16 bytes as two numbers, without a call; short texts are filled up with zeros. Where these
    // are equal, either one is a prefix of the other or both are long.
    const Start x = a.start();
    const Start y = b.start();
    if (x.low != y.low) return x.low < y.low ? -1 : 1;
    if (x.high != y.high) return x.high < y.high ? -1 : 1;
    if (a.is_inline() || b.is_inline()) return a.size() == b.size() ? 0 : a.size() < b.size() ? -1 : 1;
    return a.view().compare(b.view());
  }

 private:
  template <class T>
  friend class Nullable;

  static constexpr int kTagShift = 56;
  static constexpr uint64_t kLongTag = 0x80;
  static constexpr uint64_t kNullTag = 0xff;

  uint32_t tag() const { return static_cast<uint32_t>(high_ >> kTagShift); }

  struct Start {
    uint64_t low;
    uint64_t high;
  };
  /// Bytes 0 to 7 and 8 to 15, the first one uppermost.
  Start start() const {
    uint64_t words[2] = {low_, high_ & ~(uint64_t{0xff} << kTagShift)};
    if (!is_inline()) std::memcpy(words, data(), sizeof words);
    return {__builtin_bswap64(words[0]), __builtin_bswap64(words[1])};
  }

  /// `size` > kInlineBytes. Identifiers are mostly shorter than 32 bytes: those are compared without a call.
  static bool same_bytes(const char* a, const char* b, uint32_t size) {
    if (size > 32) return std::memcmp(a, b, size) == 0;
    const auto differ = [&](uint32_t at) {
      uint64_t x, y;
      std::memcpy(&x, a + at, 8);
      std::memcpy(&y, b + at, 8);
      return x ^ y;
    };
    return (differ(0) | differ(8) | differ(size - 16) | differ(size - 8)) == 0;
  }

  /// The three bytes of prefix let most unequal texts of one size differ without a look at their bytes.
  void set_long(std::string_view bytes) {
    uint32_t prefix;
    std::memcpy(&prefix, bytes.data(), sizeof prefix);
    low_ = reinterpret_cast<uint64_t>(bytes.data());
    high_ = bytes.size() | uint64_t{prefix & 0xffffff} << 32 | kLongTag << kTagShift;
  }

  void set_inline(const char* data, uint32_t size) {
    static constexpr uint8_t kMasks[32] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                                           0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
    uint64_t low_mask;
    uint64_t high_mask;
    std::memcpy(&low_mask, kMasks + 16 - size, 8);
    std::memcpy(&high_mask, kMasks + 24 - size, 8);
    load_16_bytes(data, size);
    low_ &= low_mask;
    high_ = (high_ & high_mask) | uint64_t{size} << kTagShift;
  }

  /// May read bytes behind the text, but none on another page of memory, so it cannot fault; what they are is
  /// masked away. Where reads are checked it does not.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  static constexpr bool kReadsBehind = false;
#else
  static constexpr bool kReadsBehind = true;
#endif
  void load_16_bytes(const char* data, uint32_t size) {
    constexpr uintptr_t kPageBytes = 4096;
    const bool on_one_page = (reinterpret_cast<uintptr_t>(data) & (kPageBytes - 1)) <= kPageBytes - 16;
    if (kReadsBehind && on_one_page && data != nullptr) [[likely]] {
      std::memcpy(&low_, data, 8);
      std::memcpy(&high_, data + 8, 8);
    } else {
      char bytes[16] = {};
      if (size != 0) std::memcpy(bytes, data, size);
      std::memcpy(&low_, bytes, 8);
      std::memcpy(&high_, bytes + 8, 8);
    }
  }

  uint64_t low_;   // Bytes 0 to 7; of a long text the pointer.
  uint64_t high_;  // Bytes 8 to 14; of a long text 4 bytes of size and 3 of prefix. Then the tag.
};
static_assert(sizeof(Text) == 16);

/// For literals in C++. Short ones become two constants in the code.
[[gnu::always_inline]] inline Text operator""_text(const char* bytes, size_t size) {
  return size <= Text::kInlineBytes ? Text::of_literal(bytes, size) : Text(std::string_view(bytes, size));
}

}  // namespace sqlmill::rt::sql
