#include "runtime/pgwire/connection.h"

#include <fmt/format.h>
#include <poll.h>
#include <spdlog/spdlog.h>

#include <asio/bind_executor.hpp>
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
  peer_ = {is_loopback(socket_), false};
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
    switch (phase_) {
      case Phase::kStartup:
        return handle_startup();
      case Phase::kLogin:
        return handle_login();
      case Phase::kSession:
        if (session_->idle_limit().count() > 0) deadline_.cancel();
        return enter_session();
    }
  } catch (...) {
    WireError error = current_wire_error();
    refuse(error.is_fatal() ? error
                            : WireError(Severity::kFatal, error.sqlstate(), error.what(), error.hint()));
  }
}

// ---- Start-up and login ----

void Connection::handle_startup() {
  const std::optional<Message> message = in_.next_startup();
  if (!message) return read();
  const auto request = read_startup(message->body);
  if (std::holds_alternative<SslRequest>(request) && hub_.tls && !tls_) {
    // What has come already was not encrypted, and nobody knows who has sent it.
    if (!in_.empty()) throw ProtocolError("received unencrypted data after SSL request");
    out_ = "S";
    return with_stream([&](auto& stream) {
      asio::async_write(stream, asio::buffer(out_),
                        [self = shared_from_this()](const asio::error_code& error, size_t) {
                          if (error) return self->close_now();
                          self->begin_tls();
                        });
    });
  }
  if (std::holds_alternative<SslRequest>(request) || std::holds_alternative<GssRequest>(request)) {
    out_ = "N";
    return write(Session::Next::kRead);
  }
  if (const auto* cancel = std::get_if<CancelRequest>(&request)) {
    hub_.sessions.cancel({cancel->process, cancel->secret});
    return finish();
  }
  begin_login(std::get<StartupRequest>(request));
}

void Connection::begin_tls() {
  out_.clear();
  tls_.emplace(socket_, *hub_.tls);
  peer_.is_secure = true;
  tls_->async_handshake(asio::ssl::stream_base::server,
                        [self = shared_from_this()](const asio::error_code& error) {
                          if (error) return self->close_now();
                          self->read();
                        });
}

void Connection::begin_login(const StartupRequest& request) {
  if (hub_.connections > kMaxConnections)
    throw WireError(Severity::kFatal, "53300", "sorry, too many clients already");
  request_ = request;
  if (request.minor_version > 0 || !request.unknown_options.empty()) {
    MessageWriter message(out_);
    message.begin('v').int32(0).int32(static_cast<int32_t>(request.unknown_options.size()));
    for (const std::string& option : request.unknown_options) message.string(option);
    message.end();
  }
  login_.emplace(hub_.users, hub_.password_method, peer_, std::string(request.parameter("user")));
  login_->begin(out_);
  phase_ = Phase::kLogin;
  if (login_->is_done()) return begin_session();
  write(Session::Next::kRead);
}

void Connection::handle_login() {
  const std::optional<Message> message = in_.next(kMaxPasswordBytes);
  if (!message) return read();
  if (message->type == 'X') return close_now();
  base::give_duty_away();
  if (message->type != 'p') throw ProtocolError("expected a password message");
  login_->password(message->body, out_);
  if (login_->is_done()) return begin_session();
  write(Session::Next::kRead);
}

void Connection::begin_session() {
  Settings settings;
  SessionInfo info;
  info.user = request_.parameter("user");
  info.database = request_.parameter("database");
  if (info.database.empty()) info.database = info.user;
  info.is_read_only = login_->is_read_only();
  settings.set_fixed("session_authorization", info.user);
  settings.set_fixed("is_superuser", info.is_read_only ? "off" : "on");
  settings.set_fixed("ssl", hub_.tls ? "on" : "off");
  for (const auto& [name, value] : request_.parameters) {
    if (name != "user" && name != "database" && name != "replication") settings.set_default(name, value);
  }
  if (info.is_read_only) settings.set_fixed("default_transaction_read_only", "on");
  key_ = hub_.sessions.add(interrupt_, info.user, info.database);
  info.process = key_.process;
  info.secret = key_.secret;
  info.all = &hub_.sessions;
  login_.reset();
  phase_ = Phase::kSession;
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
  write(Session::Next::kRead);
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
      if (phase_ == Phase::kSession) {
        guard_idle();
        return read();
      }
      // The next packet may have come with the last one.
      return in_.empty() ? read() : advance();
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
