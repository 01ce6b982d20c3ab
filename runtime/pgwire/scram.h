// SCRAM-SHA-256 (RFC 5802, RFC 7677), both sides, and the verifiers in which passwords are kept. The server's
// side also with channel binding, SCRAM-SHA-256-PLUS: the client proves that it sees the same certificate.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace sqlmill::rt::pgwire {

/// What a server must know of a password, which is not the password.
struct ScramVerifier {
  std::string salt;
  int iterations;
  std::string stored_key;
  std::string server_key;
};

/// With a salt of its own.
ScramVerifier make_verifier(std::string_view password);
/// PostgreSQL's form, `SCRAM-SHA-256$4096:salt$stored:server`. Nothing: the text has another.
std::optional<ScramVerifier> parse_verifier(std::string_view text);
bool matches(const ScramVerifier& verifier, std::string_view password);

/// One login. Throws ProtocolError for a message that is none of SCRAM's.
class ScramExchange {
 public:
  /// Null: there is no such user. The exchange is the same, and fails at its end. `end_point`: what
  /// `tls-server-end-point` is here (RFC 5929); empty: the client was not offered channel binding.
  ScramExchange(const ScramVerifier* verifier, std::string_view user, std::string end_point = {});

  /// The server's first message. `is_bound`: the client has chosen channel binding.
  std::string first(std::string_view client_first, bool is_bound = false);
  /// The server's last one; nothing: the password is wrong.
  std::optional<std::string> last(std::string_view client_last);

 private:
  /// Returns what follows the header of the client's first message.
  std::string_view take_header(std::string_view client_first, bool is_bound);

  ScramVerifier verifier_;
  bool is_known_;
  const std::string end_point_;
  std::string binding_;  // What the client's last message must have.
  std::string client_first_bare_;
  std::string server_first_;
  std::string nonce_;
};

/// The client's side. Throws ProtocolError for what is no answer.
class ScramClient {
 public:
  explicit ScramClient(std::string password);

  const std::string& first() const { return first_; }
  std::string last(std::string_view server_first);
  /// Whether the server knows the password, by its last message.
  bool is_right(std::string_view server_last) const;

 private:
  const std::string password_;
  const std::string nonce_;
  const std::string first_;
  std::string server_signature_;
};

/// From the system's source of randomness.
std::string random_bytes(size_t count);

}  // namespace sqlmill::rt::pgwire
