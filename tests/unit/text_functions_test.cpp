// Functions on text and bytea where examples in the lists do not reach. The expected values are PostgreSQL
// 15's with the locale C.UTF-8.
#if __has_include(<catch2/catch_test_macros.hpp>)
#include <catch2/catch_test_macros.hpp>
#else
#include <catch2/catch.hpp>
#endif

#include <string>

#include "runtime/sql/functions/all_text.h"

using namespace sqlmill::rt::sql;

namespace {

struct Evaluation {
  Arena arena;
  Context context{arena};

  std::string show(const Text& value) {
    if (!context.failed()) return std::string(value.view());
    const Error error = context.take_error();
    return std::string(sqlstate(error.code)) + " " + error.message;
  }
};

Text text(std::string_view bytes) {
  return Text(bytes);
}

constexpr std::string_view kLong = "a text that is too long to be inline: äöü";

}  // namespace

TEST_CASE("cases of letters") {
  Evaluation e;
  CHECK(e.show(lower(e.arena, text("ÀÉİΣ TOM"))) == "àéiσ tom");
  CHECK(e.show(upper(e.arena, text("éßıǆ"))) == "ÉßIǄ");
  CHECK(e.show(initcap(e.arena, text("éa-bÉ1a été o'neil"))) == "Éa-Bé1a Été O'Neil");
  CHECK(e.show(upper(e.arena, text("a plain text of some length"))) == "A PLAIN TEXT OF SOME LENGTH");
  CHECK(e.show(upper(e.arena, text(kLong))) == "A TEXT THAT IS TOO LONG TO BE INLINE: ÄÖÜ");
  CHECK(e.show(lower(e.arena, text(""))).empty());
  // Bytes that are not UTF-8 stay.
  CHECK(e.show(upper(e.arena, text("a\xff\xc3"))) == "A\xff\xc3");
}

TEST_CASE("lengths and positions count characters") {
  CHECK(text_length(text("a😀é")) == 3);
  CHECK(text_octet_length(text("a😀é")) == 7);
  CHECK(strpos(text("é😀b"), text("b")) == 3);
  CHECK(strpos(text("abc"), text("")) == 1);
  CHECK(strpos(text("abc"), text("d")) == 0);
  CHECK(starts_with(text("abc"), text("")));
}

TEST_CASE("substring takes positions outside the text") {
  Evaluation e;
  Context& c = e.context;
  CHECK(e.show(substring_from(text("josé"), -5)) == "josé");
  CHECK(e.show(substring_from(text("josé"), 4)) == "é");
  CHECK(e.show(substring_from(text("josé"), 9)).empty());
  CHECK(e.show(substring_from_for(c, text("josé"), 0, 2)) == "j");
  CHECK(e.show(substring_from_for(c, text("josé"), -1, 2)).empty());
  CHECK(e.show(substring_from_for(c, text("josé"), 2, 2147483647)) == "osé");
  CHECK(e.show(substring_from_for(c, text(kLong), 3, 20)) == "text that is too lon");
  CHECK(e.show(substring_from_for(c, text("josé"), 2, -1)) == "22011 negative substring length not allowed");
}

TEST_CASE("left and right with negative counts") {
  Evaluation e;
  CHECK(e.show(text_left(text("aéb"), 2)) == "aé");
  CHECK(e.show(text_left(text("aéb"), -2)) == "a");
  CHECK(e.show(text_left(text("aéb"), -5)).empty());
  CHECK(e.show(text_right(text("aéb"), 2)) == "éb");
  CHECK(e.show(text_right(text("aéb"), -2)) == "b");
  CHECK(e.show(text_right(text("aéb"), 9)) == "aéb");
  CHECK(e.show(text_right(text("aéb"), 0)).empty());
}

TEST_CASE("split_part counts from either end") {
  Evaluation e;
  Context& c = e.context;
  CHECK(e.show(split_part(c, text("a,b,c"), text(","), 3)) == "c");
  CHECK(e.show(split_part(c, text("a,b,c"), text(","), -1)) == "c");
  CHECK(e.show(split_part(c, text("a,b,c"), text(","), -3)) == "a");
  CHECK(e.show(split_part(c, text("a,b,c"), text(","), 4)).empty());
  CHECK(e.show(split_part(c, text("a,b,c"), text(","), -4)).empty());
  CHECK(e.show(split_part(c, text("abc"), text(""), 1)) == "abc");
  CHECK(e.show(split_part(c, text("abc"), text(""), 2)).empty());
  CHECK(e.show(split_part(c, text("abc"), text(","), 0)) == "22023 field position must not be zero");
}

TEST_CASE("trimming takes characters, not bytes") {
  Evaluation e;
  CHECK(e.show(trim_both(text("  a b \t "))) == "a b \t");
  CHECK(e.show(trim_both_of(text("éèaéè"), text("éè"))) == "a");
  // Ã shares its first byte with é.
  CHECK(e.show(trim_right_of(text("aÃ"), text("é"))) == "aÃ");
  CHECK(e.show(trim_left_of(text("xxx"), text("x"))).empty());
  CHECK(e.show(trim_left_of(text(" a"), text(""))) == " a");
}

TEST_CASE("texts are built") {
  Evaluation e;
  Context& c = e.context;
  CHECK(e.show(concatenate(e.arena, text("twelve bytes"), text("!"))) == "twelve bytes!");
  CHECK(e.show(replace_text(c, text("aaa"), text("aa"), text("b"))) == "ba");
  CHECK(e.show(replace_text(c, text("abc"), text(""), text("x"))) == "abc");
  CHECK(e.show(replace_text(c, text("abc"), text("b"), text("a longer replacement"))) ==
        "aa longer replacementc");
  CHECK(e.show(reverse(e.arena, text("aé😀"))) == "😀éa");
  CHECK(e.show(lpad_with(c, text("aé"), 5, text("xyz"))) == "xyzaé");
  CHECK(e.show(lpad_with(c, text("aéb"), 2, text("x"))) == "aé");
  CHECK(e.show(rpad_with(c, text("a"), 4, text("é"))) == "aééé");
  CHECK(e.show(rpad_with(c, text("a"), 4, text(""))) == "a");
  CHECK(e.show(lpad(c, text("a"), -1)).empty());
  CHECK(e.show(repeat(c, text("ab"), -1)).empty());
  CHECK(e.show(repeat(c, text("ab"), 1'000'000'000)) == "54000 requested length too large");
  CHECK(e.show(lpad(c, text("ab"), 1'000'000'000)) == "54000 requested length too large");
}

TEST_CASE("bytea and digests") {
  Evaluation e;
  Context& c = e.context;
  CHECK(e.show(encode(c, Bytea{text("\x01\xff")}, text("HEX"))) == "01ff");
  CHECK(decode(c, text(" 01 Ff\n"), text("hex")).bytes == text("\x01\xff"));
  decode(c, text("0g"), text("hex"));
  CHECK(e.show(Text()) == "22023 invalid hexadecimal digit: \"g\"");
  decode(c, text("012"), text("hex"));
  CHECK(e.show(Text()) == "22023 invalid hexadecimal data: odd number of digits");
  CHECK(e.show(encode(c, Bytea{text("a")}, text("rot13"))) == "22023 unrecognized encoding: \"rot13\"");
  CHECK(e.show(md5_text(e.arena, text(""))) == "d41d8cd98f00b204e9800998ecf8427e");
  // One and two blocks of padding.
  CHECK(e.show(md5_text(e.arena, text("1234567890123456789012345678901234567890123456789012345"))) ==
        "c9ccf168914a1bcfc3229f1948e67da0");
  CHECK(e.show(md5_text(e.arena, text("12345678901234567890123456789012345678901234567890123456"))) ==
        "49f193adce178490e34d1b3a4ec0064c");
}
