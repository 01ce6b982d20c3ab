// kafka_load fill  --brokers B --topic T --events N [--from K]
// kafka_load probe --brokers B --topic T --sink S --rate R --seconds N [--probes P]
//
// `fill` writes the first N events of the generated clickstream (without the first K), each keyed by its
// session. `probe` writes them at a steady rate, and P probes a second among them: events of the type `probe`
// whose event_id is the time in nanoseconds. The pipeline that is measured sends the event_id of every probe
// to the topic S, where this program waits for it. What it prints is the time from just before a probe was
// handed to the producer to when it was read from S.
#include <fmt/format.h>
#include <librdkafka/rdkafka.h>

#include <algorithm>
#include <atomic>
#include <charconv>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "bench/generator/event_generator.h"

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds kPatience(30);  // For the last probes.

struct Arguments {
  bool probes = false;
  std::string brokers, topic, sink;
  double events = 0, from = 0, rate = 0, seconds = 0, probe_rate = 200;
};

[[noreturn]] void fail(std::string_view what) {
  fmt::print(stderr, "kafka_load: {}\n", what);
  std::exit(2);
}

Arguments parse(int argc, char** argv) {
  Arguments arguments;
  const std::string_view command = argc > 1 ? argv[1] : "";
  if (command != "fill" && command != "probe") fail("the first argument is fill or probe");
  arguments.probes = command == "probe";
  for (int i = 2; i + 1 < argc; i += 2) {
    const std::string_view option = argv[i];
    const char* value = argv[i + 1];
    if (option == "--brokers")
      arguments.brokers = value;
    else if (option == "--topic")
      arguments.topic = value;
    else if (option == "--sink")
      arguments.sink = value;
    else if (option == "--events")
      arguments.events = std::atof(value);
    else if (option == "--from")
      arguments.from = std::atof(value);
    else if (option == "--rate")
      arguments.rate = std::atof(value);
    else if (option == "--seconds")
      arguments.seconds = std::atof(value);
    else if (option == "--probes")
      arguments.probe_rate = std::atof(value);
    else
      fail(fmt::format("unknown option {}", option));
  }
  if (arguments.brokers.empty() || arguments.topic.empty()) fail("--brokers and --topic are needed");
  if (arguments.probes && (arguments.sink.empty() || arguments.seconds <= 0))
    fail("--sink and --seconds are needed");
  return arguments;
}

int64_t now_ns() {
  return Clock::now().time_since_epoch().count();
}

rd_kafka_t* make_client(rd_kafka_type_t type, std::vector<std::pair<const char*, std::string>> properties) {
  rd_kafka_conf_t* config = rd_kafka_conf_new();
  char reason[512];
  for (const auto& [name, value] : properties) {
    if (rd_kafka_conf_set(config, name, value.c_str(), reason, sizeof reason) != RD_KAFKA_CONF_OK)
      fail(reason);
  }
  rd_kafka_t* client = rd_kafka_new(type, config, reason, sizeof reason);
  if (client == nullptr) fail(reason);
  return client;
}

class Producer {
 public:
  explicit Producer(const Arguments& arguments)
      : client_(make_client(RD_KAFKA_PRODUCER,
                            {{"bootstrap.servers", arguments.brokers},
                             {"queue.buffering.max.messages", "1000000"},
                             {"linger.ms", arguments.probes ? "1" : "20"},
                             // Batches grow by themselves, instead of many requests that wait at the broker.
                             {"max.in.flight.requests.per.connection", "2"},
                             {"acks", "1"}})),
        topic_(rd_kafka_topic_new(client_, arguments.topic.c_str(), nullptr)) {}
  ~Producer() {
    while (rd_kafka_flush(client_, 1'000) != RD_KAFKA_RESP_ERR_NO_ERROR) {
    }
    rd_kafka_topic_destroy(topic_);
    rd_kafka_destroy(client_);
  }
  Producer(const Producer&) = delete;
  Producer& operator=(const Producer&) = delete;

  void write(std::string_view event) {
    constexpr std::string_view kBefore = "\"session_id\":\"";
    const size_t at = event.find(kBefore);
    const std::string_view rest = at == event.npos ? "" : event.substr(at + kBefore.size());
    const std::string_view key = rest.substr(0, rest.find('"'));
    while (rd_kafka_produce(topic_, RD_KAFKA_PARTITION_UA, RD_KAFKA_MSG_F_COPY,
                            const_cast<char*>(event.data()), event.size(), key.data(), key.size(),
                            nullptr) != 0) {
      if (rd_kafka_last_error() != RD_KAFKA_RESP_ERR__QUEUE_FULL)
        fail(rd_kafka_err2str(rd_kafka_last_error()));
      rd_kafka_poll(client_, 10);
    }
  }
  void serve() { rd_kafka_poll(client_, 0); }

 private:
  rd_kafka_t* client_;
  rd_kafka_topic_t* topic_;
};

/// Reads the sink's topic (of one partition) from where it ends now, on a thread of its own.
class ProbeReader {
 public:
  explicit ProbeReader(const Arguments& arguments)
      : client_(make_client(RD_KAFKA_CONSUMER,
                            {{"bootstrap.servers", arguments.brokers}, {"fetch.wait.max.ms", "100"}})),
        topic_(rd_kafka_topic_new(client_, arguments.sink.c_str(), nullptr)) {
    int64_t low = 0, high = 0;
    if (rd_kafka_query_watermark_offsets(client_, arguments.sink.c_str(), 0, &low, &high, 10'000) != 0 ||
        rd_kafka_consume_start(topic_, 0, high) != 0) {
      fail(fmt::format("cannot read {}", arguments.sink));
    }
    thread_ = std::thread([this] { run(); });
  }
  ~ProbeReader() {
    rd_kafka_consume_stop(topic_, 0);
    rd_kafka_topic_destroy(topic_);
    rd_kafka_destroy(client_);
  }
  ProbeReader(const ProbeReader&) = delete;
  ProbeReader& operator=(const ProbeReader&) = delete;

  /// Milliseconds of every probe, sorted, once `sent` have come or patience has ended.
  std::vector<double> finish(size_t sent) {
    const auto until = Clock::now() + kPatience;
    while (received_ < sent && Clock::now() < until)
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    stop_ = true;
    thread_.join();
    std::sort(latencies_.begin(), latencies_.end());
    return std::move(latencies_);
  }

 private:
  void run() {
    while (!stop_) {
      rd_kafka_message_t* message = rd_kafka_consume(topic_, 0, 100);
      if (message == nullptr) continue;
      if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
        take({static_cast<const char*>(message->payload), message->len});
      }
      rd_kafka_message_destroy(message);
    }
  }

  /// {"event_id":"123"}
  void take(std::string_view row) {
    const size_t digits = row.find_first_of("0123456789");
    if (digits == row.npos) return;
    int64_t sent_at = 0;
    std::from_chars(row.data() + digits, row.data() + row.size(), sent_at);
    latencies_.push_back(static_cast<double>(now_ns() - sent_at) * 1e-6);
    ++received_;
  }

  rd_kafka_t* client_;
  rd_kafka_topic_t* topic_;
  std::vector<double> latencies_;  // The thread's own until it has ended.
  std::atomic<size_t> received_ = 0;
  std::atomic<bool> stop_ = false;
  std::thread thread_;
};

class Events {
 public:
  Events() : generator_({}) {}
  std::string_view next() {
    return {line_, generator_.write_next(line_) - 1};  // Without the newline.
  }

 private:
  sqlmill::bench::EventGenerator generator_;
  char line_[sqlmill::bench::EventGenerator::kLineBytesMax];
};

void fill(const Arguments& arguments) {
  Producer producer(arguments);
  Events events;
  for (double i = 0; i < arguments.from; ++i) events.next();
  for (double i = arguments.from; i < arguments.events; ++i) {
    producer.write(events.next());
    if (static_cast<uint64_t>(i) % 1'024 == 0) producer.serve();
  }
}

void probe(const Arguments& arguments) {
  ProbeReader reader(arguments);
  Events events;
  uint64_t written = 0, probes = 0;
  double late_ms = 0;
  {
    Producer producer(arguments);
    const auto start = Clock::now();
    for (double elapsed = 0; elapsed < arguments.seconds;) {
      elapsed = std::chrono::duration<double>(Clock::now() - start).count();
      const auto due = static_cast<uint64_t>(elapsed * arguments.rate);
      for (int burst = 0; written < due && burst < 1'024; ++burst, ++written) producer.write(events.next());
      late_ms = std::max(late_ms, static_cast<double>(due - written) / std::max(arguments.rate, 1.0) * 1e3);
      if (probes < static_cast<uint64_t>(elapsed * arguments.probe_rate)) {
        producer.write(fmt::format(R"({{"event_id":"{0}","session_id":"probe-{1}","event_type":"probe"}})",
                                   now_ns(), probes % 64));
        ++probes;
      }
      producer.serve();
      if (written >= due) std::this_thread::sleep_for(std::chrono::microseconds(200));
    }
  }
  const std::vector<double> latencies = reader.finish(probes);
  if (latencies.empty()) fail("no probe came back");
  const auto at = [&](double share) {
    return latencies[std::min(latencies.size() - 1,
                              static_cast<size_t>(share * static_cast<double>(latencies.size())))];
  };
  fmt::print(
      "probes: {} of {} came back; p50 {:.2f} ms, p99 {:.2f} ms, max {:.2f} ms; {} events, at most {:.1f} ms "
      "behind\n",
      latencies.size(), probes, at(0.5), at(0.99), latencies.back(), written, late_ms);
}

}  // namespace

int main(int argc, char** argv) {
  const Arguments arguments = parse(argc, argv);
  if (arguments.probes) {
    probe(arguments);
  } else {
    fill(arguments);
  }
  return 0;
}
