// Numbers for the values of a column with few distinct texts: device_type, country.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "bench/baseline/text.h"

namespace sqlmill::bench::baseline {

class Dictionary {
 public:
  Dictionary() : slots_(64) {}

  /// The number of `text`, which may be NULL; a new one when it has not been seen.
  uint32_t number(const Text& text) {
    size_t i = text.hash() >> 32 & (slots_.size() - 1);
    for (; slots_[i].number != kEmpty; i = (i + 1) & (slots_.size() - 1)) {
      if (slots_[i].text == text) [[likely]]
        return slots_[i].number;
    }
    return add(text, i);
  }

  const Text& text(uint32_t number) const { return texts_[number]; }
  size_t size() const { return texts_.size(); }

  size_t state_bytes() const {
    return slots_.size() * sizeof(Slot) + texts_.size() * sizeof(Text) + arena_.state_bytes();
  }

 private:
  static constexpr uint32_t kEmpty = UINT32_MAX;

  struct Slot {
    Text text;
    uint32_t number = kEmpty;
  };

  [[gnu::noinline]] uint32_t add(const Text& text, size_t place) {
    const auto number = static_cast<uint32_t>(texts_.size());
    texts_.push_back(text.owned_by(arena_));
    slots_[place] = {texts_.back(), number};
    if (texts_.size() * 2 > slots_.size()) grow();
    return number;
  }

  void grow() {
    std::vector<Slot> slots(slots_.size() * 2);
    for (uint32_t number = 0; number < texts_.size(); ++number) {
      size_t i = texts_[number].hash() >> 32 & (slots.size() - 1);
      while (slots[i].number != kEmpty) i = (i + 1) & (slots.size() - 1);
      slots[i] = {texts_[number], number};
    }
    slots_ = std::move(slots);
  }

  std::vector<Slot> slots_;
  std::vector<Text> texts_;
  TextArena arena_;
};

}  // namespace sqlmill::bench::baseline
