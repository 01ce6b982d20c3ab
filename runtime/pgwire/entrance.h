// What a client says before its session begins: start-up packets, then the messages of the login. As a
// session it knows no socket: it reads what has come, and appends what is to be said.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>

#include "runtime/pgwire/login.h"
#include "runtime/pgwire/messages.h"
#include "runtime/pgwire/session.h"
#include "runtime/pgwire/sessions.h"
#include "runtime/pgwire/startup.h"

namespace sqlmill::rt::pgwire {

class Entrance {
 public:
  static constexpr size_t kMaxConnections = 10'000;

  /// Of a server; it outlives its entrances.
  struct House {
    const Users& users;
    PasswordMethod password_method;
    bool has_tls;
    std::string end_point;  // Of TLS, for channel binding (scram.h); empty: none.
    Sessions& sessions;
    const std::atomic<size_t>& connections;
  };
  Entrance(const House& house, bool is_local) : house_(house), peer_{is_local, false} {}

  /// kTls: behind what is in `out` the client begins the handshake, and all that comes then is encrypted.
  /// kSession: the user is let in. kClose: all has been said.
  enum class Next : uint8_t { kRead, kTls, kSession, kClose };
  /// Handles what has come. Throws WireError and ProtocolError for who is refused.
  Next work(MessageBuffer& in, std::string& out);

  /// With what the session begins, once the user is let in. Throws WireError for a setting that cannot be.
  Settings settings() const;
  SessionInfo info() const;

 private:
  Next start_up(const Message& message, bool is_last, std::string& out);
  Next begin_login(StartupRequest request, std::string& out);
  Next log_in(const Message& message, std::string& out);

  const House& house_;
  Peer peer_;
  StartupRequest request_{};
  std::optional<Login> login_;
};

}  // namespace sqlmill::rt::pgwire
