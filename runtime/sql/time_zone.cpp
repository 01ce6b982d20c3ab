#include "runtime/sql/time_zone.h"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "runtime/sql/datetime.h"
#include "runtime/sql/datetime_text.h"
#include "runtime/sql/text_input.h"

namespace sqlmill::rt::sql {

namespace {

constexpr char kFolder[] = "/usr/share/zoneinfo";
constexpr int64_t kUnixSecondsOf2000 = kUnixEpochDays * kSecondsPerDay;

/// h[:mm[:ss]] with a sign or without one at the front of `text`, as a number of seconds.
bool take_offset(std::string_view& text, int64_t& seconds) {
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  constexpr int64_t kMaxHour = 24 * 7 - 1;
  constexpr int64_t kLimits[] = {kMaxHour, 59, 60};
  constexpr int64_t kSeconds[] = {3600, 60, 1};
  seconds = 0;
  for (int i = 0; i < 3; ++i) {
    uint32_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || value > kLimits[i]) return false;
    seconds += value * kSeconds[i];
    text.remove_prefix(static_cast<size_t>(end - text.data()));
    if (i == 2 || !text.starts_with(':')) break;
    text.remove_prefix(1);
  }
  if (negative) seconds = -seconds;
  return true;
}

/// The day in a year on which clocks change: `M3.2.0`, `J60` or `59`, and the local time.
struct ChangeDay {
  enum class Kind : uint8_t { kWeekday, kWithoutLeapDay, kWithLeapDay } kind = Kind::kWeekday;
  int32_t month = 0, week = 0, day = 0;
  int64_t second = 2 * 3600;

  /// Seconds since 2000 by the local clock.
  int64_t local_second(int64_t year) const {
    const int64_t first = days_from_civil(year, 1, 1);
    int64_t days = 0;
    if (kind == Kind::kWithLeapDay) {
      days = first + day;
    } else if (kind == Kind::kWithoutLeapDay) {
      days = first + day - 1 + (is_leap_year(year) && day >= 60 ? 1 : 0);
    } else {
      const int64_t begin = days_from_civil(year, month, 1);
      days = begin + (day - day_of_week(begin) + 7) % 7 + (week - 1) * 7;
      while (days >= begin + days_in_month(year, month)) days -= 7;
    }
    return days * kSecondsPerDay + second;
  }
};

bool take_number(std::string_view& text, int32_t& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc()) return false;
  text.remove_prefix(static_cast<size_t>(end - text.data()));
  return true;
}

bool take(std::string_view& text, char c) {
  if (!text.starts_with(c)) return false;
  text.remove_prefix(1);
  return true;
}

bool take_change_day(std::string_view& text, ChangeDay& change) {
  if (!take(text, ',')) return false;
  if (take(text, 'M')) {
    if (!take_number(text, change.month) || !take(text, '.') || !take_number(text, change.week) ||
        !take(text, '.') || !take_number(text, change.day)) {
      return false;
    }
  } else {
    change.kind = take(text, 'J') ? ChangeDay::Kind::kWithoutLeapDay : ChangeDay::Kind::kWithLeapDay;
    if (!take_number(text, change.day)) return false;
  }
  return !take(text, '/') || take_offset(text, change.second);
}

bool take_name(std::string_view& text) {
  if (take(text, '<')) {
    const size_t end = text.find('>');
    if (end == std::string_view::npos) return false;
    text.remove_prefix(end + 1);
    return true;
  }
  const size_t before = text.size();
  while (!text.empty() && ((text[0] >= 'A' && text[0] <= 'Z') || (text[0] >= 'a' && text[0] <= 'z')))
    text.remove_prefix(1);
  return text.size() != before;
}

}  // namespace

/// A zone's history, and the rule for what comes after it. All seconds count from 2000-01-01.
class ZoneRules {
 public:
  /// Null if the bytes are no such file.
  static std::unique_ptr<ZoneRules> read(std::string_view file);

  int64_t offset_at(int64_t utc) const {
    if (changes_.empty() || utc < changes_.front().at) return first_offset_;
    if (utc >= changes_.back().at) return rule_ ? rule_offset(utc) : changes_.back().offset;
    return std::prev(std::upper_bound(changes_.begin(), changes_.end(), utc, kBefore))->offset;
  }

  /// The first change behind `utc`; nothing if there is none.
  std::optional<int64_t> next_change(int64_t utc) const {
    const auto at = std::upper_bound(changes_.begin(), changes_.end(), utc, kBefore);
    if (at != changes_.end()) return at->at;
    if (!rule_ || !rule_->has_summer) return std::nullopt;
    const int64_t year = civil_from_days(floor_divide(utc, kSecondsPerDay)).year;
    std::optional<int64_t> next;
    for (int64_t y = year - 1; y <= year + 1; ++y) {
      for (const int64_t change :
           {rule_->begin.local_second(y) - rule_->winter, rule_->end.local_second(y) - rule_->summer}) {
        if (change > utc && (!next || change < *next)) next = change;
      }
    }
    return next;
  }

 private:
  struct Change {
    int64_t at;
    int64_t offset;
  };
  struct Rule {
    int64_t winter = 0;
    int64_t summer = 0;
    bool has_summer = false;
    ChangeDay begin, end;
  };

  static constexpr auto kBefore = [](int64_t at, const Change& change) { return at < change.at; };

  int64_t rule_offset(int64_t utc) const {
    if (!rule_->has_summer) return rule_->winter;
    const int64_t year = civil_from_days(floor_divide(utc + rule_->winter, kSecondsPerDay)).year;
    const int64_t begin = rule_->begin.local_second(year) - rule_->winter;
    const int64_t end = rule_->end.local_second(year) - rule_->summer;
    const bool is_summer = begin < end ? utc >= begin && utc < end : utc >= begin || utc < end;
    return is_summer ? rule_->summer : rule_->winter;
  }
  bool read_rule(std::string_view text);

  int64_t first_offset_ = 0;
  std::vector<Change> changes_;
  std::optional<Rule> rule_;
};

/// `CET-1CEST,M3.5.0,M10.5.0/3`
bool ZoneRules::read_rule(std::string_view text) {
  Rule rule;
  if (!take_name(text) || !take_offset(text, rule.winter)) return false;
  rule.winter = -rule.winter;
  if (!text.empty()) {
    if (!take_name(text)) return false;
    rule.has_summer = true;
    rule.summer = rule.winter + 3600;
    if (!text.starts_with(',')) {
      if (!take_offset(text, rule.summer)) return false;
      rule.summer = -rule.summer;
    }
    if (!take_change_day(text, rule.begin) || !take_change_day(text, rule.end)) return false;
  }
  rule_ = rule;
  return true;
}

std::unique_ptr<ZoneRules> ZoneRules::read(std::string_view file) {
  constexpr size_t kHeader = 44;
  const auto number = [&](size_t at, size_t bytes) {
    uint64_t value = 0;
    for (size_t i = 0; i < bytes; ++i) value = value << 8 | static_cast<unsigned char>(file[at + i]);
    return value;
  };
  struct Counts {
    size_t is_ut, is_standard, leaps, times, types, characters;
  };
  const auto counts = [&](size_t at) {
    return Counts{number(at + 20, 4), number(at + 24, 4), number(at + 28, 4),
                  number(at + 32, 4), number(at + 36, 4), number(at + 40, 4)};
  };
  if (file.size() < kHeader || !file.starts_with("TZif") || file[4] < '2') return nullptr;
  const Counts old = counts(0);
  // Behind the data in 32 bits are a header and data in 64 bits.
  const size_t second =
      kHeader + old.times * 5 + old.types * 6 + old.characters + old.leaps * 8 + old.is_standard + old.is_ut;
  if (file.size() < second + kHeader) return nullptr;
  const Counts c = counts(second);
  const size_t times = second + kHeader;
  const size_t indices = times + c.times * 8;
  const size_t types = indices + c.times;
  const size_t footer = types + c.types * 6 + c.characters + c.leaps * 12 + c.is_standard + c.is_ut;
  if (c.types == 0 || file.size() < footer + 2) return nullptr;
  const auto offset_of = [&](size_t type) {
    return static_cast<int64_t>(static_cast<int32_t>(number(types + type * 6, 4)));
  };
  auto zone = std::make_unique<ZoneRules>();
  zone->first_offset_ = offset_of(0);
  for (size_t i = 0; i < c.times; ++i) {
    const auto type = static_cast<unsigned char>(file[indices + i]);
    if (type >= c.types) return nullptr;
    const auto at = static_cast<int64_t>(number(times + i * 8, 8));
    zone->changes_.push_back({at - kUnixSecondsOf2000, offset_of(type)});
  }
  std::string_view rule = file.substr(footer + 1);
  rule = rule.substr(0, rule.find('\n'));
  if (!rule.empty() && !zone->read_rule(rule)) return nullptr;
  if (zone->changes_.empty() && zone->rule_) {
    // A zone without a history has its rule from the beginning.
    zone->changes_.push_back({INT64_MIN / 4, zone->rule_->winter});
  }
  return zone;
}

namespace {

/// The file of a zone whatever the case of its name; empty if there is none.
std::string find_file(std::string_view name) {
  std::filesystem::path path(kFolder);
  while (!name.empty()) {
    const std::string_view part = name.substr(0, name.find('/'));
    name.remove_prefix(std::min(part.size() + 1, name.size()));
    if (part.empty() || part[0] == '.') return "";
    std::string lower(part);
    for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    std::error_code error;
    std::filesystem::path next;
    for (const auto& entry : std::filesystem::directory_iterator(path, error)) {
      if (equals_ignoring_case(entry.path().filename().native(), lower)) next = entry.path();
    }
    if (next.empty()) return "";
    path = next;
  }
  return std::filesystem::is_regular_file(path) ? path.native() : "";
}

const ZoneRules* find_rules(std::string_view name) {
  static std::mutex mutex;
  static std::map<std::string, std::unique_ptr<ZoneRules>, std::less<>> known;
  constexpr size_t kMaxKnown = 4096;  // Names that are none are remembered, too.
  const std::lock_guard lock(mutex);
  if (const auto found = known.find(name); found != known.end()) return found->second.get();
  const auto is_of_name = [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '/' || c == '+' || c == '-';
  };
  if (name.size() > 255 || !std::all_of(name.begin(), name.end(), is_of_name)) return nullptr;
  std::unique_ptr<ZoneRules> rules;
  if (const std::string file = find_file(name); !file.empty()) {
    std::ifstream stream(file, std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
    rules = ZoneRules::read(bytes);
  }
  if (!rules && known.size() >= kMaxKnown) return nullptr;
  return known.emplace(name, std::move(rules)).first->second.get();
}

std::optional<int32_t> minutes_of_abbreviation(std::string_view name) {
  static constexpr std::pair<std::string_view, int32_t> kAll[] = {
#define ZONE(name, minutes) {name, minutes},
#include "runtime/sql/zone_abbreviations.def"
#undef ZONE
  };
  std::string wanted(name);
  std::transform(name.begin(), name.end(), wanted.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  const auto* found =
      std::lower_bound(std::begin(kAll), std::end(kAll), wanted,
                       [](const auto& entry, std::string_view key) { return entry.first < key; });
  return found != std::end(kAll) && found->first == wanted ? std::optional(found->second) : std::nullopt;
}

/// Rows mostly name the zone that the row before named.
const ZoneRules* find_rules_again(std::string_view name) {
  thread_local std::string last_name;
  thread_local const ZoneRules* last = nullptr;
  if (last != nullptr && last_name == name) return last;
  const ZoneRules* rules = find_rules(name);
  if (rules != nullptr) {
    last = rules;
    last_name = name;
  }
  return rules;
}

}  // namespace

int64_t TimeZone::offset_at(int64_t utc_micros) const {
  if (rules_ == nullptr) return seconds_ * kMicrosPerSecond;
  return rules_->offset_at(floor_divide(utc_micros, kMicrosPerSecond)) * kMicrosPerSecond;
}

int64_t TimeZone::offset_of_local(int64_t local_micros) const {
  if (rules_ == nullptr) return seconds_ * kMicrosPerSecond;
  const int64_t local = floor_divide(local_micros, kMicrosPerSecond);
  const int64_t day_before = local - kSecondsPerDay;
  const int64_t before = rules_->offset_at(day_before);
  const std::optional<int64_t> change = rules_->next_change(day_before);
  if (!change) return before * kMicrosPerSecond;
  const int64_t after = rules_->offset_at(*change);
  const int64_t by_before = local - before;
  const int64_t by_after = local - after;
  if (by_before < *change && by_after < *change) return before * kMicrosPerSecond;
  if (by_before > *change && by_after >= *change) return after * kMicrosPerSecond;
  return (by_before > by_after ? before : after) * kMicrosPerSecond;
}

std::optional<TimeZone> find_zone_by_name(std::string_view name) {
  int32_t none = 0;
  if (find_time_zone(name, none)) return TimeZone::fixed(0);
  if (const std::optional<int32_t> minutes = minutes_of_abbreviation(name))
    return TimeZone::fixed(int64_t{*minutes} * 60);
  if (const ZoneRules* rules = find_rules_again(name)) return TimeZone::of(rules);
  return std::nullopt;
}

TimeZone find_zone(Context& context, std::string_view name) {
  if (const std::optional<TimeZone> zone = find_zone_by_name(name)) return *zone;
  std::string_view offset = name;
  // A name of letters before the offset does not matter.
  if (!offset.empty() && offset[0] != '+' && offset[0] != '-' && !(offset[0] >= '0' && offset[0] <= '9')) {
    if (!take_name(offset) || name.size() - offset.size() < 3) offset = {};
  }
  int64_t west = 0;
  if (!offset.empty() && take_offset(offset, west) && offset.empty()) return TimeZone::fixed(-west);
  context.fail(ErrorCode::kInvalidParameterValue, "time zone \"" + std::string(name) + "\" not recognized");
  return TimeZone::fixed(0);
}

}  // namespace sqlmill::rt::sql
