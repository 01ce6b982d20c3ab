// One client's socket: start-up, TLS, login, then its session. At any moment it either waits for the client
// to send, or to read, or has its session work; so its buffers are bounded, and nothing in it is locked.
#pragma once

#include <asio/any_io_executor.hpp>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/ssl/context.hpp>
#include <asio/ssl/stream.hpp>
#include <asio/steady_timer.hpp>
#include <atomic>
#include <memory>
#include <optional>
#include <string>

#include "runtime/pgwire/entrance.h"
#include "runtime/pgwire/messages.h"
#include "runtime/pgwire/session.h"
#include "runtime/pgwire/sessions.h"

namespace sqlmill::rt::pgwire {

/// Of a server; it outlives its connections.
struct Hub {
  query::Database& database;
  Entrance::House house;
  asio::ssl::context* tls;  // Null: none.
  /// Where handshakes are worked on: each is a millisecond or more of arithmetic, which many at a time would
  /// put in the way of what is asked on other connections of the loop.
  asio::any_io_executor handshakes;
  Sessions& sessions;
  Places& places;
  std::atomic<size_t>& connections;
};

class Connection : public std::enable_shared_from_this<Connection>, private Alarm {
 public:
  /// The socket's executor is a strand of `io`.
  Connection(asio::ip::tcp::socket socket, asio::io_context& io, Hub& hub);
  ~Connection() override;

  void start();
  // For any thread.

  void close();
  /// Stops the statement that runs if nobody waits for its answer any more.
  void check_client();

 private:
  template <class Use>
  void with_stream(Use use);
  void read();
  void advance();
  void handle_entrance();
  void begin_tls();
  void begin_session();
  void enter_session();
  void work();
  void write(Session::Next next);
  void write_at_once();
  void written(Session::Next next);
  void refuse(const WireError& error);
  void finish();
  void close_now();
  void guard_idle();
  void wait();
  void wake();

  void set(std::chrono::milliseconds time, uint64_t statement) override;
  void clear() override;

  asio::ip::tcp::socket socket_;
  const int handle_;  // Of the socket.
  Hub& hub_;
  std::optional<asio::ssl::stream<asio::ip::tcp::socket&>> tls_;
  bool is_shaking_hands_ = false;  // Then the socket is used elsewhere.
  asio::steady_timer deadline_;    // Of the login, of being idle in a transaction, of the end.
  asio::steady_timer alarm_;       // Of a statement.
  bool has_alarm_ = false;
  asio::steady_timer wait_;  // Of a session that waits.
  bool is_woken_ = false;
  MessageBuffer in_;
  std::string out_;
  std::optional<Entrance> entrance_;  // Until there is a session.
  const std::shared_ptr<Interrupt> interrupt_ = std::make_shared<Interrupt>();
  Sessions::Key key_{};
  std::optional<Session> session_;
};

}  // namespace sqlmill::rt::pgwire
