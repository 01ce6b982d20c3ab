// The first packet of a connection, which has no type: what the client wants to begin.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace sqlmill::rt::pgwire {

struct SslRequest {};
struct GssRequest {};
struct CancelRequest {
  int32_t process;
  int32_t secret;
};
/// Of protocol 3.x.
struct StartupRequest {
  int minor_version;
  std::vector<std::pair<std::string, std::string>> parameters;  // As given, `options` taken apart.
  std::vector<std::string> unknown_options;                     // Of the protocol: `_pq_.…`.

  /// Empty: it was not given.
  std::string_view parameter(std::string_view name) const;
};

/// Throws ProtocolError; WireError for a version that is not 3.x.
std::variant<SslRequest, GssRequest, CancelRequest, StartupRequest> read_startup(std::string_view body);

}  // namespace sqlmill::rt::pgwire
