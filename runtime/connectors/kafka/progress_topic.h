// How far exactly-once sinks are: a compacted topic, made if it is not there, with two messages for each
// sink, both written in the sink's own transactions. One says which of its messages have been committed, the
// other which process writes for it. Unlike offsets of a consumer group they do not expire.
#pragma once

#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "runtime/connectors/kafka/kafka_client.h"
#include "runtime/connectors/kafka/transactions.h"

namespace sqlmill::rt::connectors {

class ProgressTopic {
 public:
  /// `identity`: the sink's, for ever. All are outlived.
  ProgressTopic(const Options& options, const std::string& identity, ConnectionLog& log);

  /// What can go wrong is told by what is written to the topic afterwards.
  void create(rd_kafka_t* client) const;
  /// In the client's transaction.
  rd_kafka_resp_err_t write_claim(rd_kafka_t* client, std::string_view writer) const;
  rd_kafka_resp_err_t write_next(rd_kafka_t* client, uint64_t next, uint64_t checkpoint) const;
  /// What is committed, up to this claim; if it is empty: as far as there is now. Nothing: not in time.
  std::optional<Progress> read(std::string_view until_claim, const std::stop_token& stop) const;

 private:
  rd_kafka_resp_err_t write(rd_kafka_t* client, const std::string& key, std::string_view value) const;

  const Options& options_;
  ConnectionLog& log_;
  const std::string name_;
  const std::string next_key_;
  const std::string claim_key_;
};

}  // namespace sqlmill::rt::connectors
