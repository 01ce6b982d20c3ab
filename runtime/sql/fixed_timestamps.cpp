// Eight digits at a time, as numbers in the bytes of a word (byte 0 of the text is the lowest).
#include "runtime/sql/fixed_timestamps.h"

#include <cstring>

#include "runtime/sql/datetime.h"
#include "runtime/sql/datetime_text.h"

namespace sqlmill::rt::sql {

namespace {

constexpr size_t kMinuteBytes = 16;
constexpr size_t kSecondBytes = 19;
constexpr int32_t kMaxZoneHours = 15;  // PostgreSQL's.

uint64_t load_8(const char* p) {
  uint64_t word;
  std::memcpy(&word, p, 8);
  return word;
}

/// The two-digit numbers in the 8 bytes at `p`, each in the low byte of its 16 bits; bytes that `digits` does
/// not select are ignored. Returns false if a selected byte is no digit.
bool two_digit_numbers(const char* p, uint64_t digits, uint64_t& numbers) {
  uint64_t bytes = load_8(p);
  const uint64_t ones = digits & 0x0101010101010101u;
  bytes &= digits;
  // A digit keeps its high nibble 3, also when 6 is added to it.
  const uint64_t high = digits & 0xf0f0f0f0f0f0f0f0u;
  if ((bytes & high) != ones * 0x30 || ((bytes + ones * 6) & high) != ones * 0x30) return false;
  numbers = bytes & (digits & 0x0f0f0f0f0f0f0f0fu);
  return true;
}

/// days_from_civil where it needs no eras and no signs.
constexpr int64_t days_of_year_1_to_9999(int32_t year, int32_t month, int32_t day) {
  const auto y = static_cast<uint32_t>(month <= 2 ? year - 1 : year);
  const auto m = static_cast<uint32_t>(month <= 2 ? month + 9 : month - 3);
  const uint32_t days = y * 365 + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + static_cast<uint32_t>(day);
  return static_cast<int64_t>(days) - 719'469 - kUnixEpochDays;
}
static_assert(days_of_year_1_to_9999(2000, 1, 1) == 0 &&
              days_of_year_1_to_9999(1, 1, 1) == days_from_civil(1, 1, 1) &&
              days_of_year_1_to_9999(9999, 12, 31) == days_from_civil(9999, 12, 31));

/// `2026-04-01 09:00`.
bool read_minute(const char* p, int64_t& micros) {
  uint64_t year_month, day_of_month, time_of_day;
  // The masks leave the separators out.
  if (!two_digit_numbers(p, 0x00ffff00ffffffffu, year_month)) return false;
  if (!two_digit_numbers(p + 8, 0x000000000000ffffu, day_of_month)) return false;
  if (!two_digit_numbers(p + 8, 0xffff00ffff000000u, time_of_day)) return false;
  if (p[4] != '-' || p[7] != '-' || (p[10] != ' ' && p[10] != 'T') || p[13] != ':') return false;
  const auto at = [](uint64_t numbers, int i) {
    return static_cast<int32_t>((numbers >> (8 * i) & 0xff) * 10 + (numbers >> (8 * i + 8) & 0xff));
  };
  const int32_t year = at(year_month, 0) * 100 + at(year_month, 2);
  const int32_t month = at(year_month, 5);
  const int32_t day = at(day_of_month, 0);
  const int32_t hour = at(time_of_day, 3);
  const int32_t minute = at(time_of_day, 6);
  if (year == 0 || month < 1 || month > 12 || day < 1 || day > days_in_month(year, month)) return false;
  if (hour > 23 || minute > 59) return false;
  micros = days_of_year_1_to_9999(year, month, day) * kMicrosPerDay + micros_of_day(hour, minute, 0, 0);
  return true;
}

/// What is at the end of a timestamp.
struct Tail {
  int32_t micros = 0;
  int32_t zone_seconds = 0;  // East is positive.
};

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool read_zone(std::string_view text, Tail& tail) {
  if (text.empty() || text == "Z") return true;
  if ((text[0] != '+' && text[0] != '-') || (text.size() != 3 && text.size() != 6)) return false;
  const bool has_minutes = text.size() == 6;
  if (!is_digit(text[1]) || !is_digit(text[2])) return false;
  if (has_minutes && (text[3] != ':' || !is_digit(text[4]) || !is_digit(text[5]))) return false;
  const int32_t hours = (text[1] - '0') * 10 + (text[2] - '0');
  const int32_t minutes = has_minutes ? (text[4] - '0') * 10 + (text[5] - '0') : 0;
  if (hours > kMaxZoneHours || minutes > 59) return false;
  tail.zone_seconds = (hours * 60 + minutes) * (text[0] == '-' ? -60 : 60);
  return true;
}

bool read_tail(std::string_view text, Tail& tail) {
  if (text.starts_with('.')) {
    constexpr int32_t kFirstUnit = 100'000;
    int32_t unit = kFirstUnit;
    size_t i = 1;
    for (; i < text.size() && is_digit(text[i]); ++i, unit /= 10) {
      if (unit == 0) return false;
      tail.micros += (text[i] - '0') * unit;
    }
    if (unit == kFirstUnit) return false;
    text.remove_prefix(i);
  }
  return read_zone(text, tail);
}

/// The microseconds of a tail of 1 to 8 bytes that ends at `end` and has one of the usual zones of UTC; -1 of
/// others. 8 bytes before `end` are readable.
[[gnu::always_inline]] inline int64_t utc_tail_micros(const char* end, size_t size) {
  uint64_t bytes = load_8(end - 8) >> (8 * (8 - size));
  uint64_t micros = 0;
  if ((bytes & 0xff) == '.') {
    uint64_t digits = (bytes >> 8) ^ 0x3030303030303030u;  // 0 to 9, others more; those behind the text also.
    const uint64_t others = ((digits + 0x7676767676767676u) | digits) & 0x8080808080808080u;
    const auto bits = static_cast<unsigned>(__builtin_ctzll(others)) & ~7u;
    if (bits == 0 || bits > 48) return -1;
    digits = (digits & ~(~uint64_t{0} << bits)) << 16;  // Two zeros, then six digits, 0 where there are none.
    digits = digits * 10 + (digits >> 8);
    constexpr uint64_t kPairs = 0x000000ff000000ffu;
    micros = ((digits & kPairs) * (100 + (uint64_t{1'000'000} << 32)) +
              (digits >> 16 & kPairs) * (1 + (uint64_t{10'000} << 32))) >>
             32;
    bytes >>= bits + 8;
    size -= bits / 8 + 1;
  }
  const bool is_utc =
      (size == 3 && bytes == ('+' | '0' << 8 | '0' << 16)) || (size == 1 && bytes == 'Z') || size == 0;
  return is_utc ? static_cast<int64_t>(micros) : -1;
}

/// What follows the minute, added to it. `zoned`: the zone counts.
[[gnu::noinline]] bool read_other_tail(std::string_view text, bool zoned, int64_t& micros) {
  Tail tail;
  if (!read_tail(text, tail)) return false;
  micros += tail.micros - (zoned ? tail.zone_seconds * kMicrosPerSecond : 0);
  return true;
}

[[gnu::always_inline]] inline bool read_rest(std::string_view text, bool zoned, int64_t& micros) {
  const char* p = text.data();
  const unsigned tens = static_cast<unsigned char>(p[17]) - '0';
  const unsigned ones = static_cast<unsigned char>(p[18]) - '0';
  if (p[16] != ':' || tens > 5 || ones > 9) return false;
  micros += static_cast<int64_t>(tens * 10 + ones) * kMicrosPerSecond;
  const size_t size = text.size() - kSecondBytes;
  if (size == 0) return true;
  const int64_t fraction = size <= 8 ? utc_tail_micros(p + text.size(), size) : -1;
  if (fraction < 0) [[unlikely]]
    return read_other_tail(text.substr(kSecondBytes), zoned, micros);
  micros += fraction;
  return true;
}

}  // namespace

FixedTimestamps::FixedTimestamps() : minutes_() {
  // A text that is never looked for there.
  for (unsigned i = 0; i < 16; ++i) minutes_[i].text[kMinuteBytes - 1] = static_cast<char>(i ^ 1);
}

/// Null if it is none.
inline const FixedTimestamps::Minute* FixedTimestamps::find_minute(std::string_view text) {
  if (text.size() < kSecondBytes) [[unlikely]]
    return nullptr;
  const char* p = text.data();
  Minute& minute = minutes_[p[kMinuteBytes - 1] & 15];
  const uint64_t differ = (load_8(p) ^ load_8(minute.text)) | (load_8(p + 8) ^ load_8(minute.text + 8));
  return differ == 0 || learn_minute(p, minute) ? &minute : nullptr;
}

bool FixedTimestamps::learn_minute(const char* p, Minute& minute) {
  int64_t micros;
  if (!read_minute(p, micros)) return false;
  std::memcpy(minute.text, p, kMinuteBytes);
  minute.micros = micros;
  return true;
}

bool FixedTimestamps::read(std::string_view text, Timestamptz& result) {
  const Minute* minute = find_minute(text);
  if (minute == nullptr) return false;
  result.micros = minute->micros;
  return read_rest(text, true, result.micros);
}

bool FixedTimestamps::read(std::string_view text, Timestamp& result) {
  const Minute* minute = find_minute(text);
  if (minute == nullptr) return false;
  result.micros = minute->micros;
  return read_rest(text, false, result.micros);
}

bool parse_fixed_timestamptz(std::string_view text, Timestamptz& result) {
  return text.size() >= kSecondBytes && read_minute(text.data(), result.micros) &&
         read_rest(text, true, result.micros);
}

}  // namespace sqlmill::rt::sql
