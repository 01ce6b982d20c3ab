// Waiting for whatever comes first of what several sources wait for.
#pragma once

#include <chrono>
#include <span>

namespace sqlmill::rt::engine {

/// What ends a wait: the descriptor is readable, or the time has come.
struct Wake {
  int descriptor = -1;  // None.
  std::chrono::steady_clock::time_point time = std::chrono::steady_clock::time_point::max();
};

/// Returns when one of `wakes` says so, after `at_most`, or earlier for no reason.
void wait_for_first(std::span<const Wake> wakes, std::chrono::milliseconds at_most);

}  // namespace sqlmill::rt::engine
