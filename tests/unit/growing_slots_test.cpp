// Tables that grow in steps: at any moment of their growth all that was inserted and not erased is found.
#if __has_include(<catch2/catch_test_macros.hpp>)
#include <catch2/catch_test_macros.hpp>
#else
#include <catch2/catch.hpp>
#endif

#include <random>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "runtime/sql/hash.h"
#include "runtime/state/hash_index.h"
#include "runtime/state/word_set.h"

using namespace sqlmill::rt;
using state::HashIndex;
using state::WordSet;

namespace {

/// How a number's hash is made: well, with many equal tags, or all alike.
uint64_t hash_of(uint32_t number, int kind) {
  if (kind == 0) return sql::hash_word(number);
  if (kind == 1) return sql::hash_word(number % 500);
  return uint64_t{0xfffffffe} << 32;
}

}  // namespace

TEST_CASE("an index finds what is in it while it grows and shrinks") {
  const auto [kind, count] = GENERATE(std::pair(0, 200'000u), std::pair(1, 20'000u), std::pair(2, 2'000u));
  std::mt19937 random(1);
  HashIndex index;
  std::vector<uint32_t> present;
  std::unordered_map<uint32_t, size_t> place;
  const auto is_found = [&](uint32_t number) {
    return index.find(hash_of(number, kind), [&](uint32_t n) { return n == number; }) == number;
  };
  size_t wrong = 0;
  for (uint32_t number = 0; number < count; ++number) {
    index.insert(hash_of(number, kind), number);
    place[number] = present.size();
    present.push_back(number);
    if (random() % 4 == 0) {
      const size_t at = random() % present.size();
      const uint32_t gone = present[at];
      index.erase(hash_of(gone, kind), gone);
      present[at] = present.back();
      place[present[at]] = at;
      present.pop_back();
      place.erase(gone);
      wrong += is_found(gone);
    }
    wrong += index.size() != present.size();
    for (int i = 0; i < 4 && !present.empty(); ++i) wrong += !is_found(present[random() % present.size()]);
    if (number % 5000 == 0) {
      for (const uint32_t n : present) wrong += !is_found(n);
    }
  }
  for (uint32_t n = 0; n < count; ++n) wrong += is_found(n) != place.contains(n);
  CHECK(wrong == 0);
  for (const uint32_t n : present) index.erase(hash_of(n, kind), n);
  CHECK(index.size() == 0);
}

TEST_CASE("a set of words says of each whether it is new, while it grows") {
  std::mt19937_64 random(2);
  WordSet set;
  std::unordered_set<uint64_t> reference;
  size_t wrong = 0;
  for (int i = 0; i < 600'000; ++i) {
    const uint64_t word = random() % 400'000;
    wrong += set.insert(word) != reference.insert(word).second;
  }
  CHECK(wrong == 0);
  CHECK(set.size() == reference.size());
  for (const uint64_t word : reference) wrong += set.insert(word);
  CHECK(wrong == 0);
}
