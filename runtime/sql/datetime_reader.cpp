#include "runtime/sql/datetime_reader.h"

#include <cmath>
#include <optional>
#include <string>
#include <utility>

namespace sqlmill::rt::sql {

namespace {

using Kind = DatetimeToken::Kind;

/// The number in digits.substr(from, count).
int64_t digits_at(std::string_view digits, size_t from, size_t count) {
  int64_t value = 0;
  for (const char c : digits.substr(from, count)) value = value * 10 + (c - '0');
  return value;
}

bool is_number(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

}  // namespace

DatetimeFault DatetimeReader::add(uint32_t field) {
  if (fields_ & field) return Fault::kFormat;
  fields_ |= field;
  return Fault::kNone;
}

DatetimeFault DatetimeReader::set_fraction(std::string_view text) {
  const std::optional<double> fraction = read_fraction(text);
  if (!fraction) return Fault::kFormat;
  micros_ = static_cast<int64_t>(std::rint(*fraction * 1e6));
  return Fault::kNone;
}

DatetimeFault DatetimeReader::read(std::string_view text) {
  if (!tokens_.scan(text) || tokens_.size() == 0) return Fault::kFormat;
  for (size_t i = 0; i < tokens_.size(); ++i) {
    if (const Fault fault = read_token(i); fault != Fault::kNone) return fault;
  }
  return finish();
}

DatetimeFault DatetimeReader::read_token(size_t i) {
  const std::string_view text = tokens_[i].text;
  switch (tokens_[i].kind) {
    case Kind::kDate:
      return read_date_shape(text);
    case Kind::kTime:
      pending_ = Word::kIgnored;
      return read_time(text);
    case Kind::kNumber:
      return read_number(text);
    case Kind::kSigned: {
      const Fault fault = read_zone_offset(text, zone_seconds_);
      return fault == Fault::kNone ? add(kZone) : fault;
    }
    case Kind::kWord:
    case Kind::kSpecial:
      return read_word(i);
  }
  return Fault::kFormat;
}

/// A date; but after month and day, or after T, a run-together time with its zone, or the name of a zone.
DatetimeFault DatetimeReader::read_date_shape(std::string_view text) {
  const bool is_after_date = pending_ != Word::kIgnored || (fields_ & (kMonth | kDay)) == (kMonth | kDay);
  if (!is_after_date) return read_date(text);
  const Word pending = std::exchange(pending_, Word::kIgnored);
  if (text[0] < '0' || text[0] > '9') return read_zone_name(text);
  const size_t sign = text.find('-');
  if (sign == text.npos || pending == Word::kJulian) return Fault::kFormat;
  Fault fault = read_zone_offset(text.substr(sign), zone_seconds_);
  if (fault == Fault::kNone) fault = add(kZone);
  if (fault == Fault::kNone) fault = read_run_together(text.substr(0, sign), true);
  return fault;
}

/// Parts between separators; a month by name may stand anywhere, and is known before the numbers are looked
/// at.
DatetimeFault DatetimeReader::read_date(std::string_view text) {
  const std::string_view all = text;
  const auto is_alphanumeric = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z'); };
  for (const bool numbers : {false, true}) {
    text = all;
    while (!text.empty()) {
      size_t size = 0;
      const bool is_word = text[0] >= 'a' && text[0] <= 'z';
      // A part is letters or digits: `1apr2026` has three.
      while (size < text.size() && is_alphanumeric(text[size]) && (text[size] >= 'a') == is_word) ++size;
      const std::string_view part = text.substr(0, size);
      text.remove_prefix(size);
      while (!text.empty() && !is_alphanumeric(text[0])) text.remove_prefix(1);
      if (part.empty()) return Fault::kFormat;
      if (is_word == numbers) continue;
      if (numbers) {
        if (const Fault fault = read_date_number(part); fault != Fault::kNone) return fault;
        continue;
      }
      const DatetimeWord* word = find_datetime_word(part);
      if (word != nullptr && word->kind == Word::kIgnored) continue;
      if (word == nullptr || word->kind != Word::kMonth) return Fault::kFormat;
      if (add(kMonth) != Fault::kNone) return Fault::kFormat;
      month_ = word->value;
      month_is_word_ = true;
    }
  }
  return (fields_ & ~(kDayOfYear | kZone)) == kDate ? Fault::kNone : Fault::kFormat;
}

DatetimeFault DatetimeReader::read_time(std::string_view text) {
  Fault fault = Fault::kFormat;
  const auto hour = take_integer(text, fault);
  if (!hour) return fault;
  if (text.empty() || text[0] != ':') return Fault::kFormat;
  text.remove_prefix(1);
  const auto minute = take_integer(text, fault);
  if (!minute) return fault;
  hour_ = *hour, minute_ = *minute, second_ = 0;
  if (!text.empty() && text[0] == '.') {
    // Minutes and seconds, though they look like hours and minutes.
    if (set_fraction(text) != Fault::kNone) return Fault::kFormat;
    second_ = minute_, minute_ = hour_, hour_ = 0;
  } else if (!text.empty()) {
    if (text[0] != ':') return Fault::kFormat;
    text.remove_prefix(1);
    const auto second = take_integer(text, fault);
    if (!second) return fault;
    second_ = *second;
    if (!text.empty() && set_fraction(text) != Fault::kNone) return Fault::kFormat;
  }
  if (hour_ > 24 || minute_ > 59 || second_ > 60 || micros() > kMicrosPerDay) return Fault::kField;
  return add(kTime);
}

DatetimeFault DatetimeReader::read_number(std::string_view text) {
  const size_t point = text.find('.');
  const size_t whole_digits = point == text.npos ? text.size() : point;
  switch (std::exchange(pending_, Word::kIgnored)) {
    case Word::kIsoTime:
      return read_run_together(text, true);
    case Word::kJulian:
      return read_julian(text);
    default:
      break;
  }
  if (time_only_ && fields_ == 0 && (point == text.npos || whole_digits > 2))
    return read_run_together(text, true);
  if (point != text.npos && (fields_ & kDate) == 0) return read_date(text);
  if (point != text.npos && whole_digits > 2) return read_run_together(text, has_date());
  // Six digits or more are a whole date or time; a longer year needs the ISO form.
  if (text.size() >= 6 && ((fields_ & kDate) == 0 || (fields_ & kTime) == 0)) {
    return read_run_together(text, has_date());
  }
  return read_date_number(text);
}

/// One number of a date, which stands for what the fields before it leave open.
DatetimeFault DatetimeReader::read_date_number(std::string_view text) {
  const size_t size = text.size();
  Fault fault = Fault::kFormat;
  std::string_view rest = text;
  const auto value = take_integer(rest, fault);
  if (!value) return fault;
  if (*value > INT32_MAX) return Fault::kField;
  if (!rest.empty()) {
    if (size - rest.size() > 2) return read_run_together(text, true);
    if (set_fraction(rest) != Fault::kNone) return Fault::kFormat;
  }
  const uint32_t known = fields_ & kDate;
  if (size == 3 && known == kYear && *value >= 1 && *value <= 366) {
    day_ = *value;
    return add(kDayOfYear | kMonth | kDay);
  }
  const auto set_year = [&] {
    year_ = *value;
    two_digit_year_ = size <= 2;
    return add(kYear);
  };
  switch (known) {
    case 0:
      if (size >= 3) return set_year();
      month_ = *value;
      return add(kMonth);
    case kMonth:
      if (month_is_word_ && size >= 3) return set_year();
      day_ = *value;
      return add(kDay);
    case kYear:
    case kDay:
      month_ = *value;
      return add(kMonth);
    case kYear | kMonth:
      day_ = *value;
      if (month_is_word_ && size >= 3 && two_digit_year_) {
        // 1-apr-2026: what was taken for a short year is the day.
        day_ = year_;
        year_ = *value;
        two_digit_year_ = false;
      }
      return add(kDay);
    case kMonth | kDay:
      return set_year();
    case kDate:
      return read_run_together(text, true);
    default:
      return Fault::kFormat;
  }
}

/// yyyymmdd, hhmmss, hhmmss.ffffff, hhmm.
DatetimeFault DatetimeReader::read_run_together(std::string_view text, bool date_known) {
  const size_t point = text.find('.');
  const bool has_fraction = point != text.npos;
  if (has_fraction) {
    if (set_fraction(text.substr(point)) != Fault::kNone) return Fault::kFormat;
    text = text.substr(0, point);
  }
  if (!is_number(text) || text.size() > 15) return Fault::kFormat;
  const size_t size = text.size();
  if (!has_fraction && !date_known && size >= 6) {
    day_ = digits_at(text, size - 2, 2);
    month_ = digits_at(text, size - 4, 2);
    year_ = digits_at(text, 0, size - 4);
    if (year_ > INT32_MAX) return Fault::kField;
    two_digit_year_ = size == 6;
    return add(kDate);
  }
  if ((fields_ & kTime) != 0 || (size != 6 && size != 4)) return Fault::kFormat;
  hour_ = digits_at(text, 0, 2);
  minute_ = digits_at(text, 2, 2);
  second_ = size == 6 ? digits_at(text, 4, 2) : 0;
  // Of a timestamp PostgreSQL does not check these: 2403 is three minutes into the next day.
  if (time_only_ && (minute_ > 59 || second_ > 60 || micros() > kMicrosPerDay)) return Fault::kField;
  return add(kTime);
}

DatetimeFault DatetimeReader::read_julian(std::string_view text) {
  Fault fault = Fault::kFormat;
  const auto day_number = take_integer(text, fault);
  if (!day_number) return fault;
  if (*day_number > INT32_MAX) return Fault::kField;
  const CivilDate date = civil_from_days(*day_number - kEpochJulianDay);
  year_ = date.year, month_ = date.month, day_ = date.day;
  julian_ = true;
  if (!text.empty()) {
    const std::optional<double> fraction = read_fraction(text);
    if (!fraction) return Fault::kFormat;
    micros_ = static_cast<int64_t>(*fraction * static_cast<double>(kMicrosPerDay));
    fault = add(kTime);
    if (fault != Fault::kNone) return fault;
  }
  return add(kDate);
}

/// Where what is read is in its zone is for the caller to find out, who knows the time then.
DatetimeFault DatetimeReader::read_zone_name(std::string_view text) {
  zone_ = find_zone_by_name(text);
  if (zone_) return add(kZone);
  refused_word_ = text;
  return Fault::kZone;
}

DatetimeFault DatetimeReader::read_word(size_t i) {
  const std::string_view text = tokens_[i].text;
  const DatetimeWord* word = find_datetime_word(text);
  if (word == nullptr) {
    zone_ = find_zone_by_name(text);
    return zone_ ? add(kZone) : Fault::kFormat;
  }
  switch (word->kind) {
    case Word::kMonth:
      // `1 April`: the number was taken for the month.
      if ((fields_ & kMonth) && !month_is_word_ && !(fields_ & kDay) && month_ >= 1 && month_ <= 31) {
        day_ = month_;
        fields_ = (fields_ & ~kMonth) | kDay;
      }
      month_is_word_ = true;
      month_ = word->value;
      return add(kMonth);
    case Word::kWeekday:
      return add(kWeekday);
    case Word::kMeridiem:
      afternoon_ = word->value == 1;
      return add(kMeridiem);
    case Word::kEra:
      before_christ_ = word->value == 1;
      return add(kEra);
    case Word::kInfinity:
    case Word::kMinusInfinity:
    case Word::kEpoch:
      whole_ = word->kind;
      return add(kWhole | kDate | kTime | kZone);
    case Word::kMoment:
      refused_word_ = word->text;
      return Fault::kMoment;
    case Word::kMidnight:
      return add(kTime | kZone);
    case Word::kIsoTime:
      if (!has_date() && !time_only_) return Fault::kFormat;
      if (i + 1 == tokens_.size()) return Fault::kFormat;
      if (tokens_[i + 1].kind > Kind::kTime) return Fault::kFormat;
      pending_ = Word::kIsoTime;
      return Fault::kNone;
    case Word::kJulian:
      if (i + 1 == tokens_.size() || tokens_[i + 1].kind > Kind::kTime) return Fault::kFormat;
      pending_ = Word::kJulian;
      return Fault::kNone;
    case Word::kZone:
      return add(kZone);
    case Word::kIgnored:
      return Fault::kNone;
  }
  return Fault::kFormat;
}

DatetimeFault DatetimeReader::finish() {
  if (whole_ != Word::kIgnored)
    return fields_ == (kWhole | kDate | kTime | kZone) ? Fault::kNone : Fault::kFormat;
  const uint32_t date = fields_ & kDate;
  if (!julian_ && (fields_ & kMonth) && (month_ < 1 || month_ > 12)) return Fault::kField;
  if ((fields_ & kDay) && !(fields_ & kDayOfYear) && (day_ < 1 || day_ > 31)) return Fault::kField;
  if (time_only_) {
    if (!(fields_ & kTime) || (date != 0 && date != kDate)) return Fault::kFormat;
  } else if (date != kDate) {
    return Fault::kFormat;
  }
  if (date == kDate) {
    if (const Fault fault = finish_date(); fault != Fault::kNone) return fault;
  }
  if (fields_ & kMeridiem) {
    if (hour_ > 12) return Fault::kField;
    if (!afternoon_ && hour_ == 12) hour_ = 0;
    if (afternoon_ && hour_ != 12) hour_ += 12;
  }
  return Fault::kNone;
}

DatetimeFault DatetimeReader::finish_date() {
  if (!julian_) {
    if (before_christ_) {
      if (year_ <= 0) return Fault::kField;
      year_ = 1 - year_;
    } else if (two_digit_year_) {
      year_ += year_ < 70 ? 2000 : year_ < 100 ? 1900 : 0;
    } else if (year_ <= 0) {
      return Fault::kField;
    }
  }
  if (fields_ & kDayOfYear) {
    extra_days_ = day_ - 1;
    month_ = day_ = 1;
    return Fault::kNone;
  }
  return day_ > days_in_month(year_, static_cast<int32_t>(month_)) ? Fault::kField : Fault::kNone;
}

}  // namespace sqlmill::rt::sql
