// A small client of the same protocol, for one statement at a time.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

#include "runtime/pgwire/row_writer.h"
#include "runtime/sql/vector.h"

namespace sqlmill::rt::pgwire {

struct ClientOptions {
  std::string host;
  uint16_t port;
  std::string user;
  std::string password;  // Empty: none.
};

/// The server is not there, or says no. The message is for the user.
class ClientError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

class Client {
 public:
  /// Connects and logs in. Throws ClientError, as everything here does.
  explicit Client(const ClientOptions& options);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  /// Sends the statement, and waits until it is known what it gives.
  void run(std::string_view sql);
  const Columns& columns() const;
  /// The next rows; null at the end. Valid until the next call.
  const sql::Chunk* next();
  /// At the end: `INSERT 0 1`.
  const std::string& tag() const;

 private:
  class Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace sqlmill::rt::pgwire
