#include "runtime/pgwire/entrance.h"

#include <utility>
#include <variant>

#include "runtime/base/duty.h"

namespace sqlmill::rt::pgwire {

Entrance::Next Entrance::work(MessageBuffer& in, std::string& out) {
  Next next = Next::kRead;
  while (next == Next::kRead) {
    const std::optional<Message> message = login_ ? in.next(kMaxPasswordBytes) : in.next_startup();
    if (!message) break;
    next = login_ ? log_in(*message, out) : start_up(*message, in.empty(), out);
  }
  return next;
}

Entrance::Next Entrance::start_up(const Message& message, bool is_last, std::string& out) {
  auto request = read_startup(message.body);
  if (std::holds_alternative<SslRequest>(request) && house_.has_tls && !peer_.is_secure) {
    // What has come already was not encrypted, and nobody knows who has sent it.
    if (!is_last) throw ProtocolError("received unencrypted data after SSL request");
    out += 'S';
    peer_.is_secure = true;
    return Next::kTls;
  }
  if (std::holds_alternative<SslRequest>(request) || std::holds_alternative<GssRequest>(request)) {
    out += 'N';
    return Next::kRead;
  }
  if (const auto* cancel = std::get_if<CancelRequest>(&request)) {
    house_.sessions.cancel({cancel->process, cancel->secret});
    return Next::kClose;
  }
  return begin_login(std::get<StartupRequest>(std::move(request)), out);
}

Entrance::Next Entrance::begin_login(StartupRequest request, std::string& out) {
  if (house_.connections > kMaxConnections)
    throw WireError(Severity::kFatal, "53300", "sorry, too many clients already");
  request_ = std::move(request);
  if (request_.minor_version > 0 || !request_.unknown_options.empty()) {
    MessageWriter message(out);
    message.begin('v').int32(0).int32(static_cast<int32_t>(request_.unknown_options.size()));
    for (const std::string& option : request_.unknown_options) message.string(option);
    message.end();
  }
  login_.emplace(house_.users, house_.password_method, peer_, std::string(request_.parameter("user")),
                 peer_.is_secure ? house_.end_point : std::string());
  login_->begin(out);
  return login_->is_done() ? Next::kSession : Next::kRead;
}

Entrance::Next Entrance::log_in(const Message& message, std::string& out) {
  if (message.type == 'X') return Next::kClose;
  base::give_duty_away();
  if (message.type != 'p') throw ProtocolError("expected a password message");
  login_->password(message.body, out);
  return login_->is_done() ? Next::kSession : Next::kRead;
}

Settings Entrance::settings() const {
  Settings settings;
  settings.set_fixed("session_authorization", std::string(request_.parameter("user")));
  settings.set_fixed("is_superuser", login_->is_read_only() ? "off" : "on");
  settings.set_fixed("ssl", house_.has_tls ? "on" : "off");
  for (const auto& [name, value] : request_.parameters) {
    if (name != "user" && name != "database" && name != "replication") settings.set_default(name, value);
  }
  if (login_->is_read_only()) settings.set_fixed("default_transaction_read_only", "on");
  return settings;
}

SessionInfo Entrance::info() const {
  SessionInfo info;
  info.user = request_.parameter("user");
  info.database = request_.parameter("database");
  if (info.database.empty()) info.database = info.user;
  info.is_read_only = login_->is_read_only();
  info.all = &house_.sessions;
  return info;
}

}  // namespace sqlmill::rt::pgwire
