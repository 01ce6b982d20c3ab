// LIKE and ILIKE. The general matcher is held against a recursive one that is too simple to be wrong.
#if __has_include(<catch2/catch_test_macros.hpp>)
#include <catch2/catch_test_macros.hpp>
#else
#include <catch2/catch.hpp>
#endif

#include <string>

#include "runtime/sql/functions/like.h"

using namespace sqlmill::rt::sql;

namespace {

struct Evaluation {
  Arena arena;
  Context context{arena};

  std::string show(bool result) {
    if (!context.failed()) return result ? "t" : "f";
    const Error error = context.take_error();
    return std::string(sqlstate(error.code)) + " " + error.message;
  }
  std::string like_(std::string_view text, std::string_view pattern) {
    return show(like(context, Text(text), Text(pattern)));
  }
  std::string ilike_(std::string_view text, std::string_view pattern) {
    return show(ilike(context, Text(text), Text(pattern)));
  }
  std::string escape_(std::string_view text, std::string_view pattern, std::string_view escape) {
    return show(like_escape(context, Text(text), Text(pattern), Text(escape)));
  }
};

/// ASCII only, without escapes.
bool matches(std::string_view text, std::string_view pattern) {
  if (pattern.empty()) return text.empty();
  if (pattern[0] == '%') {
    return matches(text, pattern.substr(1)) || (!text.empty() && matches(text.substr(1), pattern));
  }
  return !text.empty() && (pattern[0] == '_' || pattern[0] == text[0]) &&
         matches(text.substr(1), pattern.substr(1));
}

/// The `n`-th text of letters from `alphabet`, all of them in order of length.
std::string word(int n, std::string_view alphabet) {
  std::string text;
  for (; n > 0; n = (n - 1) / static_cast<int>(alphabet.size())) {
    text += alphabet[static_cast<size_t>(n - 1) % alphabet.size()];
  }
  return text;
}

}  // namespace

TEST_CASE("LIKE: prefix, suffix, contains, equal") {
  Evaluation e;
  CHECK(e.like_("/products/7", "/products/%") == "t");
  CHECK(e.like_("/product", "/products/%") == "f");
  CHECK(e.like_("/products/", "/products/%") == "t");
  CHECK(e.like_("a long text that is not inline.html", "%.html") == "t");
  CHECK(e.like_("a long text that is not inline.html", "%not inline%") == "t");
  CHECK(e.like_("html", "%.html") == "f");
  CHECK(e.like_("abc", "abc") == "t");
  CHECK(e.like_("abc", "ABC") == "f");
  CHECK(e.like_("", "%") == "t");
  CHECK(e.like_("", "") == "t");
  CHECK(e.like_("a", "") == "f");
  CHECK(e.like_("anything", "%%") == "t");
}

TEST_CASE("LIKE: one character is one code point") {
  Evaluation e;
  CHECK(e.like_("é", "_") == "t");
  CHECK(e.like_("é", "__") == "f");
  CHECK(e.like_("a😀b", "a_b") == "t");
  CHECK(e.like_("aéb€c", "%_b_c") == "t");
  CHECK(e.like_("éé", "%_é") == "t");
}

TEST_CASE("LIKE: escapes") {
  Evaluation e;
  CHECK(e.like_("50%", "50\\%") == "t");
  CHECK(e.like_("500", "50\\%") == "f");
  CHECK(e.like_("a_b", "%\\_b") == "t");
  CHECK(e.like_("a\\b", "a\\\\b") == "t");
  CHECK(e.like_("abc", "a\\bc") == "t");
  const std::string at_end = "22025 LIKE pattern must not end with escape character";
  CHECK(e.like_("ab", "a\\") == at_end);
  CHECK(e.like_("ab", "%\\") == at_end);
  // Not looked at.
  CHECK(e.like_("b", "a\\") == "f");
  CHECK(e.like_("a", "a\\") == "f");
  CHECK(e.escape_("50%", "50!%", "!") == "t");
  CHECK(e.escape_("a\\%", "a\\%", "") == "t");
  CHECK(e.escape_("a%c", "aé%c", "é") == "t");
  CHECK(e.escape_("!", "!!", "!") == "t");
  CHECK(e.escape_("a", "a", "ab") == "22025 invalid escape string");
}

TEST_CASE("ILIKE compares lower case") {
  Evaluation e;
  CHECK(e.ilike_("HELLO", "h_l%") == "t");
  CHECK(e.ilike_("ÉTÉ", "été") == "t");
  CHECK(e.ilike_("x", "y") == "f");
}

TEST_CASE("LIKE agrees with a simple matcher") {
  Arena arena;
  Context context(arena);
  int matching = 0;
  for (int p = 0; p < 1365; ++p) {
    const std::string pattern = word(p, "ab%_");
    for (int t = 0; t < 127; ++t) {
      const std::string text = word(t, "ab");
      const bool expected = matches(text, pattern);
      matching += expected;
      if (like(context, Text(std::string_view(text)), Text(std::string_view(pattern))) != expected) {
        INFO(text << " LIKE " << pattern);
        CHECK(false);
      }
    }
  }
  CHECK(matching > 1000);
  CHECK_FALSE(context.failed());
}
