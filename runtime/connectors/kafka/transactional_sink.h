// Writes a topic exactly once: in transactions, of messages that a durable checkpoint holds. Each message has
// a number that it keeps for ever. A transaction also says, in a topic of ours (kafka/progress_topic.h), up
// to which number messages have been written; whenever a producer begins, it reads that first. So what a
// transaction has become that this process, or an earlier one, has not heard the end of is known before
// anything is sent again.
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "runtime/connectors/connector.h"
#include "runtime/connectors/kafka/outbox_room.h"
#include "runtime/connectors/kafka/transactions.h"

namespace sqlmill::rt::connectors {

/// Transactions block, so a thread of the sink's own has them; write() and the others only leave messages for
/// it and look how far it is. A simulation has no thread and calls step() instead.
class TransactionalSink final : public engine::Sink {
 public:
  /// Throws OptionError, also without a state directory.
  TransactionalSink(const ResolvedSink& sink,
                    const std::function<std::unique_ptr<Transactions>(const ResolvedSink&)>& open,
                    bool has_thread);
  ~TransactionalSink() override;
  TransactionalSink(const TransactionalSink&) = delete;
  TransactionalSink& operator=(const TransactionalSink&) = delete;

  void write(std::span<const engine::SinkMessage> messages) override;
  void tend() override;
  bool has_room() const override;
  engine::Backlog backlog() const override;
  uint64_t safe_messages() const override;
  void visit_unsafe(uint64_t from,
                    const std::function<void(uint64_t, const engine::SinkMessage&)>& visit) const override;
  void release(uint64_t messages, uint64_t checkpoint) override;
  bool flush() override;

  /// Of a sink without a thread: begins, or writes a transaction, if there is something to write. What it
  /// says: how long to wait before the next call; none: until there is more to write.
  std::optional<std::chrono::milliseconds> step(const std::stop_token& stop);

 private:
  static constexpr std::chrono::milliseconds kAtOnce{0};

  void run(const std::stop_token& stop);
  bool begin(const std::stop_token& stop);
  /// Writes who writes, and learns what is committed.
  std::optional<Progress> claim(const std::stop_token& stop);
  bool is_taken_over(const std::stop_token& stop);
  bool is_known(const Progress& progress);
  bool adopt(const Progress& progress);
  bool take_batch();
  bool write_batch(const std::stop_token& stop);
  bool send_batch(const std::stop_token& stop);
  /// False: it is over with the producer, which is gone.
  bool accept(Reply reply);
  void leave();
  void give_up_refused();
  void report_given_up();
  void drop_until(uint64_t number);
  void fail(std::string why);

  const ResolvedSink sink_;
  const bool has_thread_;

  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  std::deque<engine::SinkMessage> waiting_;  // Not committed.
  OutboxRoom room_;
  uint64_t dropped_ = 0;      // So many were before them.
  uint64_t released_ = 0;     // So many are in a durable checkpoint, this one.
  uint64_t left_ = 0;         // So many are of earlier runs, or were written before the first checkpoint.
  bool is_released_ = false;  // At all.
  uint64_t checkpoint_ = 0;
  std::string failure_;  // Not empty: the pipeline cannot go on.
  std::vector<delta::ErrorRecord> errors_;

  // The thread's own.
  const std::unique_ptr<Transactions> transactions_;
  bool is_ready_ = false;
  bool has_begun_ = false;  // Some producer of this run was ready.
  bool is_fenced_ = false;
  int looks_ = 0;  // For who has fenced it.
  std::string writer_;
  std::set<std::string> known_writers_;  // Itself, each time that it began.
  std::vector<const engine::SinkMessage*> batch_;
  uint64_t batch_checkpoint_ = 0;
  std::set<uint64_t> given_up_;  // Numbers of messages.

  std::jthread thread_;  // Last: ends before the rest goes.
};

/// With Kafka's transactions. Throws OptionError.
std::unique_ptr<engine::Sink> open_transactional_sink(const ResolvedSink& sink);

}  // namespace sqlmill::rt::connectors
