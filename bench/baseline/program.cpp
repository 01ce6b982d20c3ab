#include "bench/baseline/program.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <string_view>

namespace sqlmill::bench::baseline {
namespace {

[[noreturn]] void fail_usage() {
  fmt::print(
      stderr,
      "usage: baseline_PIPELINE EVENTS.ndjson [--print] [--parse-only | --ratio] [--repeat N] [--no-emit]\n"
      "       baseline_PIPELINE --kafka BROKERS --topic TOPIC [--print] [--no-emit]\n"
      "  --print       the views as CSV on standard output\n"
      "  --parse-only  measure simdjson on the same bytes instead\n"
      "  --ratio       measure both, in turns\n"
      "  --repeat N    the best of N runs\n"
      "  --no-emit     leave out the views' changes\n");
  std::exit(2);
}

double rate(uint64_t events, double seconds) {
  return static_cast<double>(events) / seconds;
}

}  // namespace

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
    } else if (argument == "--kafka" && i + 1 < argc) {
      options.brokers = argv[++i];
    } else if (argument == "--topic" && i + 1 < argc) {
      options.topic = argv[++i];
    } else if (options.path == nullptr && !argument.starts_with("--")) {
      options.path = argv[i];
    } else {
      fail_usage();
    }
  }
  const bool is_kafka = options.brokers != nullptr;
  if (is_kafka != (options.topic != nullptr) || is_kafka == (options.path != nullptr)) fail_usage();
  if (is_kafka && (options.parses || options.repeat > 1)) fail_usage();
  if (options.prints && !options.runs_views) fail_usage();
  return options;
}

void report_views(const Totals& totals, const Duration& duration) {
  fmt::print(stderr,
             "baseline: {} events, {:.3f} s, {:.0f} events/s ({:.0f} a CPU second), {} bytes of state "
             "({} {}, {} changes, checksum {:016x}, {} lines read by simdjson, {} rejected)\n",
             totals.events, duration.seconds, rate(totals.events, duration.seconds),
             rate(totals.events, duration.cpu_seconds), totals.state_bytes, totals.groups, totals.group_name,
             totals.changes, totals.checksum, totals.general_lines, totals.rejected_lines);
}

void report_parser(uint64_t lines, uint64_t length_sum, const Duration& duration) {
  fmt::print(stderr,
             "parse only: {} events, {:.3f} s, {:.0f} events/s ({:.0f} a CPU second; simdjson {}, {} bytes "
             "of strings)\n",
             lines, duration.seconds, rate(lines, duration.seconds), rate(lines, duration.cpu_seconds),
             simdjson_implementation(), length_sum);
}

void report_ratio(const Totals& totals, const Duration& views, uint64_t lines, const Duration& parser) {
  fmt::print(stderr, "ratio: {:.2f} by the clock, {:.2f} by CPU seconds\n",
             rate(totals.events, views.seconds) / rate(lines, parser.seconds),
             rate(totals.events, views.cpu_seconds) / rate(lines, parser.cpu_seconds));
}

}  // namespace sqlmill::bench::baseline
