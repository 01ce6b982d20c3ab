// pinned_reads cost | threads | slow | budget [--returning] [--repeat N]
//
// What it costs to read records as of a pinned epoch while one thread changes them.
//
//   cost     one thread: an event with no pin, and with a pin, for each place of stamps and of version links,
//            and a scan of the pinned epoch for each of them
//   threads  a worker and a client: 200 look-ups a second and one scan after the other
//   slow     the same, but the client takes ten seconds to read a scan
//   budget   the same with room for 4 MiB of versions: the pin must be lost, and the events must not notice
//
// Every scan is compared with the sums that the worker kept for the pinned epoch; a difference ends the
// program with 1.
#include <fmt/format.h>

#include <cstdlib>
#include <memory>
#include <string_view>
#include <thread>

#include "bench/micro/measure.h"
#include "bench/micro/reading_threads.h"
#include "bench/micro/session_events.h"
#include "bench/micro/session_state.h"

namespace sqlmill::bench::micro {
namespace {

constexpr size_t kWarmEvents = size_t{kSessions} * kEventsPerSession;

struct Options {
  std::string_view what;
  Arrival arrival = Arrival::kSessions;
  int repeat = 3;
};

// ---- One thread: what an event and a scanned record cost ----

template <StampsPlace kStamps, Links kLinks>
void measure_costs(std::string_view name, const std::vector<Event>& warm, const std::vector<Event>& events,
                   size_t epoch_rows) {
  constexpr size_t kSegment = 500'000;
  using State = SessionState<kStamps, kLinks>;
  State state;
  size_t next = 0;
  const auto run = [&](const std::vector<Event>& from, size_t count) {
    const int64_t start = cpu_ns();
    for (const size_t end = next + count; next < end; next += epoch_rows) {
      state.consume(from.data() + next, std::min(epoch_rows, end - next));
      state.seal();
    }
    return static_cast<double>(cpu_ns() - start) / static_cast<double>(count);
  };
  run(warm, warm.size());
  std::vector<double> free_ns, pinned_ns, birth_ns, no_birth_ns, saved, bytes;
  next = 0;
  while (next + 2 * kSegment <= events.size()) {
    free_ns.push_back(run(events, kSegment));
    const uint32_t pin = state.pin();
    const uint32_t end = state.end();
    const Totals expected = state.totals();
    const uint64_t saved_before = state.versions_saved();
    pinned_ns.push_back(run(events, kSegment));
    saved.push_back(static_cast<double>(state.versions_saved() - saved_before) / kSegment);
    bytes.push_back(static_cast<double>(state.version_bytes()) / (1 << 20));
    for (const bool uses_birth : {true, false}) {
      Totals got;
      const int64_t start = cpu_ns();
      scan(state, pin, 0, state.end(), uses_birth, [&](const Session& session) {
        add(got, session.events, session.sum);
        return true;
      });
      (uses_birth ? birth_ns : no_birth_ns).push_back(static_cast<double>(cpu_ns() - start) / end);
      if (got != expected) fail_inconsistent(got, expected);
    }
    state.unpin(pin);
  }
  fmt::print("{:26} {:5} {:8.1f} {:8.1f} {:8.2f} {:8.3f} {:9.1f} {:9.1f} {:9.1f}\n", name, epoch_rows,
             median(free_ns), median(pinned_ns), median(pinned_ns) / median(free_ns), median(saved),
             median(bytes), median(birth_ns), median(no_birth_ns));
}

void run_costs(const Options& options) {
  SessionEvents source(options.arrival);
  const auto warm = source.next(kWarmEvents);
  const auto events = source.next(12'000'000);
  fmt::print(
      "stamps, links               rows ns/event   pinned    ratio  saved/ev  MiB vers. ns/scan   no "
      "birth\n");
  for (const size_t rows : {64, 256, 1024}) {
    measure_costs<StampsPlace::kInRecord, Links::kInRecord>("in record, in record", warm, events, rows);
    measure_costs<StampsPlace::kInRecord, Links::kByNumber>("in record, by number", warm, events, rows);
    measure_costs<StampsPlace::kInRecord, Links::kHashed>("in record, hashed", warm, events, rows);
    measure_costs<StampsPlace::kBeside, Links::kByNumber>("beside, by number", warm, events, rows);
    measure_costs<StampsPlace::kBeside, Links::kHashed>("beside, hashed", warm, events, rows);
  }
}

// ---- Two threads: a worker that owns the records, and a client ----

void print_heading() {
  fmt::print(
      "epoch slice events/s ns/event  behind  look-up µs         pause µs       scans              versions "
      "        deleted  pins  changed\n"
      " rows           in M      CPU    rows   p50    p99     max    p99     max    n       ms    saved     "
      "MiB "
      "linger  lost  a second\n");
}

void run_threads(const Setting& setting, const std::vector<Event>& warm, const std::vector<Event>& events) {
  const auto queues = std::make_unique<Queues>();
  Worker worker(setting, *queues);
  worker.warm_up(warm);
  Client client(setting, *queues);
  std::thread thread([&] { client.run(); });
  worker.run(events);
  thread.join();
  const auto us = [](const std::vector<int64_t>& values, double part) {
    return static_cast<double>(percentile(values, part)) * 1e-3;
  };
  fmt::print("{:5} {:5} {:8.2f} {:8.1f} {:7} {:5.0f} {:6.0f} {:7.0f} {:6.0f} {:7.0f} ", setting.epoch_rows,
             setting.scans ? setting.slice : 0, worker.events_a_second * 1e-6,
             worker.cpu_seconds * 1e9 / static_cast<double>(events.size()), worker.lag_max,
             us(client.look_up_ns, 0.5), us(client.look_up_ns, 0.99), us(client.look_up_ns, 1),
             us(worker.pauses_ns, 0.99), us(worker.pauses_ns, 1));
  fmt::print("{:4} {:8.1f} {:8} {:7.1f} {:6} {:5} {:9}\n", client.scan_ms.size(), median(client.scan_ms),
             worker.state().versions_saved(), static_cast<double>(worker.version_bytes_max) / (1 << 20),
             worker.lingering_max, client.lost, median(worker.changed));
}

void run_fast_scans(const Options& options) {
  SessionEvents source(options.arrival);
  const auto warm = source.next(kWarmEvents);
  const auto events = source.next(8'000'000);
  for (const bool has_credit : {false, true}) {
    for (const double rate : {3e6, 0.0}) {
      fmt::print("{}, {}\n", rate > 0 ? "3 M events/s" : "as many events as it can",
                 has_credit ? "a record an event" : "a slice after every epoch");
      print_heading();
      for (const size_t rows : {64, 256, 1024}) {
        for (const uint32_t slice : {0, 64, 256, 1024, 4096}) {
          const Setting setting{rows, slice, rate, slice != 0, has_credit};
          for (int i = 0; i < options.repeat; ++i) run_threads(setting, warm, events);
        }
      }
    }
  }
}

/// Ten seconds for a scan of all records, in a run of thirteen.
void run_slow_scan(const Options& options, size_t budget) {
  SessionEvents source(options.arrival);
  const auto warm = source.next(kWarmEvents);
  const auto events = source.next(39'000'000);
  constexpr int64_t kScanNs = 10'000'000'000;
  constexpr int64_t kBatches = kSessions / std::extent_v<decltype(ResultBatch::rows)>;
  print_heading();
  for (int i = 0; i < options.repeat; ++i) {
    run_threads({.rate = 3e6, .batch_pause_ns = kScanNs / kBatches, .budget = budget}, warm, events);
  }
}

[[noreturn]] void fail_usage() {
  fmt::print(stderr, "usage: pinned_reads cost|threads|slow|budget [--returning] [--repeat N]\n");
  std::exit(2);
}

Options parse_options(int argc, char** argv) {
  Options options;
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    if (argument == "--returning") {
      options.arrival = Arrival::kReturning;
    } else if (argument == "--repeat" && i + 1 < argc) {
      options.repeat = std::max(1, std::atoi(argv[++i]));
    } else if (options.what.empty() && !argument.starts_with("--")) {
      options.what = argument;
    } else {
      fail_usage();
    }
  }
  return options;
}

}  // namespace
}  // namespace sqlmill::bench::micro

int main(int argc, char** argv) {
  using namespace sqlmill::bench::micro;
  const Options options = parse_options(argc, argv);
  if (options.what == "cost") {
    run_costs(options);
  } else if (options.what == "threads") {
    run_fast_scans(options);
  } else if (options.what == "slow") {
    run_slow_scan(options, SIZE_MAX);
  } else if (options.what == "budget") {
    run_slow_scan(options, size_t{4} << 20);
  } else {
    fail_usage();
  }
}
