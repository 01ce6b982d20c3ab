// generate_events --events N [--seed S] [--users U] [--pages P] [--events-per-session-max M] [--late-percent
// X]
//                 [--session-goes-on-percent X] [--utm-percent X] [--open-sessions-max K] [--zipf-sessions N]
//                 > events.ndjson
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "bench/generator/event_generator.h"

namespace {

constexpr size_t kBufferBytes = 1 << 20;

[[noreturn]] void fail_usage(const char* reason, std::string_view what) {
  std::fprintf(
      stderr,
      "generate_events: %s %.*s\n"
      "usage: generate_events --events N [--seed S] [--users U] [--pages P] [--events-per-session-max M]\n"
      "                       [--session-goes-on-percent X] [--late-percent X] [--utm-percent X]\n"
      "                       [--open-sessions-max K] [--zipf-sessions N] > events.ndjson\n",
      reason, static_cast<int>(what.size()), what.data());
  std::exit(2);
}

bool write_all(const char* bytes, size_t size) {
  while (size > 0) {
    const ssize_t written = ::write(STDOUT_FILENO, bytes, size);
    if (written <= 0) return false;
    bytes += written;
    size -= static_cast<size_t>(written);
  }
  return true;
}

double parse_number(std::string_view option, const char* text) {
  char* end = nullptr;
  const double value = std::strtod(text, &end);
  if (end == text || *end != '\0' || !(value >= 0)) fail_usage("not a number after", option);
  return value;
}

}  // namespace

int main(int argc, char** argv) {
  sqlmill::bench::GeneratorOptions options;
  double events = -1;
  for (int i = 1; i < argc; i += 2) {
    const std::string_view option = argv[i];
    if (i + 1 == argc) fail_usage("no value after", option);
    const double value = parse_number(option, argv[i + 1]);
    if (option == "--events") {
      events = value;
    } else if (option == "--seed") {
      options.seed = static_cast<uint64_t>(value);
    } else if (option == "--users") {
      options.users = static_cast<uint32_t>(value);
    } else if (option == "--pages") {
      options.pages = static_cast<uint32_t>(value);
    } else if (option == "--events-per-session-max") {
      options.events_per_session_max = static_cast<uint32_t>(value);
    } else if (option == "--session-goes-on-percent") {
      options.session_goes_on_percent = value;
    } else if (option == "--late-percent") {
      options.late_percent = value;
    } else if (option == "--utm-percent") {
      options.utm_percent = value;
    } else if (option == "--open-sessions-max") {
      options.open_sessions_max = static_cast<uint32_t>(value);
    } else if (option == "--zipf-sessions") {
      options.zipf_sessions = static_cast<uint32_t>(value);
    } else {
      fail_usage("unknown option", option);
    }
  }
  if (events < 0) fail_usage("missing", "--events");
  if (options.late_percent >= 100) fail_usage("not below 100:", "--late-percent");

  sqlmill::bench::EventGenerator generator(options);
  std::vector<char> buffer(kBufferBytes + sqlmill::bench::EventGenerator::kLineBytesMax);
  size_t used = 0;
  for (auto left = static_cast<uint64_t>(events); left > 0; --left) {
    used += generator.write_next(buffer.data() + used);
    if (used < kBufferBytes && left > 1) continue;
    if (!write_all(buffer.data(), used)) return std::perror("generate_events"), 3;
    used = 0;
  }
  return 0;
}
