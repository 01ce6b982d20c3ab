// Dates, times and intervals. The expected texts are PostgreSQL 15's, but for the zone of timestamptz.
#if __has_include(<catch2/catch_test_macros.hpp>)
#include <catch2/catch_test_macros.hpp>
#else
#include <catch2/catch.hpp>
#endif

#include <string>
#include <utility>

#include "runtime/sql/datetime_text.h"
#include "runtime/sql/fixed_timestamps.h"
#include "runtime/sql/functions/all_datetime.h"

using namespace sqlmill::rt::sql;

namespace {

/// Memory, a context and shorthands for reading and printing.
struct Evaluation {
  Arena arena;
  Context context{arena};

  template <class T>
  std::string show(const T& value) {
    if (context.failed()) {
      const Error error = context.take_error();
      return std::string(sqlstate(error.code)) + " " + error.message;
    }
    if (!has_value(value)) return "NULL";
    std::string text;
    append_text(value_of(value), text);
    return text;
  }
  std::string date(std::string_view text) { return show(date_from_text(context, text)); }
  std::string time(std::string_view text) { return show(time_from_text(context, text)); }
  std::string timestamp(std::string_view text) { return show(timestamp_from_text(context, text)); }
  std::string timestamptz(std::string_view text) { return show(timestamptz_from_text(context, text)); }
  std::string interval(std::string_view text) { return show(interval_from_text(context, text)); }

  Date d(std::string_view text) { return date_from_text(context, text); }
  Timestamp ts(std::string_view text) { return timestamp_from_text(context, text); }
  Timestamptz tz(std::string_view text) { return timestamptz_from_text(context, text); }
  Interval iv(std::string_view text) { return interval_from_text(context, text); }
};

}  // namespace

TEST_CASE("the calendar goes both ways") {
  CHECK(days_from_civil(2000, 1, 1) == 0);
  CHECK(days_from_civil(1970, 1, 1) == -kUnixEpochDays);
  CHECK(days_from_civil(2000, 3, 1) == 60);
  CHECK(days_from_civil(1900, 3, 1) - days_from_civil(1900, 2, 28) == 1);
  CHECK(days_from_civil(-4713, 11, 24) == kMinDays);
  CHECK(days_from_civil(294277, 1, 1) * kMicrosPerDay == kEndTimestampMicros);
  CHECK(day_of_week(0) == 6);
  for (int64_t days = kMinDays; days < 3'000'000; days += 97) {
    const CivilDate date = civil_from_days(days);
    REQUIRE(days_from_civil(date.year, date.month, date.day) == days);
    REQUIRE(date.day <= days_in_month(date.year, date.month));
    REQUIRE(day_of_week(days + 1) == (day_of_week(days) + 1) % 7);
  }
}

TEST_CASE("the fixed layout is read as the general reader reads it") {
  Evaluation e;
  const auto fixed = [&](std::string_view text) {
    Timestamptz value{};
    return parse_fixed_timestamptz(text, value) ? e.show(value) : std::string("no");
  };
  CHECK(fixed("2026-04-01 09:00:00+00") == "2026-04-01 09:00:00+00:00");
  CHECK(fixed("2026-04-01 09:00:00+00:00") == "2026-04-01 09:00:00+00:00");
  CHECK(fixed("2026-04-01T09:00:00.5Z") == "2026-04-01 09:00:00.5+00:00");
  CHECK(fixed("2026-12-31 23:59:59.000001") == "2026-12-31 23:59:59.000001+00:00");
  CHECK(fixed("2024-02-29 00:00:00+00") == "2024-02-29 00:00:00+00:00");
  for (const char* other : {"",
                            "2026-04-01",
                            "2026-04-01 09:00",
                            "2026-04-01 09:00:00+16",
                            "2026-04-01 09:00:00+1",
                            "2026-04-01 09:00:00+0100",
                            "2026-04-01 09:00:00+01:60",
                            "2026-04-01 09:00:00+01-00",
                            "2026-04-01 09:00:00+01:0x",
                            "2026-04-01 09:00:00 +01",
                            "2026-04-01 09:00:00z",
                            "2026-04-01 09:00:00.1234567+00",
                            "2026-04-01 09:00:00.+00",
                            "2026-04-01 09:00:00.",
                            "2026-02-29 00:00:00+00",
                            "2026-13-01 00:00:00+00",
                            "2026-00-01 00:00:00+00",
                            "2026-04-00 00:00:00+00",
                            "0000-04-01 00:00:00+00",
                            "2026-04-01 24:00:00+00",
                            "2026-04-01 09:60:00+00",
                            "2026-04-01 09:00:60+00",
                            "2026/04/01 09:00:00+00",
                            "2026-04-01x09:00:00+00",
                            "2026-0a-01 09:00:00+00",
                            "2026-04-01 09:0 :00+00",
                            "2026-04-01 09:00:00+00 ",
                            "202\xb6-04-01 09:00:00+00",
                            "2026-04-01 09:00:0:+00",
                            "2026-04-01 09:00:00 BC"}) {
    INFO(other);
    CHECK(fixed(other) == "no");
  }
}

TEST_CASE("the fixed layout with offsets") {
  Evaluation e;
  FixedTimestamps fixed;
  const auto tz = [&](std::string_view text) {
    Timestamptz value{};
    return fixed.read(text, value) ? e.show(value) : std::string("no");
  };
  const auto local = [&](std::string_view text) {
    Timestamp value{};
    return fixed.read(text, value) ? e.show(value) : std::string("no");
  };
  CHECK(tz("2026-04-01T09:00:00.298-08:30") == "2026-04-01 17:30:00.298+00:00");
  CHECK(tz("2026-01-01T00:59:59.123456+01:00") == "2025-12-31 23:59:59.123456+00:00");
  CHECK(tz("2026-04-01 09:00:00+15:59") == "2026-03-31 17:01:00+00:00");
  CHECK(local("2026-04-01T09:00:00.298-08:30") == "2026-04-01 09:00:00.298");
  CHECK(local("2026-04-01T09:00:00Z") == "2026-04-01 09:00:00");
  CHECK(tz(std::string(16, '\0') + ":00") == "no");
}

TEST_CASE("the fixed layout means what the general reader says") {
  Evaluation e;
  FixedTimestamps fixed;
  const std::string seeds[] = {"2026-04-01 09:00:09.298+00",    "2024-02-29T23:59:59Z",
                               "0001-01-01 00:00:00",           "9999-12-31T23:59:59.999999Z",
                               "1999-12-31 23:59:59.5-08",      "2026-04-01T09:00:00.25+05:30",
                               "2000-03-01 00:00:00.1234+00:00"};
  const std::string_view bytes = "00112233456789-+:. TZ";
  uint32_t random = 12345;
  const auto below = [&](size_t limit) {
    random = random * 1664525 + 1013904223;
    return (random >> 8) % limit;
  };
  size_t read = 0;
  for (int round = 0; round < 100'000; ++round) {
    std::string text = seeds[below(std::size(seeds))];
    for (size_t edits = below(3); edits > 0; --edits) {
      const size_t at = below(text.size());
      if (below(4) == 0) {
        text.erase(at, 1);
      } else {
        text[at] = bytes[below(bytes.size())];
      }
    }
    INFO(text);
    Timestamptz value{};
    Timestamp local{};
    const bool is_fixed = fixed.read(text, value);
    REQUIRE(fixed.read(text, local) == is_fixed);
    if (!is_fixed) continue;
    ++read;
    // The blank makes it another layout.
    const Timestamptz expected = timestamptz_from_text(e.context, " " + text);
    const Timestamp expected_local = timestamp_from_text(e.context, " " + text);
    REQUIRE_FALSE(e.context.failed());
    REQUIRE(value.micros == expected.micros);
    REQUIRE(local.micros == expected_local.micros);
  }
  CHECK(read > 30'000);
}

TEST_CASE("timestamps with time zone are read and printed") {
  Evaluation e;
  const std::pair<const char*, const char*> kCases[] = {
      {"2026-04-01 09:00:00+02", "2026-04-01 07:00:00+00:00"},
      {"2026-04-01T09:00:00.1234567-08:30", "2026-04-01 17:30:00.123457+00:00"},
      {"2026-04-01 09:00 +0530", "2026-04-01 03:30:00+00:00"},
      {"20260401T090000Z", "2026-04-01 09:00:00+00:00"},
      {"2026-04-01 09:00:00 UTC", "2026-04-01 09:00:00+00:00"},
      {"April 1, 2026 9:00 PM", "2026-04-01 21:00:00+00:00"},
      {"Wed, 01 Apr 2026 10:00:00 GMT", "2026-04-01 10:00:00+00:00"},
      {"2026-04-01", "2026-04-01 00:00:00+00:00"},
      {"0044-03-15 12:00 BC", "0044-03-15 12:00:00+00:00 BC"},
      {"2026-12-31 23:59:60", "2027-01-01 00:00:00+00:00"},
      {" infinity ", "infinity"},
      {"-infinity", "-infinity"},
      {"epoch", "1970-01-01 00:00:00+00:00"},
      {"294276-12-31 23:59:59.999999", "294276-12-31 23:59:59.999999+00:00"},
      {"4714-11-24 BC", "4714-11-24 00:00:00+00:00 BC"},
      {"", "22007 invalid input syntax for type timestamp with time zone: \"\""},
      {"2026-04-01 10", "22007 invalid input syntax for type timestamp with time zone: \"2026-04-01 10\""},
      {"yesterdayish", "22007 invalid input syntax for type timestamp with time zone: \"yesterdayish\""},
      {"2026-02-30 10:00", "22008 date/time field value out of range: \"2026-02-30 10:00\""},
      {"2026-04-01 25:00", "22008 date/time field value out of range: \"2026-04-01 25:00\""},
      {"2026-04-01 10:00+16", "22009 time zone displacement out of range: \"2026-04-01 10:00+16\""},
      {"294277-01-01", "22008 timestamp out of range: \"294277-01-01\""},
      {"4714-11-23 BC", "22008 timestamp out of range: \"4714-11-23 BC\""},
      // Ours.
      {"2026-04-01 10:00 America/New_Yorck", "22023 time zone \"america/new_yorck\" not recognized"},
      {"now",
       "0A000 \"now\" is not supported in a value of type timestamp with time zone, because it would change "
       "between runs"},
  };
  for (const auto& [text, expected] : kCases) {
    INFO(text);
    CHECK(e.timestamptz(text) == expected);
  }
}

TEST_CASE("dates, times and timestamps are read and printed") {
  Evaluation e;
  for (const char* text :
       {"2026-04-01", "2026-4-1", "04/01/2026", "1-Apr-2026", "2026-Apr-01", "April 1, 2026", "1 Apr 2026",
        "20260401", "260401", "2026.091", "2026-091", "2026-04-01 10:00:00+02"}) {
    INFO(text);
    CHECK(e.date(text) == "2026-04-01");
  }
  CHECK(e.date("J2451545") == "2000-01-01");
  CHECK(e.date("12345-01-01") == "12345-01-01");
  CHECK(e.date("5874897-12-31") == "5874897-12-31");
  CHECK(e.date("5874898-01-01") == "22008 date out of range: \"5874898-01-01\"");
  CHECK(e.date("0000-01-01") == "22008 date/time field value out of range: \"0000-01-01\"");
  CHECK(e.date("2026") == "22007 invalid input syntax for type date: \"2026\"");

  CHECK(e.time("10:00") == "10:00:00");
  CHECK(e.time("10:20.5") == "00:10:20.5");
  CHECK(e.time("0405") == "04:05:00");
  CHECK(e.time("12:00 am") == "00:00:00");
  CHECK(e.time("10:00:00+02") == "10:00:00");
  CHECK(e.time("23:59:59.9999999") == "24:00:00");
  CHECK(e.time("24:00:00.1") == "22008 date/time field value out of range: \"24:00:00.1\"");
  CHECK(e.time("10") == "22007 invalid input syntax for type time: \"10\"");

  // The zone of a timestamp without one is read and ignored.
  CHECK(e.timestamp("2026-04-01 10:00:00+02") == "2026-04-01 10:00:00");
  CHECK(e.timestamp("2026-04-01 24:00:00") == "2026-04-02 00:00:00");
  CHECK(e.timestamp("x") == "22007 invalid input syntax for type timestamp: \"x\"");
}

TEST_CASE("intervals are read and printed") {
  Evaluation e;
  const std::pair<const char*, const char*> kCases[] = {
      {"1 day", "1 day"},
      {"2 days 3 hours", "2 days 03:00:00"},
      {"1 year 2 months 3 days 04:05:06.789", "1 year 2 mons 3 days 04:05:06.789"},
      {"-1 day +2 hours", "-1 days +02:00:00"},
      {"1 mon -1 day 1 us", "1 mon -1 days +00:00:00.000001"},
      {"1 day ago", "-1 days"},
      {"@ 90 minutes", "01:30:00"},
      {"1.5 months", "1 mon 15 days"},
      {"1.5 weeks 0.5 day", "10 days 24:00:00"},
      {"5", "00:00:05"},
      {"2 10:00", "2 days 10:00:00"},
      {"1-2", "1 year 2 mons"},
      {"-1-2 +3 -4:05:06", "-1 years -2 mons +3 days -04:05:06"},
      {"P1Y2M10DT2H30M", "1 year 2 mons 10 days 02:30:00"},
      {"P1.5D", "1 day 12:00:00"},
      {"P0001-02-03T04:05:06", "1 year 2 mons 3 days 04:05:06"},
      {"P00010203T040506", "1 year 2 mons 3 days 04:05:06"},
      {"1000 hours", "1000:00:00"},
      {"0", "00:00:00"},
      {"", "22007 invalid input syntax for type interval: \"\""},
      {"1 fortnight", "22007 invalid input syntax for type interval: \"1 fortnight\""},
      {"1 day 1 day", "22007 invalid input syntax for type interval: \"1 day 1 day\""},
      {"99999999999 days", "22015 interval field value out of range: \"99999999999 days\""},
      {"178956970 years 8 mons", "22008 interval out of range"},
  };
  for (const auto& [text, expected] : kCases) {
    INFO(text);
    CHECK(e.interval(text) == expected);
  }
  CHECK(e.interval("2562047788:00:54.775807") == "2562047788:00:54.775807");
}

TEST_CASE("intervals compare with months of 30 days and days of 24 hours") {
  Evaluation e;
  CHECK(compare(e.iv("1 mon"), e.iv("30 days")) == 0);
  CHECK(equal(e.iv("1 day"), e.iv("24:00:00")));
  CHECK_FALSE(identical(e.iv("1 day"), e.iv("24:00:00")));
  CHECK(hash(e.iv("1 mon 1 day")) == hash(e.iv("31 days")));
  CHECK(compare(e.iv("1 mon"), e.iv("31 days")) < 0);
  CHECK(compare(e.iv("178956970 years"), e.iv("-178956970 years")) > 0);
}

TEST_CASE("arithmetic of timestamps and intervals") {
  Evaluation e;
  Context& c = e.context;
  CHECK(e.show(subtract_timestamptzs(c, e.tz("2026-04-01 10:00:05.5"), e.tz("2026-04-01 09:59:00"))) ==
        "00:01:05.5");
  CHECK(e.show(subtract_timestamptzs(c, e.tz("2026-04-01"), e.tz("2026-04-03 01:00"))) ==
        "-2 days -01:00:00");
  CHECK(e.show(subtract_timestamps(c, e.ts("infinity"), e.ts("2026-04-03 01:00"))) ==
        "22008 cannot subtract infinite timestamps");
  CHECK(e.show(add_timestamptz_interval(c, e.tz("2024-01-31 10:00"), e.iv("1 mon"))) ==
        "2024-02-29 10:00:00+00:00");
  CHECK(e.show(subtract_timestamp_interval(c, e.ts("2024-03-31"), e.iv("1 mon 1 day"))) ==
        "2024-02-28 00:00:00");
  CHECK(e.show(add_timestamp_interval(c, e.ts("infinity"), e.iv("1 mon"))) == "infinity");
  CHECK(e.show(add_timestamp_interval(c, e.ts("294276-12-31"), e.iv("1 day"))) ==
        "22008 timestamp out of range");
  CHECK(e.show(add_date_interval(c, e.d("2024-02-29"), e.iv("1 year"))) == "2025-02-28 00:00:00");
  CHECK(subtract_dates(c, e.d("2026-04-01"), e.d("2026-03-01")) == 31);
  CHECK(e.show(add_date_integer(c, e.d("5874897-12-31"), 1)) == "22008 date out of range");
  CHECK(e.show(add_time_interval(Time{0}, e.iv("-1 hour"))) == "23:00:00");
  CHECK(e.show(multiply_interval(c, e.iv("1 mon 1 day 1 hour"), 1.5)) == "1 mon 16 days 13:30:00");
  CHECK(e.show(divide_interval(c, e.iv("1 mon"), 4)) == "7 days 12:00:00");
  CHECK(e.show(divide_interval(c, e.iv("1 mon"), 0)) == "22012 division by zero");
  CHECK(e.show(multiply_interval(c, e.iv("1000000 years"), 1e9)) == "22008 interval out of range");
  CHECK(e.show(justify_interval(c, e.iv("35 days 25:00"))) == "1 mon 6 days 01:00:00");
  CHECK(e.show(justify_hours(c, e.iv("-1 day 25:00"))) == "01:00:00");
}

TEST_CASE("extract has PostgreSQL's scales") {
  Evaluation e;
  Context& c = e.context;
  const Timestamptz t = e.tz("2001-02-16 20:38:40.12");
  const std::pair<const char*, const char*> kCases[] = {
      {"epoch", "982355920.120000"},
      {"year", "2001"},
      {"month", "2"},
      {"day", "16"},
      {"hour", "20"},
      {"minute", "38"},
      {"second", "40.120000"},
      {"dow", "5"},
      {"isodow", "5"},
      {"doy", "47"},
      {"week", "7"},
      {"isoyear", "2001"},
      {"quarter", "1"},
      {"decade", "200"},
      {"century", "21"},
      {"millennium", "3"},
      {"milliseconds", "40120.000"},
      {"microseconds", "40120000"},
      {"timezone", "0"},
      {"timezone_hour", "0"},
      {"julian", "2451957.860186574074074074"},
      {"Years", "2001"},
      {"foo", "22023 unit \"foo\" not recognized for type timestamp with time zone"},
  };
  for (const auto& [field, expected] : kCases) {
    INFO(field);
    CHECK(e.show(extract_timestamptz(c, Text(std::string_view(field)), t)).starts_with(expected));
  }
  CHECK(e.show(extract_interval(c, "epoch"_text, e.iv("1 year 1 mon 1 day 1.5 sec"))) == "34236001.500000");
  CHECK(e.show(extract_interval(c, "quarter"_text, e.iv("7 mons"))) == "3");
  CHECK(e.show(extract_interval(c, "dow"_text, e.iv("7 mons"))) ==
        "0A000 unit \"dow\" not supported for type interval");
  CHECK(e.show(extract_date(c, "epoch"_text, e.d("2026-01-01"))) == "1767225600");
  CHECK(e.show(extract_date(c, "hour"_text, e.d("2026-01-01"))) ==
        "0A000 unit \"hour\" not supported for type date");
  CHECK(e.show(extract_timestamp(c, "year"_text, e.ts("0001-06-01 BC"))) == "-1");
  CHECK(e.show(extract_timestamp(c, "year"_text, e.ts("infinity"))) == "Infinity");
  CHECK(e.show(extract_timestamp(c, "hour"_text, e.ts("infinity"))) == "NULL");
  CHECK(date_part_interval(c, "epoch"_text, e.iv("1.5 sec")) == 1.5);
  CHECK(date_part_date(c, "hour"_text, e.d("2026-01-01")).value() == 0);
}

TEST_CASE("date_trunc, date_bin and zones") {
  Evaluation e;
  Context& c = e.context;
  const Timestamptz t = e.tz("2026-11-22 20:38:40.123456");
  const std::pair<const char*, const char*> kCases[] = {
      {"microseconds", "2026-11-22 20:38:40.123456+00:00"},
      {"milliseconds", "2026-11-22 20:38:40.123+00:00"},
      {"second", "2026-11-22 20:38:40+00:00"},
      {"minute", "2026-11-22 20:38:00+00:00"},
      {"hour", "2026-11-22 20:00:00+00:00"},
      {"day", "2026-11-22 00:00:00+00:00"},
      {"week", "2026-11-16 00:00:00+00:00"},
      {"month", "2026-11-01 00:00:00+00:00"},
      {"quarter", "2026-10-01 00:00:00+00:00"},
      {"year", "2026-01-01 00:00:00+00:00"},
      {"decade", "2020-01-01 00:00:00+00:00"},
      {"century", "2001-01-01 00:00:00+00:00"},
      {"millennium", "2001-01-01 00:00:00+00:00"},
      {"epoch", "22023 unit \"epoch\" not recognized for type timestamp with time zone"},
  };
  for (const auto& [field, expected] : kCases) {
    INFO(field);
    CHECK(e.show(date_trunc_timestamptz(c, Text(std::string_view(field)), t)) == expected);
  }
  CHECK(e.show(date_trunc_timestamptz_zone(c, "day"_text, t, "-05:30"_text)) == "2026-11-22 18:30:00+00:00");
  CHECK(e.show(date_trunc_interval(c, "hour"_text, e.iv("1 mon -90 min"))) == "1 mon -01:00:00");
  CHECK(e.show(timezone_of_timestamptz(c, "utc"_text, t)) == "2026-11-22 20:38:40.123456");
  CHECK(e.show(timezone_of_timestamp(c, "UTC+3"_text, e.ts("2026-01-01"))) == "2026-01-01 03:00:00+00:00");
  CHECK(e.show(timezone_of_timestamp(c, "Europe/Paris"_text, e.ts("2026-01-01"))) ==
        "2025-12-31 23:00:00+00:00");
  CHECK(e.show(timezone_of_timestamp(c, "Mars/Olympus"_text, e.ts("2026-01-01"))) ==
        "22023 time zone \"Mars/Olympus\" not recognized");
  CHECK(e.show(date_bin_timestamptz(c, e.iv("15 min"), t, e.tz("2030-01-01"))) ==
        "2026-11-22 20:30:00+00:00");
  CHECK(e.show(date_bin_timestamptz(c, e.iv("1 mon"), t, t)) ==
        "0A000 timestamps cannot be binned into intervals containing months or years");
  CHECK(e.show(age_timestamp(c, e.ts("2024-02-29"), e.ts("2024-03-31"))) == "-1 mons -2 days");
}
