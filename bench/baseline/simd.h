// The few operations on words and vectors that the hot loops share.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#if defined(__AVX512VL__)
#include <immintrin.h>
#endif

namespace sqlmill::bench::baseline {

inline uint64_t load64(const char* p) {
  uint64_t word;
  std::memcpy(&word, p, sizeof word);
  return word;
}

/// Thirty-two bytes of a text, zeros behind its end.
struct alignas(32) Prefix {
  uint64_t words[4];
};

/// The first 32 bytes of a text of `size` bytes; 32 bytes at `p` are readable.
inline Prefix load_prefix(const char* p, size_t size) {
  Prefix prefix;
#if defined(__AVX512VL__) && defined(__AVX512BW__)
  const auto mask = static_cast<__mmask32>(size >= 32 ? ~uint32_t{0} : (uint32_t{1} << size) - 1);
  _mm256_store_si256(reinterpret_cast<__m256i*>(prefix.words), _mm256_maskz_loadu_epi8(mask, p));
#else
  std::memset(prefix.words, 0, sizeof prefix.words);
  std::memcpy(prefix.words, p, size < 32 ? size : 32);
#endif
  return prefix;
}

inline bool operator==(const Prefix& a, const Prefix& b) {
  return ((a.words[0] ^ b.words[0]) | (a.words[1] ^ b.words[1]) | (a.words[2] ^ b.words[2]) |
          (a.words[3] ^ b.words[3])) == 0;
}

/// Byte order, as memcmp.
inline int compare(const Prefix& a, const Prefix& b) {
  for (int i = 0; i < 4; ++i) {
    if (a.words[i] != b.words[i]) {
      return __builtin_bswap64(a.words[i]) < __builtin_bswap64(b.words[i]) ? -1 : 1;
    }
  }
  return 0;
}

/// Is `value` among N values? Without a branch, so that the compiler makes vector compares of it.
template <size_t N>
inline bool contains(const uint16_t (&values)[N], uint16_t value) {
  uint16_t found = 0;
  for (size_t i = 0; i < N; ++i) found |= static_cast<uint16_t>(values[i] == value);
  return found != 0;
}

inline void prefetch(const void* address) {
  __builtin_prefetch(address, 1, 3);
}

}  // namespace sqlmill::bench::baseline
