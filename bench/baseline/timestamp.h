// Timestamps in microseconds since 1970, UTC.
#pragma once

#include <cstdint>
#include <cstring>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

#include "bench/baseline/simd.h"

namespace sqlmill::bench::baseline {

/// Stands for NULL.
inline constexpr int64_t kNoTime = std::numeric_limits<int64_t>::min();

/// ISO 8601 as PostgreSQL reads it with TimeZone UTC: `2026-04-01[(
/// |T)09:00[:00[.123456]]][Z|(+|-)00[[:]00]]`, years 0001 to 9999. Nothing else: no BC, no names of months or
/// zones, no infinity.
std::optional<int64_t> parse_timestamp(std::string_view text);

/// `2026-04-01 09:00:00[.123]+00:00`; the fraction has no trailing zeros.
std::string format_timestamp(int64_t time_us);

/// The same as parse_timestamp, fast for what streams bring: the minutes around now, over and over.
class TimestampReader {
 public:
  /// 32 bytes at `p` are readable.
  bool read(const char* p, size_t size, int64_t* time_us) {
    const size_t zone_bytes = size > 0 && p[size - 1] == 'Z' ? 1 : 3;
    if (size < 19 + zone_bytes || size > 26 + zone_bytes) return read_slowly(p, size, time_us);
    const char* zone = p + size - zone_bytes;
    const Minute& minute = minutes_[p[15] & 15];
    const unsigned tens = static_cast<unsigned char>(p[17]) - '0';
    const unsigned ones = static_cast<unsigned char>(p[18]) - '0';
    const bool plain = std::memcmp(minute.text, p, kMinuteBytes) == 0 && p[16] == ':' && tens < 6 &&
                       ones < 10 && (zone_bytes == 1 || std::memcmp(zone, "+00", 3) == 0);
    if (!plain) [[unlikely]]
      return read_slowly(p, size, time_us);
    int64_t micros = 0;
    if (zone != p + 19) {
      if (p[19] != '.' || zone == p + 20) return read_slowly(p, size, time_us);
      int64_t unit = 1'000'000;
      for (const char* digit = p + 20; digit != zone; ++digit) {
        const unsigned value = static_cast<unsigned char>(*digit) - '0';
        if (value > 9) return read_slowly(p, size, time_us);
        micros = micros * 10 + value;
        unit /= 10;
      }
      micros *= unit;
    }
    *time_us = minute.time_us + (tens * 10 + ones) * int64_t{1'000'000} + micros;
    return true;
  }

 private:
  static constexpr size_t kMinuteBytes = 16;  // 2026-04-01 09:00

  /// A minute that has been parsed, by its last digit: late events find theirs beside the current one.
  struct Minute {
    char text[kMinuteBytes] = {};
    int64_t time_us = 0;
  };

  bool read_slowly(const char* p, size_t size, int64_t* time_us);

  Minute minutes_[16];
};

}  // namespace sqlmill::bench::baseline
