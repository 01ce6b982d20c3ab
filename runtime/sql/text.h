// A text value in 16 bytes: up to 12 bytes inline, longer ones as a 4-byte prefix and a borrowed pointer.
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
  static constexpr uint32_t kInlineBytes = 12;
  static constexpr uint32_t kMaxBytes = 0x3fffffff;  // PostgreSQL's limit of 1 GB for a field.

  constexpr Text() : size_(0), inline_{} {}
  /// Borrows `bytes` when they are longer than kInlineBytes.
  Text(std::string_view bytes) : size_(static_cast<uint32_t>(bytes.size())), inline_{} {  // NOLINT: implicit
    if (size_ <= kInlineBytes) {
      if (size_ != 0) std::memcpy(inline_, bytes.data(), size_);
    } else {
      std::memcpy(inline_, bytes.data(), 4);
      const char* data = bytes.data();
      std::memcpy(inline_ + 4, &data, sizeof data);
    }
  }

  uint32_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  bool is_inline() const { return size_ <= kInlineBytes; }
  /// Points into this object when the text is inline: do not keep it beyond the value.
  const char* data() const { return is_inline() ? inline_ : long_data(); }
  std::string_view view() const { return {data(), size_}; }

  friend bool operator==(const Text& a, const Text& b) {
    uint64_t a0, b0;
    std::memcpy(&a0, &a, 8);
    std::memcpy(&b0, &b, 8);
    if (a0 != b0) return false;
    uint64_t a1, b1;
    std::memcpy(&a1, a.inline_ + 4, 8);
    std::memcpy(&b1, b.inline_ + 4, 8);
    return a1 == b1 || (!a.is_inline() && same_bytes(a.long_data(), b.long_data(), a.size_));
  }

  /// Byte order, which for UTF-8 is code point order (PostgreSQL's C collation).
  friend int compare(const Text& a, const Text& b) { return a.view().compare(b.view()); }

 private:
  template <class T>
  friend class Nullable;

  /// `size` > kInlineBytes. Identifiers are mostly shorter than 32 bytes: those are compared without a call.
  static bool same_bytes(const char* a, const char* b, uint32_t size) {
    if (size > 32) return std::memcmp(a, b, size) == 0;
    const auto differ = [&](uint32_t at) {
      uint64_t x, y;
      std::memcpy(&x, a + at, 8);
      std::memcpy(&y, b + at, 8);
      return x ^ y;
    };
    uint64_t difference = differ(0) | differ(size - 8);
    if (size > 16) difference |= differ(8) | differ(size - 16);
    return difference == 0;
  }

  const char* long_data() const {
    const char* data;
    std::memcpy(&data, inline_ + 4, sizeof data);
    return data;
  }

  uint32_t size_;
  char inline_[kInlineBytes];  // Long texts: 4 bytes of prefix, then the pointer.
};
static_assert(sizeof(Text) == 16);

inline Text operator""_text(const char* bytes, size_t size) { return Text(std::string_view(bytes, size)); }

}  // namespace sqlmill::rt::sql
