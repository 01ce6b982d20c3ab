#if __has_include(<catch2/catch_test_macros.hpp>)
#include <catch2/catch_test_macros.hpp>
#else
#include <catch2/catch.hpp>
#endif

#include <fmt/format.h>

#include <string>
#include <utility>
#include <vector>

#include "runtime/base/arena.h"
#include "runtime/pgwire/errors.h"
#include "runtime/pgwire/values.h"

namespace sqlmill::rt::pgwire {

namespace {

using sql::Datum;
using sql::Type;
using sql::TypeId;

std::string hex(std::string_view bytes) {
  std::string text;
  for (const char c : bytes) text += fmt::format("{:02x}", static_cast<unsigned char>(c));
  return text;
}

class Fixture {
 public:
  Datum from(Type type, std::string_view text) {
    const Datum value = sql::from_text(context_, type, text);
    INFO(text);
    REQUIRE(!context_.failed());
    return value;
  }
  std::string binary(Type type, std::string_view text) {
    std::string out;
    append_value(from(type, text), WireFormat::kBinary, out);
    return out;
  }
  std::string text(const Datum& value) {
    std::string out;
    append_value(value, WireFormat::kText, out);
    return out;
  }
  Datum read(Type type, std::string_view bytes, WireFormat format = WireFormat::kBinary) {
    return read_value(context_, type, format, bytes);
  }

 private:
  base::Arena arena_;
  sql::Context context_{arena_};
};

}  // namespace

// The bytes are those of PostgreSQL 15: SELECT encode(numeric_send('…'), 'hex'), and so on.
TEST_CASE_METHOD(Fixture, "binary forms are PostgreSQL's", "[pgwire]") {
  const std::vector<std::tuple<Type, std::string, std::string>> cases = {
      {{TypeId::kBoolean}, "t", "01"},
      {{TypeId::kSmallint}, "-2", "fffe"},
      {{TypeId::kInteger}, "258", "00000102"},
      {{TypeId::kBigint}, "-1", "ffffffffffffffff"},
      {{TypeId::kReal}, "1.5", "3fc00000"},
      {{TypeId::kDouble}, "-2.5", "c004000000000000"},
      {{TypeId::kNumeric}, "0", "0000000000000000"},
      {{TypeId::kNumeric}, "0.00", "0000000000000002"},
      {{TypeId::kNumeric}, "1", "00010000000000000001"},
      {{TypeId::kNumeric}, "-1.50", "000200004000000200011388"},
      {{TypeId::kNumeric},
       "12345678.9",
       "0003000100000001"
       "04d2162e2328"},
      {{TypeId::kNumeric}, "0.0001", "0001ffff000000040001"},
      {{TypeId::kNumeric}, "0.00001", "0001fffe0000000503e8"},
      {{TypeId::kNumeric}, "10000", "00010001000000000001"},
      {{TypeId::kNumeric}, "NaN", "00000000c0000000"},
      {{TypeId::kNumeric}, "-Infinity", "00000000f0000000"},
      {{TypeId::kText}, "é", "c3a9"},
      {{TypeId::kBytea}, "\\x00ff", "00ff"},
      {{TypeId::kDate}, "2000-01-02", "00000001"},
      {{TypeId::kDate}, "infinity", "7fffffff"},
      {{TypeId::kTime}, "00:00:01", "00000000000f4240"},
      {{TypeId::kTimestamp}, "2000-01-01 00:00:01", "00000000000f4240"},
      {{TypeId::kTimestamptz}, "1999-12-31 23:59:59+00", "fffffffffff0bdc0"},
      {{TypeId::kInterval},
       "1 mon 2 days 00:00:03",
       "00000000002dc6c0"
       "00000002"
       "00000001"},
      {{TypeId::kJsonb}, "{\"a\": 1}", "017b2261223a20317d"},
      {{TypeId::kUuid}, "00112233-4455-6677-8899-aabbccddeeff", "00112233445566778899aabbccddeeff"},
      {sql::array_of(TypeId::kInteger), "{1,NULL}",
       "0000000100000001000000170000000200000001"
       "0000000400000001"
       "ffffffff"},
      {sql::array_of(TypeId::kText), "{}", "000000000000000000000019"},
  };
  for (const auto& [type, text_form, expected] : cases) {
    INFO(sql::type_name(type) << " " << text_form);
    const std::string bytes = binary(type, text_form);
    CHECK(hex(bytes) == expected);
    CHECK(text(read(type, bytes)) == text(from(type, text_form)));
  }
}

TEST_CASE_METHOD(Fixture, "large numerics survive the way there and back", "[pgwire]") {
  for (const std::string_view number :
       {"123456789012345678901234567890123456789012345678901234567890.12345",
        "-0.000000000000000000000000001", "1000000000000000000000000000000000000000000", "99999999.99999999",
        "4000000000000000.0004"}) {
    CHECK(text(read({TypeId::kNumeric}, binary({TypeId::kNumeric}, number))) == number);
  }
}

TEST_CASE_METHOD(Fixture, "times with a zone have PostgreSQL's text form", "[pgwire]") {
  CHECK(text(from({TypeId::kTimestamptz}, "2026-04-01 09:00:00+00")) == "2026-04-01 09:00:00+00");
  CHECK(text(from({TypeId::kTimestamptz}, "0044-03-15 12:00:00+00 BC")) == "0044-03-15 12:00:00+00 BC");
  CHECK(text(from({TypeId::kTimestamptz}, "infinity")) == "infinity");
  CHECK(text(from(sql::array_of(TypeId::kTimestamptz), "{2026-04-01 09:00:00+00,NULL}")) ==
        "{\"2026-04-01 09:00:00+00\",NULL}");
}

TEST_CASE_METHOD(Fixture, "wrong parameters are errors", "[pgwire]") {
  CHECK_THROWS_AS(read({TypeId::kInteger}, "abc"), WireError);
  CHECK_THROWS_AS(read({TypeId::kInteger}, "abcde"), WireError);
  CHECK_THROWS_AS(read({TypeId::kInteger}, "abc", WireFormat::kText), WireError);
  CHECK_THROWS_AS(read({TypeId::kText}, "\xff", WireFormat::kText), WireError);
  CHECK_THROWS_AS(read({TypeId::kText}, std::string_view("a\0b", 3), WireFormat::kText), WireError);
  CHECK_THROWS_AS(read({TypeId::kText}, "\xed\xa0\x80"), WireError);
  CHECK_THROWS_AS(read({TypeId::kText}, "\xc0\xaf"), WireError);
  CHECK_THROWS_AS(read({TypeId::kNumeric}, std::string_view("\0\1\0\0\0\0\0\0\x27\x10", 10)), WireError);
  CHECK_THROWS_AS(read({TypeId::kTime}, std::string(8, '\x7f')), WireError);
  CHECK_THROWS_AS(read({TypeId::kJsonb}, "\2{}"), WireError);
  CHECK_THROWS_AS(read(sql::array_of(TypeId::kInteger), std::string_view("\0\0\0\7\0\0\0\0\0\0\0\x17", 12)),
                  WireError);
}

TEST_CASE("types of the wire", "[pgwire]") {
  CHECK(oid_of({TypeId::kText}) == 25);
  CHECK(oid_of({TypeId::kText, 10}) == 1043);
  CHECK(modifier_of({TypeId::kText, 10}) == 14);
  CHECK(oid_of(sql::array_of(TypeId::kBigint)) == 1016);
  CHECK(type_of(0)->id == TypeId::kUnknown);
  CHECK(type_of(705)->id == TypeId::kUnknown);
  CHECK(type_of(1043)->id == TypeId::kText);
  CHECK(type_of(114)->id == TypeId::kJsonb);
  CHECK(type_of(1015) == sql::array_of(TypeId::kText));
  CHECK(!type_of(600));  // point
}

}  // namespace sqlmill::rt::pgwire
