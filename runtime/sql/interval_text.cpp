// Intervals as text. PostgreSQL reads its own form from right to left, because a unit stands behind its
// number and a bare number takes its unit from what follows; what does not read so is tried as ISO 8601.
#include <charconv>
#include <cmath>
#include <optional>
#include <string>

#include "runtime/sql/datetime_text.h"
#include "runtime/sql/datetime_tokens.h"
#include "runtime/sql/datetime_units.h"

namespace sqlmill::rt::sql {

namespace {

using Fault = DatetimeFault;
using Kind = DatetimeToken::Kind;
using Unit = DatetimeUnit;

/// Sums of what has been read; a sum that does not fit is kField.
class IntervalSum {
 public:
  Fault add(Unit unit, int64_t whole, double fraction);
  Fault add_months(int64_t months) { return add_days_or_months(months_, months, 1); }
  /// Of the type's months, days and microseconds.
  bool value(Interval& result) const;
  void negate();
  void set_micros(int64_t micros) { micros_ = micros; }

 private:
  Fault add_days_or_months(int32_t& sum, int64_t value, int32_t scale);
  Fault add_micros(int64_t whole, double fraction, int64_t unit_micros);
  Fault add_micros_fraction(double fraction, int64_t unit_micros);
  Fault add_days_fraction(double fraction, int32_t unit_days);
  Fault add_years(int64_t whole, double fraction, int32_t unit_years);

  int32_t years_ = 0, months_ = 0, days_ = 0;
  int64_t micros_ = 0;
};

Fault IntervalSum::add_days_or_months(int32_t& sum, int64_t value, int32_t scale) {
  int32_t product;
  const bool overflow = value < INT32_MIN || value > INT32_MAX ||
                        __builtin_mul_overflow(static_cast<int32_t>(value), scale, &product) ||
                        __builtin_add_overflow(sum, product, &sum);
  return overflow ? Fault::kField : Fault::kNone;
}

Fault IntervalSum::add_micros_fraction(double fraction, int64_t unit_micros) {
  fraction *= static_cast<double>(unit_micros);
  auto micros = static_cast<int64_t>(fraction);
  fraction -= static_cast<double>(micros);
  if (fraction > 0.5) ++micros;
  if (fraction < -0.5) --micros;
  return __builtin_add_overflow(micros_, micros, &micros_) ? Fault::kField : Fault::kNone;
}

Fault IntervalSum::add_micros(int64_t whole, double fraction, int64_t unit_micros) {
  int64_t product;
  if (__builtin_mul_overflow(whole, unit_micros, &product) ||
      __builtin_add_overflow(micros_, product, &micros_)) {
    return Fault::kField;
  }
  return add_micros_fraction(fraction, unit_micros);
}

Fault IntervalSum::add_days_fraction(double fraction, int32_t unit_days) {
  fraction *= unit_days;
  const auto days = static_cast<int32_t>(fraction);
  if (const Fault fault = add_days_or_months(days_, days, 1); fault != Fault::kNone) return fault;
  return add_micros_fraction(fraction - days, kMicrosPerDay);
}

Fault IntervalSum::add_years(int64_t whole, double fraction, int32_t unit_years) {
  if (const Fault fault = add_days_or_months(years_, whole, unit_years); fault != Fault::kNone) return fault;
  return add_months(static_cast<int64_t>(std::rint(fraction * unit_years * kMonthsPerYear)));
}

Fault IntervalSum::add(Unit unit, int64_t whole, double fraction) {
  switch (unit) {
    case Unit::kMicroseconds:
      return add_micros(whole, fraction, 1);
    case Unit::kMilliseconds:
      return add_micros(whole, fraction, 1000);
    case Unit::kSecond:
      return add_micros(whole, fraction, kMicrosPerSecond);
    case Unit::kMinute:
      return add_micros(whole, fraction, kMicrosPerMinute);
    case Unit::kHour:
      return add_micros(whole, fraction, kMicrosPerHour);
    case Unit::kDay: {
      const Fault fault = add_days_or_months(days_, whole, 1);
      return fault == Fault::kNone ? add_micros_fraction(fraction, kMicrosPerDay) : fault;
    }
    case Unit::kWeek: {
      const Fault fault = add_days_or_months(days_, whole, 7);
      return fault == Fault::kNone ? add_days_fraction(fraction, 7) : fault;
    }
    case Unit::kMonth: {
      const Fault fault = add_months(whole);
      return fault == Fault::kNone ? add_days_fraction(fraction, kDaysPerMonth) : fault;
    }
    case Unit::kYear:
      return add_years(whole, fraction, 1);
    case Unit::kDecade:
      return add_years(whole, fraction, 10);
    case Unit::kCentury:
      return add_years(whole, fraction, 100);
    case Unit::kMillennium:
      return add_years(whole, fraction, 1000);
    default:
      return Fault::kFormat;
  }
}

void IntervalSum::negate() {
  years_ = -years_;
  months_ = -months_;
  days_ = -days_;
  micros_ = -micros_;
}

bool IntervalSum::value(Interval& result) const {
  const int64_t months = static_cast<int64_t>(years_) * kMonthsPerYear + months_;
  result = {micros_, days_, static_cast<int32_t>(months)};
  return months >= INT32_MIN && months <= INT32_MAX;
}

// ---- PostgreSQL's form, from right to left ----

class VerboseReader {
 public:
  explicit VerboseReader(IntervalSum& sum) : sum_(sum) {}
  Fault read(std::string_view text);

 private:
  Fault read_token(const DatetimeToken& token);
  Fault read_time(std::string_view text, bool negative);
  Fault read_number(std::string_view text);
  Fault read_word(std::string_view text);
  Fault mark(uint32_t units);

  static constexpr uint32_t bit(Unit unit) { return 1u << static_cast<uint32_t>(unit); }
  static constexpr uint32_t kAllSeconds = 1u << static_cast<uint32_t>(Unit::kSecond) |
                                          1u << static_cast<uint32_t>(Unit::kMilliseconds) |
                                          1u << static_cast<uint32_t>(Unit::kMicroseconds);

  IntervalSum& sum_;
  std::optional<Unit> unit_;  // Of the next number on the left.
  bool unit_is_missing_ = false;
  bool ago_ = false;
  uint32_t seen_ = 0;
};

Fault VerboseReader::mark(uint32_t units) {
  if (seen_ & units) return Fault::kFormat;
  seen_ |= units;
  return Fault::kNone;
}

Fault VerboseReader::read(std::string_view text) {
  DatetimeTokens tokens;
  if (!tokens.scan(text)) return Fault::kFormat;
  for (size_t i = tokens.size(); i-- > 0;) {
    if (const Fault fault = read_token(tokens[i]); fault != Fault::kNone) return fault;
  }
  if (seen_ == 0) return Fault::kFormat;
  if (ago_) sum_.negate();
  return Fault::kNone;
}

Fault VerboseReader::read_token(const DatetimeToken& token) {
  switch (token.kind) {
    case Kind::kTime:
      return read_time(token.text, false);
    case Kind::kSigned:
      if (token.text.find(':') != std::string_view::npos) {
        const Fault fault = read_time(token.text.substr(1), token.text[0] == '-');
        return fault == Fault::kField ? Fault::kFormat : fault;
      }
      return read_number(token.text);
    case Kind::kDate:
    case Kind::kNumber:
      return read_number(token.text);
    case Kind::kWord:
    case Kind::kSpecial:
      return read_word(token.text);
  }
  return Fault::kFormat;
}

/// h:mm, h:mm:ss.f or mm:ss.f.
Fault VerboseReader::read_time(std::string_view text, bool negative) {
  Fault fault = Fault::kFormat;
  int64_t parts[3] = {};
  double fraction = 0;
  size_t count = 0;
  for (;;) {
    const auto part = take_integer(text, fault);
    if (!part) return fault;
    parts[count++] = *part;
    if (count == 3 || text.empty() || text[0] != ':') break;
    text.remove_prefix(1);
  }
  if (count < 2) return Fault::kFormat;
  if (!text.empty()) {
    const auto read = read_fraction(text);
    if (!read) return Fault::kFormat;
    fraction = *read;
    if (count == 2) parts[2] = parts[1], parts[1] = parts[0], parts[0] = 0;
  }
  if (parts[1] > 59 || parts[2] > 60) return Fault::kField;
  int64_t micros = static_cast<int64_t>(std::rint(fraction * 1e6)) + micros_of_day(0, parts[1], parts[2], 0);
  int64_t hours;
  if (__builtin_mul_overflow(parts[0], kMicrosPerHour, &hours) ||
      __builtin_add_overflow(micros, hours, &micros)) {
    return Fault::kField;
  }
  unit_ = Unit::kDay;
  unit_is_missing_ = false;
  // Not added: fractions of days and weeks on the right are lost, as in PostgreSQL.
  sum_.set_micros(negative ? -micros : micros);
  return mark(bit(Unit::kHour) | bit(Unit::kMinute) | kAllSeconds);
}

Fault VerboseReader::read_number(std::string_view text) {
  if (!unit_) unit_ = Unit::kSecond;
  const bool negative = text[0] == '-';
  Fault fault = Fault::kFormat;
  int64_t whole = 0;
  double fraction = 0;
  if (text[0] != '.') {
    const auto integer = take_integer(text, fault);
    if (!integer) return fault;
    whole = *integer;
  }
  if (!text.empty() && text[0] == '-') {
    // Years and months with one sign.
    text.remove_prefix(1);
    const auto months = take_integer(text, fault);
    if (!months) return fault;
    if (*months < 0 || *months >= kMonthsPerYear) return Fault::kField;
    if (!text.empty()) return Fault::kFormat;
    unit_ = Unit::kMonth;
    unit_is_missing_ = false;
    if (__builtin_mul_overflow(whole, int64_t{kMonthsPerYear}, &whole) ||
        __builtin_add_overflow(whole, negative ? -*months : *months, &whole)) {
      return Fault::kField;
    }
  } else if (!text.empty()) {
    const auto read = read_fraction(text);
    if (!read) return Fault::kFormat;
    fraction = negative ? -*read : *read;
  }
  if (unit_is_missing_) return Fault::kFormat;
  fault = sum_.add(*unit_, whole, fraction);
  if (fault != Fault::kNone) return fault;
  const uint32_t units = *unit_ == Unit::kSecond && fraction != 0 ? kAllSeconds : bit(*unit_);
  if (*unit_ == Unit::kHour) unit_ = Unit::kDay;
  return mark(units);
}

Fault VerboseReader::read_word(std::string_view text) {
  if (text == "ago") {
    ago_ = true;
    unit_is_missing_ = true;
    return Fault::kNone;
  }
  const std::optional<Unit> unit = find_datetime_unit(text);
  if (!unit || *unit > Unit::kMillennium) return Fault::kFormat;
  unit_ = unit;
  unit_is_missing_ = false;
  return Fault::kNone;
}

// ---- ISO 8601: P1Y2M3DT4H5M6.5S, P0001-02-03T04:05:06, P00010203T040506 ----

class Iso8601Reader {
 public:
  Iso8601Reader(IntervalSum& sum, std::string_view text) : sum_(sum), text_(text) {}
  Fault read();

 private:
  Fault take_number();
  Fault add(Unit unit) { return sum_.add(unit, whole_, fraction_); }
  Fault read_designated(char unit, bool in_date);
  Fault read_compact_date();
  Fault read_compact_time();
  Fault read_separated(const Unit (&units)[3], char separator);
  char peek() const { return text_.empty() ? '\0' : text_[0]; }
  void skip() {
    if (!text_.empty()) text_.remove_prefix(1);
  }

  IntervalSum& sum_;
  std::string_view text_;
  int64_t whole_ = 0;
  double fraction_ = 0;
  size_t digits_ = 0;  // Of the whole part, in the text.
};

Fault Iso8601Reader::take_number() {
  const char first = peek();
  if (!((first >= '0' && first <= '9') || first == '-' || first == '.')) return Fault::kFormat;
  double value = 0;
  const auto [end, error] = std::from_chars(text_.data(), text_.data() + text_.size(), value);
  if (error == std::errc::invalid_argument) return Fault::kFormat;
  constexpr double kLimit = 1e15;
  if (error != std::errc() || !(value >= -kLimit && value <= kLimit)) return Fault::kField;
  digits_ = text_.substr(first == '-').find_first_not_of("0123456789");
  if (digits_ == text_.npos) digits_ = text_.size() - (first == '-');
  whole_ = static_cast<int64_t>(value);
  fraction_ = value - static_cast<double>(whole_);
  text_.remove_prefix(static_cast<size_t>(end - text_.data()));
  return Fault::kNone;
}

Fault Iso8601Reader::read() {
  constexpr Unit kDateUnits[] = {Unit::kYear, Unit::kMonth, Unit::kDay};
  constexpr Unit kTimeUnits[] = {Unit::kHour, Unit::kMinute, Unit::kSecond};
  if (text_.size() < 2 || text_[0] != 'P') return Fault::kFormat;
  skip();
  bool in_date = true;
  bool is_first = true;
  while (!text_.empty()) {
    if (peek() == 'T') {
      in_date = false;
      is_first = true;
      skip();
      continue;
    }
    Fault fault = take_number();
    if (fault != Fault::kNone) return fault;
    const char unit = peek();
    const bool ends = unit == '\0' || (in_date && unit == 'T');
    if (ends || unit == (in_date ? '-' : ':')) {
      if (!is_first) return Fault::kFormat;
      if (ends && digits_ == (in_date ? 8 : 6)) {
        fault = in_date ? read_compact_date() : read_compact_time();
      } else {
        fault = in_date ? read_separated(kDateUnits, '-') : read_separated(kTimeUnits, ':');
      }
      if (fault == Fault::kNone && !text_.empty() && (!in_date || peek() != 'T')) fault = Fault::kFormat;
    } else {
      skip();
      fault = read_designated(unit, in_date);
    }
    if (fault != Fault::kNone) return fault;
    is_first = false;
  }
  return Fault::kNone;
}

Fault Iso8601Reader::read_designated(char unit, bool in_date) {
  switch (unit) {
    case 'Y':
      return in_date ? add(Unit::kYear) : Fault::kFormat;
    case 'M':
      return add(in_date ? Unit::kMonth : Unit::kMinute);
    case 'W':
      return in_date ? add(Unit::kWeek) : Fault::kFormat;
    case 'D':
      return in_date ? add(Unit::kDay) : Fault::kFormat;
    case 'H':
      return in_date ? Fault::kFormat : add(Unit::kHour);
    case 'S':
      return in_date ? Fault::kFormat : add(Unit::kSecond);
    default:
      return Fault::kFormat;
  }
}

/// The number just taken is yyyymmdd.
Fault Iso8601Reader::read_compact_date() {
  Fault fault = sum_.add(Unit::kYear, whole_ / 10'000, 0);
  if (fault == Fault::kNone) fault = sum_.add(Unit::kMonth, whole_ / 100 % 100, 0);
  if (fault == Fault::kNone) fault = sum_.add(Unit::kDay, whole_ % 100, fraction_);
  return fault;
}

/// The number just taken is hhmmss.
Fault Iso8601Reader::read_compact_time() {
  Fault fault = sum_.add(Unit::kHour, whole_ / 10'000, 0);
  if (fault == Fault::kNone) fault = sum_.add(Unit::kMinute, whole_ / 100 % 100, 0);
  // PostgreSQL loses all but a microsecond of the fraction here.
  if (fault == Fault::kNone) fault = sum_.add(Unit::kSecond, whole_ % 100, 0);
  if (fault == Fault::kNone) fault = sum_.add(Unit::kMicroseconds, 0, fraction_);
  return fault;
}

/// The number just taken is the first of one to three.
Fault Iso8601Reader::read_separated(const Unit (&units)[3], char separator) {
  for (size_t i = 0;; ++i) {
    if (const Fault fault = add(units[i]); fault != Fault::kNone) return fault;
    if (i == 2 || peek() != separator) return Fault::kNone;
    skip();
    if (const Fault fault = take_number(); fault != Fault::kNone) return fault;
  }
}

}  // namespace

Interval interval_from_text(Context& context, std::string_view text) {
  IntervalSum sum;
  Fault fault = VerboseReader(sum).read(text);
  if (fault == Fault::kFormat) {
    sum = IntervalSum();
    fault = Iso8601Reader(sum, text).read();
  }
  Interval result{};
  if (fault == Fault::kField) {
    context.fail(ErrorCode::kIntervalFieldOverflow,
                 "interval field value out of range: \"" + std::string(text) + "\"");
  } else if (fault != Fault::kNone) {
    context.fail(ErrorCode::kInvalidDatetimeFormat,
                 "invalid input syntax for type interval: \"" + std::string(text) + "\"");
  } else if (!sum.value(result)) {
    fail_interval_out_of_range(context);
  }
  return result;
}

void append_text(const Interval& value, std::string& out) {
  const size_t begin = out.size();
  bool after_negative = false;
  const auto append_part = [&](int32_t number, std::string_view unit) {
    if (number == 0) return;
    if (out.size() != begin) out += ' ';
    // A sign that differs from the one before is written.
    if (after_negative && number > 0) out += '+';
    out += std::to_string(number);
    out += ' ';
    out += unit;
    if (number != 1) out += 's';
    after_negative = number < 0;
  };
  append_part(value.months / kMonthsPerYear, "year");
  append_part(value.months % kMonthsPerYear, "mon");
  append_part(value.days, "day");
  if (value.micros == 0 && out.size() != begin) return;

  if (out.size() != begin) out += ' ';
  if (value.micros < 0) {
    out += '-';
  } else if (after_negative) {
    out += '+';
  }
  const uint64_t micros =
      value.micros < 0 ? -static_cast<uint64_t>(value.micros) : static_cast<uint64_t>(value.micros);
  const uint64_t hours = micros / kMicrosPerHour;
  // Hours may have any number of digits; the rest is a time.
  std::string rest;
  append_text(Time{static_cast<int64_t>(micros % kMicrosPerHour)}, rest);
  if (hours < 10) out += '0';
  out += std::to_string(hours);
  out.append(rest, 2);
}

}  // namespace sqlmill::rt::sql
