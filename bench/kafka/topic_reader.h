// A topic's messages as lines in memory, for the hand-written views: all partitions from their beginnings to
// where they end. The client's properties are those of the pipeline's own source (kafka_client.cpp).
#pragma once

#include <librdkafka/rdkafka.h>

#include <cstddef>
#include <cstdint>
#include <memory>

namespace sqlmill::bench {

class TopicReader {
 public:
  /// Behind the last line are as many zeros.
  static constexpr size_t kPadding = 256;

  /// Ends the program with a message when the topic cannot be read.
  TopicReader(const char* brokers, const char* topic);
  ~TopicReader();
  TopicReader(const TopicReader&) = delete;
  TopicReader& operator=(const TopicReader&) = delete;

  /// Replaces the lines by those of the next messages, as soon as there are any; false when the topic has
  /// ended.
  bool read();

  const char* begin() const { return lines_.get(); }
  const char* end() const { return lines_.get() + size_; }

 private:
  /// Taken in one call: 128 KiB of the clickstream's lines, which stay in a core's own cache.
  static constexpr size_t kMessages = 512;

  void append(const rd_kafka_message_t& message);
  void reserve(size_t bytes);

  rd_kafka_t* client_ = nullptr;
  rd_kafka_topic_t* topic_ = nullptr;
  rd_kafka_queue_t* queue_ = nullptr;
  size_t partitions_left_ = 0;
  rd_kafka_message_t* messages_[kMessages];
  std::unique_ptr<char[]> lines_;
  size_t size_ = 0;
  size_t capacity_ = 0;
};

}  // namespace sqlmill::bench
