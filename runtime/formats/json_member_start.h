// The bytes of a JSON object's member up to its value, as they stood last time.
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace sqlmill::rt::formats {

/// What stood last time from behind the comma before a key up to its value, and the quote of a string:
/// `"user_id":"`, or ` "user_id": "`.
class MemberStart {
 public:
  size_t size() const { return size_; }

  /// kFewBytes are readable at `p`. False also for what is right but longer than these.
  static constexpr size_t kFewBytes = 16;
  bool is_string_at(const char* p) const {
#if defined(__SSE2__)
    return (equal(p, 0) | ignored_) == 0xffff;
#else
    return ignored_ != kNever && std::memcmp(p, bytes_, size_) == 0;
#endif
  }
  /// Whatever the value is; the quote is not looked at.
  bool is_at(std::string_view rest) const {
    if (size_ == 0) return false;
#if defined(__SSE2__)
    if (rest.size() >= kCapacity) {
      const uint32_t differ = ~(equal(rest.data(), 0) | equal(rest.data(), 16) << 16);
      return (differ & ~(~0u << (size_ - 1))) == 0;
    }
#endif
    return rest.starts_with(std::string_view(bytes_, size_ - 1));
  }
  /// `text` without the quote. `strings`: whether is_string_at() may say yes.
  void set(std::string_view text, bool strings) {
    if (text.size() >= kCapacity) return;
    std::memcpy(bytes_, text.data(), text.size());
    bytes_[text.size()] = '"';
    size_ = static_cast<uint32_t>(text.size()) + 1;
    ignored_ = strings && size_ <= kFewBytes ? 0xffff & ~0u << size_ : kNever;
  }

 private:
  static constexpr size_t kCapacity = 32;
  static constexpr uint32_t kNever = 1u << 31;
#if defined(__SSE2__)
  uint32_t equal(const char* p, size_t at) const {
    const __m128i a = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p + at));
    const __m128i b = _mm_load_si128(reinterpret_cast<const __m128i*>(bytes_ + at));
    return static_cast<uint32_t>(_mm_movemask_epi8(_mm_cmpeq_epi8(a, b)));
  }
#endif

  alignas(16) char bytes_[kCapacity] = {};
  uint32_t ignored_ = kNever;  // Of the first 16 bytes, a bit each.
  uint32_t size_ = 0;
};

}  // namespace sqlmill::rt::formats
