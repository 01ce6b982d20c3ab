// The first step of reading dates, times and intervals: a text cut into tokens by their shape. What is a date
// in shape may turn out to be a time (`040506-07`) or a zone (`America/New_York`); that is for the readers to
// decide.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace sqlmill::rt::sql {

struct DatetimeToken {
  enum class Kind : uint8_t {
    kNumber,   // 2026, 20260401, 1.5
    kDate,     // 2026-04-01, 1-apr-2026, america/new_york
    kTime,     // 10:00:00.5
    kSigned,   // +05:30, -3, -1.5, +1-2
    kWord,     // april, t, utc
    kSpecial,  // -infinity
  };
  Kind kind;
  std::string_view text;  // Lower case, without the blanks around it.
};

class DatetimeTokens {
 public:
  /// False if the text has no such shape or is longer than PostgreSQL reads.
  bool scan(std::string_view text);

  size_t size() const { return size_; }
  const DatetimeToken& operator[](size_t i) const { return tokens_[i]; }

 private:
  static constexpr size_t kMaxTokens = 25;
  static constexpr size_t kMaxBytes = 153;

  void scan_number();
  void scan_word();
  bool scan_sign();
  bool push();
  char peek(size_t ahead = 0) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }
  void take();
  template <class Accept>
  void take_while(Accept accept);

  std::string_view text_;
  size_t at_ = 0;
  size_t token_begin_ = 0;
  DatetimeToken::Kind kind_ = DatetimeToken::Kind::kNumber;
  std::array<char, kMaxBytes> bytes_;
  size_t used_ = 0;
  bool overflow_ = false;
  std::array<DatetimeToken, kMaxTokens> tokens_;
  size_t size_ = 0;
};

/// The words of dates and times; `value` is the month, the week day and so on.
struct DatetimeWord {
  enum class Kind : uint8_t {
    kMonth,
    kWeekday,
    kMeridiem,  // 0 a.m., 1 p.m.
    kEra,       // 0 A.D., 1 B.C.
    kInfinity,
    kMinusInfinity,
    kEpoch,
    kMoment,  // now, today, tomorrow, yesterday: not constant, so not for literals.
    kMidnight,
    kIsoTime,
    kJulian,
    kZone,
    kIgnored,
  };
  std::string_view text;
  Kind kind;
  int32_t value = 0;
};
const DatetimeWord* find_datetime_word(std::string_view lower_case);

/// Why a text was refused, as PostgreSQL tells the cases apart.
enum class DatetimeFault : uint8_t { kNone, kFormat, kField, kInterval, kZoneDisplacement, kZone, kMoment };

/// The integer at the front of `text`, which is cut off. Nothing if there is none or it does not fit.
std::optional<int64_t> take_integer(std::string_view& text, DatetimeFault& fault);

/// `.5` and the like as a part of one; the whole text must be a point and digits, the digits may be missing.
std::optional<double> read_fraction(std::string_view text);

/// `+05`, `+0530`, `-05:30:15`: seconds east of UTC.
DatetimeFault read_zone_offset(std::string_view text, int32_t& seconds);

}  // namespace sqlmill::rt::sql
