// Who gives its duty away holds up nobody, and all come to an end.
#if __has_include(<catch2/catch_test_macros.hpp>)
#include <catch2/catch_test_macros.hpp>
#else
#include <catch2/catch.hpp>
#endif

#include <atomic>
#include <latch>
#include <stdexcept>
#include <thread>

#include "runtime/base/duty.h"
#include "runtime/pgwire/loops.h"

using namespace sqlmill::rt;
using pgwire::Loops;

TEST_CASE("A handler that gives its duty away may wait for others of its loop") {
  Loops loops(1, 4);
  std::latch second(1);
  std::latch third(1);
  std::atomic<int> ended = 0;
  loops.post([&] {
    base::give_duty_away();
    base::give_duty_away();  // Nothing more happens.
    second.wait();
    ++ended;
  });
  loops.post([&] {
    base::give_duty_away();
    third.wait();
    second.count_down();
    ++ended;
  });
  loops.post([&] {
    third.count_down();
    ++ended;
  });
  loops.start();
  loops.join();
  CHECK(ended == 3);
}

TEST_CASE("A loop whose duty nobody could take goes on when a thread is free") {
  Loops loops(2, 3);
  std::latch all(3);
  std::atomic<int> ended = 0;
  const auto wait_for_all = [&] {
    base::give_duty_away();
    all.arrive_and_wait();
    ++ended;
  };
  loops.post(wait_for_all);
  loops.post(wait_for_all);
  loops.post(wait_for_all);  // No thread is left, until it has arrived.
  loops.post([&] { ++ended; });
  loops.start();
  loops.join();
  CHECK(ended == 4);
}

TEST_CASE("What a handler throws is logged, with and without its duty") {
  Loops loops(1, 2);
  std::atomic<int> ended = 0;
  loops.post([] { throw std::runtime_error("this is a test"); });
  loops.post([] {
    base::give_duty_away();
    throw std::runtime_error("this is a test, too");
  });
  loops.post([&] { ++ended; });
  loops.start();
  loops.join();
  CHECK(ended == 1);
}

TEST_CASE("Many handlers of several threads") {
  Loops loops(2, 8);
  std::atomic<int> ended = 0;
  loops.start();
  for (int i = 0; i < 5'000; ++i) {
    loops.post([&ended, i] {
      if (i % 7 == 0) base::give_duty_away();
      ++ended;
    });
  }
  loops.join();
  CHECK(ended == 5'000);
  CHECK(base::Duty::current() == nullptr);
}
