// Finds the partitions of a topic, and where to start in each, on a thread of its own: brokers that are away
// or slow never hold up the pipeline. It goes on looking for new partitions, and serves librdkafka's
// callbacks meanwhile.
#pragma once

#include <chrono>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "runtime/connectors/kafka/kafka_client.h"
#include "runtime/connectors/kafka/signal.h"

namespace sqlmill::rt::connectors {

enum class StartMode : uint8_t { kEarliest, kLatest, kTimestamp };

struct StartPoint {
  StartMode mode = StartMode::kEarliest;
  int64_t timestamp_ms = 0;  // Of kTimestamp.
  std::map<int32_t, int64_t> offsets =
      {};                      // Not empty: go on from here; partitions that are not in it, from their start.
  bool fails_on_loss = false;  // If offsets are no longer there; see PartitionFinder::loss().
};

struct FoundPartition {
  int32_t partition;
  int64_t start;  // Offset, or RD_KAFKA_OFFSET_BEGINNING.
  int64_t end;    // High watermark when the source was opened; 0 for a partition that appeared later.
};

class PartitionFinder {
 public:
  /// `found` is raised when take() has news that no message may follow.
  PartitionFinder(rd_kafka_t* client, rd_kafka_topic_t* topic, rd_kafka_queue_t* queue, Signal& found,
                  ConnectionLog& log, StartPoint start, std::chrono::milliseconds refresh_interval);
  ~PartitionFinder() = default;
  PartitionFinder(const PartitionFinder&) = delete;
  PartitionFinder& operator=(const PartitionFinder&) = delete;

  /// Ends the thread; may take a second.
  void stop();

  /// Partitions whose consumption has started into the queue since the last call; `complete` once all that
  /// the topic had at first are among those taken.
  std::vector<FoundPartition> take(bool& complete);
  /// Not empty: the topic no longer has what comes behind the offsets to go on from, and that is not allowed.
  std::string loss();

 private:
  using Clock = std::chrono::steady_clock;

  void run(std::stop_token stop);
  /// True: everything is as it should be until the next refresh.
  bool find(std::stop_token stop);
  /// False: unknown for now.
  bool locate(int32_t partition, FoundPartition& found);
  /// Says what is gone, if the partition cannot go on at this offset. Where it goes on then.
  int64_t check_resumed(int32_t partition, int64_t offset, int64_t low, int64_t high);
  bool offset_of_timestamp(int32_t partition, int64_t& offset);
  void start(const FoundPartition& found);

  rd_kafka_t* client_;
  rd_kafka_topic_t* topic_;
  rd_kafka_queue_t* queue_;
  Signal& signal_;
  ConnectionLog& log_;
  const StartPoint start_;
  const std::chrono::milliseconds refresh_interval_;

  std::set<int32_t> known_;  // The thread's own.
  bool opened_ = false;

  std::mutex mutex_;
  std::vector<FoundPartition> found_;
  bool complete_ = false;
  std::string loss_;  // Not empty: what is gone, and the end.

  std::jthread thread_;  // Last: ends before the rest goes.
};

}  // namespace sqlmill::rt::connectors
