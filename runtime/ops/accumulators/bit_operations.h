// bit_and(x), bit_or(x), bit_xor(x) of integers. To take a value back from AND and OR, one must know how
// often each bit is set.
#pragma once

#include <type_traits>

#include "runtime/ops/accumulators/accumulator.h"

namespace sqlmill::rt::agg {

/// How often each bit is set, and how many values there are.
template <class T, bool kAppendOnly>
class BitCounts {
 public:
  void add(Heap&, T value, int64_t weight) {
    for (size_t bit = 0; bit < kBits; ++bit) {
      if (static_cast<Bits>(value) >> bit & 1) counts_[bit] += weight;
    }
    count_ += weight;
  }
  void release(Heap&) {}
  template <class Self, class Visit>
  static void visit_state(Self& self, Visit&& visit) {
    visit(self.counts_, self.count_);
  }

 protected:
  using Bits = std::make_unsigned_t<T>;

  bool empty() const { return count_ == 0; }
  T all() const { return set_in(count_); }
  T any() const { return set_in(1); }

 private:
  static constexpr size_t kBits = sizeof(T) * 8;

  T set_in(int64_t at_least) const {
    Bits bits = 0;
    for (size_t bit = 0; bit < kBits; ++bit) {
      if (counts_[bit] >= at_least) bits |= static_cast<Bits>(Bits{1} << bit);
    }
    return static_cast<T>(bits);
  }

  int64_t counts_[kBits] = {};
  int64_t count_ = 0;
};

template <class T>
class BitCounts<T, true> {
 public:
  void add(Heap&, T value, int64_t) {
    all_ = static_cast<T>(all_ & value);
    any_ = static_cast<T>(any_ | value);
    empty_ = false;
  }
  void release(Heap&) {}
  template <class Self, class Visit>
  static void visit_state(Self& self, Visit&& visit) {
    visit(self.all_, self.any_, self.empty_);
  }

 protected:
  bool empty() const { return empty_; }
  T all() const { return all_; }
  T any() const { return any_; }

 private:
  T all_ = static_cast<T>(-1);
  T any_ = 0;
  bool empty_ = true;
};

template <class T, bool kAppendOnly>
struct BitAnd : BitCounts<T, kAppendOnly> {
  Nullable<T> value(Context&) const { return this->empty() ? Nullable<T>() : this->all(); }
};
template <class T, bool kAppendOnly>
struct BitOr : BitCounts<T, kAppendOnly> {
  Nullable<T> value(Context&) const { return this->empty() ? Nullable<T>() : this->any(); }
};

/// Taking a value back is adding it again.
template <class T, bool kAppendOnly>
class BitXor {
 public:
  void add(Heap&, T value, int64_t weight) {
    if (weight & 1) bits_ = static_cast<T>(bits_ ^ value);
    count_ += weight;
  }
  Nullable<T> value(Context&) const { return count_ == 0 ? Nullable<T>() : bits_; }
  void release(Heap&) {}
  template <class Self, class Visit>
  static void visit_state(Self& self, Visit&& visit) {
    visit(self.count_, self.bits_);
  }

 private:
  int64_t count_ = 0;
  T bits_ = 0;
};

}  // namespace sqlmill::rt::agg
