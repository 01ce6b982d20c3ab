#include "runtime/connectors/kafka/kafka_source.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

#include "runtime/base/arena.h"
#include "runtime/connectors/kafka/kafka_client.h"
#include "runtime/connectors/kafka/partition_finder.h"
#include "runtime/connectors/kafka/signal.h"
#include "runtime/engine/fault.h"

namespace sqlmill::rt::connectors {

namespace {

using Clock = std::chrono::steady_clock;

constexpr int64_t kDefaultRefreshMs = 30'000;
constexpr int64_t kDefaultCommitMs = 5'000;
constexpr int kLastCommitTimeoutMs = 1'000;
/// Messages that are taken from librdkafka in one call.
constexpr size_t kBatch = 256;

struct Partition {
  int32_t id;
  int64_t position;  // The next offset; may be below the next message's (control records, compaction).
  int64_t end;       // As of the opening.
  int64_t lent;      // The position behind the last message delivered.
  int64_t released;  // As of the last release().
  int64_t committed;
  bool has_start;  // It was begun at an offset, which may be 0.
  bool reached_end() const { return position >= end; }
};

/// The group that progress is committed to; empty: none.
std::string group_of(const Options& options) {
  if (!options.boolean("properties.enable.auto.commit", true)) return "";
  if (const auto id = options.find("properties.group.id")) return std::string(*id);
  if (const auto prefix = options.find("group.id.prefix"))
    return fmt::format("{}-{}", *prefix, options.relation);
  return "";
}

StartPoint start_of(const ResolvedInput& input) {
  const Options& options = input.options;
  StartPoint start;
  start.offsets = input.start_offsets;
  start.fails_on_loss = input.fails_on_data_loss;
  if (options.find("scan.startup.timestamp.millis")) {  // As in RisingWave, it goes before the mode.
    start.mode = StartMode::kTimestamp;
    start.timestamp_ms = options.integer("scan.startup.timestamp.millis", 0);
  } else if (options.text("scan.startup.mode", "earliest") == "latest") {
    start.mode = StartMode::kLatest;
  }
  return start;
}

class KafkaSource : public engine::Source {
 public:
  explicit KafkaSource(const ResolvedInput& input)
      : log_(input.options.relation, std::string(input.options.text("properties.bootstrap.server"))),
        group_(group_of(input.options)),
        commit_interval_(input.options.integer("properties.auto.commit.interval.ms", kDefaultCommitMs)),
        wants_headers_(input.wants_headers) {
    ConfigHandle config = make_config(input.options, OptionUse::kSource, log_);
    const auto set = [&](const char* name, const std::string& value) {
      set_property(config.get(), input.options, name, value);
    };
    set("enable.auto.commit", "false");
    set("enable.partition.eof", "true");
    // An offset that is gone: what is left is read.
    set("auto.offset.reset", "earliest");
    if (!group_.empty()) set("group.id", group_);
    client_ = make_client(RD_KAFKA_CONSUMER, std::move(config), input.options);
    topic_ = make_topic(client_.get(), input.options);
    queue_.reset(rd_kafka_queue_new(client_.get()));
    // When it was empty and is not any more. An end of partition is a message, too.
    rd_kafka_queue_cb_event_enable(
        queue_.get(), [](rd_kafka_t*, void* signal) { static_cast<Signal*>(signal)->raise(); }, &signal_);
    const std::chrono::milliseconds refresh(
        input.options.integer("properties.topic.metadata.refresh.interval.ms", kDefaultRefreshMs));
    finder_ = std::make_unique<PartitionFinder>(client_.get(), topic_.get(), queue_.get(), signal_, log_,
                                                start_of(input), refresh);
  }

  ~KafkaSource() override {
    finder_->stop();
    adopt_partitions();
    release_messages();
    commit(true);
    for (const Partition& partition : partitions_) rd_kafka_consume_stop(topic_.get(), partition.id);
  }
  KafkaSource(const KafkaSource&) = delete;
  KafkaSource& operator=(const KafkaSource&) = delete;

  size_t poll(std::vector<delta::RawRecord>& records, const engine::Bounds& bounds) override {
    signal_.clear();
    adopt_partitions();
    if (!complete_) {
      if (const std::string loss = finder_->loss(); !loss.empty()) throw engine::Fault(loss);
    }
    commit_now_and_then();  // Also when no more records come.
    const size_t limit = records.size() + bounds.records;
    size_t bytes = 0;
    while (records.size() < limit && bytes < bounds.bytes) {
      const size_t wanted = std::min(limit - records.size(), kBatch);
      const ssize_t count = rd_kafka_consume_batch_queue(queue_.get(), 0, batch_, wanted);
      for (ssize_t i = 0; i < count; ++i) bytes += take(records, batch_[i]);
      if (count < static_cast<ssize_t>(wanted)) break;
    }
    return bytes;
  }

  engine::Wake wake() const override { return {signal_.descriptor(), engine::Wake{}.time}; }

  void release() override {
    release_messages();
    for (Partition& partition : partitions_) partition.released = partition.lent;
    commit_now_and_then();
  }

  engine::Offsets next_offsets() const override {
    engine::Offsets offsets;
    for (const Partition& partition : partitions_) {
      if (partition.position > 0 || partition.has_start) offsets[partition.id] = partition.position;
    }
    return offsets;
  }

  engine::Offsets known_ends() const override {
    engine::Offsets ends;
    for (const Partition& partition : partitions_) {
      int64_t low = RD_KAFKA_OFFSET_INVALID;
      int64_t high = RD_KAFKA_OFFSET_INVALID;
      const rd_kafka_resp_err_t error = rd_kafka_get_watermark_offsets(
          client_.get(), rd_kafka_topic_name(topic_.get()), partition.id, &low, &high);
      if (error == RD_KAFKA_RESP_ERR_NO_ERROR && high >= 0) ends[partition.id] = high;
    }
    return ends;
  }

  bool reached_end() const override {
    return complete_ && std::all_of(partitions_.begin(), partitions_.end(),
                                    [](const Partition& partition) { return partition.reached_end(); });
  }

 private:
  void adopt_partitions() {
    for (const FoundPartition& found : finder_->take(complete_)) {
      partitions_.push_back(
          {found.partition, std::max<int64_t>(found.start, 0), found.end, -1, -1, -1, found.start >= 0});
    }
    const auto by_id = [](const Partition& a, const Partition& b) { return a.id < b.id; };
    if (!std::is_sorted(partitions_.begin(), partitions_.end(), by_id)) {
      std::sort(partitions_.begin(), partitions_.end(), by_id);
    }
  }

  Partition* find(int32_t id) {
    const auto at =
        std::lower_bound(partitions_.begin(), partitions_.end(), id,
                         [](const Partition& partition, int32_t wanted) { return partition.id < wanted; });
    return at != partitions_.end() && at->id == id ? &*at : nullptr;
  }

  Partition* partition_of(const rd_kafka_message_t& message) {
    if (Partition* known = find(message.partition)) return known;
    adopt_partitions();  // Started since poll() began.
    return find(message.partition);
  }

  /// Returns the bytes of the record that it appends, if it does.
  size_t take(std::vector<delta::RawRecord>& records, rd_kafka_message_t* message) {
    Partition* partition = partition_of(*message);
    if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) [[unlikely]] {
      if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
        if (partition != nullptr) partition->position = std::max(partition->position, message->offset);
      } else {
        log_.warn_once(fmt::format("topic {}, partition {}: {}", rd_kafka_topic_name(topic_.get()),
                                   message->partition, rd_kafka_message_errstr(message)));
      }
      rd_kafka_message_destroy(message);
      return 0;
    }
    if (partition != nullptr) {
      partition->position = message->offset + 1;
      partition->lent = message->offset + 1;
    }
    kept_.push_back(message);
    delta::RawRecord& record = records.emplace_back();
    if (message->payload != nullptr)
      record.payload.emplace(static_cast<const char*>(message->payload), message->len);
    if (message->key != nullptr) record.key.emplace(static_cast<const char*>(message->key), message->key_len);
    record.partition = message->partition;
    record.offset = message->offset;
    rd_kafka_timestamp_type_t type;
    const int64_t timestamp = rd_kafka_message_timestamp(message, &type);
    if (type != RD_KAFKA_TIMESTAMP_NOT_AVAILABLE) record.timestamp_ms = timestamp;
    if (wants_headers_) take_headers(message, record);
    return message->len + message->key_len;
  }

  void take_headers(rd_kafka_message_t* message, delta::RawRecord& record) {
    rd_kafka_headers_t* headers = nullptr;
    if (rd_kafka_message_headers(message, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR) return;
    const size_t count = rd_kafka_header_cnt(headers);
    auto* list = static_cast<delta::RawHeader*>(arena_.allocate(count * sizeof(delta::RawHeader)));
    for (size_t i = 0; i < count; ++i) {
      const char* name = nullptr;
      const void* value = nullptr;
      size_t size = 0;
      rd_kafka_header_get_all(headers, i, &name, &value, &size);
      delta::RawHeader* header = new (list + i) delta::RawHeader{name, std::nullopt};
      if (value != nullptr) header->value.emplace(static_cast<const char*>(value), size);
    }
    record.headers = {list, count};
  }

  void release_messages() {
    for (rd_kafka_message_t* message : kept_) rd_kafka_message_destroy(message);
    kept_.clear();
    arena_.reset();
  }

  void commit_now_and_then() {
    if (!group_.empty() && Clock::now() - last_commit_ >= commit_interval_) commit(false);
  }

  /// Tells the group how far we are. `last`: waits a moment, so that monitors see where the pipeline stopped.
  void commit(bool last) {
    last_commit_ = Clock::now();
    if (group_.empty()) return;
    const PartitionList list(rd_kafka_topic_partition_list_new(static_cast<int>(partitions_.size())));
    for (Partition& partition : partitions_) {
      if (partition.released <= partition.committed) continue;
      rd_kafka_topic_partition_list_add(list.get(), rd_kafka_topic_name(topic_.get()), partition.id)->offset =
          partition.released;
      partition.committed = partition.released;
    }
    if (list->cnt == 0 || log_.is_lost()) return;
    if (!last) {
      rd_kafka_commit(client_.get(), list.get(), 1);
      return;
    }
    const QueueHandle reply(rd_kafka_queue_new(client_.get()));
    rd_kafka_commit_queue(client_.get(), list.get(), reply.get(), nullptr, nullptr);
    if (rd_kafka_event_t* event = rd_kafka_queue_poll(reply.get(), kLastCommitTimeoutMs))
      rd_kafka_event_destroy(event);
  }

  ConnectionLog log_;
  std::string group_;
  std::chrono::milliseconds commit_interval_;
  bool wants_headers_;
  Signal signal_;  // Outlives the client, whose threads raise it.
  ClientHandle client_;
  TopicHandle topic_;
  QueueHandle queue_;
  std::unique_ptr<PartitionFinder> finder_;

  std::vector<Partition> partitions_;  // By id.
  bool complete_ = false;              // Holds all partitions that the topic had at first.
  rd_kafka_message_t* batch_[kBatch];
  std::vector<rd_kafka_message_t*> kept_;  // Lent to records.
  base::Arena arena_;                      // Their headers.
  Clock::time_point last_commit_ = Clock::now();
};

}  // namespace

std::unique_ptr<engine::Source> open_kafka_source(const ResolvedInput& input) {
  return std::make_unique<KafkaSource>(input);
}

}  // namespace sqlmill::rt::connectors
