// The same pass for each width of vector, chosen at run time: this library is compiled once, for any x86-64.
// The last block ends where the text ends and overlaps the one before it.
#include "runtime/formats/json_quotes.h"

#include <algorithm>
#include <array>
#include <bit>
#include <vector>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace sqlmill::rt::formats {

namespace {

#if defined(__x86_64__)

// ---- AVX-512 ----

alignas(64) constexpr std::array<uint8_t, 64> kIota = [] {
  std::array<uint8_t, 64> iota{};
  for (size_t i = 0; i < iota.size(); ++i) iota[i] = static_cast<uint8_t>(i);
  return iota;
}();

[[gnu::target("avx512bw,avx512vl,avx512vbmi2,popcnt")]] JsonBytes find_by_64(std::string_view text,
                                                                             uint16_t* places) {
  const uint16_t* const begin = places;
  const __m512i quote = _mm512_set1_epi8('"');
  const __m512i backslash = _mm512_set1_epi8('\\');
  const __m512i space = _mm512_set1_epi8(' ');
  const __m512i iota = _mm512_load_si512(kIota.data());
  uint64_t special = 0;
  uint64_t beyond_ascii = 0;
  for (size_t block = 0; block < text.size(); block += 64) {
    const size_t from = std::min(block, text.size() - 64);
    const __m512i bytes = _mm512_loadu_si512(text.data() + from);
    const uint64_t quotes = _mm512_cmpeq_epi8_mask(bytes, quote) >> (block - from);
    special |= _mm512_cmpeq_epi8_mask(bytes, backslash) | _mm512_cmplt_epu8_mask(bytes, space);
    beyond_ascii |= _mm512_movepi8_mask(bytes);
    const __m512i found = _mm512_maskz_compress_epi8(quotes, iota);
    const __m512i base = _mm512_set1_epi16(static_cast<int16_t>(block));
    const auto count = static_cast<size_t>(std::popcount(quotes));
    const __m256i first = _mm512_maskz_extracti64x4_epi64(0xf, found, 0);  // g++ 12 warns of the cast.
    _mm512_storeu_si512(places, _mm512_add_epi16(_mm512_cvtepu8_epi16(first), base));
    if (count > 32) [[unlikely]] {
      const __m256i rest = _mm512_maskz_extracti64x4_epi64(0xf, found, 1);
      _mm512_storeu_si512(places + 32, _mm512_add_epi16(_mm512_cvtepu8_epi16(rest), base));
    }
    places += count;
  }
  return {static_cast<size_t>(places - begin), special != 0, beyond_ascii != 0};
}

// ---- AVX2 ----

struct Seen32 {
  __m256i least;
  __m256i all;
  __m256i backslashes;
};

#define SQLMILL_AVX2 gnu::target("avx2,bmi,bmi2,popcnt")

[[SQLMILL_AVX2, gnu::always_inline]] inline uint64_t look_at_64(const char* block, Seen32& seen) {
  const __m256i quote = _mm256_set1_epi8('"');
  const __m256i backslash = _mm256_set1_epi8('\\');
  const __m256i a = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(block));
  const __m256i b = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(block) + 1);
  seen.least = _mm256_min_epu8(seen.least, _mm256_min_epu8(a, b));
  seen.all = _mm256_or_si256(seen.all, _mm256_or_si256(a, b));
  seen.backslashes = _mm256_or_si256(seen.backslashes, _mm256_cmpeq_epi8(a, backslash));
  seen.backslashes = _mm256_or_si256(seen.backslashes, _mm256_cmpeq_epi8(b, backslash));
  const auto low = static_cast<uint32_t>(_mm256_movemask_epi8(_mm256_cmpeq_epi8(a, quote)));
  const auto high = static_cast<uint32_t>(_mm256_movemask_epi8(_mm256_cmpeq_epi8(b, quote)));
  return low | uint64_t{high} << 32;
}

/// The places of the bits of `quotes`. Always in steps of twelve: a loop that ended with the last one would
/// be guessed wrong.
[[SQLMILL_AVX2, gnu::always_inline]] inline void append(uint64_t quotes, size_t block, uint16_t*& places) {
  const auto count = static_cast<size_t>(std::popcount(quotes));
  uint16_t* const end = places + count;
  for (; places < end; places += 12) {
#pragma GCC unroll 12
    for (size_t i = 0; i < 12; ++i) {
      // Otherwise g++ clears the register before, and gathers the places in a vector before it stores them.
      uint64_t place;
      asm("tzcnt %1, %0" : "=r"(place) : "r"(quotes) : "cc");
      places[i] = static_cast<uint16_t>(block + place);
      quotes = _blsr_u64(quotes);
    }
  }
  places = end;
}

[[SQLMILL_AVX2]] JsonBytes find_by_32(std::string_view text, uint16_t* places) {
  const uint16_t* const begin = places;
  Seen32 seen = {_mm256_set1_epi8(-1), _mm256_setzero_si256(), _mm256_setzero_si256()};
  for (size_t block = 0; block < text.size(); block += 64) {
    const size_t from = std::min(block, text.size() - 64);
    append(look_at_64(text.data() + from, seen) >> (block - from), block, places);
  }
  const __m256i controls = _mm256_cmpeq_epi8(_mm256_min_epu8(seen.least, _mm256_set1_epi8(0x1f)), seen.least);
  return {static_cast<size_t>(places - begin),
          _mm256_movemask_epi8(_mm256_or_si256(seen.backslashes, controls)) != 0,
          _mm256_movemask_epi8(seen.all) != 0};
}

// ---- SSE2 ----

JsonBytes find_by_16(std::string_view text, uint16_t* places) {
  const uint16_t* const begin = places;
  const __m128i quote = _mm_set1_epi8('"');
  const __m128i backslash = _mm_set1_epi8('\\');
  const __m128i last_control = _mm_set1_epi8(0x1f);
  __m128i backslashes = _mm_setzero_si128();
  __m128i least = _mm_set1_epi8(-1);
  __m128i all = _mm_setzero_si128();
  for (size_t block = 0; block < text.size(); block += 64) {
    const size_t from = std::min(block, text.size() - 64);
    uint64_t quotes = 0;
    for (int i = 0; i < 4; ++i) {
      const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(text.data() + from) + i);
      const auto mask = static_cast<uint32_t>(_mm_movemask_epi8(_mm_cmpeq_epi8(bytes, quote)));
      quotes |= uint64_t{mask} << (16 * i);
      backslashes = _mm_or_si128(backslashes, _mm_cmpeq_epi8(bytes, backslash));
      least = _mm_min_epu8(least, bytes);
      all = _mm_or_si128(all, bytes);
    }
    for (quotes >>= block - from; quotes != 0; quotes &= quotes - 1) {
      *places++ = static_cast<uint16_t>(block + static_cast<size_t>(std::countr_zero(quotes)));
    }
  }
  const __m128i controls = _mm_cmpeq_epi8(_mm_min_epu8(least, last_control), least);
  return {static_cast<size_t>(places - begin), _mm_movemask_epi8(_mm_or_si128(backslashes, controls)) != 0,
          _mm_movemask_epi8(all) != 0};
}

std::vector<FindJsonQuotes> usable_finders() {
  std::vector<FindJsonQuotes> finders;
  if (__builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
      __builtin_cpu_supports("avx512vbmi2") && __builtin_cpu_supports("popcnt"))
    finders.push_back(find_by_64);
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2") &&
      __builtin_cpu_supports("popcnt"))
    finders.push_back(find_by_32);
  finders.push_back(find_by_16);
  return finders;
}

#else

JsonBytes find_by_1(std::string_view text, uint16_t* places) {
  JsonBytes found{0, false, false};
  for (size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    places[found.quotes] = static_cast<uint16_t>(i);
    found.quotes += byte == '"';
    found.has_special |= byte == '\\' || byte < ' ';
    found.beyond_ascii |= byte >= 0x80;
  }
  return found;
}

std::vector<FindJsonQuotes> usable_finders() {
  return {find_by_1};
}

#endif

}  // namespace

std::span<const FindJsonQuotes> json_quote_finders() {
  static const std::vector<FindJsonQuotes> finders = usable_finders();
  return finders;
}

bool JsonQuotes::find_in_short(std::string_view text) {
  if (text.size() > kMaxBytes) return false;
  char block[kJsonBlockBytes];
  std::fill_n(std::copy(text.begin(), text.end(), block), kJsonBlockBytes - text.size(), ' ');
  return find_in({block, sizeof block});
}

}  // namespace sqlmill::rt::formats
