// Where the quotes and the ends of lines are, found a block of 64 bytes at a time.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

#if defined(__SSE2__)
#include <immintrin.h>
#endif

namespace sqlmill::bench::baseline {

/// The marks of a stretch of text, in order: quotes, and all bytes that ask for a real JSON parser when they
/// come inside a line: backslashes, control characters (so newlines, too) and whatever is beyond ASCII. A
/// line without any of those has as many marks as quotes, and its newline.
class MarkIndex {
 public:
  static constexpr size_t kStretchBytes = 16 * 1024;

  /// Indexes from `begin` to `end`, but not more than kStretchBytes; 63 bytes behind are readable and may
  /// leave marks.
  void build(const char* begin, const char* end) {
    const size_t wanted = static_cast<size_t>(end - begin);
    const size_t size = wanted < kStretchBytes ? wanted : kStretchBytes;
    size_ = 0;
    for (size_t offset = 0; offset < size; offset += 64) append_block(begin + offset, offset);
  }

  size_t size() const { return size_; }
  /// Offsets from the beginning of the stretch.
  const uint16_t* offsets() const { return offsets_.data(); }

 private:
#if defined(__AVX512VBMI2__) && defined(__AVX512BW__) && defined(__AVX512VL__)
  void append_block(const char* block, size_t offset) {
    alignas(64) static constexpr std::array<uint8_t, 64> kIota = [] {
      std::array<uint8_t, 64> iota{};
      for (size_t i = 0; i < iota.size(); ++i) iota[i] = static_cast<uint8_t>(i);
      return iota;
    }();
    const __m512i bytes = _mm512_loadu_si512(block);
    // As signed numbers bytes beyond ASCII are below the space as well.
    const uint64_t marks = _mm512_cmplt_epi8_mask(bytes, _mm512_set1_epi8(' ')) |
                           _mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8('"')) |
                           _mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8('\\'));
    const __m512i places = _mm512_maskz_compress_epi8(marks, _mm512_load_si512(kIota.data()));
    const __m256i base = _mm256_set1_epi16(static_cast<int16_t>(offset));
    const auto store = [&](__m128i sixteen, size_t at) {
      _mm256_storeu_si256(reinterpret_cast<__m256i*>(&offsets_[size_ + at]),
                          _mm256_add_epi16(_mm256_cvtepu8_epi16(sixteen), base));
    };
    const auto count = static_cast<size_t>(std::popcount(marks));
    // The zeroing extract, since g++ 12 warns of the plain one and of the cast.
    store(_mm512_maskz_extracti32x4_epi32(0xf, places, 0), 0);
    if (count > 16) [[unlikely]] {
      store(_mm512_maskz_extracti32x4_epi32(0xf, places, 1), 16);
      store(_mm512_maskz_extracti32x4_epi32(0xf, places, 2), 32);
      store(_mm512_maskz_extracti32x4_epi32(0xf, places, 3), 48);
    }
    size_ += count;
  }
#elif defined(__SSE2__)
#if defined(__AVX2__)
  static uint64_t marks_of(const char* block) { return half_marks(block) | half_marks(block + 32) << 32; }

  static uint64_t half_marks(const char* half) {
    const __m256i bytes = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(half));
    const __m256i odd = _mm256_or_si256(_mm256_cmpgt_epi8(_mm256_set1_epi8(' '), bytes),
                                        _mm256_cmpeq_epi8(bytes, _mm256_set1_epi8('\\')));
    const __m256i quote = _mm256_cmpeq_epi8(bytes, _mm256_set1_epi8('"'));
    return static_cast<uint32_t>(_mm256_movemask_epi8(_mm256_or_si256(odd, quote)));
  }
#else
  static uint64_t marks_of(const char* block) {
    return quarter_marks(block) | quarter_marks(block + 16) << 16 | quarter_marks(block + 32) << 32 |
           quarter_marks(block + 48) << 48;
  }

  static uint64_t quarter_marks(const char* quarter) {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(quarter));
    const __m128i odd =
        _mm_or_si128(_mm_cmpgt_epi8(_mm_set1_epi8(' '), bytes), _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\')));
    const __m128i quote = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('"'));
    return static_cast<uint16_t>(_mm_movemask_epi8(_mm_or_si128(odd, quote)));
  }
#endif

  /// Always writes in steps of sixteen: a loop that ends after the last mark would be guessed wrong.
  void append_block(const char* block, size_t offset) {
    uint64_t marks = marks_of(block);
    const auto count = static_cast<size_t>(std::popcount(marks));
    for (size_t written = 0; written < count; written += 16) {
      for (size_t i = 0; i < 16; ++i, marks &= marks - 1) {
        offsets_[size_ + written + i] = static_cast<uint16_t>(offset + std::countr_zero(marks));
      }
    }
    size_ += count;
  }
#else
  void append_block(const char* block, size_t offset) {
    for (size_t i = 0; i < 64; ++i) {
      offsets_[size_] = static_cast<uint16_t>(offset + i);
      size_ += block[i] == '"' || block[i] == '\\' || static_cast<signed char>(block[i]) < ' ';
    }
  }
#endif

  size_t size_ = 0;
  std::array<uint16_t, kStretchBytes + 2 * 64> offsets_;
};

}  // namespace sqlmill::bench::baseline
