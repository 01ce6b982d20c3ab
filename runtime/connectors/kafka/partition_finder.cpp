#include "runtime/connectors/kafka/partition_finder.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

namespace sqlmill::rt::connectors {

namespace {

/// For one request. What takes longer the first time (connecting, logging in) goes on in the background
/// meanwhile.
constexpr int kRequestTimeoutMs = 1'000;
constexpr std::chrono::milliseconds kFirstPause{100};
constexpr std::chrono::milliseconds kLongestPause{3'000};

struct DestroyMetadata {
  void operator()(const rd_kafka_metadata_t* metadata) const { rd_kafka_metadata_destroy(metadata); }
};

bool is_connection_trouble(rd_kafka_resp_err_t error) {
  return error == RD_KAFKA_RESP_ERR__TRANSPORT || error == RD_KAFKA_RESP_ERR__TIMED_OUT ||
         error == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN;
}

}  // namespace

PartitionFinder::PartitionFinder(rd_kafka_t* client, rd_kafka_topic_t* topic, rd_kafka_queue_t* queue,
                                 Signal& found, ConnectionLog& log, StartPoint start,
                                 std::chrono::milliseconds refresh_interval)
    : client_(client),
      topic_(topic),
      queue_(queue),
      signal_(found),
      log_(log),
      start_(std::move(start)),
      refresh_interval_(refresh_interval),
      thread_([this](std::stop_token stop) { run(stop); }) {}

void PartitionFinder::stop() {
  thread_.request_stop();
  if (thread_.joinable()) thread_.join();
}

std::vector<FoundPartition> PartitionFinder::take(bool& complete) {
  const std::lock_guard lock(mutex_);
  complete = complete_;
  return std::exchange(found_, {});
}

std::string PartitionFinder::loss() {
  const std::lock_guard lock(mutex_);
  return loss_;
}

void PartitionFinder::run(std::stop_token stop) {
  auto pause = kFirstPause;
  auto next_look = Clock::now();
  while (!stop.stop_requested()) {
    rd_kafka_poll(client_, 100);
    // After a loss nothing tells that a broker is back, so it is asked.
    if (Clock::now() < next_look && !(log_.is_lost() && opened_ && next_look - Clock::now() > kLongestPause))
      continue;
    if (find(stop)) {
      pause = kFirstPause;
      next_look = Clock::now() + refresh_interval_;
    } else {
      next_look = Clock::now() + pause;
      pause = std::min(2 * pause, kLongestPause);
    }
  }
}

bool PartitionFinder::find(std::stop_token stop) {
  const rd_kafka_metadata_t* raw = nullptr;
  const rd_kafka_resp_err_t error = rd_kafka_metadata(client_, 0, topic_, &raw, kRequestTimeoutMs);
  const std::unique_ptr<const rd_kafka_metadata_t, DestroyMetadata> metadata(raw);
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
    if (!is_connection_trouble(error))
      log_.warn_once(fmt::format("Kafka: {}; trying again", rd_kafka_err2str(error)));
    return false;
  }
  log_.connected();
  if (metadata->topic_cnt != 1) return false;
  const rd_kafka_metadata_topic_t& topic = metadata->topics[0];
  if (topic.err != RD_KAFKA_RESP_ERR_NO_ERROR || topic.partition_cnt == 0) {
    const bool missing = topic.err == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART;
    log_.warn_once(missing
                       ? fmt::format("topic {} does not exist; waiting for it", topic.topic)
                       : fmt::format("topic {}: {}; trying again", topic.topic, rd_kafka_err2str(topic.err)));
    return false;
  }
  // All are located before the first is started: a broker answers one connection's requests in order, and
  // would let ours wait behind a fetch that waits for new messages.
  bool all = true;
  std::vector<FoundPartition> fresh;
  for (int i = 0; i < topic.partition_cnt && !stop.stop_requested(); ++i) {
    FoundPartition found{};
    if (known_.count(topic.partitions[i].id) != 0) continue;
    if (locate(topic.partitions[i].id, found)) {
      fresh.push_back(found);
    } else {
      all = false;
    }
  }
  for (const FoundPartition& found : fresh) start(found);
  if (!fresh.empty()) {
    spdlog::info("{}: reading {} {}partition{} of topic {}", log_.relation(), fresh.size(),
                 opened_ ? "new " : "", fresh.size() == 1 ? "" : "s", topic.topic);
  }
  if (!all || stop.stop_requested()) return false;
  opened_ = true;
  {
    const std::lock_guard lock(mutex_);
    complete_ = true;
  }
  signal_.raise();
  return true;
}

bool PartitionFinder::locate(int32_t partition, FoundPartition& found) {
  found = {partition, RD_KAFKA_OFFSET_BEGINNING, 0};
  if (opened_) return true;
  int64_t low = 0;
  int64_t high = 0;
  const rd_kafka_resp_err_t error = rd_kafka_query_watermark_offsets(
      client_, rd_kafka_topic_name(topic_), partition, &low, &high, kRequestTimeoutMs);
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
    if (!is_connection_trouble(error)) {
      log_.warn_once(fmt::format("topic {}, partition {}: {}; trying again", rd_kafka_topic_name(topic_),
                                 partition, rd_kafka_err2str(error)));
    }
    return false;
  }
  found.end = high;
  if (!start_.offsets.empty()) {
    const auto resumed = start_.offsets.find(partition);
    if (resumed != start_.offsets.end()) found.start = check_resumed(partition, resumed->second, low, high);
    return found.start >= 0 || resumed == start_.offsets.end();
  }
  switch (start_.mode) {
    case StartMode::kEarliest:
      found.start = low;
      return true;
    case StartMode::kLatest:
      found.start = high;
      return true;
    case StartMode::kTimestamp:
      found.start = high;  // Of a partition where everything is older.
      return offset_of_timestamp(partition, found.start);
  }
  __builtin_unreachable();
}

int64_t PartitionFinder::check_resumed(int32_t partition, int64_t offset, int64_t low, int64_t high) {
  if (offset >= low && offset <= high) return offset;
  const std::string what = offset < low
                               ? fmt::format("the messages from offset {} up to {} are gone", offset, low - 1)
                               : fmt::format(
                                     "its last offset is {}, but the checkpoint has read up to {}: it is not "
                                     "the topic that was read",
                                     high - 1, offset - 1);
  const std::string where = fmt::format("{}: topic {}, partition {}: {}", log_.relation(),
                                        rd_kafka_topic_name(topic_), partition, what);
  if (!start_.fails_on_loss) {
    spdlog::error("{}; going on at offset {}", where, low);
    return low;
  }
  {
    const std::lock_guard lock(mutex_);
    loss_ = where + ". --on-data-loss=continue goes on with what is left";
  }
  signal_.raise();
  return -1;
}

bool PartitionFinder::offset_of_timestamp(int32_t partition, int64_t& offset) {
  const PartitionList list(rd_kafka_topic_partition_list_new(1));
  rd_kafka_topic_partition_t* wanted =
      rd_kafka_topic_partition_list_add(list.get(), rd_kafka_topic_name(topic_), partition);
  wanted->offset = start_.timestamp_ms;
  const rd_kafka_resp_err_t error = rd_kafka_offsets_for_times(client_, list.get(), kRequestTimeoutMs);
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR || wanted->err != RD_KAFKA_RESP_ERR_NO_ERROR) return false;
  if (wanted->offset >= 0) offset = wanted->offset;
  return true;
}

void PartitionFinder::start(const FoundPartition& found) {
  {
    // Known to the reader before the first message can be in the queue.
    const std::lock_guard lock(mutex_);
    found_.push_back(found);
  }
  known_.insert(found.partition);
  if (rd_kafka_consume_start_queue(topic_, found.partition, found.start, queue_) != 0) {
    spdlog::error("{}: partition {}: {}", log_.relation(), found.partition,
                  rd_kafka_err2str(rd_kafka_last_error()));
  }
}

}  // namespace sqlmill::rt::connectors
