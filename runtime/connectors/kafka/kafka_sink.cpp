// Messages stay here until the broker has acknowledged them. When one fails, all from it on are sent again
// once nothing is on its way any more: a later message of the same key must not be overtaken by an earlier
// one.
#include "runtime/connectors/kafka/kafka_sink.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <chrono>
#include <deque>
#include <string>
#include <thread>
#include <utility>

#include "runtime/connectors/kafka/kafka_client.h"
#include "runtime/connectors/kafka/outbox_room.h"
#include "runtime/connectors/kafka/refused_message.h"
#include "runtime/connectors/kafka/transactional_sink.h"

namespace sqlmill::rt::connectors {

namespace {

using Clock = std::chrono::steady_clock;

constexpr int kPollMs = 100;
constexpr std::chrono::milliseconds kResendPause{1'000};
constexpr int kPurgeTimeoutMs = 5'000;

enum class State : uint8_t { kWaiting, kSent, kWritten, kFailed, kGivenUp };

class KafkaSink;

struct Outgoing {
  KafkaSink* owner;
  engine::SinkMessage message;
  State state = State::kWaiting;
  bool is_done() const { return state == State::kWritten || state == State::kGivenUp; }
};

class KafkaSink : public engine::Sink {
 public:
  explicit KafkaSink(const ResolvedSink& sink)
      : sink_(sink),
        log_(sink.options.relation, std::string(sink.options.text("properties.bootstrap.server"))),
        room_(sink.options) {
    connect();
  }

  ~KafkaSink() override {
    if (!waiting_.empty()) {
      spdlog::warn("{}: stopped with {} messages that Kafka has not acknowledged", sink_.options.relation,
                   waiting_.size());
    }
    failing_ = true;
    disconnect();
  }
  KafkaSink(const KafkaSink&) = delete;
  KafkaSink& operator=(const KafkaSink&) = delete;

  void write(std::span<const engine::SinkMessage> messages) override {
    if (!room_.take(messages)) return;
    for (const engine::SinkMessage& message : messages) waiting_.push_back({this, message});
    send_waiting();
    serve(0);
  }

  void tend() override {
    room_.tell();
    send_waiting();
    serve(0);
  }

  bool has_room() const override { return !room_.blocks(); }
  engine::Backlog backlog() const override { return room_.backlog(); }
  uint64_t safe_messages() const override { return dropped_; }
  void visit_unsafe(uint64_t from,
                    const std::function<void(uint64_t, const engine::SinkMessage&)>& visit) const override {
    for (uint64_t i = std::max(from, dropped_); i < dropped_ + waiting_.size(); ++i)
      visit(i, waiting_[i - dropped_].message);
  }

  bool flush() override {
    for (;;) {
      tend();
      if (waiting_.empty()) return true;
      if (sink_.stop.stop_requested()) return false;
      serve(kPollMs);
    }
  }

 private:
  void connect() {
    ConfigHandle config = make_config(sink_.options, OptionUse::kSink, log_);
    const auto set = [&](const char* name, const char* value) {
      set_property(config.get(), sink_.options, name, value);
    };
    set("enable.idempotence", "true");
    set("message.timeout.ms", "0");  // Never gives up.
    // The broker's limit decides, not the client's.
    if (!sink_.options.find("properties.message.max.bytes")) set("message.max.bytes", "100000000");
    rd_kafka_conf_set_dr_msg_cb(config.get(), [](rd_kafka_t*, const rd_kafka_message_t* message, void*) {
      auto* outgoing = static_cast<Outgoing*>(message->_private);
      outgoing->owner->delivered(*outgoing, message->err);
    });
    client_ = make_client(RD_KAFKA_PRODUCER, std::move(config), sink_.options);
    topic_ = make_topic(client_.get(), sink_.options);
  }

  /// When nothing refers to a message any more. The threads of the old client may take a while to end, so
  /// they are waited for elsewhere.
  void replace_client() {
    topic_.reset();
    closing_ = std::jthread([old = std::move(client_)]() mutable { old.reset(); });
    connect();
  }

  /// At the end. What was not acknowledged fails.
  void disconnect() {
    rd_kafka_purge(client_.get(), RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
    const auto deadline = Clock::now() + std::chrono::milliseconds(kPurgeTimeoutMs);
    while (in_flight_ != 0 && Clock::now() < deadline) rd_kafka_poll(client_.get(), kPollMs);
    topic_.reset();
    client_.reset();
    in_flight_ = 0;
  }

  /// True: nothing is left to be handed to librdkafka.
  bool send_waiting() {
    if (failing_ && !prepare_resend()) return false;
    for (; sent_ < waiting_.size(); ++sent_) {
      if (waiting_[sent_].state != State::kGivenUp && !send(waiting_[sent_])) return false;
    }
    return true;
  }

  bool send(Outgoing& outgoing) {
    const auto& [key, value] = outgoing.message;
    // librdkafka copies the key and borrows the value, which stays in waiting_.
    const int result = rd_kafka_produce(
        topic_.get(), RD_KAFKA_PARTITION_UA, 0, value ? const_cast<char*>(value->data()) : nullptr,
        value ? value->size() : 0, key ? key->data() : nullptr, key ? key->size() : 0, &outgoing);
    if (result == 0) {
      outgoing.state = State::kSent;
      ++in_flight_;
      return true;
    }
    const rd_kafka_resp_err_t error = rd_kafka_last_error();
    if (error == RD_KAFKA_RESP_ERR__QUEUE_FULL) return false;
    if (is_refusal(error)) {
      give_up(outgoing, error);
      return true;
    }
    fail(outgoing, error);
    return false;
  }

  void delivered(Outgoing& outgoing, rd_kafka_resp_err_t error) {
    --in_flight_;
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR) {
      outgoing.state = State::kWritten;
    } else if (is_refusal(error)) {
      give_up(outgoing, error);
    } else {
      fail(outgoing, error);
    }
  }

  void fail(Outgoing& outgoing, rd_kafka_resp_err_t error) {
    outgoing.state = State::kFailed;
    if (!std::exchange(failing_, true)) {
      failed_at_ = Clock::now();
      log_.warn_once(fmt::format("cannot write topic {}: {}; trying again", sink_.options.text("topic"),
                                 rd_kafka_err2str(error)));
    }
  }

  void give_up(Outgoing& outgoing, rd_kafka_resp_err_t error) {
    outgoing.state = State::kGivenUp;
    report_refused(sink_, refused_message(sink_.options, outgoing.message, error));
  }

  /// After a failure: true once the messages from the first failed one on are to be sent again.
  bool prepare_resend() {
    if (Clock::now() - failed_at_ < kResendPause) return false;
    const bool is_fatal = rd_kafka_fatal_error(client_.get(), nullptr, 0) != RD_KAFKA_RESP_ERR_NO_ERROR;
    if (is_fatal && !std::exchange(is_abandoned_, true)) {
      spdlog::warn("{}: the producer has lost its place in topic {}; starting anew", sink_.options.relation,
                   sink_.options.text("topic"));
      // What is on its way fails, and is served as any other failure is.
      rd_kafka_purge(client_.get(),
                     RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT | RD_KAFKA_PURGE_F_NON_BLOCKING);
    }
    if (in_flight_ != 0) return false;
    if (std::exchange(is_abandoned_, false)) replace_client();
    drop_done();
    for (Outgoing& outgoing : waiting_) {
      if (outgoing.state != State::kGivenUp) outgoing.state = State::kWaiting;
    }
    sent_ = 0;
    failing_ = false;
    return true;
  }

  void serve(int timeout_ms) {
    rd_kafka_poll(client_.get(), timeout_ms);
    if (drop_done() && !failing_) log_.connected();
  }

  bool drop_done() {
    bool any = false;
    while (!waiting_.empty() && waiting_.front().is_done()) {
      room_.give_back(waiting_.front().message);
      waiting_.pop_front();
      ++dropped_;
      if (sent_ != 0) --sent_;
      any = true;
    }
    return any;
  }

  const ResolvedSink sink_;
  ConnectionLog log_;
  OutboxRoom room_;
  std::deque<Outgoing> waiting_;  // Not acknowledged, or behind one that is not. Its elements do not move.
  uint64_t dropped_ = 0;          // So many were before them.
  size_t sent_ = 0;               // Of waiting_, those handed to librdkafka.
  size_t in_flight_ = 0;
  bool failing_ = false;
  /// The client has a fatal error, and is replaced as soon as nothing is in flight.
  bool is_abandoned_ = false;
  Clock::time_point failed_at_;
  ClientHandle client_;
  TopicHandle topic_;
  std::jthread closing_;  // Of the client before. Last: it ends before log_, of which the client knows.
};

}  // namespace

std::unique_ptr<engine::Sink> open_kafka_sink(const ResolvedSink& sink) {
  if (sink.options.text("delivery", "at_least_once") == "exactly_once") return open_transactional_sink(sink);
  return std::make_unique<KafkaSink>(sink);
}

}  // namespace sqlmill::rt::connectors
