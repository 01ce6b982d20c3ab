#include "runtime/pgwire/loops.h"

#include <spdlog/spdlog.h>

#include <asio/post.hpp>
#include <exception>
#include <utility>

#include "runtime/base/duty.h"

namespace sqlmill::rt::pgwire {

/// This thread's duty for a loop.
class Loops::Turn : public base::Duty {
 public:
  Turn(Loops& loops, Loop& loop) : loops_(loops), loop_(loop) {}
  void give_away() override {
    if (is_given_) return;
    is_given_ = true;
    loops_.give(loop_);
  }
  bool is_given() const { return is_given_; }

 private:
  Loops& loops_;
  Loop& loop_;
  bool is_given_ = false;
};

Loops::Loops(size_t loops, size_t threads) : places_(threads), running_(loops) {
  for (size_t i = 0; i < loops; ++i) {
    loops_.push_back(std::make_unique<Loop>());
    without_thread_.push_back(loops_.back().get());
  }
}

void Loops::post(std::function<void()> handler) {
  asio::post(next(), std::move(handler));
}

void Loops::start() {
  for (Idle& place : places_) threads_.emplace_back([this, &place] { run(place); });
}

void Loops::join() {
  for (const auto& loop : loops_) loop->work.reset();
  for (std::thread& thread : threads_) thread.join();
}

void Loops::run(Idle& idle) {
  while (Loop* loop = wait_for_duty(idle)) take_turn(*loop);
}

Loops::Loop* Loops::wait_for_duty(Idle& idle) {
  {
    const std::lock_guard lock(mutex_);
    idle.loop = nullptr;
    if (running_ == 0) return nullptr;
    if (!without_thread_.empty()) {
      Loop* const loop = without_thread_.front();
      without_thread_.pop_front();
      return loop;
    }
    idle_.push_back(&idle);
  }
  idle.wake.acquire();
  return idle.loop;
}

/// Handlers one by one, until one gives the duty away. What goes wrong with one connection, memory say, is no
/// matter of the others.
void Loops::take_turn(Loop& loop) {
  Turn turn(*this, loop);
  while (!turn.is_given()) {
    try {
      if (loop.io.run_one() > 0) continue;
      if (!turn.is_given()) end();
      return;
    } catch (const std::exception& error) {
      spdlog::error("a connection is lost: {}", error.what());
    }
  }
}

void Loops::give(Loop& loop) {
  Idle* next = nullptr;
  {
    const std::lock_guard lock(mutex_);
    if (idle_.empty()) {
      without_thread_.push_back(&loop);
      return;
    }
    next = idle_.back();
    idle_.pop_back();
  }
  next->loop = &loop;
  next->wake.release();
}

/// One loop has nothing left to do.
void Loops::end() {
  const std::lock_guard lock(mutex_);
  if (--running_ > 0) return;
  for (Idle* idle : idle_) idle->wake.release();
  idle_.clear();
}

}  // namespace sqlmill::rt::pgwire
