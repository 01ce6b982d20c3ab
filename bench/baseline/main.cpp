// baseline EVENTS.ndjson [--print] [--parse-only | --ratio] [--repeat N] [--no-emit]
//
// The clickstream pipeline's four views in hand-written C++: the bound that compiled pipelines are measured
// against. The file is read into memory first; what is measured is the time from bytes to views, on one core,
// with empty state at the start. Of several runs the one with the least CPU time counts.
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <limits>
#include <memory>
#include <string_view>

#include "bench/baseline/decoder.h"
#include "bench/baseline/event_file.h"
#include "bench/baseline/parse_only.h"
#include "bench/baseline/print_views.h"
#include "bench/baseline/views.h"

namespace sqlmill::bench::baseline {
namespace {

struct Options {
  const char* path = nullptr;
  bool prints = false;
  bool parses = false;
  bool runs_views = true;
  bool emits_changes = true;
  int repeat = 1;
};

[[noreturn]] void fail_usage() {
  fmt::print(stderr,
             "usage: baseline EVENTS.ndjson [--print] [--parse-only | --ratio] [--repeat N] [--no-emit]\n"
             "  --print       the four views as CSV on standard output\n"
             "  --parse-only  measure simdjson on the same bytes instead\n"
             "  --ratio       measure both, in turns\n"
             "  --repeat N    the best of N runs\n"
             "  --no-emit     leave out the views' changes\n");
  std::exit(2);
}

Options parse_options(int argc, char** argv) {
  Options options;
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    if (argument == "--print") {
      options.prints = true;
    } else if (argument == "--parse-only") {
      options.parses = true;
      options.runs_views = false;
    } else if (argument == "--ratio") {
      options.parses = options.runs_views = true;
    } else if (argument == "--no-emit") {
      options.emits_changes = false;
    } else if (argument == "--repeat" && i + 1 < argc) {
      options.repeat = std::max(1, std::atoi(argv[++i]));
    } else if (options.path == nullptr && !argument.starts_with("--")) {
      options.path = argv[i];
    } else {
      fail_usage();
    }
  }
  if (options.path == nullptr || (options.prints && !options.runs_views)) fail_usage();
  return options;
}

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

double rate(uint64_t events, double seconds) {
  return static_cast<double>(events) / seconds;
}

struct ViewsRun {
  std::unique_ptr<Views> views;
  uint64_t events = 0;
  uint64_t general_lines = 0;
  uint64_t rejected_lines = 0;
  Duration duration;
};

ViewsRun run_views(const EventFile& file, bool emits_changes) {
  ViewsRun run;
  const StopWatch watch;
  run.views = std::make_unique<Views>(emits_changes);
  Decoder decoder(file.begin(), file.end(), *run.views);
  Event events[kBatchEvents];
  while (const size_t count = decoder.decode(events)) {
    run.views->apply(events, count);
    run.events += count;
  }
  run.duration = watch.elapsed();
  run.general_lines = decoder.general_lines();
  run.rejected_lines = decoder.rejected_lines();
  return run;
}

void report_views(const ViewsRun& run) {
  const Views& views = *run.views;
  const auto sessions = std::max<uint64_t>(1, views.sessions().end() - 1);
  fmt::print(
      stderr,
      "baseline: {} events, {:.3f} s, {:.0f} events/s ({:.0f} a CPU second), {} bytes of state/session "
      "({} sessions, {} changes, checksum {:016x}, {} lines read by simdjson, {} rejected)\n",
      run.events, run.duration.seconds, rate(run.events, run.duration.seconds),
      rate(run.events, run.duration.cpu_seconds), views.state_bytes() / sessions, views.sessions().end() - 1,
      views.changes().changes(), views.changes().checksum(), run.general_lines, run.rejected_lines);
}

int run(const Options& options) {
  const EventFile file(options.path);
  ViewsRun best;
  uint64_t lines = 0, length_sum = 0;
  Duration parse;
  for (int i = 0; i < options.repeat; ++i) {
    if (options.parses) {
      const StopWatch watch;
      lines = parse_only(file, &length_sum);
      const Duration next = watch.elapsed();
      if (next.cpu_seconds < parse.cpu_seconds) parse = next;
    }
    if (options.runs_views) {
      ViewsRun next = run_views(file, options.emits_changes);
      if (next.duration.cpu_seconds < best.duration.cpu_seconds) best = std::move(next);
    }
  }
  if (options.parses) {
    fmt::print(stderr,
               "parse only: {} events, {:.3f} s, {:.0f} events/s ({:.0f} a CPU second; simdjson {}, {} bytes "
               "of strings)\n",
               lines, parse.seconds, rate(lines, parse.seconds), rate(lines, parse.cpu_seconds),
               simdjson_implementation(), length_sum);
  }
  if (options.runs_views) report_views(best);
  if (options.parses && options.runs_views) {
    fmt::print(stderr, "ratio: {:.2f} by the clock, {:.2f} by CPU seconds\n",
               rate(best.events, best.duration.seconds) / rate(lines, parse.seconds),
               rate(best.events, best.duration.cpu_seconds) / rate(lines, parse.cpu_seconds));
  }
  if (options.prints) print_views(*best.views, stdout);
  return 0;
}

}  // namespace
}  // namespace sqlmill::bench::baseline

int main(int argc, char** argv) {
  using namespace sqlmill::bench::baseline;
  return run(parse_options(argc, argv));
}
