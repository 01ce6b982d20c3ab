// Which of the numbered things of a table were touched since the last checkpoint, each once, so that a
// checkpoint costs what has changed and not what there is. Off until a pipeline has a state directory: then
// note() is a branch that is never taken.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace sqlmill::rt::state {

class Touched {
 public:
  void turn_on() { is_on_ = true; }
  bool is_on() const { return is_on_; }

  void note(uint32_t number) {
    if (is_on_) [[unlikely]]
      add(number);
  }

  /// `visit(number)` for each, in the order of their first touch; forgets them.
  template <class Visit>
  void take(Visit visit) {
    for (const uint32_t number : numbers_) {
      bits(number)[(number & kBelowBit) / 64] = 0;
      visit(number);
    }
    numbers_.clear();
  }

  size_t size() const { return numbers_.size(); }
  size_t bytes() const {
    return numbers_.capacity() * sizeof(uint32_t) + (bits_[0].capacity() + bits_[1].capacity()) * 8;
  }

 private:
  static constexpr uint32_t kBelowBit = (uint32_t{1} << 31) - 1;

  /// Numbers are dense, but for those with the uppermost bit, which are dense by themselves (ops/groups.h).
  std::vector<uint64_t>& bits(uint32_t number) { return bits_[number >> 31]; }

  [[gnu::noinline]] void add(uint32_t number) {
    std::vector<uint64_t>& words = bits(number);
    const size_t at = (number & kBelowBit) / 64;
    if (at >= words.size()) words.resize(at + at / 2 + 1);
    const uint64_t bit = uint64_t{1} << (number % 64);
    if (words[at] & bit) return;
    words[at] |= bit;
    numbers_.push_back(number);
  }

  bool is_on_ = false;
  std::array<std::vector<uint64_t>, 2> bits_;
  std::vector<uint32_t> numbers_;
};

}  // namespace sqlmill::rt::state
