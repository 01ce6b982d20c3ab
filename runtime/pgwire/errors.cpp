#include "runtime/pgwire/errors.h"

#include "runtime/pgwire/messages.h"

namespace sqlmill::rt::pgwire {

namespace {

std::string_view name_of(Severity severity) {
  switch (severity) {
    case Severity::kNotice:
      return "NOTICE";
    case Severity::kWarning:
      return "WARNING";
    case Severity::kError:
      return "ERROR";
    case Severity::kFatal:
      return "FATAL";
  }
  __builtin_unreachable();
}

void write(char type, const WireError& error, std::string& out) {
  MessageWriter message(out);
  message.begin(type);
  message.byte('S').string(name_of(error.severity()));
  message.byte('V').string(name_of(error.severity()));
  message.byte('C').string(error.sqlstate());
  message.byte('M').string(error.what());
  if (!error.detail().empty()) message.byte('D').string(error.detail());
  if (!error.hint().empty()) message.byte('H').string(error.hint());
  if (error.position()) message.byte('P').string(std::to_string(*error.position()));
  if (!error.context().empty()) message.byte('W').string(error.context());
  message.byte('\0').end();
}

}  // namespace

void write_error(const WireError& error, std::string& out) {
  write('E', error, out);
}

void write_notice(const WireError& notice, std::string& out) {
  write('N', notice, out);
}

}  // namespace sqlmill::rt::pgwire
