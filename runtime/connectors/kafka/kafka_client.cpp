#include "runtime/connectors/kafka/kafka_client.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>

namespace sqlmill::rt::connectors {

namespace {

constexpr std::string_view kPrefix = "properties.";

/// Ours, not librdkafka's: offsets are the pipeline's, commits are made by the source.
constexpr std::array<std::string_view, 3> kOwn = {"group.id", "enable.auto.commit",
                                                  "auto.commit.interval.ms"};

struct Default {
  OptionUse use;
  const char* name;
  const char* value;
};

/// Instead of librdkafka's, as measured; docs/operations.md says what for.
constexpr Default kDefaults[] = {
    {OptionUse::kBoth, "client.id", "sqlmill"},
    {OptionUse::kBoth, "reconnect.backoff.max.ms", "3000"},
    {OptionUse::kSource, "queued.min.messages", "1000000"},
    {OptionUse::kSource, "queued.max.messages.kbytes", "131072"},
    {OptionUse::kSource, "max.partition.fetch.bytes", "2097152"},
    {OptionUse::kSource, "fetch.queue.backoff.ms", "10"},  // librdkafka has it from 2.2 on.
    {OptionUse::kSink, "linger.ms", "1"},
};

void set_defaults(rd_kafka_conf_t* config, OptionUse use) {
  char reason[512];
  for (const Default& one : kDefaults) {
    if (one.use != use && one.use != OptionUse::kBoth) continue;
    rd_kafka_conf_set(config, one.name, one.value, reason, sizeof reason);  // Older ones do not know all.
  }
}

void on_error(rd_kafka_t*, int error, const char* reason, void* opaque) {
  static_cast<ConnectionLog*>(opaque)->report(static_cast<rd_kafka_resp_err_t>(error), reason);
}

/// Its errors also come to on_error; what is left is for those who debug.
void on_log(const rd_kafka_t*, int, const char* facility, const char* text) {
  spdlog::debug("librdkafka: {}: {}", facility, text);
}

}  // namespace

void ConnectionLog::report(rd_kafka_resp_err_t error, std::string_view reason) {
  const std::lock_guard lock(mutex_);
  switch (error) {
    case RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN:
      if (!lost_.exchange(true)) {
        spdlog::warn("{}: no connection to Kafka at {} ({}); trying again", relation_, brokers_,
                     last_reason_.empty() ? reason : last_reason_);
      }
      return;
    case RD_KAFKA_RESP_ERR__AUTHENTICATION:
    case RD_KAFKA_RESP_ERR__SSL:
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED:
      lost_ = true;
      if (refusals_.insert(error).second) {
        spdlog::error("{}: Kafka at {} refuses the connection: {}; trying again", relation_, brokers_,
                      reason);
      }
      return;
    default:
      last_reason_ = reason;
      spdlog::debug("{}: {}: {}", relation_, rd_kafka_err2name(error), reason);
  }
}

void ConnectionLog::connected() {
  const std::lock_guard lock(mutex_);
  if (lost_.exchange(false)) spdlog::info("{}: connected to Kafka at {}", relation_, brokers_);
  refusals_.clear();
  last_reason_.clear();
}

void ConnectionLog::warn_once(const std::string& what) {
  const std::lock_guard lock(mutex_);
  if (what == last_warning_) return;
  last_warning_ = what;
  spdlog::warn("{}: {}", relation_, what);
}

void set_property(rd_kafka_conf_t* config, const Options& options, const std::string& name,
                  const std::string& value) {
  char reason[512];
  if (rd_kafka_conf_set(config, name.c_str(), value.c_str(), reason, sizeof reason) == RD_KAFKA_CONF_OK)
    return;
  const base::Connector* kafka = base::find_connector("kafka", OptionUse::kBoth);
  const base::ConnectorOption* option =
      base::find_option(*kafka, OptionUse::kBoth, std::string(kPrefix) + name);
  const bool is_secret = option != nullptr && option->secret;
  throw OptionError(fmt::format("{}: option \"{}{}\": {}", options.relation, kPrefix, name,
                                is_secret ? "librdkafka does not accept the value" : reason));
}

ConfigHandle make_config(const Options& options, OptionUse use, ConnectionLog& log) {
  ConfigHandle config(rd_kafka_conf_new());
  rd_kafka_conf_set_opaque(config.get(), &log);
  rd_kafka_conf_set_error_cb(config.get(), on_error);
  rd_kafka_conf_set_log_cb(config.get(), on_log);
  set_defaults(config.get(), use);
  const base::Connector* kafka = base::find_connector("kafka", use);
  for (const auto& [name, value] : options.values) {
    if (!name.starts_with(kPrefix)) continue;
    // resolve_options has let only listed names through; a second look costs nothing.
    if (base::find_option(*kafka, use, name) == nullptr) continue;
    const std::string property = name.substr(kPrefix.size());
    if (std::find(kOwn.begin(), kOwn.end(), property) != kOwn.end()) continue;
    set_property(config.get(), options, property == "bootstrap.server" ? "bootstrap.servers" : property,
                 value);
  }
  return config;
}

ClientHandle make_client(rd_kafka_type_t type, ConfigHandle config, const Options& options) {
  char reason[512];
  ClientHandle client(rd_kafka_new(type, config.get(), reason, sizeof reason));
  if (!client) throw OptionError(fmt::format("{}: {}", options.relation, reason));
  config.release();  // NOLINT: the client has it.
  return client;
}

TopicHandle make_topic(rd_kafka_t* client, const Options& options) {
  const std::string name(options.text("topic"));
  TopicHandle topic(rd_kafka_topic_new(client, name.c_str(), nullptr));
  if (!topic) {
    throw OptionError(fmt::format("{}: option \"topic\": \"{}\": {}", options.relation, name,
                                  rd_kafka_err2str(rd_kafka_last_error())));
  }
  return topic;
}

}  // namespace sqlmill::rt::connectors
