// The second step of reading dates, times and timestamps: tokens in the order in which they stand, each taken
// for what PostgreSQL takes it for after those before it (date order MDY). Two tokens for the same field are
// a format error.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "runtime/sql/datetime.h"
#include "runtime/sql/datetime_tokens.h"
#include "runtime/sql/time_zone.h"

namespace sqlmill::rt::sql {

/// One text on its way to a value.
class DatetimeReader {
 public:
  /// A time needs no date, and drops the one that it has.
  enum class Want : uint8_t { kDate, kTime };

  explicit DatetimeReader(Want want) : time_only_(want == Want::kTime) {}

  DatetimeFault read(std::string_view text);

  // ---- After read() ----

  /// kInfinity, kMinusInfinity or kEpoch; kIgnored if the text gives the fields one by one.
  DatetimeWord::Kind whole() const { return whole_; }
  /// By the calendar and the clock, before the zone is applied.
  int64_t days() const { return days_from_civil(year_, static_cast<int32_t>(month_), day_) + extra_days_; }
  int64_t micros() const { return micros_of_day(hour_, minute_, second_, micros_); }
  /// East of UTC.
  int32_t zone_seconds() const { return zone_seconds_; }
  /// That was named rather than given as an offset.
  const std::optional<TimeZone>& zone() const { return zone_; }
  /// The word that kZone and kMoment are about.
  std::string_view refused_word() const { return refused_word_; }

 private:
  using Word = DatetimeWord::Kind;
  using Fault = DatetimeFault;

  enum Field : uint32_t {
    kYear = 1,
    kMonth = 2,
    kDay = 4,
    kDayOfYear = 8,
    kTime = 16,
    kZone = 32,
    kMeridiem = 64,
    kEra = 128,
    kWeekday = 256,
    kWhole = 512,  // infinity and the like: no other field beside them.
    kDate = kYear | kMonth | kDay,
  };

  Fault read_token(size_t i);
  Fault read_date_shape(std::string_view text);
  Fault read_date(std::string_view text);
  Fault read_time(std::string_view text);
  Fault read_number(std::string_view text);
  Fault read_date_number(std::string_view text);
  Fault read_run_together(std::string_view text, bool date_known);
  Fault read_julian(std::string_view text);
  Fault read_word(size_t i);
  Fault read_zone_name(std::string_view text);
  Fault add(uint32_t field);
  Fault finish();
  Fault finish_date();
  Fault set_fraction(std::string_view text);
  bool has_date() const { return (fields_ & kDate) == kDate; }

  DatetimeTokens tokens_;
  const bool time_only_;
  uint32_t fields_ = 0;
  int64_t year_ = 2000, month_ = 1, day_ = 1;
  int64_t extra_days_ = 0;
  int64_t hour_ = 0, minute_ = 0, second_ = 0, micros_ = 0;
  int32_t zone_seconds_ = 0;
  std::optional<TimeZone> zone_;
  std::string_view refused_word_;
  Word whole_ = Word::kIgnored;
  Word pending_ = Word::kIgnored;  // T or J: what the next token is.
  bool two_digit_year_ = false;
  bool month_is_word_ = false;
  bool julian_ = false;
  bool before_christ_ = false;
  bool afternoon_ = false;
};

}  // namespace sqlmill::rt::sql
