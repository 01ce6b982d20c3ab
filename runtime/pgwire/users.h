// Who may connect: a file with a line for each user,
//
//   # name      password, or its verifier as PostgreSQL keeps it                       read-only
//   admin       "correct horse"
//   grafana     SCRAM-SHA-256$4096:…                                                   read-only
//   local
//
// in which names and passwords may stand in double quotes ("" is a quote). A user without a password may
// connect from this machine only.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "runtime/pgwire/scram.h"

namespace sqlmill::rt::pgwire {

struct User {
  std::optional<ScramVerifier> verifier;  // Nothing: no password.
  bool is_read_only = false;
};

class Users {
 public:
  /// Everybody on this machine.
  Users() = default;
  /// Throws std::runtime_error with a message that says what is wrong with the file.
  static Users read(const std::string& path);
  static Users parse(std::string_view text, const std::string& path);

  /// Whether nobody has a password.
  bool is_open() const { return !has_passwords_; }
  /// Null: there is no such user.
  const User* find(std::string_view name) const;

 private:
  bool is_everybody_ = true;
  bool has_passwords_ = false;
  std::map<std::string, User, std::less<>> users_;
};

}  // namespace sqlmill::rt::pgwire
