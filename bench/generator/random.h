// The generator's random numbers. The standard library's distributions differ between implementations; these
// do not, so that a seed gives the same bytes everywhere.
#pragma once

#include <cstdint>
#include <vector>

namespace sqlmill::bench {

/// xoshiro256** of Blackman and Vigna, seeded by splitmix64.
class Random {
 public:
  explicit Random(uint64_t seed) {
    for (uint64_t& word : state_) {
      seed += 0x9e3779b97f4a7c15;
      uint64_t z = seed;
      z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
      z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
      word = z ^ (z >> 31);
    }
  }

  uint64_t next() {
    const uint64_t result = rotate(state_[1] * 5, 7) * 9;
    const uint64_t t = state_[1] << 17;
    state_[2] ^= state_[0];
    state_[3] ^= state_[1];
    state_[1] ^= state_[2];
    state_[0] ^= state_[3];
    state_[2] ^= t;
    state_[3] = rotate(state_[3], 45);
    return result;
  }

  /// Uniform in [0, bound); the bias of the multiplication is below bound / 2^64.
  uint32_t below(uint32_t bound) {
    return static_cast<uint32_t>((static_cast<unsigned __int128>(next()) * bound) >> 64);
  }

  /// True in `parts` of 65,536 cases.
  bool chance(uint32_t parts) { return (next() >> 48) < parts; }

 private:
  static uint64_t rotate(uint64_t x, int k) { return (x << k) | (x >> (64 - k)); }
  uint64_t state_[4];
};

/// Draws index i with a probability proportional to weights[i], in constant time (Walker's alias method).
class WeightedChoice {
 public:
  explicit WeightedChoice(const std::vector<double>& weights);

  uint32_t draw(Random& random) const {
    const uint64_t bits = random.next();
    const auto column = static_cast<uint32_t>(((bits >> 32) * columns_.size()) >> 32);
    const Column& at = columns_[column];
    return static_cast<uint32_t>(bits) < at.threshold ? column : at.alias;
  }

 private:
  struct Column {
    uint32_t threshold;
    uint32_t alias;
  };
  std::vector<Column> columns_;
};

}  // namespace sqlmill::bench
