// bool_or(x), bool_and(x), every(x)
#pragma once

#include "runtime/ops/accumulators/accumulator.h"

namespace sqlmill::rt::agg {

/// How many of the values are true and false: all that either aggregate needs, retractable or not.
template <bool kAppendOnly>
class BooleanCounts {
 public:
  void add(Heap&, bool value, int64_t weight) { (value ? true_ : false_) += weight; }
  bool any_true() const { return true_ > 0; }
  bool any_false() const { return false_ > 0; }
  template <class Self, class Visit>
  static void visit_state(Self& self, Visit&& visit) {
    visit(self.true_, self.false_);
  }

 private:
  int64_t true_ = 0;
  int64_t false_ = 0;
};

template <>
class BooleanCounts<true> {
 public:
  void add(Heap&, bool value, int64_t) { seen_ |= value ? kTrue : kFalse; }
  bool keeps(bool value) const { return seen_ & (value ? kTrue : kFalse); }
  bool any_true() const { return seen_ & kTrue; }
  bool any_false() const { return seen_ & kFalse; }
  template <class Self, class Visit>
  static void visit_state(Self& self, Visit&& visit) {
    visit(self.seen_);
  }

 private:
  static constexpr uint8_t kTrue = 1;
  static constexpr uint8_t kFalse = 2;
  uint8_t seen_ = 0;
};

template <class T, bool kAppendOnly>
class BoolOr : public BooleanCounts<kAppendOnly> {
 public:
  Nullable<bool> value(Context&) const {
    if (this->any_true()) return true;
    return this->any_false() ? Nullable<bool>(false) : Nullable<bool>();
  }
  void release(Heap&) {}
};

template <class T, bool kAppendOnly>
class BoolAnd : public BooleanCounts<kAppendOnly> {
 public:
  Nullable<bool> value(Context&) const {
    if (this->any_false()) return false;
    return this->any_true() ? Nullable<bool>(true) : Nullable<bool>();
  }
  void release(Heap&) {}
};

}  // namespace sqlmill::rt::agg
