// Hashing of words and bytes by multiplying 64 x 64 bits and folding the halves (wyhash, rapidhash: Wang Yi,
// public domain). The results are part of what a state directory means (they decide the shard of a key), so
// they never change between versions and do not depend on the machine (little-endian is assumed).
#pragma once

#include <cstddef>
#include <cstdint>

namespace sqlmill::rt::sql {

inline constexpr uint64_t kHashSecret[] = {0xa0761d6478bd642f, 0xe7037ed1a0b428db, 0x8ebc6af09c88c6e3,
                                           0x589965cc75374cc3};

constexpr uint64_t fold_multiply(uint64_t a, uint64_t b) {
  const unsigned __int128 product = static_cast<unsigned __int128>(a) * b;
  return static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64);
}

constexpr uint64_t hash_word(uint64_t word) {
  return fold_multiply(word ^ kHashSecret[0], kHashSecret[1]);
}

constexpr uint64_t hash_words(uint64_t a, uint64_t b) {
  return fold_multiply(fold_multiply(a ^ kHashSecret[0], b ^ kHashSecret[1]) ^ kHashSecret[2],
                       kHashSecret[3]);
}

/// The hash of a tuple from the hashes of its members, one after the other; the order matters.
constexpr uint64_t hash_combine(uint64_t so_far, uint64_t next) {
  return fold_multiply(so_far ^ kHashSecret[2], next ^ kHashSecret[3]);
}

uint64_t hash_bytes(const char* data, size_t size);

}  // namespace sqlmill::rt::sql
