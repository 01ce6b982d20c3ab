// What the parser says about errors.
#if __has_include(<catch2/catch_test_macros.hpp>)
#include <catch2/catch_test_macros.hpp>
#else
#include <catch2/catch.hpp>
#endif

#include <string>

#include "compiler/parse/parse.h"

namespace sqlmill {
namespace {

/// `E0101 1:8 syntax error at "x" | hint`, a line an error.
std::string errors(std::string sql) {
  const source::Source source("test.sql", std::move(sql));
  diag::Sink sink;
  parse::parse_script(source, sink);
  std::string result;
  for (const diag::Diagnostic& d : sink.sorted()) {
    const source::Position at = source.position(d.span.begin);
    result += (result.empty() ? "" : "\n") + diag::code_name(d.code) + " " + std::to_string(at.line) + ":" +
              std::to_string(at.column) + " " + d.message + " | " + d.hint;
  }
  return result;
}

std::string view_error(const std::string& query) {
  const std::string prefix = "CREATE VIEW v AS\n";
  return errors(prefix + query);
}

}  // namespace

TEST_CASE("misspelt keywords", "[parse]") {
  CHECK(view_error("SELECT a FORM t WHERE x") ==
        "E0101 2:10 syntax error at \"FORM\" | did you mean \"FROM\"?");
  CHECK(view_error("SELECT a FROM t WHRE x = 1") ==
        "E0101 2:17 syntax error at \"WHRE\" | did you mean \"WHERE\"?");
  CHECK(view_error("SELECT a FROM t GRUOP BY a") ==
        "E0101 2:17 syntax error at \"GRUOP\" | did you mean \"GROUP\"?");
  CHECK(errors("CREATE MATERIALISED VIEW v AS SELECT 1") ==
        "E0101 1:8 syntax error at \"MATERIALISED\" | did you mean \"MATERIALIZED\"?");
  CHECK(errors("CREATE TABEL t (a int)") == "E0101 1:8 syntax error at \"TABEL\" | did you mean \"TABLE\"?");
  CHECK(errors("INSERT INTO t VALUE (1)") ==
        "E0101 1:15 syntax error at \"VALUE\" | did you mean \"VALUES\"?");
  CHECK(errors("CREATE SOURCE s (a int) FORMAT PLAIN ENCDOE JSON") ==
        "E0101 1:38 syntax error at \"ENCDOE\" | did you mean \"ENCODE\"?");
}

TEST_CASE("what was expected", "[parse]") {
  CHECK(view_error("SELECT -FROM t") == "E0101 2:9 syntax error at \"FROM\" | expected an expression");
  CHECK(view_error("SELECT a, FROM t") ==
        "E0101 2:11 syntax error at \"FROM\" | remove the comma before FROM");
  CHECK(view_error("SELECT a BETWEEN 1 FROM t") == "E0101 2:20 syntax error at \"FROM\" | expected AND");
  CHECK(view_error("SELECT EXTRACT(epoch, a)") == "E0101 2:21 syntax error at \",\" | expected FROM");
  CHECK(view_error("SELECT a FROM t GROUP a") == "E0101 2:23 syntax error at \"a\" | expected BY");
  CHECK(view_error("SELECT a == 1") ==
        "E0101 2:11 syntax error at \"=\" | equality is written with a single =");
  CHECK(view_error("SELECT 'a' 'b'") ==
        "E0101 2:12 syntax error at \"'b'\" | two strings in a row are joined with ||");
  CHECK(view_error("SELECT a < b < c") == "E0101 2:14 comparisons do not chain | write a < b AND b < c");
  CHECK(
      view_error("SELECT f(SELECT 1)") ==
      "E0101 2:10 syntax error at \"SELECT\" | a query cannot stand here, unless in parentheses of its own");
  CHECK(view_error("SELECT order, b FROM t") ==
        "E0101 2:13 syntax error at \",\" | ORDER is a reserved word; as a name, write \"order\"");
  CHECK(view_error("SELECT like FROM t") ==
        "E0101 2:8 syntax error at \"like\" | LIKE is a reserved word; as a name, write \"like\"");
  CHECK(view_error("SELECT a FROM t WHERE LIKE 'x'") ==
        "E0101 2:23 syntax error at \"LIKE\" | expected an expression");
  CHECK(errors("CREATE TABLE order (a int)") ==
        "E0101 1:14 syntax error at \"order\" | ORDER is a reserved word; as a name, write \"order\"");
  CHECK(errors("CREATE TABLE t (a int b int)") ==
        "E0101 1:23 syntax error at \"b\" | expected \",\" or \")\"");
  CHECK(errors("CREATE TABLE t (a int,)") ==
        "E0101 1:23 syntax error at \")\" | remove the comma before \")\"");
  CHECK(errors("CREATE TABLE t (a, b int)") ==
        "E0101 1:17 column \"a\" has no type | write a type after the name: varchar, bigint, timestamptz, …");
  CHECK(errors("DELETE t") == "E0101 1:8 syntax error at \"t\" | expected FROM");
  CHECK(errors("frobnicate it") ==
        "E0101 1:1 syntax error at \"frobnicate\" | expected CREATE, INSERT, UPDATE or DELETE");
}

TEST_CASE("parentheses", "[parse]") {
  CHECK(view_error("SELECT count(* AS n FROM t") ==
        "E0101 2:16 syntax error at \"AS\" | expected \")\": the \"(\" in line 2, column 13 is not closed");
  CHECK(view_error("SELECT a FROM t WHERE (a = 1") ==
        "E0101 2:29 syntax error at the end of the statement | expected \")\": the \"(\" in line 2, column "
        "23 is not closed");
  CHECK(view_error("SELECT a FROM t WHERE a = 1)") ==
        "E0101 2:28 syntax error at \")\" | there is no \"(\" that it could close");
}

TEST_CASE("words that are no words", "[parse]") {
  CHECK(errors("DELETE FROM t;\nSELECT 'abc;\nDELETE FROM t;") ==
        "E0102 2:8 unterminated string | the string that begins here is never closed; a quote inside a "
        "string is written twice: ''");
  CHECK(errors("SELECT \"abc") ==
        "E0102 1:8 unterminated quoted name | the name that begins here is never closed; strings have single "
        "quotes");
  CHECK(errors("SELECT 1 /* /* */ ;") ==
        "E0102 1:10 unterminated comment | comments nest: each /* needs its own */");
  CHECK(errors("SELECT $a$ x $b$").substr(0, 30) == "E0102 1:8 unterminated string ");
  CHECK(errors("SELECT E'abc\\'").substr(0, 30) == "E0102 1:8 unterminated string ");
  CHECK(errors("SELECT 12abc") ==
        "E0101 1:8 syntax error at \"12abc\" | a name that begins with a digit needs double quotes");
  CHECK(errors("SELECT `a`") ==
        "E0101 1:8 syntax error at \"`\" | names are quoted with double quotes: \"name\"");
  CHECK(errors("SELECT \"\"") == "E0101 1:8 a quoted name must not be empty | ");
  CHECK(errors("SELECT \u2018x\u2019") ==
        "E0103 1:8 typographic quote or space in the SQL | strings have plain single quotes ('), names plain "
        "double quotes (\")");
  CHECK(errors("SELECT " + std::string(63, 'a')) == "");
  CHECK(errors("SELECT " + std::string(64, 'a')) ==
        "E0106 1:8 name of 64 bytes | names have at most 63 bytes");
}

TEST_CASE("bytes that are not text", "[parse]") {
  CHECK(errors(std::string("DELETE FROM a;\nDELETE FROM t\0;", 30)) ==
        "E0103 2:14 NUL character in the file | ");
  CHECK(errors("SELECT '\u00e9\xff'") == "E0103 1:10 byte 0xff is not UTF-8 | save the file in UTF-8");
  CHECK(errors("-- \xc0\xaf in a comment").substr(0, 9) == "E0103 1:4");
  CHECK(errors("SELECT \x01") ==
        "E0103 1:8 control character in the SQL | remove it, or write it in a string");
}

TEST_CASE("escapes in strings", "[parse]") {
  CHECK(view_error("SELECT E'a\\ud800'") ==
        "E0105 2:11 invalid escape in a string | write a character as \\u and 4 hexadecimal digits");
  CHECK(view_error("SELECT E'\\xff'") == "E0105 2:8 the escapes of the string do not make UTF-8 | ");
  CHECK(view_error("SELECT E'\\000'") ==
        "E0105 2:10 invalid escape in a string | strings cannot hold NUL characters");
  CHECK(view_error("SELECT E'\\ud83d\\ude00'") == "");
}

TEST_CASE("schemas", "[parse]") {
  CHECK(
      errors("CREATE TABLE s.t (a int)") ==
      "E0110 1:14 schema \"s\" is not supported | all relations are in schema public: leave the schema out");
}

}  // namespace sqlmill
