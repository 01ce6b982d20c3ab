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

  /// The same, for the texts of records, which are many: without a branch on the size, and put together in
  /// registers. What is written in pieces and then copied as a whole waits for the pieces to leave the store
  /// buffer.
  static Text of_record(std::string_view bytes) {
    Text text;
    text.set(bytes);
    return text;
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

  void set(std::string_view bytes) {
    using Words = uint64_t __attribute__((vector_size(16)));
    const auto size = static_cast<uint32_t>(bytes.size());
    uint64_t first;   // Bytes 0 to 7, and
    uint32_t second;  // 8 to 11, zeros behind the end.
    load_start(bytes.data(), size < kInlineBytes ? size : kInlineBytes, first, second);
    const uint64_t rest = first >> 32 | uint64_t{second} << 32;
    const Words words = {size | first << 32,
                         size <= kInlineBytes ? rest : reinterpret_cast<uint64_t>(bytes.data())};
    std::memcpy(static_cast<void*>(this), &words, sizeof words);
  }

  /// The first `size` bytes, at most 12.
  static void load_start(const char* data, uint32_t size, uint64_t& first, uint32_t& second) {
    static constexpr uint8_t kMasks[24] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                                           0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
    uint64_t first_mask;
    uint32_t second_mask;
    std::memcpy(&first_mask, kMasks + 12 - size, 8);
    std::memcpy(&second_mask, kMasks + 20 - size, 4);
    load_12_bytes(data, size, first, second);
    first &= first_mask;
    second &= second_mask;
  }

  /// May read bytes behind the text, but none on another page of memory, so it cannot fault; what they are is
  /// masked away. Where reads are checked it does not.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  static constexpr bool kReadsBehind = false;
#else
  static constexpr bool kReadsBehind = true;
#endif
  static void load_12_bytes(const char* data, uint32_t size, uint64_t& first, uint32_t& second) {
    constexpr uintptr_t kPageBytes = 4096;
    const bool on_one_page =
        (reinterpret_cast<uintptr_t>(data) & (kPageBytes - 1)) <= kPageBytes - kInlineBytes;
    if (kReadsBehind && on_one_page && data != nullptr) [[likely]] {
      std::memcpy(&first, data, 8);
      std::memcpy(&second, data + 8, 4);
    } else {
      char bytes[kInlineBytes] = {};
      if (size != 0) std::memcpy(bytes, data, size);
      std::memcpy(&first, bytes, 8);
      std::memcpy(&second, bytes + 8, 4);
    }
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

inline Text operator""_text(const char* bytes, size_t size) {
  return Text(std::string_view(bytes, size));
}

}  // namespace sqlmill::rt::sql
