#include "runtime/connectors/kafka/refused_message.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <utility>

namespace sqlmill::rt::connectors {

bool is_refusal(rd_kafka_resp_err_t error) {
  return error == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE || error == RD_KAFKA_RESP_ERR_INVALID_MSG ||
         error == RD_KAFKA_RESP_ERR_INVALID_RECORD || error == RD_KAFKA_RESP_ERR_INVALID_MSG_SIZE;
}

delta::ErrorRecord refused_message(const Options& options, const engine::SinkMessage& message,
                                   rd_kafka_resp_err_t error) {
  delta::ErrorRecord record{};
  record.relation = options.relation;
  record.sqlstate = "54000";
  record.reason = fmt::format("topic {} does not take a message of {} bytes: {}", options.text("topic"),
                              message.value ? message.value->size() : size_t{0}, rd_kafka_err2str(error));
  record.raw = message.key;
  return record;
}

void report_refused(const ResolvedSink& sink, delta::ErrorRecord record) {
  if (sink.on_error) {
    sink.on_error(std::move(record));  // Who takes it also logs it.
  } else {
    spdlog::error("{}: {}", sink.options.relation, record.reason);
  }
}

}  // namespace sqlmill::rt::connectors
