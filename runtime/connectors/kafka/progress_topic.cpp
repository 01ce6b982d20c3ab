#include "runtime/connectors/kafka/progress_topic.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <charconv>
#include <chrono>
#include <memory>

namespace sqlmill::rt::connectors {

namespace {

using Clock = std::chrono::steady_clock;
using MessageHandle = std::unique_ptr<rd_kafka_message_t, Destroy<rd_kafka_message_destroy>>;
using NewTopicHandle = std::unique_ptr<rd_kafka_NewTopic_t, Destroy<rd_kafka_NewTopic_destroy>>;
using EventHandle = std::unique_ptr<rd_kafka_event_t, Destroy<rd_kafka_event_destroy>>;

constexpr int32_t kPartition = 0;
constexpr int kPollMs = 100;
constexpr int kCreateMs = 3'000;
/// Longer than another pipeline's transaction can be open, behind which nothing can be read.
constexpr std::chrono::seconds kReadTime(90);

std::string_view view(const void* bytes, size_t size) {
  return {static_cast<const char*>(bytes), size};
}

std::optional<uint64_t> first_number(std::string_view text) {
  uint64_t number = 0;
  if (std::from_chars(text.data(), text.data() + text.size(), number).ec != std::errc()) return {};
  return number;
}

}  // namespace

ProgressTopic::ProgressTopic(const Options& options, const std::string& identity, ConnectionLog& log)
    : options_(options),
      log_(log),
      name_(options.text("progress.topic", "sqlmill-progress")),
      next_key_(identity + "/next"),
      claim_key_(identity + "/writer") {}

void ProgressTopic::create(rd_kafka_t* client) const {
  char reason[512];
  constexpr int kDefaultReplicas = -1;
  const NewTopicHandle topic(
      rd_kafka_NewTopic_new(name_.c_str(), 1, kDefaultReplicas, reason, sizeof reason));
  if (!topic) throw OptionError(fmt::format("{}: option \"progress.topic\": {}", options_.relation, reason));
  rd_kafka_NewTopic_set_config(topic.get(), "cleanup.policy", "compact");
  // What is compacted away is not read at the next start.
  rd_kafka_NewTopic_set_config(topic.get(), "segment.bytes", "4194304");
  rd_kafka_NewTopic_set_config(topic.get(), "min.cleanable.dirty.ratio", "0.1");
  const QueueHandle queue(rd_kafka_queue_new(client));
  rd_kafka_NewTopic_t* topics[] = {topic.get()};
  rd_kafka_CreateTopics(client, topics, 1, nullptr, queue.get());
  const EventHandle event(rd_kafka_queue_poll(queue.get(), kCreateMs));
  const rd_kafka_CreateTopics_result_t* result =
      event ? rd_kafka_event_CreateTopics_result(event.get()) : nullptr;
  if (result == nullptr) return;
  size_t count = 0;
  const rd_kafka_topic_result_t** results = rd_kafka_CreateTopics_result_topics(result, &count);
  for (size_t i = 0; i < count; ++i) {
    const rd_kafka_resp_err_t error = rd_kafka_topic_result_error(results[i]);
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR) {
      spdlog::info("{}: made the topic {} for the progress of sinks", options_.relation, name_);
    } else if (error != RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS) {
      log_.warn_once(fmt::format("cannot make the topic {} for the progress of sinks: {}", name_,
                                 rd_kafka_err2str(error)));
    }
  }
}

rd_kafka_resp_err_t ProgressTopic::write(rd_kafka_t* client, const std::string& key,
                                         std::string_view value) const {
  return rd_kafka_producev(client, RD_KAFKA_V_TOPIC(name_.c_str()), RD_KAFKA_V_PARTITION(kPartition),
                           RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_KEY(key.data(), key.size()),
                           RD_KAFKA_V_VALUE(const_cast<char*>(value.data()), value.size()), RD_KAFKA_V_END);
}

rd_kafka_resp_err_t ProgressTopic::write_claim(rd_kafka_t* client, std::string_view writer) const {
  return write(client, claim_key_, writer);
}

rd_kafka_resp_err_t ProgressTopic::write_next(rd_kafka_t* client, uint64_t next, uint64_t checkpoint) const {
  return write(client, next_key_, fmt::format("{} checkpoint {}", next, checkpoint));
}

std::optional<Progress> ProgressTopic::read(std::string_view until_claim, const std::stop_token& stop) const {
  ConfigHandle config = make_config(options_, OptionUse::kSource, log_);
  set_property(config.get(), options_, "isolation.level", "read_committed");
  set_property(config.get(), options_, "enable.partition.eof", "true");
  const ClientHandle client = make_client(RD_KAFKA_CONSUMER, std::move(config), options_);
  const TopicHandle topic(rd_kafka_topic_new(client.get(), name_.c_str(), nullptr));
  if (!topic || rd_kafka_consume_start(topic.get(), kPartition, RD_KAFKA_OFFSET_BEGINNING) != 0) return {};
  Progress progress;
  bool is_complete = false;
  const auto deadline = Clock::now() + kReadTime;
  while (!is_complete && !stop.stop_requested() && Clock::now() < deadline) {
    const MessageHandle message(rd_kafka_consume(topic.get(), kPartition, kPollMs));
    if (!message) continue;
    if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
      is_complete = until_claim.empty();
      continue;
    }
    if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) continue;
    const std::string_view key = view(message->key, message->key_len);
    const std::string_view value = view(message->payload, message->len);
    if (key == next_key_) {
      progress.next = first_number(value);
    } else if (key == claim_key_) {
      progress.writer = value;
      is_complete = !until_claim.empty() && value == until_claim;
    }
  }
  rd_kafka_consume_stop(topic.get(), kPartition);
  if (!is_complete) return {};
  return progress;
}

}  // namespace sqlmill::rt::connectors
