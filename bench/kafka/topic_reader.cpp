#include "bench/kafka/topic_reader.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace sqlmill::bench {
namespace {

constexpr int kMetadataTimeoutMs = 10'000;
/// While nothing is there: long enough for more than one message to come.
constexpr int kWaitMs = 1;
/// Messages between a prefetch and the copy.
constexpr ssize_t kLookAhead = 4;

[[noreturn]] void fail(const char* what, const char* why) {
  std::fprintf(stderr, "baseline: %s: %s\n", what, why);
  std::exit(3);
}

rd_kafka_t* make_client(const char* brokers) {
  // "fetch.queue.backoff.ms" is known from librdkafka 2.2 on: older ones may not accept it.
  constexpr const char* kProperties[][2] = {
      {"queued.min.messages", "1000000"},       {"queued.max.messages.kbytes", "131072"},
      {"max.partition.fetch.bytes", "2097152"}, {"fetch.queue.backoff.ms", "10"},
      {"enable.auto.commit", "false"},          {"enable.partition.eof", "true"}};
  char reason[512];
  rd_kafka_conf_t* config = rd_kafka_conf_new();
  for (const auto& [name, value] : kProperties) {
    if (rd_kafka_conf_set(config, name, value, reason, sizeof reason) == RD_KAFKA_CONF_INVALID)
      fail(name, reason);
  }
  if (rd_kafka_conf_set(config, "bootstrap.servers", brokers, reason, sizeof reason) != RD_KAFKA_CONF_OK)
    fail(brokers, reason);
  rd_kafka_t* client = rd_kafka_new(RD_KAFKA_CONSUMER, config, reason, sizeof reason);
  if (client == nullptr) fail(brokers, reason);
  return client;
}

}  // namespace

TopicReader::TopicReader(const char* brokers, const char* topic)
    : client_(make_client(brokers)),
      topic_(rd_kafka_topic_new(client_, topic, nullptr)),
      queue_(rd_kafka_queue_new(client_)) {
  const rd_kafka_metadata_t* metadata = nullptr;
  const rd_kafka_resp_err_t error = rd_kafka_metadata(client_, 0, topic_, &metadata, kMetadataTimeoutMs);
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) fail(topic, rd_kafka_err2str(error));
  if (metadata->topic_cnt != 1 || metadata->topics[0].partition_cnt == 0) fail(topic, "no such topic");
  for (int i = 0; i < metadata->topics[0].partition_cnt; ++i) {
    const int32_t partition = metadata->topics[0].partitions[i].id;
    if (rd_kafka_consume_start_queue(topic_, partition, RD_KAFKA_OFFSET_BEGINNING, queue_) != 0)
      fail(topic, rd_kafka_err2str(rd_kafka_last_error()));
    ++partitions_left_;
  }
  rd_kafka_metadata_destroy(metadata);
}

TopicReader::~TopicReader() {
  rd_kafka_queue_destroy(queue_);
  rd_kafka_topic_destroy(topic_);
  rd_kafka_destroy(client_);
}

bool TopicReader::read() {
  size_ = 0;
  while (size_ == 0) {
    if (partitions_left_ == 0) return false;
    ssize_t count = rd_kafka_consume_batch_queue(queue_, 0, messages_, kMessages);
    if (count == 0) count = rd_kafka_consume_batch_queue(queue_, kWaitMs, messages_, kMessages);
    for (ssize_t i = 0; i < count; ++i) {
      __builtin_prefetch(messages_[std::min(i + kLookAhead, count - 1)]->payload);
      append(*messages_[i]);
      rd_kafka_message_destroy(messages_[i]);
    }
  }
  reserve(kPadding);
  std::memset(lines_.get() + size_, 0, kPadding);
  return true;
}

void TopicReader::append(const rd_kafka_message_t& message) {
  if (message.err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
    --partitions_left_;
    return;
  }
  if (message.err != RD_KAFKA_RESP_ERR_NO_ERROR) fail("a message", rd_kafka_message_errstr(&message));
  reserve(message.len + 1);
  std::memcpy(lines_.get() + size_, message.payload, message.len);
  size_ += message.len;
  lines_[size_++] = '\n';
}

void TopicReader::reserve(size_t bytes) {
  if (size_ + bytes <= capacity_) return;
  capacity_ = std::max(2 * capacity_, size_ + bytes + (size_t{128} << 10));
  auto grown = std::make_unique_for_overwrite<char[]>(capacity_);
  if (size_ > 0) std::memcpy(grown.get(), lines_.get(), size_);
  lines_ = std::move(grown);
}

}  // namespace sqlmill::bench
