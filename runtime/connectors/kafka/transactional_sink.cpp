// A thread of its own has the producer, whose functions block; write() and the others only leave messages for
// it and look how far it is.
#include "runtime/connectors/kafka/transactional_sink.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "runtime/base/kill_point.h"
#include "runtime/connectors/kafka/kafka_client.h"
#include "runtime/connectors/kafka/outbox_room.h"
#include "runtime/connectors/kafka/progress_topic.h"
#include "runtime/connectors/kafka/refused_message.h"
#include "runtime/engine/fault.h"

namespace sqlmill::rt::connectors {

namespace {

using base::KillPoint;
using ErrorHandle = std::unique_ptr<rd_kafka_error_t, Destroy<rd_kafka_error_destroy>>;

constexpr int kPollMs = 100;
/// Calls that wait for the broker look so often whether they are to stop.
constexpr int kStepMs = 2'000;
constexpr std::chrono::milliseconds kRetryPause(1'000);
/// How long a process that has taken the sink over may need to say so.
constexpr std::chrono::milliseconds kClaimPause(3'000);
constexpr size_t kTransactionMessages = 50'000;

void* bytes_of(const std::optional<std::string>& text) {
  return text ? const_cast<char*>(text->data()) : nullptr;
}
size_t size_of(const std::optional<std::string>& text) {
  return text ? text->size() : 0;
}

class TransactionalSink : public engine::Sink {
 public:
  explicit TransactionalSink(const ResolvedSink& sink)
      : sink_(sink),
        log_(sink.options.relation, std::string(sink.options.text("properties.bootstrap.server"))),
        progress_(sink_.options, sink_.identity, log_),
        room_(sink_.options) {
    if (sink.identity.empty()) {
      throw OptionError(
          fmt::format("{}: delivery = 'exactly_once' needs a state directory: run with --state DIR",
                      sink.options.relation));
    }
    client_ = make_producer();  // All that is wrong with options is told now.
  }

  ~TransactionalSink() override {
    thread_.request_stop();
    if (thread_.joinable()) thread_.join();
    if (!waiting_.empty()) {
      spdlog::warn("{}: stopped with {} messages that are not committed; the state directory has them",
                   sink_.options.relation, waiting_.size());
    }
  }
  TransactionalSink(const TransactionalSink&) = delete;
  TransactionalSink& operator=(const TransactionalSink&) = delete;

  void write(std::span<const engine::SinkMessage> messages) override {
    const std::lock_guard lock(mutex_);
    if (!room_.take(messages)) return;
    waiting_.insert(waiting_.end(), messages.begin(), messages.end());
  }

  void tend() override {
    const std::lock_guard lock(mutex_);
    room_.tell();
    report_given_up();
    if (!failure_.empty()) throw engine::Fault(failure_);
  }

  bool has_room() const override {
    const std::lock_guard lock(mutex_);
    // What is not released yet waits for a checkpoint, not for the broker.
    return !room_.blocks() || released_ == dropped_;
  }
  engine::Backlog backlog() const override {
    const std::lock_guard lock(mutex_);
    return room_.backlog();
  }
  uint64_t safe_messages() const override {
    const std::lock_guard lock(mutex_);
    return dropped_;
  }
  void visit_unsafe(uint64_t from,
                    const std::function<void(uint64_t, const engine::SinkMessage&)>& visit) const override {
    const std::lock_guard lock(mutex_);
    for (uint64_t i = std::max(from, dropped_); i < dropped_ + waiting_.size(); ++i)
      visit(i, waiting_[i - dropped_]);
  }

  void release(uint64_t messages, uint64_t checkpoint) override {
    const std::lock_guard lock(mutex_);
    released_ = std::max(released_, messages);
    checkpoint_ = checkpoint;
    if (!thread_.joinable()) {
      left_ = messages;
      thread_ = std::jthread([this](std::stop_token stop) { run(stop); });
    }
    changed_.notify_all();
  }

  bool flush() override {
    std::unique_lock lock(mutex_);
    while (!waiting_.empty()) {
      if (sink_.stop.stop_requested() || !failure_.empty()) break;
      changed_.wait_for(lock, std::chrono::milliseconds(kPollMs));
    }
    report_given_up();
    if (!failure_.empty()) throw engine::Fault(failure_);
    return waiting_.empty();
  }

 private:
  /// What librdkafka refers to while a message is on its way.
  struct Sent {
    TransactionalSink* owner;
    size_t index;  // In batch_.
    rd_kafka_resp_err_t error = RD_KAFKA_RESP_ERR_NO_ERROR;
  };

  ClientHandle make_producer() {
    ConfigHandle config = make_config(sink_.options, OptionUse::kSink, log_);
    const auto set = [&](const char* name, const std::string& value) {
      set_property(config.get(), sink_.options, name, value);
    };
    set("transactional.id", "sqlmill/" + sink_.identity);
    set("enable.idempotence", "true");
    // The broker's limit decides, not the client's.
    if (!sink_.options.find("properties.message.max.bytes")) set("message.max.bytes", "100000000");
    rd_kafka_conf_set_dr_msg_cb(config.get(), [](rd_kafka_t*, const rd_kafka_message_t* message, void*) {
      auto* sent = static_cast<Sent*>(message->_private);
      if (sent != nullptr) sent->error = message->err;
    });
    return make_client(RD_KAFKA_PRODUCER, std::move(config), sink_.options);
  }

  // ---- The thread's ----

  void run(const std::stop_token& stop) {
    while (!stop.stop_requested() && failure_.empty()) {
      if (!is_ready_ && !begin(stop)) {
        pause(stop, kRetryPause);
        continue;
      }
      if (!take_batch(stop)) break;
      if (!write_batch(stop)) pause(stop, kRetryPause);
    }
    leave();
  }

  void pause(const std::stop_token& stop, std::chrono::milliseconds time) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, stop, time, [] { return false; });
  }

  /// The producer is of no use any more. What it had begun ends with the next one.
  void leave() {
    is_ready_ = false;
    if (!client_) return;
    rd_kafka_purge(client_.get(),
                   RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT | RD_KAFKA_PURGE_F_NON_BLOCKING);
    client_.reset();
    sent_.clear();
  }

  /// Calls until the broker has answered. False: it is over with this producer, or `stop`.
  template <class Call>
  bool complete(const char* what, const std::stop_token& stop, Call call) {
    while (!stop.stop_requested()) {
      const ErrorHandle error(call());
      if (!error) return true;
      if (rd_kafka_error_is_retriable(error.get())) continue;
      note_failure(what, *error);
      return false;
    }
    return false;
  }

  void note_failure(const char* what, const rd_kafka_error_t& error) {
    const rd_kafka_resp_err_t code = rd_kafka_error_code(&error);
    const bool is_fatal = rd_kafka_error_is_fatal(&error) != 0;
    wants_abort_ = !is_fatal && rd_kafka_error_txn_requires_abort(&error) != 0;
    is_fenced_ =
        is_fatal && (code == RD_KAFKA_RESP_ERR__FENCED || code == RD_KAFKA_RESP_ERR_PRODUCER_FENCED ||
                     code == RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH);
    log_.warn_once(fmt::format("cannot write topic {}: {}: {}; trying again", sink_.options.text("topic"),
                               what, rd_kafka_error_string(&error)));
  }

  /// A new producer: whoever wrote for this sink before no longer can, and what is committed is known.
  bool begin(const std::stop_token& stop) {
    if (std::exchange(is_fenced_, false) && is_taken_over(stop)) return false;
    if (!client_) client_ = make_producer();
    rd_kafka_t* client = client_.get();
    progress_.create(client);
    // An older copy of the directory must not stop who goes on from the newer one.
    if (!has_begun_) {
      const std::optional<Progress> progress = progress_.read("", stop);
      if (!progress || !is_known(*progress)) return false;
    }
    if (!complete("beginning", stop, [&] { return rd_kafka_init_transactions(client, kStepMs); })) {
      leave();
      return false;
    }
    writer_ = fmt::format("{:08x}{:08x}", std::random_device()(), std::random_device()());
    const bool is_claimed =
        complete("claiming", stop, [&] { return rd_kafka_begin_transaction(client); }) &&
        progress_.write_claim(client, writer_) == RD_KAFKA_RESP_ERR_NO_ERROR &&
        complete("claiming", stop, [&] { return rd_kafka_commit_transaction(client, kStepMs); });
    if (!is_claimed) {
      leave();
      return false;
    }
    base::pass(KillPoint::transaction_claimed);
    const std::optional<Progress> progress = progress_.read(writer_, stop);
    if (!progress) {
      leave();
      return false;
    }
    log_.connected();
    is_ready_ = adopt(*progress);
    has_begun_ |= is_ready_;
    return is_ready_;
  }

  /// Fenced by another process, which has a copy of the state directory: this one has to end. The broker also
  /// says so when a transaction took too long; then nobody else has claimed the sink.
  bool is_taken_over(const std::stop_token& stop) {
    leave();
    for (int i = 0; i < 2; ++i) {
      const std::optional<Progress> progress = progress_.read("", stop);
      if (progress && progress->writer != writer_) {
        fail(fmt::format(
            "{}: another process writes topic {} with the same state: a copy of the state directory "
            "is in use",
            sink_.options.relation, sink_.options.text("topic")));
        return true;
      }
      pause(stop, kClaimPause);
    }
    return false;
  }

  /// False: the sink has written what this directory has never held.
  bool is_known(const Progress& progress) {
    std::unique_lock lock(mutex_);
    // What this run has added to an old copy has the numbers of what others have written since.
    const uint64_t end = sink_.first_message + (has_begun_ ? released_ : left_);
    if (!progress.next || *progress.next <= end) return true;
    lock.unlock();
    fail(fmt::format(
        "{}: topic {} has {} messages that the state directory knows nothing of: it is an older copy. "
        "`state restore` makes one that can be used, whose messages may be there twice",
        sink_.options.relation, sink_.options.text("topic"), *progress.next - end));
    return false;
  }

  bool adopt(const Progress& progress) {
    if (!is_known(progress)) return false;
    const std::lock_guard lock(mutex_);
    const uint64_t dropped = sink_.first_message + dropped_;
    if (!progress.next && dropped != 0) {
      spdlog::warn(
          "{}: the topic {} knows nothing of this sink: what was written since the last checkpoint may be "
          "written twice",
          sink_.options.relation, sink_.options.text("progress.topic", "sqlmill-progress"));
    }
    if (progress.next && *progress.next > dropped) {
      spdlog::info("{}: {} messages had been committed", sink_.options.relation, *progress.next - dropped);
      drop_until(*progress.next - sink_.first_message);
    }
    return true;
  }

  /// Under the lock.
  void drop_until(uint64_t number) {
    for (; dropped_ < number; ++dropped_) {
      room_.give_back(waiting_.front());
      waiting_.pop_front();
    }
    changed_.notify_all();
  }

  void fail(std::string why) {
    const std::lock_guard lock(mutex_);
    failure_ = std::move(why);
    changed_.notify_all();
  }

  /// Waits until there is something to write. False: it is to stop.
  bool take_batch(const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    if (!changed_.wait(lock, stop, [this] { return released_ > dropped_; })) return false;
    batch_.clear();
    const uint64_t end = std::min(released_, dropped_ + kTransactionMessages);
    // They stay where they are: others are only added behind them.
    for (uint64_t i = dropped_; i < end; ++i) batch_.push_back(&waiting_[i - dropped_]);
    batch_checkpoint_ = checkpoint_;
    return true;
  }

  bool write_batch(const std::stop_token& stop) {
    rd_kafka_t* client = client_.get();
    const uint64_t end = dropped_ + batch_.size();  // Only this thread changes it.
    wants_abort_ = false;
    sent_.clear();
    bool is_written =
        complete("beginning a transaction", stop, [&] { return rd_kafka_begin_transaction(client); });
    if (is_written) {
      base::pass(KillPoint::transaction_begun);
      is_written = send_batch(stop) && send_progress(sink_.first_message + end);
      if (is_written) rd_kafka_flush(client, kStepMs);
      base::pass(KillPoint::transaction_produced);
      is_written = is_written && complete("committing a transaction", stop,
                                          [&] { return rd_kafka_commit_transaction(client, kStepMs); });
    }
    if (!is_written) {
      abort(stop);
      give_up_refused();
      return false;
    }
    base::pass(KillPoint::transaction_committed);
    log_.connected();
    const std::lock_guard lock(mutex_);
    drop_until(end);
    return true;
  }

  bool send_batch(const std::stop_token& stop) {
    sent_.reserve(batch_.size());
    const std::string topic(sink_.options.text("topic"));
    for (size_t i = 0; i < batch_.size(); ++i) {
      if (given_up_.contains(dropped_ + i)) continue;
      const engine::SinkMessage& message = *batch_[i];
      Sent& sent = sent_.emplace_back(Sent{this, i});
      while (true) {
        // Key and value stay in waiting_, but a client that is left behind may not be done with them.
        const rd_kafka_resp_err_t error = rd_kafka_producev(
            client_.get(), RD_KAFKA_V_TOPIC(topic.c_str()), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
            RD_KAFKA_V_KEY(bytes_of(message.key), size_of(message.key)),
            RD_KAFKA_V_VALUE(bytes_of(message.value), size_of(message.value)), RD_KAFKA_V_OPAQUE(&sent),
            RD_KAFKA_V_END);
        if (error == RD_KAFKA_RESP_ERR_NO_ERROR) break;
        sent.error = error;
        if (error != RD_KAFKA_RESP_ERR__QUEUE_FULL || stop.stop_requested()) {
          wants_abort_ = true;
          return false;
        }
        sent.error = RD_KAFKA_RESP_ERR_NO_ERROR;
        rd_kafka_poll(client_.get(), kPollMs);
      }
    }
    return true;
  }

  bool send_progress(uint64_t next) {
    if (progress_.write_next(client_.get(), next, batch_checkpoint_) == RD_KAFKA_RESP_ERR_NO_ERROR)
      return true;
    wants_abort_ = true;
    return false;
  }

  /// Where that does not work, the next producer's beginning does it.
  void abort(const std::stop_token& stop) {
    rd_kafka_t* client = client_.get();
    const bool is_aborted =
        std::exchange(wants_abort_, false) &&
        complete("aborting a transaction", stop, [&] { return rd_kafka_abort_transaction(client, kStepMs); });
    if (!is_aborted) leave_but_keep_errors();
  }

  void leave_but_keep_errors() {
    std::vector<Sent> sent = sent_;
    leave();
    sent_ = std::move(sent);
  }

  /// Messages that the broker will never take are left out from now on.
  void give_up_refused() {
    const std::lock_guard lock(mutex_);
    for (const Sent& sent : sent_) {
      if (!is_refusal(sent.error)) continue;
      given_up_.insert(dropped_ + sent.index);
      errors_.push_back(refused_message(sink_.options, *batch_[sent.index], sent.error));
    }
    given_up_.erase(given_up_.begin(), given_up_.lower_bound(dropped_));
  }

  /// Under the lock, on the pipeline's thread.
  void report_given_up() {
    for (delta::ErrorRecord& error : errors_) report_refused(sink_, std::move(error));
    errors_.clear();
  }

  const ResolvedSink sink_;
  ConnectionLog log_;
  const ProgressTopic progress_;

  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  std::deque<engine::SinkMessage> waiting_;  // Not committed.
  OutboxRoom room_;
  uint64_t dropped_ = 0;   // So many were before them.
  uint64_t released_ = 0;  // So many are in a durable checkpoint, this one.
  uint64_t left_ = 0;      // So many are of earlier runs, or were written before the first checkpoint.
  uint64_t checkpoint_ = 0;
  std::string failure_;  // Not empty: the pipeline cannot go on.
  std::vector<delta::ErrorRecord> errors_;

  // The thread's own.
  ClientHandle client_;
  bool is_ready_ = false;
  bool has_begun_ = false;  // Some producer of this run was ready.
  bool is_fenced_ = false;
  bool wants_abort_ = false;
  std::string writer_;
  std::vector<const engine::SinkMessage*> batch_;
  uint64_t batch_checkpoint_ = 0;
  std::vector<Sent> sent_;
  std::set<uint64_t> given_up_;  // Numbers of messages.

  std::jthread thread_;  // Last: ends before the rest goes.
};

}  // namespace

std::unique_ptr<engine::Sink> open_transactional_sink(const ResolvedSink& sink) {
  return std::make_unique<TransactionalSink>(sink);
}

}  // namespace sqlmill::rt::connectors
