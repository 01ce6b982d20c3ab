// Errors and notices as the protocol has them.
#pragma once

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace sqlmill::rt::pgwire {

enum class Severity : uint8_t { kNotice, kWarning, kError, kFatal };  // FATAL ends the connection.

/// What an ErrorResponse or a NoticeResponse says.
class WireError : public std::runtime_error {
 public:
  WireError(Severity severity, std::string_view sqlstate, const std::string& message, std::string hint = {},
            std::optional<uint32_t> position = std::nullopt)
      : std::runtime_error(message),
        severity_(severity),
        sqlstate_(sqlstate),
        hint_(std::move(hint)),
        position_(position) {}
  /// Of a statement.
  WireError(std::string_view sqlstate, const std::string& message, std::string hint = {})
      : WireError(Severity::kError, sqlstate, message, std::move(hint)) {}

  Severity severity() const { return severity_; }
  std::string_view sqlstate() const { return sqlstate_; }
  const std::string& detail() const { return detail_; }
  const std::string& hint() const { return hint_; }
  std::optional<uint32_t> position() const { return position_; }
  const std::string& context() const { return context_; }
  bool is_fatal() const { return severity_ == Severity::kFatal; }

  WireError& set_detail(std::string detail) {
    detail_ = std::move(detail);
    return *this;
  }
  WireError& set_context(std::string context) {
    context_ = std::move(context);
    return *this;
  }

 private:
  Severity severity_;
  std::string sqlstate_;
  std::string detail_;
  std::string hint_;
  std::string context_;
  std::optional<uint32_t> position_;  // Characters from 1.
};

void write_error(const WireError& error, std::string& out);
void write_notice(const WireError& notice, std::string& out);

}  // namespace sqlmill::rt::pgwire
