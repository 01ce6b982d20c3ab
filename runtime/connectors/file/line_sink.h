// Messages as lines of JSON on a file descriptor. Each epoch is on its way when write() returns.
#pragma once

#include <memory>
#include <string>

#include "runtime/connectors/connector.h"

namespace sqlmill::rt::connectors {

/// `format` = plain: a line is a message's value. Otherwise a line is `{"key":…,"value":…}`, value null for a
/// tombstone. A write that fails (disk full, broken pipe) throws engine::Fault. `owned`: the sink closes
/// `fd`.
std::unique_ptr<engine::Sink> make_line_sink(const ResolvedSink& sink, int fd, std::string name, bool owned);

}  // namespace sqlmill::rt::connectors
