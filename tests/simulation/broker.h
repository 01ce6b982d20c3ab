// A broker with transactions, as Kafka has them: of one transactional id only the newest producer can write;
// a producer that begins ends what earlier ones had begun; a reader of committed messages sees nothing behind
// an open transaction. Requests and answers get lost, or arrive late: also when who sent them is gone.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "runtime/connectors/kafka/transactions.h"
#include "tests/simulation/world.h"

namespace simulation {

using namespace sqlmill::rt;
using connectors::Reply;

class Broker {
 public:
  struct Record {
    std::optional<std::string> key;
    std::optional<std::string> value;
  };
  struct Request {
    enum class Kind : uint8_t { kWrite, kCommit, kAbort } kind;
    std::string id;
    uint64_t producer;
    std::string topic = {};
    std::vector<Record> records = {};
  };

  explicit Broker(World& world) : world_(world) {}

  /// A new producer of this id; what earlier ones had open is aborted.
  uint64_t begin_producer(const std::string& id) {
    end(id, State::kAborted);
    return ++producers_[id];
  }

  Reply take(const Request& request) {
    if (producers_[request.id] != request.producer) return Reply::kFenced;
    if (request.kind == Request::Kind::kCommit) {
      end(request.id, State::kCommitted);
    } else if (request.kind == Request::Kind::kAbort) {
      end(request.id, State::kAborted);
    } else {
      const auto [open, is_new] = open_.try_emplace(request.id, states_.size());
      if (is_new) states_.push_back(State::kOpen);
      for (const Record& record : request.records) topics_[request.topic].push_back({record, open->second});
    }
    return Reply::kDone;
  }

  /// What is on its way comes behind what was sent before, or never.
  void send_late(Request request) { late_.push_back(std::move(request)); }
  /// Of one producer, before its next request; or of anyone, now and then.
  void deliver_late(const std::string* id) {
    for (size_t i = 0; i < late_.size();) {
      if (id != nullptr && late_[i].id != *id) {
        ++i;
        continue;
      }
      if (world_.one_in(2)) take(late_[i]);
      late_.erase(late_.begin() + static_cast<std::ptrdiff_t>(i));
      if (id == nullptr) return;
    }
  }

  /// A transaction took too long: the broker ends it, and its producer.
  void time_out() {
    if (open_.empty()) return;
    auto at = open_.begin();
    std::advance(at, static_cast<std::ptrdiff_t>(world_.below(open_.size())));
    const std::string id = at->first;
    world_.say("the broker ends the transaction of " + id);
    end(id, State::kAborted);
    ++producers_[id];
  }

  /// `visit(record)` for each up to the first that is open.
  template <class Visit>
  void visit_committed(const std::string& topic, Visit visit) const {
    const auto at = topics_.find(topic);
    if (at == topics_.end()) return;
    for (const auto& [record, transaction] : at->second) {
      if (states_[transaction] == State::kOpen) return;
      if (states_[transaction] == State::kCommitted) visit(record);
    }
  }

 private:
  enum class State : uint8_t { kOpen, kCommitted, kAborted };

  void end(const std::string& id, State state) {
    const auto at = open_.find(id);
    if (at == open_.end()) return;
    states_[at->second] = state;
    open_.erase(at);
  }

  World& world_;
  std::map<std::string, uint64_t> producers_;  // The newest, by transactional id.
  std::map<std::string, size_t> open_;         // Index in states_.
  std::vector<State> states_;
  std::map<std::string, std::vector<std::pair<Record, size_t>>> topics_;
  std::vector<Request> late_;
};

/// A sink's transactions with it.
class TransactionsOfBroker final : public connectors::Transactions {
 public:
  TransactionsOfBroker(World& world, Broker& broker, std::string id, std::string topic)
      : world_(world), broker_(broker), id_(std::move(id)), topic_(std::move(topic)) {}

  void open() override {}
  void close() override { producer_ = 0; }

  Reply fence(const std::stop_token&) override {
    world_.wait_outside("before a producer begins");
    if (world_.fails_once_in(15)) return Reply::kOver;
    producer_ = broker_.begin_producer(id_);
    world_.wait_outside("behind a producer's begin");
    return world_.fails_once_in(15) ? Reply::kOver : Reply::kDone;
  }

  Reply begin(const std::stop_token&) override {
    return world_.fails_once_in(30) ? Reply::kAbort : Reply::kDone;
  }

  bool claim(std::string_view writer) override {
    return write(kProgress, {{id_ + "/writer", std::string(writer)}}) == Reply::kDone;
  }

  Reply send(std::span<const engine::SinkMessage* const> messages, uint64_t next, uint64_t,
             const std::stop_token&) override {
    std::vector<Broker::Record> records;
    const auto flush = [&] { return write(topic_, std::exchange(records, {})); };
    for (const engine::SinkMessage* message : messages) {
      records.push_back({message->key, message->value});
      if (!world_.one_in(20)) continue;
      if (const Reply reply = flush(); reply != Reply::kDone) return reply;
    }
    if (const Reply reply = flush(); reply != Reply::kDone) return reply;
    return write(kProgress, {{id_ + "/next", std::to_string(next)}});
  }

  Reply commit(const std::stop_token&) override {
    return call({Broker::Request::Kind::kCommit, id_, producer_});
  }
  Reply abort(const std::stop_token&) override {
    return call({Broker::Request::Kind::kAbort, id_, producer_});
  }
  std::vector<connectors::RefusedMessage> refused() const override { return {}; }

  std::optional<connectors::Progress> read_progress(std::string_view until_claim,
                                                    const std::stop_token&) override {
    world_.wait_outside("while the progress is read");
    if (world_.fails_once_in(15)) return {};
    const std::string next_key = id_ + "/next";
    const std::string claim_key = id_ + "/writer";
    connectors::Progress progress;
    bool is_complete = until_claim.empty();
    broker_.visit_committed(kProgress, [&](const Broker::Record& record) {
      if (!until_claim.empty() && is_complete) return;
      if (record.key == next_key) progress.next = std::stoull(*record.value);
      if (record.key == claim_key) progress.writer = *record.value;
      is_complete |= progress.writer == until_claim;
    });
    if (!is_complete) return {};
    return progress;
  }

 private:
  static constexpr const char* kProgress = "sqlmill-progress";

  Reply write(const std::string& topic, std::vector<Broker::Record> records) {
    const Reply reply = call({Broker::Request::Kind::kWrite, id_, producer_, topic, std::move(records)});
    // Unlike of a commit, of this it is known that it is over.
    return reply == Reply::kOver && world_.one_in(2) ? Reply::kAbort : reply;
  }

  Reply call(const Broker::Request& request) {
    world_.wait_outside("before a request");
    broker_.deliver_late(&id_);
    Reply reply = world_.one_in(2) ? Reply::kOver : Reply::kAbort;
    if (request.kind == Broker::Request::Kind::kWrite) reply = Reply::kOver;
    if (world_.fails_once_in(30)) return reply;  // It never arrives.
    if (world_.fails_once_in(30)) {
      broker_.send_late(request);
      world_.wait_outside("while a request is on its way");
      return reply;
    }
    const Reply answer = broker_.take(request);
    world_.wait_outside("before an answer");
    return world_.fails_once_in(30) ? reply : answer;
  }

  World& world_;
  Broker& broker_;
  const std::string id_;
  const std::string topic_;
  uint64_t producer_ = 0;
};

}  // namespace simulation
