// What sources and sinks share of librdkafka: its handles, its configuration, and a log of the connection
// that says each thing once.
#pragma once

#include <librdkafka/rdkafka.h>

#include <atomic>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>

#include "runtime/connectors/connector.h"

namespace sqlmill::rt::connectors {

template <auto destroy>
struct Destroy {
  template <class T>
  void operator()(T* handle) const {
    destroy(handle);
  }
};
using ConfigHandle = std::unique_ptr<rd_kafka_conf_t, Destroy<rd_kafka_conf_destroy>>;
using ClientHandle = std::unique_ptr<rd_kafka_t, Destroy<rd_kafka_destroy>>;
using TopicHandle = std::unique_ptr<rd_kafka_topic_t, Destroy<rd_kafka_topic_destroy>>;
using QueueHandle = std::unique_ptr<rd_kafka_queue_t, Destroy<rd_kafka_queue_destroy>>;
using PartitionList =
    std::unique_ptr<rd_kafka_topic_partition_list_t, Destroy<rd_kafka_topic_partition_list_destroy>>;

/// Says once that the brokers are gone or refuse us, and once that they are back. May be called from any
/// thread.
class ConnectionLog {
 public:
  ConnectionLog(std::string relation, std::string brokers)
      : relation_(std::move(relation)), brokers_(std::move(brokers)) {}

  const std::string& relation() const { return relation_; }
  /// What librdkafka's error callback reports.
  void report(rd_kafka_resp_err_t error, std::string_view reason);
  /// A broker has answered.
  void connected();
  /// Nothing has answered since the last report of a loss.
  bool is_lost() const { return lost_; }
  /// Logs `what` as a warning if it is not what was logged last.
  void warn_once(const std::string& what);

 private:
  std::string relation_;
  std::string brokers_;
  std::mutex mutex_;
  std::string last_reason_;
  std::string last_warning_;
  std::set<rd_kafka_resp_err_t> refusals_;  // Logged since the last connection.
  std::atomic<bool> lost_ = false;
};

/// librdkafka's configuration: our defaults, and over them `properties.*`. `log` gets its errors, and
/// outlives the client. Throws OptionError.
ConfigHandle make_config(const Options& options, OptionUse use, ConnectionLog& log);
/// Throws OptionError, whose message never holds a secret.
void set_property(rd_kafka_conf_t* config, const Options& options, const std::string& name,
                  const std::string& value);
/// Takes `config`. Throws OptionError: certificates that cannot be read, and the like.
ClientHandle make_client(rd_kafka_type_t type, ConfigHandle config, const Options& options);
TopicHandle make_topic(rd_kafka_t* client, const Options& options);

}  // namespace sqlmill::rt::connectors
