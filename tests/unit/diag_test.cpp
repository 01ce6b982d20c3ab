// Places in a source, suggestions, and the renderers.
#if __has_include(<catch2/catch_test_macros.hpp>)
#include <catch2/catch_test_macros.hpp>
#else
#include <catch2/catch.hpp>
#endif

#include <string>

#include "compiler/diag/diagnostic.h"
#include "compiler/source/source.h"

namespace sqlmill {
namespace {

using diag::Code;
using source::Source;
using source::Span;

std::string rendered(const Source& source, Span span, std::string message = "message",
                     std::string hint = "") {
  return diag::render_text(source,
                           {{Code::kUnknownColumn, span, std::move(message), std::move(hint), "42703"}}, {});
}

bool same(source::Position position, uint32_t line, uint32_t column) {
  return position.line == line && position.column == column;
}

}  // namespace

TEST_CASE("columns count code points", "[diag]") {
  const Source source("a.sql", "ab\n\u00e9\U0001F600x\r\ny");
  CHECK(same(source.position(0), 1, 1));
  CHECK(same(source.position(2), 1, 3));
  CHECK(same(source.position(3), 2, 1));
  CHECK(same(source.position(5), 2, 2));
  CHECK(same(source.position(6), 2, 2));  // Inside the emoji.
  CHECK(same(source.position(9), 2, 3));
  CHECK(same(source.position(12), 3, 1));
  CHECK(same(source.position(13), 3, 2));
  CHECK(same(source.position(1000), 3, 2));
  CHECK(source.line(2) == "\u00e9\U0001F600x");
  CHECK(source.line(3) == "y");
  CHECK(source.line(0) == "");
  CHECK(source.line(4) == "");
}

TEST_CASE("suggestions are close or none", "[diag]") {
  const std::vector<std::string> columns = {"session_id", "user_id", "page_url", "id"};
  CHECK(diag::did_you_mean("sesion_id", columns) == "did you mean \"session_id\"?");
  CHECK(diag::did_you_mean("USER_ID", columns) == "did you mean \"user_id\"?");
  CHECK(diag::did_you_mean("pgae_url", columns) == "did you mean \"page_url\"?");
  CHECK(diag::did_you_mean("completely", columns) == "");
  CHECK(diag::did_you_mean("x", columns) == "");
  CHECK(diag::did_you_mean(std::string(100000, 'a'), {std::string(100000, 'b')}) == "");
}

TEST_CASE("the sink sorts and drops repetitions", "[diag]") {
  diag::Sink sink;
  sink.report(Code::kSyntaxError, {5, 6}, "b");
  sink.report(Code::kIgnoredClause, {1, 2}, "a");
  sink.report(Code::kSyntaxError, {5, 6}, "c");
  sink.report(Code::kSyntaxError, {5, 6}, "b");
  CHECK(sink.error_count() == 3);
  const std::vector<diag::Diagnostic> sorted = sink.sorted();
  REQUIRE(sorted.size() == 3);
  CHECK(sorted[0].message == "a");
  CHECK(sorted[1].message == "b");
  CHECK(sorted[2].message == "c");
}

TEST_CASE("text with carets", "[diag]") {
  const Source source("clickstream.sql", "SELECT\n    sesion_id,\n    user_id");
  CHECK(rendered(source, {11, 20}, "column \"sesion_id\" does not exist", "did you mean \"session_id\"?") ==
        "error[E0203]: column \"sesion_id\" does not exist\n"
        " --> clickstream.sql:2:5\n"
        "  |\n"
        "2 |     sesion_id,\n"
        "  |     ^^^^^^^^^\n"
        "  = did you mean \"session_id\"?\n");
}

TEST_CASE("places at the edges", "[diag]") {
  const Source source("a.sql", "SELECT a\nFROM t");
  // Over several lines: the first one.
  CHECK(rendered(source, {7, 15}) ==
        "error[E0203]: message\n --> a.sql:1:8\n  |\n1 | SELECT a\n  |        ^\n");
  // After the last character.
  CHECK(rendered(source, {15, 15}) ==
        "error[E0203]: message\n --> a.sql:2:7\n  |\n2 | FROM t\n  |       ^\n");
  CHECK(rendered(source, {500, 900}) == rendered(source, {15, 15}));
  CHECK(rendered(Source("a.sql", ""), {0, 0}) == "error[E0203]: message\n --> a.sql:1:1\n  |\n1 |\n  | ^\n");
}

TEST_CASE("tabs, wide and dangerous characters", "[diag]") {
  CHECK(rendered(Source("a.sql", "\ta b"), {3, 4}) ==
        "error[E0203]: message\n --> a.sql:1:4\n  |\n1 |  a b\n  |    ^\n");
  CHECK(rendered(Source("a.sql", "'\U0001F600' x"), {7, 8}) ==
        "error[E0203]: message\n --> a.sql:1:5\n  |\n1 | '\U0001F600' x\n  |      ^\n");
  CHECK(rendered(Source("a.sql", "\x1b[31m x"), {6, 7}, "\x1b[0m") ==
        "error[E0203]: \\x1b[0m\n --> a.sql:1:7\n  |\n1 | \\x1b[31m x\n  |          ^\n");
  CHECK(rendered(Source("a.sql", "\xff x"), {2, 3}) ==
        "error[E0203]: message\n --> a.sql:1:3\n  |\n1 | \\xff x\n  |      ^\n");
}

TEST_CASE("a long line is cut to a window", "[diag]") {
  const Source source("a.sql", std::string(500000, 'a') + "HERE" + std::string(500000, 'b'));
  const std::string text = rendered(source, {500000, 500004});
  CHECK(text.size() < 500);
  CHECK(text.find("…" + std::string(40, 'a') + "HERE" + std::string(76, 'b') + "…\n") != std::string::npos);
  CHECK(text.find("| " + std::string(41, ' ') + "^^^^\n") != std::string::npos);
  // A place as long as the line is not underlined to its end.
  CHECK(rendered(source, {0, 1000004}).size() < 500);
}

TEST_CASE("colours on request", "[diag]") {
  const Source source("a.sql", "x");
  const std::vector<diag::Diagnostic> one = {{Code::kIgnoredClause, {0, 1}, "m", "", ""}};
  CHECK(diag::render_text(source, one, {.color = true}).find("\x1b[1;33mwarning[W0508]") !=
        std::string::npos);
  CHECK(diag::render_text(source, one, {}).find('\x1b') == std::string::npos);
}

TEST_CASE("JSON", "[diag]") {
  const Source source("a \"b\".sql", "x\ny\u00e9z");
  CHECK(diag::render_json(source, {}) == "[]\n");
  CHECK(diag::render_json(source, {{Code::kSyntaxError, {3, 6}, "a\n\"b\"\x01\xff", "h", "42601"}}) ==
        "[\n  {\"code\": \"E0101\", \"severity\": \"error\", \"sqlstate\": \"42601\", \"message\": "
        "\"a\\n\\\"b\\\"\\u0001\\ufffd\", "
        "\"hint\": \"h\", \"file\": \"a \\\"b\\\".sql\", \"line\": 2, \"column\": 2, \"end_line\": 2, "
        "\"end_column\": 4}\n]\n");
}

}  // namespace sqlmill
