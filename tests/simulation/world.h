// What decides all that is left to chance in a simulation: who goes on next, what fails, when the process
// ends. One thread, one seed: the same seed gives the same run.
#pragma once

#include <cstdint>
#include <cstdio>
#include <functional>
#include <random>
#include <stdexcept>
#include <string>

namespace simulation {

/// The process has been killed. Not a std::exception: nobody in the process can notice it.
struct Crash {};

/// Something is not as it was promised.
class Wrong : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

class World {
 public:
  World(uint64_t seed, bool tells) : random_(seed), tells_(tells) {}

  uint64_t below(uint64_t bound) { return random_() % bound; }
  bool one_in(uint64_t n) { return below(n) == 0; }
  /// A fault that is wanted in about so many.
  bool fails_once_in(uint64_t n) { return has_faults && one_in(n); }

  /// Called where the process waits for something outside: others go on meanwhile, and it may never return.
  void wait_outside(const char* where) {
    if (fails_once_in(kill_once_in)) {
      say(std::string("killed: ") + where);
      throw Crash();
    }
    if (others && depth_ < 3 && one_in(2)) {
      ++depth_;
      struct Leave {
        int& depth;
        ~Leave() { --depth; }
      } const leave{depth_};
      for (uint64_t i = 1 + below(3); i > 0; --i) others();
    }
  }

  void say(const std::string& what) const {
    if (tells_)
      std::printf("%s%s\n", std::string(2 * static_cast<size_t>(depth_), ' ').c_str(), what.c_str());
  }

  bool has_faults = true;
  uint64_t kill_once_in = 60;
  std::function<void()> others;

 private:
  std::mt19937_64 random_;
  const bool tells_;
  int depth_ = 0;
};

}  // namespace simulation
