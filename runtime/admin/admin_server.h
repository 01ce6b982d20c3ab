// HTTP for those who look after a pipeline: /ready for a load balancer or Kubernetes, /metrics for
// Prometheus.
#pragma once

#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>

#include "runtime/query/database.h"

namespace sqlmill::rt::admin {

class ListenError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Answers from its making on, `recovering` at first.
class AdminServer {
 public:
  /// Port 0 takes a free one. Throws ListenError.
  AdminServer(const std::string& host, uint16_t port);
  ~AdminServer();
  AdminServer(const AdminServer&) = delete;
  AdminServer& operator=(const AdminServer&) = delete;

  /// Where it listens: `127.0.0.1:9400`.
  const std::string& address() const;
  /// From here on queries are answered. The database must live until stop().
  void serve(query::Database& database);
  /// When the engine gives readers nothing more, so that no request waits for it. /ready says so from then
  /// on.
  void stop();

 private:
  class Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace sqlmill::rt::admin
