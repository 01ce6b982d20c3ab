// The bytes of a short text in four words, zeros behind its end: what texts of records are told apart by
// without a branch on how long they are, which would be guessed wrong as often as their lengths differ. A
// text has no byte 0, so two texts of at most kBytes bytes are equal exactly when these are.
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

#include "runtime/sql/hash.h"

namespace sqlmill::rt::sql {

struct TextStart {
  static constexpr size_t kBytes = 32;

  uint64_t words[4] = {};

  /// Of a text of at most kBytes bytes. May read bytes behind it, but none on another page of memory.
  static TextStart of_record(std::string_view text) {
    static constexpr uint8_t kMasks[2 * kBytes] = {
        0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
        0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
    constexpr uintptr_t kPageBytes = 4096;
    TextStart start;
    const bool on_one_page =
        (reinterpret_cast<uintptr_t>(text.data()) & (kPageBytes - 1)) <= kPageBytes - kBytes;
    if (!kReadsBehind || !on_one_page || text.empty()) [[unlikely]] {
      if (!text.empty()) std::memcpy(start.words, text.data(), text.size());
      return start;
    }
    // The compiler may know where the text ends; what lies behind it on the page is masked out.
    const char* data = text.data();
    asm("" : "+r"(data));
    const uint8_t* const masks = kMasks + kBytes - text.size();
    for (size_t i = 0; i < 4; ++i) {
      uint64_t mask;
      std::memcpy(&mask, masks + 8 * i, 8);
      std::memcpy(&start.words[i], data + 8 * i, 8);
      start.words[i] &= mask;
    }
    return start;
  }

  friend bool operator==(const TextStart& a, const TextStart& b) {
    return ((a.words[0] ^ b.words[0]) | (a.words[1] ^ b.words[1]) | (a.words[2] ^ b.words[2]) |
            (a.words[3] ^ b.words[3])) == 0;
  }
  /// Not the text's hash: for tables in memory.
  friend uint64_t hash(const TextStart& start) {
    return fold_multiply(start.words[0] ^ kHashSecret[0], start.words[1] ^ kHashSecret[1]) ^
           fold_multiply(start.words[2] ^ kHashSecret[2], start.words[3] ^ kHashSecret[3]);
  }

 private:
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  static constexpr bool kReadsBehind = false;
#else
  static constexpr bool kReadsBehind = true;
#endif
};

}  // namespace sqlmill::rt::sql
