// Transactions by librdkafka, whose functions block.
#include <fmt/format.h>

#include <utility>

#include "runtime/connectors/kafka/kafka_client.h"
#include "runtime/connectors/kafka/progress_topic.h"
#include "runtime/connectors/kafka/refused_message.h"
#include "runtime/connectors/kafka/transactions.h"

namespace sqlmill::rt::connectors {

namespace {

using ErrorHandle = std::unique_ptr<rd_kafka_error_t, Destroy<rd_kafka_error_destroy>>;

constexpr int kPollMs = 100;
/// Calls that wait for the broker look so often whether they are to stop.
constexpr int kStepMs = 2'000;

void* bytes_of(const std::optional<std::string>& text) {
  return text ? const_cast<char*>(text->data()) : nullptr;
}
size_t size_of(const std::optional<std::string>& text) {
  return text ? text->size() : 0;
}

class KafkaTransactions final : public Transactions {
 public:
  explicit KafkaTransactions(const ResolvedSink& sink)
      : sink_(sink),
        log_(sink.options.relation, std::string(sink.options.text("properties.bootstrap.server"))),
        progress_(sink.options, sink.identity, log_) {
    client_ = make_producer();  // All that is wrong with options is told now.
  }
  ~KafkaTransactions() override { drop_client(); }
  KafkaTransactions(const KafkaTransactions&) = delete;
  KafkaTransactions& operator=(const KafkaTransactions&) = delete;

  void open() override {
    if (!client_) client_ = make_producer();
    progress_.create(client_.get());
  }

  void close() override { drop_client(); }

  Reply fence(const std::stop_token& stop) override {
    return complete("beginning", stop, [&] { return rd_kafka_init_transactions(client_.get(), kStepMs); });
  }

  Reply begin(const std::stop_token& stop) override {
    sent_.clear();
    return complete("beginning a transaction", stop,
                    [&] { return rd_kafka_begin_transaction(client_.get()); });
  }

  bool claim(std::string_view writer) override {
    return progress_.write_claim(client_.get(), writer) == RD_KAFKA_RESP_ERR_NO_ERROR;
  }

  Reply send(std::span<const engine::SinkMessage* const> messages, uint64_t next, uint64_t checkpoint,
             const std::stop_token& stop) override {
    sent_.reserve(messages.size());
    for (size_t i = 0; i < messages.size(); ++i) {
      if (messages[i] != nullptr && !produce(i, *messages[i], stop)) return Reply::kAbort;
    }
    if (progress_.write_next(client_.get(), next, checkpoint) != RD_KAFKA_RESP_ERR_NO_ERROR)
      return Reply::kAbort;
    rd_kafka_flush(client_.get(), kStepMs);
    return Reply::kDone;
  }

  Reply commit(const std::stop_token& stop) override {
    const Reply reply = complete("committing a transaction", stop,
                                 [&] { return rd_kafka_commit_transaction(client_.get(), kStepMs); });
    if (reply == Reply::kDone) log_.connected();
    return reply;
  }

  Reply abort(const std::stop_token& stop) override {
    return complete("aborting a transaction", stop,
                    [&] { return rd_kafka_abort_transaction(client_.get(), kStepMs); });
  }

  std::vector<RefusedMessage> refused() const override {
    std::vector<RefusedMessage> refused;
    for (const Sent& sent : sent_) {
      if (is_refusal(sent.error))
        refused.push_back({sent.index, refused_message(sink_.options, *sent.message, sent.error)});
    }
    return refused;
  }

  std::optional<Progress> read_progress(std::string_view until_claim, const std::stop_token& stop) override {
    return progress_.read(until_claim, stop);
  }

 private:
  /// What librdkafka refers to while a message is on its way.
  struct Sent {
    size_t index;
    const engine::SinkMessage* message;
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

  void drop_client() {
    if (!client_) return;
    rd_kafka_purge(client_.get(),
                   RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT | RD_KAFKA_PURGE_F_NON_BLOCKING);
    // What it has not sent is not refused: what it says of that while it goes is not of interest.
    std::vector<Sent> sent = sent_;
    client_.reset();
    sent_ = std::move(sent);
  }

  bool produce(size_t index, const engine::SinkMessage& message, const std::stop_token& stop) {
    const std::string topic(sink_.options.text("topic"));
    Sent& sent = sent_.emplace_back(Sent{index, &message});
    while (true) {
      // Key and value stay where they are, but a client that is left behind may not be done with them.
      const rd_kafka_resp_err_t error = rd_kafka_producev(
          client_.get(), RD_KAFKA_V_TOPIC(topic.c_str()), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
          RD_KAFKA_V_KEY(bytes_of(message.key), size_of(message.key)),
          RD_KAFKA_V_VALUE(bytes_of(message.value), size_of(message.value)), RD_KAFKA_V_OPAQUE(&sent),
          RD_KAFKA_V_END);
      if (error == RD_KAFKA_RESP_ERR_NO_ERROR) return true;
      sent.error = error;
      if (error != RD_KAFKA_RESP_ERR__QUEUE_FULL || stop.stop_requested()) return false;
      sent.error = RD_KAFKA_RESP_ERR_NO_ERROR;
      rd_kafka_poll(client_.get(), kPollMs);
    }
  }

  /// Calls until the broker has answered.
  template <class Call>
  Reply complete(const char* what, const std::stop_token& stop, Call call) {
    while (!stop.stop_requested()) {
      const ErrorHandle error(call());
      if (!error) return Reply::kDone;
      if (rd_kafka_error_is_retriable(error.get())) continue;
      log_.warn_once(fmt::format("cannot write topic {}: {}: {}; trying again", sink_.options.text("topic"),
                                 what, rd_kafka_error_string(error.get())));
      return meaning_of(*error);
    }
    return Reply::kOver;
  }

  static Reply meaning_of(const rd_kafka_error_t& error) {
    const rd_kafka_resp_err_t code = rd_kafka_error_code(&error);
    if (rd_kafka_error_is_fatal(&error) != 0) {
      const bool is_fenced = code == RD_KAFKA_RESP_ERR__FENCED || code == RD_KAFKA_RESP_ERR_PRODUCER_FENCED ||
                             code == RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH;
      return is_fenced ? Reply::kFenced : Reply::kOver;
    }
    return rd_kafka_error_txn_requires_abort(&error) != 0 ? Reply::kAbort : Reply::kOver;
  }

  const ResolvedSink& sink_;
  ConnectionLog log_;
  const ProgressTopic progress_;
  std::vector<Sent> sent_;  // Outlives the client's use of it.
  ClientHandle client_;
};

}  // namespace

std::unique_ptr<Transactions> kafka_transactions(const ResolvedSink& sink) {
  return std::make_unique<KafkaTransactions>(sink);
}

}  // namespace sqlmill::rt::connectors
