#if __has_include(<catch2/catch_test_macros.hpp>)
#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers.hpp>
#else
#include <catch2/catch.hpp>
#endif

#include <string>
#include <vector>

#include "runtime/pgwire/copy_in.h"
#include "runtime/pgwire/copy_out.h"
#include "runtime/pgwire/errors.h"
#include "runtime/pgwire/messages.h"
#include "runtime/pgwire/scram.h"
#include "runtime/pgwire/text_result.h"
#include "runtime/pgwire/users.h"

namespace sqlmill::rt::pgwire {

namespace {

using sql::TypeId;
using Rows = std::vector<std::vector<std::string>>;

/// What comes of the data however it is cut; NULL is `~`.
Rows copied(const command::CopyOptions& options, std::string_view data, size_t piece) {
  CopyIn copy("t", {"a", "b"}, {{TypeId::kText}, {TypeId::kInteger}}, options);
  for (size_t at = 0; at < data.size(); at += piece) copy.add(data.substr(at, piece));
  copy.finish();
  Rows rows;
  for (size_t i = 0; i < copy.values().size(); i += 2) {
    std::vector<std::string>& row = rows.emplace_back();
    for (size_t c = 0; c < 2; ++c)
      row.push_back(copy.values()[i + c].is_null() ? "~" : sql::to_text(copy.values()[i + c]));
  }
  return rows;
}

void check(const command::CopyOptions& options, std::string_view data, const Rows& expected) {
  for (const size_t piece : {1, 2, 3, 7, 1000}) {
    INFO(data << " by " << piece);
    CHECK(copied(options, data, piece) == expected);
  }
}

}  // namespace

TEST_CASE("COPY FROM reads text", "[pgwire]") {
  check({}, "x\t1\n\\N\t\\N\n", {{"x", "1"}, {"~", "~"}});
  check({}, "a\\tb\\\\\\x41\\101\t1\r\nlast\t2", {{"a\tb\\AA", "1"}, {"last", "2"}});
  check({}, "line\\\nbreak\t1\n\\.\nignored", {{"line\nbreak", "1"}});
  command::CopyOptions options;
  options.delimiter = '|';
  options.null = "none";
  options.header = true;
  check(options, "a|b\nnone|1\n|2\n", {{"~", "1"}, {"", "2"}});
}

TEST_CASE("COPY FROM reads CSV", "[pgwire]") {
  command::CopyOptions options;
  options.format = command::CopyFormat::kCsv;
  check(options, "x,1\n\"\",2\n,3\n", {{"x", "1"}, {"", "2"}, {"~", "3"}});
  check(options, "\"a,\"\"b\"\"\nc\",1\r\nd,2", {{"a,\"b\"\nc", "1"}, {"d", "2"}});
  options.escape = '\\';
  check(options, "\"a\\\"b\",1\n", {{"a\"b", "1"}});
}

TEST_CASE("COPY FROM says in which line something is wrong", "[pgwire]") {
  try {
    copied({}, "x\t1\ny\tz\n", 100);
    FAIL("no error");
  } catch (const WireError& error) {
    CHECK(error.sqlstate() == "22P02");
    CHECK(error.context() == "COPY t, line 2, column b");
  }
  CHECK_THROWS_AS(copied({}, "x\n", 100), WireError);
  CHECK_THROWS_AS(copied({}, "x\t1\t2\n", 100), WireError);
  command::CopyOptions options;
  options.format = command::CopyFormat::kCsv;
  CHECK_THROWS_AS(copied(options, "\"x,1\n", 100), WireError);
  options.format = command::CopyFormat::kBinary;
  CHECK_THROWS_AS(copied(options, "nonsense that is long enough", 100), WireError);
}

TEST_CASE("COPY TO is what COPY FROM reads", "[pgwire]") {
  for (const auto format : {command::CopyFormat::kText, command::CopyFormat::kCsv}) {
    command::CopyOptions options;
    options.format = format;
    TextResult result(text_columns({"a", "b"}), {{"x\ty\\ \"z\", \n", "1"}, {std::nullopt, "2"}, {"", "3"}},
                      "");
    CopyOut copy(options, result.columns());
    std::string out;
    const sql::Chunk* chunk = result.next();
    for (uint32_t i = 0; i < chunk->rows; ++i) copy.write_row(*chunk, i, out);
    MessageBuffer messages;
    messages.append(out);
    std::string data;
    while (const auto message = messages.next()) data += message->body;
    check(options, data, {{"x\ty\\ \"z\", \n", "1"}, {"~", "2"}, {"", "3"}});
  }
}

TEST_CASE("COPY TO in binary begins with the first row in one message, or with the end", "[pgwire]") {
  for (const bool has_row : {true, false}) {
    command::CopyOptions options;
    options.format = command::CopyFormat::kBinary;
    TextResult result(text_columns({"a"}), {{"x"}}, "");
    CopyOut copy(options, result.columns());
    std::string out;
    if (has_row) copy.write_row(*result.next(), 0, out);
    copy.finish(out);
    MessageBuffer messages;
    messages.append(out);
    std::vector<std::string> bodies;
    while (const auto message = messages.next()) bodies.emplace_back(message->body);
    const std::string row("\0\1\0\0\0\1x", 7), end("\377\377", 2), flags(8, '\0');
    const std::string signature(kCopySignature);
    CHECK(bodies == (has_row ? std::vector<std::string>{signature + flags + row, end, ""}
                             : std::vector<std::string>{signature + flags + end, ""}));
  }
}

TEST_CASE("SCRAM: who knows the password is let in", "[pgwire]") {
  const ScramVerifier verifier = make_verifier("pencil");
  CHECK(matches(verifier, "pencil"));
  CHECK(!matches(verifier, "pen"));
  for (const std::string password : {"pencil", "wrong"}) {
    ScramExchange server(&verifier, "user");
    ScramClient client(password);
    const std::optional<std::string> answer = server.last(client.last(server.first(client.first())));
    CHECK(answer.has_value() == (password == "pencil"));
    if (answer) CHECK(client.is_right(*answer));
  }
  ScramExchange nobody(nullptr, "nobody");
  ScramClient client("pencil");
  CHECK(!nobody.last(client.last(nobody.first(client.first()))));
  CHECK_THROWS_AS(ScramExchange(&verifier, "u").first("p=tls-unique,,n=,r=x"), ProtocolError);
  CHECK_THROWS_AS(ScramExchange(&verifier, "u").first("n,,"), ProtocolError);

  // Channel binding, where the client was offered it.
  const auto offered = [&] { return ScramExchange(&verifier, "u", "the end point"); };
  CHECK_NOTHROW(offered().first("n,,n=,r=x"));
  CHECK_NOTHROW(offered().first("p=tls-server-end-point,,n=,r=x", true));
  CHECK_THROWS_AS(offered().first("y,,n=,r=x"), ProtocolError);
  CHECK_THROWS_AS(offered().first("n,,n=,r=x", true), ProtocolError);
  CHECK_THROWS_AS(offered().first("p=tls-unique,,n=,r=x", true), ProtocolError);
  CHECK_THROWS_AS(offered().first("p=tls-server-end-point,,n=,r=x"), ProtocolError);
  const auto binding_of = [&](const std::string& c) {
    ScramExchange bound = offered();
    const std::string first = bound.first("p=tls-server-end-point,,n=,r=x", true);
    return bound.last("c=" + c + "," + first.substr(0, first.find(',')) +
                      ",p=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=");
  };
  CHECK(!binding_of("cD10bHMtc2VydmVyLWVuZC1wb2ludCwsdGhlIGVuZCBwb2ludA=="));  // …,,the end point
  CHECK_THROWS_AS(binding_of("cD10bHMtc2VydmVyLWVuZC1wb2ludCws"), ProtocolError);
}

TEST_CASE("users of a file", "[pgwire]") {
  const Users users = Users::parse("# all\nadmin \"two words\"\n\"a b\" x read-only # yes\nlocal\n", "users");
  CHECK(!users.is_open());
  CHECK(matches(*users.find("admin")->verifier, "two words"));
  CHECK(users.find("a b")->is_read_only);
  CHECK(!users.find("local")->verifier);
  CHECK(users.find("other") == nullptr);
  CHECK(Users().find("anybody") != nullptr);
  CHECK_THROWS_WITH(Users::parse("a b c d", "f"), "--users: f:1: a line is: name [password] [read-only]");
  CHECK_THROWS_WITH(Users::parse("a\na\n", "f"), "--users: f:2: the user \"a\" is there twice");
}

}  // namespace sqlmill::rt::pgwire
