#include "runtime/sql/hash.h"

#include <cstring>

namespace sqlmill::rt::sql {

namespace {

uint64_t read8(const char* at) {
  uint64_t word;
  std::memcpy(&word, at, sizeof word);
  return word;
}

uint64_t read4(const char* at) {
  uint32_t word;
  std::memcpy(&word, at, sizeof word);
  return word;
}

}  // namespace

uint64_t hash_bytes(const char* data, size_t size) {
  // Differs from the secrets of the lanes, lest the two factors of a lane's first step could be swapped.
  uint64_t seed = kHashSecret[0];
  uint64_t a = 0;
  uint64_t b = 0;
  if (size > 16) {
    const char* at = data;
    size_t left = size;
    if (left > 48) {
      // Three lanes, because one multiplication waits for the one before it.
      uint64_t lane1 = seed;
      uint64_t lane2 = seed;
      do {
        seed = fold_multiply(read8(at) ^ kHashSecret[1], read8(at + 8) ^ seed);
        lane1 = fold_multiply(read8(at + 16) ^ kHashSecret[2], read8(at + 24) ^ lane1);
        lane2 = fold_multiply(read8(at + 32) ^ kHashSecret[3], read8(at + 40) ^ lane2);
        at += 48;
        left -= 48;
      } while (left > 48);
      seed ^= lane1 ^ lane2;
    }
    for (; left > 16; left -= 16, at += 16) {
      seed = fold_multiply(read8(at) ^ kHashSecret[1], read8(at + 8) ^ seed);
    }
    // The last 16 bytes, overlapping what has been read.
    a = read8(at + left - 16);
    b = read8(at + left - 8);
  } else if (size >= 8) {
    a = read8(data);
    b = read8(data + size - 8);
  } else if (size >= 4) {
    a = read4(data);
    b = read4(data + size - 4);
  } else if (size != 0) {
    a = static_cast<uint64_t>(static_cast<unsigned char>(data[0])) << 16 |
        static_cast<uint64_t>(static_cast<unsigned char>(data[size / 2])) << 8 |
        static_cast<unsigned char>(data[size - 1]);
  }
  return fold_multiply(kHashSecret[3] ^ size, fold_multiply(a ^ kHashSecret[1], b ^ seed));
}

}  // namespace sqlmill::rt::sql
