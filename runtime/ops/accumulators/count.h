// count(*), count(x)
#pragma once

#include "runtime/ops/accumulators/accumulator.h"

namespace sqlmill::rt::agg {

template <class T, bool kAppendOnly>
class Count {
 public:
  void add(int64_t weight) { count_ += weight; }
  void add(Heap&, const T&, int64_t weight) { count_ += weight; }
  int64_t value(Context&) const { return count_; }
  void release(Heap&) {}
  template <class Self, class Visit>
  static void visit_state(Self& self, Visit&& visit) {
    visit(self.count_);
  }

 private:
  int64_t count_ = 0;
};

struct NoArgument {};
template <bool kAppendOnly>
using CountRows = Count<NoArgument, kAppendOnly>;

}  // namespace sqlmill::rt::agg
