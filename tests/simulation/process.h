// A process of the pipeline between the disk and the broker: the program's own parts, put together as `run`
// does, without a thread of their own. It is one for as long as it is not killed.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "runtime/connectors/kafka/transactional_sink.h"
#include "runtime/main/durable_state.h"
#include "runtime/main/run_loop.h"
#include "tests/simulation/broker.h"
#include "tests/simulation/disk.h"
#include "tests/simulation/world.h"

namespace simulation {

/// Messages by partition, for ever.
using Log = std::vector<std::vector<std::string>>;

class SourceOfLog final : public engine::Source {
 public:
  SourceOfLog(World& world, const Log& log, const engine::Offsets& start) : world_(world), log_(log) {
    for (const auto& [partition, offset] : start) next_[partition] = offset;
  }

  size_t poll(std::vector<delta::RawRecord>& records, const engine::Bounds& bounds) override {
    size_t bytes = 0;
    const size_t most = records.size() + std::min<size_t>(bounds.records, 1 + world_.below(8));
    for (size_t i = 0; i < log_.size(); ++i) {
      const auto partition = static_cast<int32_t>(i);
      while (records.size() < most && next_[partition] < static_cast<int64_t>(log_[i].size())) {
        delta::RawRecord& record = records.emplace_back();
        record.partition = partition;
        record.offset = next_[partition]++;
        record.payload = log_[i][static_cast<size_t>(record.offset)];
        bytes += record.payload->size();
      }
    }
    return bytes;
  }
  engine::Wake wake() const override { return {-1, std::chrono::steady_clock::now()}; }
  void release() override {}
  engine::Offsets next_offsets() const override { return next_; }
  bool reached_end() const override {
    for (size_t i = 0; i < log_.size(); ++i) {
      const auto at = next_.find(static_cast<int32_t>(i));
      if (static_cast<int64_t>(log_[i].size()) > (at == next_.end() ? 0 : at->second)) return false;
    }
    return true;
  }

 private:
  World& world_;
  const Log& log_;
  engine::Offsets next_;
};

class Process {
 public:
  Process(World& world, Disk& disk, Broker& broker, const Log& log, const engine::PipelineInfo& pipeline,
          std::chrono::milliseconds interval)
      : world_(world),
        store_(world, disk),
        session_(pipeline, 1, engine::ErrorTime::kNull, {}),
        durable_(pipeline, session_.engine(), store_, interval, false, checkpoint::Work::kCallersThread),
        poller_(false) {
    durable_.load();
    for (size_t i = 0; i < pipeline.sinks.size(); ++i) open_sink(pipeline, i, broker);
    session_.on_epoch([this] {
      for (const auto& sink : sinks_) sink->write_epoch(in_snapshot_);
    });
    poller_.add(0, std::make_unique<SourceOfLog>(world, log, durable_.start_of(pipeline.inputs[0].name)));
    durable_.begin(poller_, sinks_);
    if (!durable_.resumes()) session_.run_statements({});
    in_snapshot_ = false;
    loop_ = std::make_unique<main::RunLoop>(session_, poller_, sinks_, &durable_);
    world_.say("a process begins behind checkpoint " + std::to_string(store_.newest()));
  }

  engine::Engine& engine() { return session_.engine(); }

  /// Who is not waiting for something goes on.
  void step() {
    switch (world_.below(4)) {
      case kLoop:
        return as(kLoop, [this] { loop_->turn(std::chrono::milliseconds(0)); });
      case kWriter:
        return as(kWriter, [this] { durable_.write_now(); });
      default:
        const size_t sink = world_.below(exactly_once_.size());
        return as(kSinks + sink, [&] { static_cast<void>(exactly_once_[sink]->step({})); });
    }
  }

  /// Nothing is left to do.
  bool is_done() const {
    if (!poller_.reached_end()) return false;
    for (const auto& sink : sinks_) {
      if (sink->sink().backlog().messages != 0) return false;
    }
    return true;
  }

  /// The end of `run`; sinks may be given up.
  void end() {
    std::stop_source stop;
    stop.request_stop();
    is_busy_[kLoop] = is_busy_[kWriter] = true;  // It is this thread that waits for checkpoints now.
    durable_.release_held(stop.get_token());
    engine().readers().stop();
    for (uint64_t i = world_.below(10); i > 0; --i) {
      const size_t sink = world_.below(exactly_once_.size());
      as(kSinks + sink, [&] { static_cast<void>(exactly_once_[sink]->step({})); });
    }
    durable_.finish(stop.get_token());
    world_.say("a process ends");
  }

 private:
  void open_sink(const engine::PipelineInfo& pipeline, size_t index, Broker& broker) {
    connectors::ResolvedSink sink;
    sink.options = connectors::resolve_options(pipeline.sinks[index].name, connectors::OptionUse::kSink,
                                               pipeline.sinks[index].options, {});
    sink.resumes = durable_.resumes();
    sink.identity = durable_.identity_of(index);
    sink.first_message = durable_.first_message_of(index);
    const auto transactions = [&](const connectors::ResolvedSink& resolved) {
      return std::make_unique<TransactionsOfBroker>(world_, broker, resolved.identity,
                                                    std::string(resolved.options.text("topic")));
    };
    const auto open = [&](const connectors::ResolvedSink& resolved) {
      auto made = std::make_unique<connectors::TransactionalSink>(resolved, transactions, false);
      exactly_once_.push_back(made.get());
      return made;
    };
    sinks_.push_back(
        std::make_unique<main::SinkWriter>(pipeline.sinks[index], std::move(sink), engine(), open));
  }

  /// Unless this one waits for something, further up.
  template <class Work>
  void as(size_t who, Work work) {
    if (is_busy_[who]) return;
    is_busy_[who] = true;
    struct Leave {
      bool& busy;
      ~Leave() { busy = false; }
    } const leave{is_busy_[who]};
    work();
  }

  World& world_;
  StoreOfDisk store_;
  main::Session session_;
  main::DurableState durable_;
  std::vector<std::unique_ptr<main::SinkWriter>> sinks_;
  std::vector<connectors::TransactionalSink*> exactly_once_;
  engine::SourcePoller poller_;
  std::unique_ptr<main::RunLoop> loop_;
  bool in_snapshot_ = true;
  enum { kLoop, kWriter, kSinks };
  bool is_busy_[8] = {};
};

}  // namespace simulation
