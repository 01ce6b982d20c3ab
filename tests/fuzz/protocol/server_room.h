// A database with a table and a view, and the sessions that dialogues are held with: from the start-up packet
// on, as the server holds them, but without sockets.
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <semaphore>
#include <string_view>
#include <thread>

#include "runtime/engine/engine.h"
#include "runtime/pgwire/sessions.h"
#include "runtime/pgwire/users.h"
#include "runtime/query/database.h"
#include "tests/fuzz/protocol/dialogue.h"

namespace sqlmill::fuzz {

class Guest;

class ServerRoom {
 public:
  /// A statement that runs for longer is cancelled.
  explicit ServerRoom(std::chrono::milliseconds patience);
  ~ServerRoom();

  /// Whatever the clients send, the sessions answer, end, or wait for more: otherwise it aborts. Afterwards
  /// the table is as before.
  void hold(const Dialogue& dialogue);
  /// Messages that clients were answered with so far, and those of them that are rows: whether the dialogues
  /// are any good.
  size_t answers() const { return answers_; }
  size_t rows() const { return rows_; }

 private:
  friend class Guest;

  void watch(const std::stop_token& stop);
  void run(std::string_view sql);

  rt::engine::Engine engine_;
  rt::query::Database database_;
  const rt::pgwire::Users users_;
  rt::pgwire::Sessions sessions_;
  const std::atomic<size_t> connections_ = 1;
  const std::chrono::steady_clock::duration patience_;
  std::atomic<bool> is_changed_ = true;
  size_t answers_ = 0;
  size_t rows_ = 0;
  /// When the session that works began to, in ticks of the steady clock; 0: none does.
  std::atomic<int64_t> working_since_ = 0;
  std::binary_semaphore is_over_{0};
  std::thread epochs_;
  std::jthread watchman_;
};

}  // namespace sqlmill::fuzz
