// baseline_PIPELINE EVENTS.ndjson [--print] [--parse-only | --ratio] [--repeat N] [--no-emit]
// baseline_PIPELINE --kafka BROKERS --topic TOPIC [--print] [--no-emit]
//
// A pipeline's views in hand-written C++: the bound that the compiled pipeline is measured against. A file
// is read into memory first; what is measured is the time from bytes to views, on one core, with empty state
// at the start. Of several runs the one with the least CPU time counts. From Kafka it is the time from before
// the client is made to the end of the topic, with the CPU seconds of the client's threads.
#pragma once

#include <cstdint>
#include <cstdio>
#include <ctime>
#include <limits>
#include <memory>

#include "bench/baseline/decoder.h"
#include "bench/baseline/event_file.h"
#include "bench/baseline/parse_only.h"
#include "bench/kafka/topic_reader.h"

namespace sqlmill::bench::baseline {

struct Options {
  const char* path = nullptr;
  const char* brokers = nullptr;  // of Kafka, instead of a file
  const char* topic = nullptr;
  bool prints = false;
  bool parses = false;
  bool runs_views = true;
  bool emits_changes = true;
  int repeat = 1;
};

/// Ends the program when the arguments are wrong.
Options parse_options(int argc, char** argv);

/// What a run took by the clock, and of the processor: on a busy machine only the second says much.
struct Duration {
  double seconds = std::numeric_limits<double>::infinity();
  double cpu_seconds = std::numeric_limits<double>::infinity();
};

class StopWatch {
 public:
  Duration elapsed() const {
    return {read(CLOCK_MONOTONIC) - seconds_, read(CLOCK_PROCESS_CPUTIME_ID) - cpu_seconds_};
  }

 private:
  static double read(clockid_t clock) {
    timespec time{};
    ::clock_gettime(clock, &time);
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
  }

  double seconds_ = read(CLOCK_MONOTONIC);
  double cpu_seconds_ = read(CLOCK_PROCESS_CPUTIME_ID);
};

struct Totals {
  uint64_t events = 0;
  uint64_t general_lines = 0;
  uint64_t rejected_lines = 0;
  size_t state_bytes = 0;
  uint64_t groups = 0;  // of the first level
  const char* group_name = "";
  uint64_t changes = 0;
  uint64_t checksum = 0;
};

void report_views(const Totals& totals, const Duration& duration);
void report_parser(uint64_t lines, uint64_t length_sum, const Duration& duration);
void report_ratio(const Totals& totals, const Duration& views, uint64_t lines, const Duration& parser);

/// The lines of the decoder until it has no more.
template <class Views>
void run_decoder(Decoder<Views>& decoder, Views& views, Totals& totals) {
  typename Views::Event events[kBatchEvents];
  while (const size_t count = decoder.decode(events)) {
    views.apply(events, count);
    totals.events += count;
  }
  totals.general_lines = decoder.general_lines();
  totals.rejected_lines = decoder.rejected_lines();
}

template <class Views>
Totals run_views(const EventFile& file, Views& views) {
  Totals totals;
  Decoder<Views> decoder(file.begin(), file.end(), views);
  run_decoder(decoder, views, totals);
  return totals;
}

template <class Views>
Totals run_views(TopicReader& topic, Views& views) {
  static_assert(TopicReader::kPadding >= EventFile::kPadding);
  Totals totals;
  Decoder<Views> decoder(nullptr, nullptr, views);
  while (topic.read()) {
    decoder.continue_with(topic.begin(), topic.end());
    run_decoder(decoder, views, totals);
  }
  return totals;
}

template <class Views>
void describe_state(const Views& views, Totals& totals) {
  totals.state_bytes = views.state_bytes();
  totals.groups = views.groups();
  totals.group_name = Views::kGroupName;
  totals.changes = views.changes().changes();
  totals.checksum = views.changes().checksum();
}

template <class Views>
int run_from_file(const Options& options) {
  const EventFile file(options.path);
  std::unique_ptr<Views> views;
  Totals totals;
  Duration best, parse;
  uint64_t lines = 0, length_sum = 0;
  for (int i = 0; i < options.repeat; ++i) {
    if (options.parses) {
      const StopWatch watch;
      lines = parse_only(file, &length_sum);
      const Duration next = watch.elapsed();
      if (next.cpu_seconds < parse.cpu_seconds) parse = next;
    }
    if (options.runs_views) {
      views.reset();
      const StopWatch watch;
      views = std::make_unique<Views>(options.emits_changes);
      totals = run_views(file, *views);
      const Duration next = watch.elapsed();
      if (next.cpu_seconds < best.cpu_seconds) best = next;
    }
  }
  if (options.parses) report_parser(lines, length_sum, parse);
  if (options.runs_views) {
    describe_state(*views, totals);
    report_views(totals, best);
  }
  if (options.parses && options.runs_views) report_ratio(totals, best, lines, parse);
  if (options.prints) print_views(*views, stdout);
  return 0;
}

template <class Views>
int run_from_kafka(const Options& options) {
  const StopWatch watch;
  TopicReader topic(options.brokers, options.topic);
  Views views(options.emits_changes);
  Totals totals = run_views(topic, views);
  const Duration duration = watch.elapsed();
  describe_state(views, totals);
  report_views(totals, duration);
  if (options.prints) print_views(views, stdout);
  return 0;
}

/// `Views` is what Decoder asks for, and is made with whether it emits its changes; it has apply(), groups(),
/// kGroupName, state_bytes() and changes(), and beside it stands print_views().
template <class Views>
int run_program(int argc, char** argv) {
  const Options options = parse_options(argc, argv);
  return options.brokers != nullptr ? run_from_kafka<Views>(options) : run_from_file<Views>(options);
}

}  // namespace sqlmill::bench::baseline
