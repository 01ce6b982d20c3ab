#if __has_include(<catch2/catch_test_macros.hpp>)
#include <catch2/catch_test_macros.hpp>
#else
#include <catch2/catch.hpp>
#endif

#include <random>
#include <string>
#include <vector>

#include "runtime/pgwire/errors.h"
#include "runtime/pgwire/messages.h"
#include "runtime/pgwire/startup.h"

namespace sqlmill::rt::pgwire {

namespace {

std::string message(char type, std::string_view body) {
  std::string bytes;
  MessageWriter(bytes).begin(type).bytes(body).end();
  return bytes;
}

std::string startup(int32_t code, std::string_view rest) {
  std::string bytes;
  append_int32(static_cast<int32_t>(rest.size() + 8), bytes);
  append_int32(code, bytes);
  return bytes.append(rest);
}

}  // namespace

TEST_CASE("messages come whole, however their bytes are cut", "[pgwire]") {
  const std::string bytes =
      message('Q', std::string("select 1\0", 9)) + message('S', "") + message('d', std::string(20'000, 'x'));
  std::mt19937 random(7);
  for (int round = 0; round < 50; ++round) {
    MessageBuffer buffer;
    std::vector<std::pair<char, size_t>> seen;
    for (size_t at = 0; at < bytes.size();) {
      const size_t size = std::min<size_t>(1 + random() % (round < 5 ? 3 : 9'000), bytes.size() - at);
      buffer.append(std::string_view(bytes).substr(at, size));
      at += size;
      while (const auto next = buffer.next()) seen.emplace_back(next->type, next->body.size());
    }
    CHECK(seen == std::vector<std::pair<char, size_t>>{{'Q', 9}, {'S', 0}, {'d', 20'000}});
    CHECK(buffer.empty());
  }
}

TEST_CASE("a length that is not allowed is refused before the message has come", "[pgwire]") {
  for (const int32_t length : {0, 3, -1, INT32_MIN, 1 << 30, static_cast<int32_t>(kMaxMessageBytes) + 1}) {
    std::string bytes = "Q";
    append_int32(length, bytes);
    MessageBuffer buffer;
    buffer.append(bytes);
    CHECK_THROWS_AS(buffer.next(), ProtocolError);
  }
  for (const int32_t length : {0, 3, 10'001, 1 << 30}) {
    std::string bytes;
    append_int32(length, bytes);
    MessageBuffer buffer;
    buffer.append(bytes);
    CHECK_THROWS_AS(buffer.next_startup(), ProtocolError);
    CHECK(buffer.room_size() < 64 * 1024);  // Nothing was made ready for it.
  }
}

TEST_CASE("fields end where the message ends", "[pgwire]") {
  FieldReader fields(std::string_view("\0\1ab\0c", 6));
  CHECK(fields.read_int16() == 1);
  CHECK(fields.read_string() == "ab");
  CHECK_THROWS_AS(fields.read_string(), ProtocolError);
  CHECK_THROWS_AS(fields.read_int32(), ProtocolError);
  CHECK_THROWS_AS(fields.expect_end(), ProtocolError);
  CHECK(fields.read_byte() == 'c');
  CHECK_NOTHROW(fields.expect_end());
}

TEST_CASE("start-up packets", "[pgwire]") {
  const auto read = [](const std::string& packet) {
    return read_startup(std::string_view(packet).substr(4));
  };
  CHECK(std::holds_alternative<SslRequest>(read(startup(80877103, ""))));
  CHECK(std::holds_alternative<GssRequest>(read(startup(80877104, ""))));
  const auto cancel =
      std::get<CancelRequest>(read(startup(80877102, std::string_view("\0\0\0\5\0\0\1\0", 8))));
  CHECK(cancel.process == 5);
  CHECK(cancel.secret == 256);

  const std::string_view parameters(
      "user\0me\0options\0-c a=b\\ c --statement-timeout=5s -cx=y\0_pq_.new\0on\0\0", 68);
  const auto request = std::get<StartupRequest>(read(startup(196'610, parameters)));
  CHECK(request.minor_version == 2);
  CHECK(request.parameter("user") == "me");
  CHECK(request.parameter("a") == "b c");
  CHECK(request.parameter("statement_timeout") == "5s");
  CHECK(request.parameter("x") == "y");
  CHECK(request.unknown_options == std::vector<std::string>{"_pq_.new"});

  CHECK_THROWS_AS(read(startup(2 << 16, "")), WireError);
  CHECK_THROWS_AS(read(startup(196'608, "user")), ProtocolError);
  CHECK_THROWS_AS(read(startup(196'608, std::string_view("user\0me\0\0x", 10))), ProtocolError);
}

TEST_CASE("errors name what PostgreSQL's do", "[pgwire]") {
  std::string bytes;
  write_error(WireError(Severity::kError, "42703", "column \"x\" does not exist", "Look.", 8), bytes);
  CHECK(bytes.substr(5) ==
        std::string("SERROR\0VERROR\0C42703\0Mcolumn \"x\" does not exist\0HLook.\0P8\0\0", 59));
}

}  // namespace sqlmill::rt::pgwire
