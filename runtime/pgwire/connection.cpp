#include "runtime/pgwire/connection.h"

#include <fmt/format.h>
#include <poll.h>
#include <spdlog/spdlog.h>
#include <sys/socket.h>

#include <asio/bind_executor.hpp>
#include <asio/executor_work_guard.hpp>
#include <asio/post.hpp>
#include <asio/write.hpp>
#include <chrono>
#include <utility>

#include "runtime/base/duty.h"
#include "runtime/pgwire/error_mapping.h"

namespace sqlmill::rt::pgwire {

namespace {

constexpr size_t kReadBytes = 8 * 1024;
constexpr std::chrono::seconds kLoginTime(60);
constexpr std::chrono::seconds kClosingTime(2);
/// What is kept of the output buffer between two messages.
constexpr size_t kKeptOutputBytes = 256 * 1024;

bool is_loopback(const asio::ip::tcp::socket& socket) {
  asio::error_code error;
  const asio::ip::address address = socket.remote_endpoint(error).address();
  if (error) return false;
  if (address.is_v6() && address.to_v6().is_v4_mapped())
    return asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6()).is_loopback();
  return address.is_loopback();
}

}  // namespace

Connection::Connection(asio::ip::tcp::socket socket, asio::io_context& io, Hub& hub)
    : socket_(std::move(socket)),
      handle_(socket_.native_handle()),
      hub_(hub),
      deadline_(socket_.get_executor()),
      alarm_(io),
      wait_(socket_.get_executor()) {
  ++hub_.connections;
}

Connection::~Connection() {
  session_.reset();
  if (key_.process != 0) hub_.sessions.remove(key_.process);
  --hub_.connections;
}

template <class Use>
void Connection::with_stream(Use use) {
  if (tls_)
    use(*tls_);
  else
    use(socket_);
}

void Connection::start() {
  asio::error_code ignored;
  socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
  socket_.set_option(asio::socket_base::keep_alive(true), ignored);
  socket_.non_blocking(true, ignored);
  entrance_.emplace(hub_.house, is_loopback(socket_));
  deadline_.expires_after(kLoginTime);
  deadline_.async_wait([self = weak_from_this()](const asio::error_code& error) {
    const auto connection = self.lock();
    if (!error && connection) connection->close_now();
  });
  read();
}

void Connection::close() {
  asio::post(socket_.get_executor(), [self = shared_from_this()] { self->close_now(); });
}

/// While a statement runs nothing is read, so nothing says that the client has gone. If the socket is closed
/// at this moment, and its number is another one's, the statement has ended and there is nothing to stop.
void Connection::check_client() {
  if (!interrupt_->is_running()) return;
  pollfd socket{handle_, POLLRDHUP, 0};
  if (::poll(&socket, 1, 0) > 0) interrupt_->interrupt(InterruptReason::kGone);
}

void Connection::close_now() {
  asio::error_code ignored;
  deadline_.cancel();
  if (is_shaking_hands_) {  // It fails, and comes here again.
    ::shutdown(handle_, SHUT_RDWR);
    return;
  }
  wait_.cancel();
  socket_.shutdown(asio::ip::tcp::socket::shutdown_both, ignored);
  socket_.close(ignored);
}

void Connection::read() {
  char* room = in_.room(kReadBytes);
  with_stream([&](auto& stream) {
    stream.async_read_some(asio::buffer(room, in_.room_size()),
                           [self = shared_from_this()](const asio::error_code& error, size_t bytes) {
                             if (error) return self->close_now();
                             self->in_.filled(bytes);
                             self->advance();
                           });
  });
}

void Connection::advance() {
  try {
    if (!session_) return handle_entrance();
    if (session_->idle_limit().count() > 0) deadline_.cancel();
    return enter_session();
  } catch (...) {
    WireError error = current_wire_error();
    refuse(error.is_fatal() ? error
                            : WireError(Severity::kFatal, error.sqlstate(), error.what(), error.hint()));
  }
}

// ---- Start-up and login ----

void Connection::handle_entrance() {
  switch (entrance_->work(in_, out_)) {
    case Entrance::Next::kRead:
      return write(Session::Next::kRead);
    case Entrance::Next::kTls:
      return asio::async_write(socket_, asio::buffer(out_),
                               [self = shared_from_this()](const asio::error_code& error, size_t) {
                                 if (error) return self->close_now();
                                 self->begin_tls();
                               });
    case Entrance::Next::kSession:
      return begin_session();
    case Entrance::Next::kClose:
      return write(Session::Next::kClose);
  }
}

void Connection::begin_tls() {
  out_.clear();
  tls_.emplace(socket_, *hub_.tls);
  is_shaking_hands_ = true;
  // The loop must not end while the next step is nobody's but the other executor's.
  auto work = asio::make_work_guard(socket_.get_executor());
  auto shaken = [self = shared_from_this(), work = std::move(work)](const asio::error_code& error) mutable {
    const auto executor = self->socket_.get_executor();
    asio::post(executor, [self = std::move(self), error] {
      self->is_shaking_hands_ = false;
      if (error) return self->close_now();
      self->read();
    });
  };
  tls_->async_handshake(asio::ssl::stream_base::server,
                        asio::bind_executor(hub_.handshakes, std::move(shaken)));
}

void Connection::begin_session() {
  Settings settings = entrance_->settings();
  SessionInfo info = entrance_->info();
  key_ = hub_.sessions.add(interrupt_, info.user, info.database);
  info.process = key_.process;
  info.secret = key_.secret;
  entrance_.reset();
  deadline_.cancel();
  session_.emplace(hub_.database, std::move(settings), std::move(info), *interrupt_,
                   static_cast<Alarm&>(*this), [weak = weak_from_this()] {
                     std::shared_ptr<Connection> connection = weak.lock();
                     if (!connection) return;
                     // Moved, so that the last reference never ends on the thread that wakes it.
                     const auto executor = connection->socket_.get_executor();
                     asio::post(executor, [connection = std::move(connection)] { connection->wake(); });
                   });
  session_->greet(out_);
  // Who is sure to be let in may have sent more already.
  write(in_.empty() ? Session::Next::kRead : Session::Next::kWrite);
}

// ---- The session ----

/// Works at once if there is a place, or else when there is one.
void Connection::enter_session() {
  const bool has_place = hub_.places.enter([this] {
    return
        [self = shared_from_this()] { asio::post(self->socket_.get_executor(), [self] { self->work(); }); };
  });
  if (has_place) work();
}

void Connection::work() {
  const Session::Next next = session_->work(in_, out_);
  hub_.places.leave();
  write(next);
}

void Connection::write(Session::Next next) {
  if (next == Session::Next::kRead) write_at_once();
  if (out_.empty()) return written(next);
  with_stream([&](auto& stream) {
    asio::async_write(stream, asio::buffer(out_),
                      [self = shared_from_this(), next](const asio::error_code& error, size_t) {
                        if (error) return self->close_now();
                        self->written(next);
                      });
  });
}

/// An answer mostly fits the socket's buffer: then no other thread has to be woken to hear that it was sent.
void Connection::write_at_once() {
  if (tls_ || out_.empty()) return;
  asio::error_code error;  // Whatever it is, the next write meets it again.
  out_.erase(0, socket_.write_some(asio::buffer(out_), error));
}

void Connection::written(Session::Next next) {
  out_.clear();
  if (out_.capacity() > kKeptOutputBytes) out_.shrink_to_fit();
  switch (next) {
    case Session::Next::kRead:
      if (session_) guard_idle();
      return read();
    case Session::Next::kWrite:
      return enter_session();
    case Session::Next::kWait:
      return wait();
    case Session::Next::kClose:
      return finish();
  }
}

/// No thread waits, and no place is taken.
void Connection::wait() {
  if (std::exchange(is_woken_, false)) return enter_session();
  wait_.expires_at(session_->wait_until());
  wait_.async_wait([self = shared_from_this()](const asio::error_code&) {
    self->is_woken_ = false;
    if (self->socket_.is_open()) self->enter_session();
  });
}

void Connection::wake() {
  is_woken_ = true;
  wait_.cancel();
}

/// A session that is idle in a transaction keeps its epoch.
void Connection::guard_idle() {
  const std::chrono::milliseconds limit = session_->idle_limit();
  if (limit.count() == 0) return;
  deadline_.expires_after(limit);
  deadline_.async_wait([self = weak_from_this()](const asio::error_code& error) {
    const auto connection = self.lock();
    if (error || !connection || !connection->socket_.is_open()) return;
    // It is being read from: that ends with an error when the socket goes, behind this message.
    std::string message;
    write_error(
        WireError(Severity::kFatal, "25P03", "terminating connection due to idle-in-transaction timeout"),
        message);
    asio::error_code ignored;
    if (!connection->tls_) connection->socket_.write_some(asio::buffer(message), ignored);
    connection->close_now();
  });
}

void Connection::refuse(const WireError& error) {
  write_error(error, out_);
  write(Session::Next::kClose);
}

/// All has been said.
void Connection::finish() {
  base::give_duty_away();  // What the session has kept may be much.
  session_.reset();
  if (!tls_) return close_now();
  deadline_.expires_after(kClosingTime);
  deadline_.async_wait([self = weak_from_this()](const asio::error_code& error) {
    const auto connection = self.lock();
    if (!error && connection) connection->close_now();
  });
  tls_->async_shutdown([self = shared_from_this()](const asio::error_code&) { self->close_now(); });
}

// ---- Alarm ----

void Connection::set(std::chrono::milliseconds time, uint64_t statement) {
  has_alarm_ = true;
  alarm_.expires_after(time);
  alarm_.async_wait([interrupt = interrupt_, statement](const asio::error_code& error) {
    if (!error) interrupt->interrupt(InterruptReason::kTimeout, statement);
  });
}

void Connection::clear() {
  if (std::exchange(has_alarm_, false)) alarm_.cancel();
}

}  // namespace sqlmill::rt::pgwire
