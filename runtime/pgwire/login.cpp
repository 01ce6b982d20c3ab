#include "runtime/pgwire/login.h"

#include <fmt/format.h>

#include "runtime/pgwire/errors.h"

namespace sqlmill::rt::pgwire {

namespace {

// Codes of AuthenticationRequest.
constexpr int kOk = 0;
constexpr int kCleartextPassword = 3;
constexpr int kSasl = 10;
constexpr int kSaslContinue = 11;
constexpr int kSaslFinal = 12;
constexpr std::string_view kMechanism = "SCRAM-SHA-256";
constexpr std::string_view kBoundMechanism = "SCRAM-SHA-256-PLUS";

void request(int code, std::string_view data, std::string& out) {
  MessageWriter(out).begin('R').int32(code).bytes(data).end();
}

}  // namespace

void Login::begin(std::string& out) {
  if (name_.empty())
    throw WireError(Severity::kFatal, "28000", "no PostgreSQL user name specified in startup packet");
  user_ = users_.find(name_);
  if (user_ && !user_->verifier) {
    if (!peer_.is_local) refuse();
    let_in(out);
    return;
  }
  if (method_ == PasswordMethod::kCleartext) {
    if (!peer_.is_local && !peer_.is_secure) {
      throw WireError(Severity::kFatal, "28000", "passwords are only taken over encrypted connections",
                      "Connect with sslmode=require.");
    }
    step_ = Step::kCleartext;
    request(kCleartextPassword, {}, out);
    return;
  }
  step_ = Step::kSaslFirst;
  scram_.emplace(user_ ? &*user_->verifier : nullptr, name_, end_point_);
  std::string mechanisms;
  if (!end_point_.empty()) mechanisms.append(kBoundMechanism).push_back('\0');
  mechanisms.append(kMechanism).push_back('\0');
  request(kSasl, mechanisms + '\0', out);
}

void Login::password(std::string_view body, std::string& out) {
  FieldReader fields(body);
  switch (step_) {
    case Step::kCleartext: {
      const std::string_view password = fields.read_string();
      if (!user_ || !matches(*user_->verifier, password)) refuse();
      let_in(out);
      return;
    }
    case Step::kSaslFirst: {
      const std::string_view mechanism = fields.read_string();
      const bool is_bound = mechanism == kBoundMechanism && !end_point_.empty();
      if (!is_bound && mechanism != kMechanism)
        throw ProtocolError("client selected an invalid SASL authentication mechanism");
      const int32_t size = fields.read_int32();
      if (size < 0) throw ProtocolError("malformed SCRAM message");
      request(kSaslContinue, scram_->first(fields.read_bytes(static_cast<size_t>(size)), is_bound), out);
      step_ = Step::kSaslLast;
      return;
    }
    case Step::kSaslLast: {
      const std::optional<std::string> answer = scram_->last(body);
      if (!answer || !user_) refuse();
      request(kSaslFinal, *answer, out);
      let_in(out);
      return;
    }
  }
}

void Login::let_in(std::string& out) {
  request(kOk, {}, out);
  is_done_ = true;
}

void Login::refuse() const {
  const bool has_password = !user_ || user_->verifier;
  throw WireError(
      Severity::kFatal, has_password ? "28P01" : "28000",
      has_password
          ? fmt::format("password authentication failed for user \"{}\"", name_)
          : fmt::format("user \"{}\" has no password and may connect from this machine only", name_));
}

}  // namespace sqlmill::rt::pgwire
