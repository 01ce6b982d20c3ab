// The event loops of a server and the threads that run them. Each loop has one thread on duty, which waits
// for the loop's sockets and runs its handlers. When a handler gives the duty away (runtime/base/duty.h), a
// thread that has none goes on with the loop; the one that was on duty goes behind its handler to those that
// have none.
#pragma once

#include <asio/executor_work_guard.hpp>
#include <asio/io_context.hpp>
#include <atomic>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <semaphore>
#include <thread>
#include <vector>

namespace sqlmill::rt::pgwire {

class Loops {
 public:
  /// `threads` must exceed the number of handlers that may run at a time without the duty by `loops` at
  /// least.
  Loops(size_t loops, size_t threads);
  Loops(const Loops&) = delete;
  Loops& operator=(const Loops&) = delete;

  asio::io_context& first() { return loops_.front()->io; }
  /// Each in its turn.
  asio::io_context& next() { return loops_[next_++ % loops_.size()]->io; }
  /// A handler of the next one.
  void post(std::function<void()> handler);
  /// Handlers may run from here on.
  void start();
  /// Returns when no loop has anything left to do.
  void join();

 private:
  struct Loop {
    asio::io_context io;
    asio::executor_work_guard<asio::io_context::executor_type> work{io.get_executor()};
  };
  /// A thread without duty.
  struct Idle {
    std::binary_semaphore wake{0};
    Loop* loop = nullptr;  // Which it is to run; null: all are at their end.
  };
  class Turn;

  void run(Idle& idle);
  /// Null: all loops are at their end.
  Loop* wait_for_duty(Idle& idle);
  void take_turn(Loop& loop);
  void give(Loop& loop);
  void end();

  std::vector<std::unique_ptr<Loop>> loops_;
  std::vector<Idle> places_;  // Of each thread.
  std::atomic<size_t> next_ = 0;
  std::mutex mutex_;  // For what follows.
  size_t running_;
  std::deque<Loop*> without_thread_;
  std::vector<Idle*> idle_;  // The last one has been so for the shortest time, and is woken first.
  std::vector<std::thread> threads_;
};

}  // namespace sqlmill::rt::pgwire
