// Arrays: the text form there and back, order, hash, and that equal bytes are identical arrays.
#if __has_include(<catch2/catch_test_macros.hpp>)
#include <catch2/catch_test_macros.hpp>
#else
#include <catch2/catch.hpp>
#endif

#include <string>
#include <vector>

#include "runtime/sql/array.h"
#include "runtime/sql/compare.h"

using namespace sqlmill::rt::sql;

namespace {

struct Fixture {
  Arena arena;
  Context context{arena};
  Array array(TypeId element, std::string_view text) { return array_from_text(context, element, text); }
  std::string there_and_back(TypeId element, std::string_view text) {
    const Array value = array(element, text);
    if (context.failed()) return "error: " + context.take_error().message;
    std::string out;
    append_text(value, out);
    return out;
  }
};

}  // namespace

TEST_CASE("arrays are read and printed as PostgreSQL does") {
  Fixture f;
  CHECK(f.there_and_back(TypeId::kInteger, " { 1 , 2,NULL } ") == "{1,2,NULL}");
  CHECK(f.there_and_back(TypeId::kInteger, "{{1,2},{3,4}}") == "{{1,2},{3,4}}");
  CHECK(f.there_and_back(TypeId::kInteger, "[-1:1]={1,2,3}") == "[-1:1]={1,2,3}");
  CHECK(f.there_and_back(TypeId::kInteger, "{}") == "{}");
  CHECK(f.there_and_back(TypeId::kText, R"({a b,"",null,"NULL","q\"\\",\{x})") ==
        R"({"a b","",NULL,"NULL","q\"\\","{x"})");
  CHECK(f.there_and_back(TypeId::kBoolean, "{true,f}") == "{t,f}");
  const std::string big = "{123456789012345678901234567890123456789012345.60,-0.5,NaN,-Infinity}";
  CHECK(f.there_and_back(TypeId::kNumeric, big) == big);
}

TEST_CASE("what is no array fails with PostgreSQL's message") {
  Fixture f;
  for (const char* text :
       {"1,2", "{1,2", "{1,2}}", "{1,,2}", "{{1,2},{3}}", "{1,{2}}", "[1:3]={1,2}", "{\"a\"b}"}) {
    CHECK(f.there_and_back(TypeId::kInteger, text) ==
          "error: malformed array literal: \"" + std::string(text) + "\"");
  }
  CHECK(f.there_and_back(TypeId::kInteger, "[2:1]={1}") ==
        "error: upper bound cannot be less than lower bound");
  CHECK(f.there_and_back(TypeId::kInteger, "{a}") == "error: invalid input syntax for type integer: \"a\"");
}

TEST_CASE("arrays have one order, and identical ones the same bytes") {
  Fixture f;
  const std::vector<const char*> ascending = {"{}",         "{1}",    "{1,2}", "{1,2,3}",
                                              "{1,2,NULL}", "{1,10}", "{2}",   "{NULL}"};
  for (size_t i = 0; i < ascending.size(); ++i) {
    for (size_t k = 0; k < ascending.size(); ++k) {
      const Array a = f.array(TypeId::kInteger, ascending[i]);
      const Array b = f.array(TypeId::kInteger, ascending[k]);
      CHECK(compare(a, b) == (i > k) - (i < k));
      CHECK(identical(a, b) == (i == k));
    }
  }
  const Array a = f.array(TypeId::kNumeric, "{1.0,2}");
  const Array b = f.array(TypeId::kNumeric, "{1.00,2.0}");
  CHECK(equal(a, b));
  CHECK(hash(a) == hash(b));
  CHECK_FALSE(identical(a, b));
  CHECK(compare_total(a, b) < 0);
  CHECK(compare(f.array(TypeId::kInteger, "{1,2}"), f.array(TypeId::kInteger, "[0:1]={1,2}")) > 0);
}

TEST_CASE("elements are found in any place") {
  Fixture f;
  const Array array = f.array(TypeId::kText, "{{a,a text of more than fifteen bytes},{NULL,d}}");
  const ArrayReader reader(array);
  REQUIRE(reader.size() == 4);
  CHECK(reader.dimensions() == 2);
  CHECK(to_text(reader.at(3)) == "d");
  CHECK(to_text(reader.at(1)) == "a text of more than fifteen bytes");
  CHECK(reader.is_null(2));
  CHECK(reader.at(2).is_null());
}
