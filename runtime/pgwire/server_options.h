// What a server is told on the command line.
#pragma once

#include <cstdint>
#include <string>

#include "runtime/engine/change_log.h"

namespace sqlmill::rt::pgwire {

/// How passwords are asked for.
enum class PasswordMethod : uint8_t { kScram, kCleartext };

struct ServerOptions {
  std::string host = "127.0.0.1";
  uint16_t port = 4566;    // 0: any that is free.
  std::string users_file;  // Empty: everybody on this machine.
  PasswordMethod password_method = PasswordMethod::kScram;
  std::string certificate_file;  // Of TLS, PEM; empty: none.
  std::string key_file;
  engine::ChangeLogs::Bounds changes;  // What is kept for subscription cursors.
};

}  // namespace sqlmill::rt::pgwire
