#include "bench/baseline/session_sizes/print_views.h"

#include <fmt/format.h>

#include <string>
#include <vector>

#include "bench/baseline/csv.h"

namespace sqlmill::bench::baseline::session_sizes {
namespace {

/// As PostgreSQL prints the difference of two timestamps: `1 day 00:02:03.5`.
std::string format_interval(int64_t duration_us) {
  if (duration_us == kNoTime) return "";
  constexpr int64_t kSecondUs = 1'000'000, kDayUs = 86'400 * kSecondUs;
  const int64_t days = duration_us / kDayUs, seconds = duration_us % kDayUs / kSecondUs;
  std::string text = days == 0 ? "" : days == 1 ? "1 day" : fmt::format("{} days", days);
  if (days != 0 && duration_us % kDayUs == 0) return text;
  if (days != 0) text += ' ';
  text += fmt::format("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
  if (duration_us % kSecondUs == 0) return text;
  text += fmt::format(".{:06}", duration_us % kSecondUs);
  text.erase(text.find_last_not_of('0') + 1);
  return text;
}

void print_sessions(const Views& views, std::FILE* out) {
  std::vector<std::string> rows;
  for (uint32_t row = 1; row < views.sessions().end(); ++row) {
    const Session& session = views.sessions()[row];
    rows.push_back(fmt::format("{},{},{},{}", csv(session.session_id), session.totals.events,
                               session.totals.pages, format_interval(session.totals.duration_us())));
  }
  print_view(out, "session_events", "session_id,events,pages,duration", rows);
}

void print_histogram(Views& views, std::FILE* out) {
  std::vector<std::string> rows;
  views.for_each_bar([&](uint32_t size, const BarRow& row) {
    const Average average = average_pages(row);
    rows.push_back(fmt::format("{},{},{},{},{}", size, row.sessions,
                               format_decimal(average.value, static_cast<int>(average.scale)),
                               format_interval(row.shortest_us), format_interval(row.longest_us)));
  });
  print_view(out, "session_histogram", "session_size,sessions,average_pages,shortest,longest", rows);
}

void print_classes(const Views& views, std::FILE* out) {
  static constexpr const char* kNames[kSizeClasses] = {"bounce", "short", "engaged", "long"};
  std::vector<std::string> rows;
  for (size_t i = 0; i < kSizeClasses; ++i) {
    const ClassRow row = views.class_row(static_cast<SizeClass>(i));
    if (row.sessions == 0) continue;
    rows.push_back(
        fmt::format("{},{},{},{},{}", kNames[i], row.sessions, row.events, row.smallest, row.biggest));
  }
  print_view(out, "session_classes", "class,sessions,events,smallest,biggest", rows);
}

}  // namespace

void print_views(Views& views, std::FILE* out) {
  print_sessions(views, out);
  print_histogram(views, out);
  print_classes(views, out);
}

}  // namespace sqlmill::bench::baseline::session_sizes
