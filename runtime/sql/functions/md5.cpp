#include "runtime/sql/functions/md5.h"

#include <array>
#include <bit>
#include <cstring>

namespace sqlmill::rt::sql {

namespace {

// floor(2^32 * |sin(i + 1)|), the table of RFC 1321.
constexpr uint32_t kSines[64] = {
    0xd76aa478, 0xe8c7b756, 0x242070db, 0xc1bdceee, 0xf57c0faf, 0x4787c62a, 0xa8304613, 0xfd469501,
    0x698098d8, 0x8b44f7af, 0xffff5bb1, 0x895cd7be, 0x6b901122, 0xfd987193, 0xa679438e, 0x49b40821,
    0xf61e2562, 0xc040b340, 0x265e5a51, 0xe9b6c7aa, 0xd62f105d, 0x02441453, 0xd8a1e681, 0xe7d3fbc8,
    0x21e1cde6, 0xc33707d6, 0xf4d50d87, 0x455a14ed, 0xa9e3e905, 0xfcefa3f8, 0x676f02d9, 0x8d2a4c8a,
    0xfffa3942, 0x8771f681, 0x6d9d6122, 0xfde5380c, 0xa4beea44, 0x4bdecfa9, 0xf6bb4b60, 0xbebfbc70,
    0x289b7ec6, 0xeaa127fa, 0xd4ef3085, 0x04881d05, 0xd9d4d039, 0xe6db99e5, 0x1fa27cf8, 0xc4ac5665,
    0xf4292244, 0x432aff97, 0xab9423a7, 0xfc93a039, 0x655b59c3, 0x8f0ccc92, 0xffeff47d, 0x85845dd1,
    0x6fa87e4f, 0xfe2ce6e0, 0xa3014314, 0x4e0811a1, 0xf7537e82, 0xbd3af235, 0x2ad7d2bb, 0xeb86d391};
constexpr int kShifts[4][4] = {{7, 12, 17, 22}, {5, 9, 14, 20}, {4, 11, 16, 23}, {6, 10, 15, 21}};

using State = std::array<uint32_t, 4>;
constexpr size_t kBlockBytes = 64;

void add_block(const char* block, State& state) {
  uint32_t words[16];
  std::memcpy(words, block, sizeof words);  // Little-endian.
  auto [a, b, c, d] = state;
  for (int i = 0; i < 64; ++i) {
    uint32_t f;
    int word;
    switch (i / 16) {
      case 0:
        f = (b & c) | (~b & d);
        word = i;
        break;
      case 1:
        f = (d & b) | (~d & c);
        word = (5 * i + 1) % 16;
        break;
      case 2:
        f = b ^ c ^ d;
        word = (3 * i + 5) % 16;
        break;
      default:
        f = c ^ (b | ~d);
        word = 7 * i % 16;
    }
    const uint32_t rotated = std::rotl(a + f + kSines[i] + words[word], kShifts[i / 16][i % 4]);
    a = d;
    d = c;
    c = b;
    b += rotated;
  }
  state[0] += a;
  state[1] += b;
  state[2] += c;
  state[3] += d;
}

State digest(std::string_view bytes) {
  State state = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476};
  const uint64_t bits = static_cast<uint64_t>(bytes.size()) * 8;
  for (; bytes.size() >= kBlockBytes; bytes.remove_prefix(kBlockBytes)) add_block(bytes.data(), state);
  // What is left, a bit 1, zeros, and the length in bits at the end of a block.
  char last[2 * kBlockBytes] = {};
  if (!bytes.empty()) std::memcpy(last, bytes.data(), bytes.size());
  last[bytes.size()] = static_cast<char>(0x80);
  const size_t blocks = bytes.size() + 1 + sizeof bits <= kBlockBytes ? 1 : 2;
  std::memcpy(last + blocks * kBlockBytes - sizeof bits, &bits, sizeof bits);
  for (size_t i = 0; i < blocks; ++i) add_block(last + i * kBlockBytes, state);
  return state;
}

}  // namespace

Text md5_text(Arena& arena, Text value) {
  constexpr char kDigits[] = "0123456789abcdef";
  const State state = digest(value.view());
  unsigned char bytes[16];
  std::memcpy(bytes, state.data(), sizeof bytes);
  char* const out = arena.allocate_chars(2 * sizeof bytes);
  for (size_t i = 0; i < sizeof bytes; ++i) {
    out[2 * i] = kDigits[bytes[i] >> 4];
    out[2 * i + 1] = kDigits[bytes[i] & 15];
  }
  return Text(std::string_view(out, 2 * sizeof bytes));
}

Text md5_bytea(Arena& arena, Bytea value) {
  return md5_text(arena, value.bytes);
}

}  // namespace sqlmill::rt::sql
