#include "runtime/sql/datetime_pattern.h"

#include "runtime/sql/utf8.h"

namespace sqlmill::rt::sql {

namespace {

using Field = DatetimeField;
using Convention = DatetimeKeyword::Convention;
constexpr Convention kNone = Convention::kNone;
constexpr Convention kGregorian = Convention::kGregorian;
constexpr Convention kIso = Convention::kIsoWeek;

/// In the order in which they are tried: a longer one before its beginnings. Most are there in both cases.
constexpr DatetimeKeyword kKeywords[] = {
    {"A.D.", Field::kEraDots, kNone, false},
    {"A.M.", Field::kAmPmDots, kNone, false},
    {"AD", Field::kEra, kNone, false},
    {"AM", Field::kAmPm, kNone, false},
    {"B.C.", Field::kEraDots, kNone, false},
    {"BC", Field::kEra, kNone, false},
    {"CC", Field::kCentury, kNone, true},
    {"DAY", Field::kDayName, kNone, false},
    {"DDD", Field::kDayOfYear, kGregorian, true},
    {"DD", Field::kDay, kGregorian, true},
    {"DY", Field::kShortDayName, kNone, false},
    {"Day", Field::kDayName, kNone, false},
    {"Dy", Field::kShortDayName, kNone, false},
    {"D", Field::kDayOfWeek, kGregorian, true},
    {"FF1", Field::kFraction1, kNone, true},
    {"FF2", Field::kFraction2, kNone, true},
    {"FF3", Field::kFraction3, kNone, true},
    {"FF4", Field::kFraction4, kNone, true},
    {"FF5", Field::kFraction5, kNone, true},
    {"FF6", Field::kFraction6, kNone, true},
    {"FX", Field::kFixed, kNone, false},
    {"HH24", Field::kHour24, kNone, true},
    {"HH12", Field::kHour12, kNone, true},
    {"HH", Field::kHour12, kNone, true},
    {"IDDD", Field::kIsoDayOfYear, kIso, true},
    {"ID", Field::kIsoDayOfWeek, kIso, true},
    {"IW", Field::kIsoWeek, kIso, true},
    {"IYYY", Field::kIsoYear4, kIso, true},
    {"IYY", Field::kIsoYear3, kIso, true},
    {"IY", Field::kIsoYear2, kIso, true},
    {"I", Field::kIsoYear1, kIso, true},
    {"J", Field::kJulian, kNone, true},
    {"MI", Field::kMinute, kNone, true},
    {"MM", Field::kMonth, kGregorian, true},
    {"MONTH", Field::kMonthName, kGregorian, false},
    {"MON", Field::kShortMonthName, kGregorian, false},
    {"MS", Field::kMillisecond, kNone, true},
    {"OF", Field::kOffset, kNone, false},
    {"P.M.", Field::kAmPmDots, kNone, false},
    {"PM", Field::kAmPm, kNone, false},
    {"Q", Field::kQuarter, kNone, true},
    {"RM", Field::kRoman, kGregorian, false},
    {"SSSSS", Field::kSecondOfDay, kNone, true},
    {"SSSS", Field::kSecondOfDay, kNone, true},
    {"SS", Field::kSecond, kNone, true},
    {"TZH", Field::kZoneHour, kNone, false},
    {"TZM", Field::kZoneMinute, kNone, true},
    {"TZ", Field::kZone, kNone, false},
    {"US", Field::kMicrosecond, kNone, true},
    {"WW", Field::kWeek, kGregorian, true},
    {"W", Field::kWeekOfMonth, kGregorian, true},
    {"Y,YYY", Field::kYearComma, kGregorian, true},
    {"YYYY", Field::kYear4, kGregorian, true},
    {"YYY", Field::kYear3, kGregorian, true},
    {"YY", Field::kYear2, kGregorian, true},
    {"Y", Field::kYear1, kGregorian, true},

    {"Month", Field::kMonthName, kGregorian, false},
    {"Mon", Field::kShortMonthName, kGregorian, false},

    {"a.d.", Field::kEraDots, kNone, false},
    {"a.m.", Field::kAmPmDots, kNone, false},
    {"ad", Field::kEra, kNone, false},
    {"am", Field::kAmPm, kNone, false},
    {"b.c.", Field::kEraDots, kNone, false},
    {"bc", Field::kEra, kNone, false},
    {"cc", Field::kCentury, kNone, true},
    {"day", Field::kDayName, kNone, false},
    {"ddd", Field::kDayOfYear, kGregorian, true},
    {"dd", Field::kDay, kGregorian, true},
    {"dy", Field::kShortDayName, kNone, false},
    {"d", Field::kDayOfWeek, kGregorian, true},
    {"ff1", Field::kFraction1, kNone, true},
    {"ff2", Field::kFraction2, kNone, true},
    {"ff3", Field::kFraction3, kNone, true},
    {"ff4", Field::kFraction4, kNone, true},
    {"ff5", Field::kFraction5, kNone, true},
    {"ff6", Field::kFraction6, kNone, true},
    {"fx", Field::kFixed, kNone, false},
    {"hh24", Field::kHour24, kNone, true},
    {"hh12", Field::kHour12, kNone, true},
    {"hh", Field::kHour12, kNone, true},
    {"iddd", Field::kIsoDayOfYear, kIso, true},
    {"id", Field::kIsoDayOfWeek, kIso, true},
    {"iw", Field::kIsoWeek, kIso, true},
    {"iyyy", Field::kIsoYear4, kIso, true},
    {"iyy", Field::kIsoYear3, kIso, true},
    {"iy", Field::kIsoYear2, kIso, true},
    {"i", Field::kIsoYear1, kIso, true},
    {"j", Field::kJulian, kNone, true},
    {"mi", Field::kMinute, kNone, true},
    {"mm", Field::kMonth, kGregorian, true},
    {"month", Field::kMonthName, kGregorian, false},
    {"mon", Field::kShortMonthName, kGregorian, false},
    {"ms", Field::kMillisecond, kNone, true},
    {"of", Field::kOffset, kNone, false},
    {"p.m.", Field::kAmPmDots, kNone, false},
    {"pm", Field::kAmPm, kNone, false},
    {"q", Field::kQuarter, kNone, true},
    {"rm", Field::kRoman, kGregorian, false},
    {"sssss", Field::kSecondOfDay, kNone, true},
    {"ssss", Field::kSecondOfDay, kNone, true},
    {"ss", Field::kSecond, kNone, true},
    {"tzh", Field::kZoneHour, kNone, false},
    {"tzm", Field::kZoneMinute, kNone, true},
    {"tz", Field::kZone, kNone, false},
    {"us", Field::kMicrosecond, kNone, true},
    {"ww", Field::kWeek, kGregorian, true},
    {"w", Field::kWeekOfMonth, kGregorian, true},
    {"y,yyy", Field::kYearComma, kGregorian, true},
    {"yyyy", Field::kYear4, kGregorian, true},
    {"yyy", Field::kYear3, kGregorian, true},
    {"yy", Field::kYear2, kGregorian, true},
    {"y", Field::kYear1, kGregorian, true},
};

const DatetimeKeyword* find_keyword(std::string_view rest) {
  for (const DatetimeKeyword& keyword : kKeywords) {
    if (rest.starts_with(keyword.name)) return &keyword;
  }
  return nullptr;
}

bool is_space(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}

std::string_view take_character(std::string_view& rest) {
  const std::string_view character = rest.substr(0, utf8_first(rest));
  rest.remove_prefix(character.size());
  return character;
}

}  // namespace

bool is_datetime_separator(char c) {
  return c > ' ' && c < '\x7f' && !(c >= 'A' && c <= 'Z') && !(c >= 'a' && c <= 'z') &&
         !(c >= '0' && c <= '9');
}

std::string_view ordinal_suffix(std::string_view digits, bool upper) {
  const char last = digits.empty() ? '0' : digits.back();
  const bool teen = digits.size() > 1 && digits[digits.size() - 2] == '1';
  if (!teen && last == '1') return upper ? "ST" : "st";
  if (!teen && last == '2') return upper ? "ND" : "nd";
  if (!teen && last == '3') return upper ? "RD" : "rd";
  return upper ? "TH" : "th";
}

std::vector<DatetimeNode> parse_datetime_pattern(std::string_view rest) {
  using Kind = DatetimeNode::Kind;
  std::vector<DatetimeNode> nodes;
  while (!rest.empty()) {
    DatetimeNode node{Kind::kField};
    node.fill_mode = rest.starts_with("FM") || rest.starts_with("fm");
    node.localized = rest.starts_with("TM") || rest.starts_with("tm");
    if (node.fill_mode || node.localized) rest.remove_prefix(2);
    if (rest.empty()) break;
    node.keyword = find_keyword(rest);
    if (node.keyword != nullptr) {
      rest.remove_prefix(node.keyword->name.size());
      if (rest.starts_with("TH") || rest.starts_with("th")) {
        node.ordinal = rest[0];
        rest.remove_prefix(2);
      } else if (rest.starts_with("SP")) {
        rest.remove_prefix(2);
      }
      nodes.push_back(node);
    } else if (rest[0] == '"') {
      rest.remove_prefix(1);
      while (!rest.empty() && rest[0] != '"') {
        if (rest[0] == '\\' && rest.size() > 1) rest.remove_prefix(1);
        nodes.push_back({Kind::kCharacter, nullptr, take_character(rest)});
      }
      if (!rest.empty()) rest.remove_prefix(1);
    } else {
      // Outside of quotes a backslash means something only before a quote.
      if (rest.starts_with("\\\"")) rest.remove_prefix(1);
      const Kind kind = is_datetime_separator(rest[0]) ? Kind::kSeparator
                        : is_space(rest[0])            ? Kind::kSpace
                                                       : Kind::kCharacter;
      nodes.push_back({kind, nullptr, take_character(rest)});
    }
  }
  return nodes;
}

}  // namespace sqlmill::rt::sql
