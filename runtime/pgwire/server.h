// PostgreSQL's protocol on a port: accepts connections and runs their sessions on threads that take turns.
#pragma once

#include <memory>
#include <stdexcept>
#include <string>

#include "runtime/pgwire/server_options.h"
#include "runtime/query/database.h"

namespace sqlmill::rt::pgwire {

/// Something about the options is wrong, or the port is taken. The message says what and what to do.
class ListenError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

class Server {
 public:
  /// Listens from here on. `database` must outlive it. Throws ListenError.
  Server(query::Database& database, const ServerOptions& options);
  /// Ends all sessions; statements that run are stopped.
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// Where it listens: `127.0.0.1:4566`.
  const std::string& address() const;

 private:
  class Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace sqlmill::rt::pgwire
