// Writes a topic. With `delivery = 'exactly_once'` as kafka/transactional_sink.h says; by default at least
// once and in order: an idempotent producer that waits for all replicas and retries until the pipeline stops.
// What the broker will never take (a message larger than it allows) goes to `on_error`, and the stream goes
// on.
#pragma once

#include <memory>

#include "runtime/connectors/connector.h"

namespace sqlmill::rt::connectors {

std::unique_ptr<engine::Sink> open_kafka_sink(const ResolvedSink& sink);

}  // namespace sqlmill::rt::connectors
