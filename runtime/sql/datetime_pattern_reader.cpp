// After PostgreSQL's formatting.c (DCH_from_char), step by step: which characters a field
// takes depends on what stands behind it in the pattern, on FM and on FX, and on the spaces skipped before.
#include "runtime/sql/datetime_pattern_reader.h"

#include <algorithm>
#include <charconv>
#include <string>
#include <vector>

#include "runtime/sql/datetime.h"
#include "runtime/sql/utf8.h"

namespace sqlmill::rt::sql {

namespace {

using Field = DatetimeField;
using Kind = DatetimeNode::Kind;

bool is_space(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
char to_lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
}

class Reader {
 public:
  Reader(Context& context, std::string_view text, const std::vector<DatetimeNode>& nodes)
      : context_(context), rest_(text), begin_(text.data()), nodes_(nodes) {}
  bool read(ParsedDatetime& out);

 private:
  bool read_field(size_t i, ParsedDatetime& out);
  bool read_time(size_t i, ParsedDatetime& out);
  bool read_date(size_t i, ParsedDatetime& out);
  bool read_year(size_t i, ParsedDatetime& out);
  bool read_zone_hour(size_t i, ParsedDatetime& out);
  bool read_year_with_comma(size_t i, ParsedDatetime& out);

  bool number(size_t i, int32_t* target, size_t length, size_t* taken = nullptr);
  bool number(size_t i, int32_t* target) { return number(i, target, nodes_[i].keyword->name.size()); }
  bool is_next_separator(size_t i) const;
  template <size_t kSize>
  bool word(size_t i, const std::string_view (&words)[kSize], int32_t& value);
  bool set(size_t i, int32_t* target, int32_t value);
  bool set_convention(size_t i, ParsedDatetime& out);
  void skip_ordinal(size_t i);
  void skip_character() { rest_.remove_prefix(rest_.empty() ? 0 : utf8_first(rest_)); }
  int skip_spaces() {
    int count = 0;
    for (; !rest_.empty() && is_space(rest_[0]); ++count) rest_.remove_prefix(1);
    return count;
  }
  std::string name(size_t i) const { return std::string(nodes_[i].keyword->name); }
  bool fail(const std::string& message, ErrorCode code = ErrorCode::kInvalidDatetimeFormat) {
    context_.fail(code, message);
    return false;
  }

  Context& context_;
  std::string_view rest_;
  const char* begin_;
  const std::vector<DatetimeNode>& nodes_;
  bool fixed_ = false;
  int extra_ = 0;  // Characters that were skipped beyond what the pattern has.
};

bool Reader::read(ParsedDatetime& out) {
  for (size_t i = 0; i < nodes_.size() && !rest_.empty(); ++i) {
    const DatetimeNode& node = nodes_[i];
    const bool is_field = node.kind == Kind::kField;
    const bool turns_fixed = is_field && node.keyword->field == Field::kFixed;
    if (!fixed_ && !turns_fixed && (is_field || i == 0)) extra_ += skip_spaces();
    if (node.kind == Kind::kSpace || node.kind == Kind::kSeparator) {
      if (fixed_) {
        skip_character();
      } else {
        // One in the pattern matches one in the text, or none.
        --extra_;
        if (!rest_.empty() && (is_space(rest_[0]) || is_datetime_separator(rest_[0]))) {
          rest_.remove_prefix(1);
          ++extra_;
        }
      }
      continue;
    }
    if (!is_field) {
      // Any character of the text, unless one too many was skipped before.
      if (!fixed_ && extra_ > 0) {
        --extra_;
      } else {
        skip_character();
      }
      continue;
    }
    if (!set_convention(i, out) || !read_field(i, out)) return false;
    if (!fixed_) extra_ = skip_spaces();
  }
  return true;
}

bool Reader::set_convention(size_t i, ParsedDatetime& out) {
  const auto convention = nodes_[i].keyword->convention;
  if (convention == DatetimeKeyword::Convention::kNone) return true;
  if (out.convention == DatetimeKeyword::Convention::kNone) out.convention = convention;
  return out.convention == convention || fail("invalid combination of date conventions");
}

bool Reader::set(size_t i, int32_t* target, int32_t value) {
  if (*target != 0 && *target != value)
    return fail("conflicting values for \"" + name(i) + "\" field in formatting string");
  *target = value;
  return true;
}

void Reader::skip_ordinal(size_t i) {
  if (nodes_[i].ordinal == '\0') return;
  skip_character();
  skip_character();
}

/// Whether a number ends by itself, because what follows in the pattern is no digit.
bool Reader::is_next_separator(size_t i) const {
  if (nodes_[i].ordinal != '\0' || i + 1 == nodes_.size()) return true;
  const DatetimeNode& next = nodes_[i + 1];
  if (next.kind == Kind::kField) return !next.keyword->is_digits;
  return !(next.character.size() == 1 && is_digit(next.character[0]));
}

/// An integer of `length` characters, or of as many as there are if nothing else can follow.
bool Reader::number(size_t i, int32_t* target, size_t length, size_t* taken) {
  const std::string_view start = rest_;
  skip_spaces();
  const std::string copy(rest_.substr(0, length));
  const auto convert = [&](std::string_view text, size_t& used, int64_t& value) {
    size_t at = 0;
    while (at < text.size() && is_space(text[at])) ++at;
    const bool plus = at < text.size() && text[at] == '+';
    const char* const first = text.data() + at + (plus ? 1 : 0);
    if (plus && (first == text.data() + text.size() || !is_digit(*first))) return true;
    const auto [end, error] = std::from_chars(first, text.data() + text.size(), value);
    used = error == std::errc::invalid_argument ? 0 : static_cast<size_t>(end - text.data());
    return error != std::errc::result_out_of_range;
  };
  size_t used = 0;
  int64_t value = 0;
  bool fits = true;
  if (nodes_[i].fill_mode || is_next_separator(i)) {
    fits = convert(start, used, value);
    rest_ = start.substr(used);
  } else {
    if (copy.size() < length) return fail("source string too short for \"" + name(i) + "\" formatting field");
    fits = convert(copy, used, value);
    if (used > 0 && used < length) return fail("invalid value \"" + copy + "\" for \"" + name(i) + "\"");
    rest_.remove_prefix(used);
  }
  if (rest_.data() == start.data()) return fail("invalid value \"" + copy + "\" for \"" + name(i) + "\"");
  if (!fits || value < INT32_MIN || value > INT32_MAX) {
    return fail("value for \"" + name(i) + "\" in source string is out of range",
                ErrorCode::kDatetimeFieldOverflow);
  }
  if (taken != nullptr) *taken = start.size() - rest_.size();
  if (target != nullptr && !set(i, target, static_cast<int32_t>(value))) return false;
  if (taken == nullptr) skip_ordinal(i);
  return true;
}

template <size_t kSize>
bool Reader::word(size_t i, const std::string_view (&words)[kSize], int32_t& value) {
  for (size_t k = 0; k < kSize; ++k) {
    const std::string_view candidate = words[k];
    if (rest_.size() < candidate.size()) continue;
    bool same = true;
    for (size_t c = 0; c < candidate.size(); ++c) same = same && to_lower(rest_[c]) == to_lower(candidate[c]);
    if (!same) continue;
    rest_.remove_prefix(candidate.size());
    value = static_cast<int32_t>(k);
    return true;
  }
  size_t end = 0;
  while (end < rest_.size() && !is_space(rest_[end])) ++end;
  return fail("invalid value \"" + std::string(rest_.substr(0, end)) + "\" for \"" + name(i) + "\"");
}

bool Reader::read_zone_hour(size_t i, ParsedDatetime& out) {
  const char c = rest_.empty() ? '\0' : rest_[0];
  if (c == '+' || c == '-' || c == ' ') {
    out.zone_sign = c == '-' ? -1 : 1;
    rest_.remove_prefix(1);
  } else {
    // The minus may have been taken for a separator.
    const bool minus = extra_ > 0 && rest_.data() > begin_ && rest_.data()[-1] == '-';
    out.zone_sign = minus ? -1 : 1;
  }
  return number(i, &out.zone_hour, 2);
}

bool Reader::read_time(size_t i, ParsedDatetime& out) {
  constexpr std::string_view kAmPm[] = {"am", "pm"};
  constexpr std::string_view kAmPmDots[] = {"a.m.", "p.m."};
  int32_t value = 0;
  size_t taken = 0;
  constexpr int32_t kScales[] = {1'000'000, 100'000, 10'000, 1'000, 100, 10, 1};
  switch (nodes_[i].keyword->field) {
    case Field::kFixed:
      fixed_ = true;
      return true;
    case Field::kAmPm:
    case Field::kAmPmDots: {
      const bool dots = nodes_[i].keyword->field == Field::kAmPmDots;
      if (dots ? !word(i, kAmPmDots, value) : !word(i, kAmPm, value)) return false;
      out.twelve_hours = true;
      return set(i, &out.afternoon, value);
    }
    case Field::kHour12:
      out.twelve_hours = true;
      return number(i, &out.hour, 2);
    case Field::kHour24:
      return number(i, &out.hour, 2);
    case Field::kMinute:
      return number(i, &out.minute);
    case Field::kSecond:
      return number(i, &out.second);
    case Field::kMillisecond:
      if (!number(i, &out.millis, 3, &taken)) return false;
      out.millis *= taken == 1 ? 100 : taken == 2 ? 10 : 1;
      skip_ordinal(i);
      return true;
    case Field::kFraction1:
    case Field::kFraction2:
    case Field::kFraction3:
    case Field::kFraction4:
    case Field::kFraction5:
    case Field::kFraction6:
    case Field::kMicrosecond: {
      const Field field = nodes_[i].keyword->field;
      const size_t digits = field == Field::kMicrosecond
                                ? 6
                                : static_cast<size_t>(field) - static_cast<size_t>(Field::kFraction1) + 1;
      if (field != Field::kMicrosecond) out.precision = static_cast<int32_t>(digits);
      if (!number(i, &out.micros, digits, &taken)) return false;
      out.micros *= kScales[std::min<size_t>(taken, 6)];
      skip_ordinal(i);
      return true;
    }
    case Field::kSecondOfDay:
      return number(i, &out.second_of_day);
    case Field::kZone:
    case Field::kOffset:
      return fail("formatting field \"" + name(i) + "\" is only supported in to_char",
                  ErrorCode::kFeatureNotSupported);
    case Field::kZoneHour:
      return read_zone_hour(i, out);
    case Field::kZoneMinute:
      if (out.zone_sign == 0) out.zone_sign = 1;
      return number(i, &out.zone_minute, 2);
    default:
      return read_date(i, out);
  }
}

bool Reader::read_date(size_t i, ParsedDatetime& out) {
  constexpr std::string_view kEra[] = {"ad", "bc"};
  constexpr std::string_view kEraDots[] = {"a.d.", "b.c."};
  int32_t value = 0;
  switch (nodes_[i].keyword->field) {
    case Field::kEra:
      return word(i, kEra, value) && set(i, &out.before_christ, value);
    case Field::kEraDots:
      return word(i, kEraDots, value) && set(i, &out.before_christ, value);
    case Field::kMonthName:
      return word(i, kMonthNames, value) && set(i, &out.month, value + 1);
    case Field::kShortMonthName:
      return word(i, kShortMonthNames, value) && set(i, &out.month, value + 1);
    case Field::kRoman:
      return word(i, kRomanMonths, value) && set(i, &out.month, kMonthsPerYear - value);
    case Field::kMonth:
      return number(i, &out.month);
    case Field::kDayName:
      if (!word(i, kDayNames, value) || !set(i, &out.day_of_week, value)) return false;
      ++out.day_of_week;
      return true;
    case Field::kShortDayName:
      if (!word(i, kShortDayNames, value) || !set(i, &out.day_of_week, value)) return false;
      ++out.day_of_week;
      return true;
    case Field::kDayOfYear:
      return number(i, &out.day_of_year);
    case Field::kIsoDayOfYear:
      return number(i, &out.day_of_year, 3);
    case Field::kDay:
      return number(i, &out.day);
    case Field::kDayOfWeek:
      return number(i, &out.day_of_week);
    case Field::kIsoDayOfWeek:
      if (!number(i, &out.day_of_week, 1)) return false;
      if (++out.day_of_week > 7) out.day_of_week = 1;
      return true;
    case Field::kWeek:
    case Field::kIsoWeek:
      return number(i, &out.week);
    case Field::kQuarter:
      return number(i, nullptr);
    case Field::kCentury:
      return number(i, &out.century);
    case Field::kWeekOfMonth:
      return number(i, &out.week_of_month);
    case Field::kJulian:
      return number(i, &out.julian);
    default:
      return read_year(i, out);
  }
}

/// Thousands without a bound, a comma, and up to three digits.
bool Reader::read_year_with_comma(size_t i, ParsedDatetime& out) {
  const auto refuse = [&] { return fail("invalid input string for \"Y,YYY\""); };
  skip_spaces();
  int32_t thousands = 0;
  const bool plus = rest_.starts_with('+');
  if (plus) rest_.remove_prefix(1);
  const auto [end, error] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), thousands);
  if (error != std::errc()) return refuse();
  rest_.remove_prefix(static_cast<size_t>(end - rest_.data()));
  if (!rest_.starts_with(',')) return refuse();
  rest_.remove_prefix(1);
  skip_spaces();
  size_t digits = 0;
  int32_t years = 0;
  while (digits < 3 && digits < rest_.size() && is_digit(rest_[digits]))
    years = years * 10 + (rest_[digits++] - '0');
  if (digits == 0) return refuse();
  rest_.remove_prefix(digits);
  out.year_digits = 4;
  if (!set(i, &out.year, years + thousands * 1000)) return false;
  skip_ordinal(i);
  return true;
}

/// A year of fewer than four digits is near 2020.
int32_t full_year(int32_t year) {
  if (year < 70) return year + 2000;
  if (year < 100) return year + 1900;
  if (year < 520) return year + 2000;
  return year < 1000 ? year + 1000 : year;
}

bool Reader::read_year(size_t i, ParsedDatetime& out) {
  size_t length = 0;
  switch (nodes_[i].keyword->field) {
    case Field::kYearComma:
      return read_year_with_comma(i, out);
    case Field::kYear4:
    case Field::kIsoYear4:
      out.year_digits = 4;
      return number(i, &out.year);
    case Field::kYear3:
    case Field::kIsoYear3:
      length = 3;
      break;
    case Field::kYear2:
    case Field::kIsoYear2:
      length = 2;
      break;
    default:
      length = 1;
  }
  size_t taken = 0;
  if (!number(i, &out.year, length, &taken)) return false;
  if (taken < 4) out.year = full_year(out.year);
  out.year_digits = static_cast<int32_t>(length);
  skip_ordinal(i);
  return true;
}

bool Reader::read_field(size_t i, ParsedDatetime& out) {
  return read_time(i, out);
}

}  // namespace

bool read_by_pattern(Context& context, std::string_view text, std::string_view pattern, ParsedDatetime& out) {
  const std::vector<DatetimeNode> nodes = parse_datetime_pattern(pattern);
  return Reader(context, text, nodes).read(out);
}

}  // namespace sqlmill::rt::sql
