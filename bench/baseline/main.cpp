// baseline EVENTS.ndjson [--print] [--parse-only | --ratio] [--repeat N] [--no-emit]
//
// The clickstream pipeline's four views in hand-written C++: the bound that compiled pipelines are measured
// against. The file is read into memory first; what is measured is the time from bytes to views, on one core,
// with empty state at the start. Of several runs the fastest counts.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
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
             "  --repeat N    the fastest of N runs\n"
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

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

struct ViewsRun {
  std::unique_ptr<Views> views;
  uint64_t events = 0;
  uint64_t general_lines = 0;
  uint64_t rejected_lines = 0;
  double seconds = std::numeric_limits<double>::infinity();
};

ViewsRun run_views(const EventFile& file, bool emits_changes) {
  ViewsRun run;
  const auto start = std::chrono::steady_clock::now();
  run.views = std::make_unique<Views>(emits_changes);
  Decoder decoder(file.begin(), file.end(), *run.views);
  Event events[kBatchEvents];
  while (const size_t count = decoder.decode(events)) {
    run.views->apply(events, count);
    run.events += count;
  }
  run.seconds = seconds_since(start);
  run.general_lines = decoder.general_lines();
  run.rejected_lines = decoder.rejected_lines();
  return run;
}

void report_views(const ViewsRun& run) {
  const Views& views = *run.views;
  const auto sessions = std::max<uint64_t>(1, views.sessions().end() - 1);
  fmt::print(
      stderr,
      "baseline: {} events, {:.3f} s, {:.0f} events/s, {} bytes of state/session ({} sessions, {} changes, "
      "checksum {:016x}, {} lines parsed by simdjson, {} rejected)\n",
      run.events, run.seconds, static_cast<double>(run.events) / run.seconds, views.state_bytes() / sessions,
      views.sessions().end() - 1, views.changes().changes(), views.changes().checksum(), run.general_lines,
      run.rejected_lines);
}

int run(const Options& options) {
  const EventFile file(options.path);
  ViewsRun best;
  uint64_t lines = 0, length_sum = 0;
  double parse_seconds = std::numeric_limits<double>::infinity();
  for (int i = 0; i < options.repeat; ++i) {
    if (options.parses) {
      const auto start = std::chrono::steady_clock::now();
      lines = parse_only(file, &length_sum);
      parse_seconds = std::min(parse_seconds, seconds_since(start));
    }
    if (options.runs_views) {
      ViewsRun next = run_views(file, options.emits_changes);
      if (next.seconds < best.seconds) best = std::move(next);
    }
  }
  const double parse_rate = static_cast<double>(lines) / parse_seconds;
  if (options.parses) {
    fmt::print(stderr,
               "parse only: {} events, {:.3f} s, {:.0f} events/s (simdjson {}, {} bytes of strings)\n", lines,
               parse_seconds, parse_rate, simdjson_implementation(), length_sum);
  }
  if (options.runs_views) report_views(best);
  if (options.parses && options.runs_views) {
    fmt::print(stderr, "ratio: {:.2f}\n", static_cast<double>(best.events) / best.seconds / parse_rate);
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
