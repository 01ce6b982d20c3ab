// Writes a topic exactly once: in transactions, of messages that a durable checkpoint holds. Each message has
// a number that it keeps for ever. A transaction also says, in a topic of ours (kafka/progress_topic.h), up
// to which number messages have been written; whenever a producer begins, it reads that first. So what a
// transaction has become that this process, or an earlier one, has not heard the end of is known before
// anything is sent again.
#pragma once

#include <memory>

#include "runtime/connectors/connector.h"

namespace sqlmill::rt::connectors {

/// Throws OptionError, also without a state directory.
std::unique_ptr<engine::Sink> open_transactional_sink(const ResolvedSink& sink);

}  // namespace sqlmill::rt::connectors
