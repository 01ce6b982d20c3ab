// A message that the broker will never take: it is told, and the stream goes on.
#pragma once

#include <librdkafka/rdkafka.h>

#include "runtime/connectors/connector.h"

namespace sqlmill::rt::connectors {

/// No retry will help: the message itself is refused.
bool is_refusal(rd_kafka_resp_err_t error);
delta::ErrorRecord refused_message(const Options& options, const engine::SinkMessage& message,
                                   rd_kafka_resp_err_t error);
/// On the pipeline's thread.
void report_refused(const ResolvedSink& sink, delta::ErrorRecord record);

}  // namespace sqlmill::rt::connectors
