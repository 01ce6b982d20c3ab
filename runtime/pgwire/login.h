// From the start-up packet to AuthenticationOk.
#pragma once

#include <optional>
#include <string>

#include "runtime/pgwire/messages.h"
#include "runtime/pgwire/scram.h"
#include "runtime/pgwire/server_options.h"
#include "runtime/pgwire/startup.h"
#include "runtime/pgwire/users.h"

namespace sqlmill::rt::pgwire {

/// Where a client is.
struct Peer {
  bool is_local;   // On this machine.
  bool is_secure;  // The connection is encrypted.
};

class Login {
 public:
  /// `end_point`: of the connection, for channel binding (scram.h); empty: none.
  Login(const Users& users, PasswordMethod method, Peer peer, std::string user, std::string end_point = {})
      : users_(users),
        method_(method),
        peer_(peer),
        name_(std::move(user)),
        end_point_(std::move(end_point)) {}

  /// What the server says first. Throws WireError for who may not connect.
  void begin(std::string& out);
  /// A message of type `p`. Throws WireError when the password is wrong.
  void password(std::string_view body, std::string& out);
  /// The user has been let in, and was told so.
  bool is_done() const { return is_done_; }
  bool is_read_only() const { return user_->is_read_only; }

 private:
  enum class Step : uint8_t { kCleartext, kSaslFirst, kSaslLast };

  void let_in(std::string& out);
  [[noreturn]] void refuse() const;

  const Users& users_;
  const PasswordMethod method_;
  const Peer peer_;
  const std::string name_;
  const std::string end_point_;
  const User* user_ = nullptr;
  Step step_ = Step::kCleartext;
  std::optional<ScramExchange> scram_;
  bool is_done_ = false;
};

}  // namespace sqlmill::rt::pgwire
