// Reads a topic: all its partitions, committed messages only, new partitions as they appear. Offsets are the
// pipeline's: no consumer group takes part. If properties.group.id (or group.id.prefix) is given, progress is
// committed to that group for those who monitor it; nothing is ever read back.
#pragma once

#include <memory>

#include "runtime/connectors/connector.h"

namespace sqlmill::rt::connectors {

std::unique_ptr<engine::Source> open_kafka_source(const ResolvedInput& input);

}  // namespace sqlmill::rt::connectors
