// The counters of a kernel, as the engine reports them.
#pragma once

#include "runtime/engine/dataflow.h"

namespace sqlmill::rt::engine {

template <class Kernel>
OperatorCounters count(std::string_view name, const Kernel& kernel) {
  OperatorCounters all;
  all.name = name;
  all.rows_in = kernel.counters().rows_in;
  all.touched = kernel.counters().touched;
  all.rows_out = kernel.counters().rows_out;
  all.records = kernel.records();
  all.state_bytes = kernel.state_bytes();
  return all;
}

}  // namespace sqlmill::rt::engine
