// Bytes that nobody would send: all that reads them either understands them or throws what the session turns
// into an error. Under the sanitizers (./dev sanitize address unit) this is where a wrong length shows.
#if __has_include(<catch2/catch_test_macros.hpp>)
#include <catch2/catch_test_macros.hpp>
#else
#include <catch2/catch.hpp>
#endif

#include <random>
#include <string>
#include <vector>

#include "runtime/base/arena.h"
#include "runtime/pgwire/commands.h"
#include "runtime/pgwire/copy_in.h"
#include "runtime/pgwire/errors.h"
#include "runtime/pgwire/login.h"
#include "runtime/pgwire/messages.h"
#include "runtime/pgwire/startup.h"
#include "runtime/pgwire/values.h"
#include "runtime/pgwire/words.h"

using namespace sqlmill::rt;
using namespace sqlmill::rt::pgwire;
using sql::TypeId;

namespace {

constexpr int kRounds = 20'000;

/// Runs it; what a session would make an error of is none here.
template <class Do>
void survive(Do action) {
  try {
    action();
  } catch (const WireError&) {
  } catch (const ProtocolError&) {
  }
}

class Mutator {
 public:
  explicit Mutator(uint32_t seed) : random_(seed) {}

  /// One of them, with some bytes changed, put in, cut out, or its end cut off.
  std::string operator()(const std::vector<std::string>& seeds) {
    std::string bytes = seeds[random_() % seeds.size()];
    for (uint32_t count = random_() % 6; count > 0 && !bytes.empty(); --count) {
      const size_t at = random_() % bytes.size();
      switch (random_() % 5) {
        case 0:
          bytes[at] = static_cast<char>(random_());
          break;
        case 1:
          bytes.insert(at, 1 + random_() % 4, static_cast<char>(random_()));
          break;
        case 2:
          bytes.erase(at, 1 + random_() % 4);
          break;
        case 3:
          bytes.resize(at);
          break;
        default:
          bytes.insert(at, seeds[random_() % seeds.size()].substr(0, 20));
      }
    }
    return bytes;
  }
  uint32_t below(uint32_t end) { return random_() % end; }

 private:
  std::mt19937 random_;
};

std::string message(char type, std::string_view body) {
  std::string bytes;
  MessageWriter(bytes).begin(type).bytes(body).end();
  return bytes;
}

}  // namespace

TEST_CASE("random messages", "[pgwire]") {
  const std::vector<std::string> seeds = {
      message('Q', std::string("select 1\0", 9)),
      message('P', std::string("s\0select $1\0\0\1\0\0\0\x17", 18)),
      message('B', std::string("\0s\0\0\1\0\1\0\1\0\0\0\4\0\0\0\1\0\0", 19)),
      message('S', ""),
      std::string("\0\0\0\x08\x04\xd2\x16\x2f", 8),
      std::string("\0\0\0\x13\0\3\0\0user\0kit\0\0", 19)};
  Mutator mutate(1);
  for (int round = 0; round < kRounds; ++round) {
    const std::string bytes = mutate(seeds) + mutate(seeds) + mutate(seeds);
    survive([&] {
      MessageBuffer buffer;
      const bool begins = mutate.below(2) == 0;
      for (size_t at = 0; at < bytes.size();) {
        const size_t size = std::min<size_t>(1 + mutate.below(40), bytes.size() - at);
        buffer.append(std::string_view(bytes).substr(at, size));
        at += size;
        while (const auto next = begins ? buffer.next_startup() : buffer.next()) {
          if (begins) read_startup(next->body);
          FieldReader fields(next->body);
          fields.read_string();
          fields.read_int16();
          fields.read_bytes(static_cast<size_t>(fields.read_int32()));
        }
      }
      CHECK(buffer.room_size() <= 64 * 1024);
    });
  }
}

TEST_CASE("random statements", "[pgwire]") {
  const std::vector<std::string> seeds = {"select 'a;''b' || $1; -- c\n",
                                          "declare \"c\" scroll cursor for select /* x */ 1",
                                          "fetch backward 3 from c",
                                          "copy t (a, b) from stdin with (format csv, delimiter ',')",
                                          "prepare p (int, text[]) as select $$x$$",
                                          "set session time zone 'UTC'",
                                          "begin isolation level serializable, read only",
                                          "execute p (1, (2))"};
  Mutator mutate(2);
  for (int round = 0; round < kRounds; ++round) {
    const std::string text = mutate(seeds) + mutate(seeds);
    size_t end = 0;
    for (const StatementText& statement : split_statements(text)) {
      CHECK(statement.begin >= end);
      CHECK(text.substr(statement.begin, statement.sql.size()) == statement.sql);
      end = statement.begin + statement.sql.size();
      survive([&] { read_command(statement.sql); });
    }
    survive([&] { check_text(text); });
  }
}

TEST_CASE("random parameters", "[pgwire]") {
  base::Arena arena;
  sql::Context context(arena);
  std::vector<sql::Type> types;
  std::vector<std::string> seeds;
  for (const auto& [type, text] : std::vector<std::pair<sql::Type, std::string_view>>{
           {{TypeId::kNumeric}, "-12345.678"},
           {{TypeId::kInterval}, "1 day"},
           {{TypeId::kTimestamptz}, "2026-04-01 09:00:00+00"},
           {{TypeId::kJsonb}, "{\"a\": [1, null]}"},
           {{TypeId::kText}, "été"},
           {{TypeId::kUuid}, "00112233-4455-6677-8899-aabbccddeeff"},
           {sql::array_of(TypeId::kInteger), "{{1,2},{3,NULL}}"},
           {sql::array_of(TypeId::kText), "{a,b}"},
           {{TypeId::kDate}, "2026-04-01"}}) {
    types.push_back(type);
    append_value(sql::from_text(context, type, text), WireFormat::kBinary, seeds.emplace_back());
  }
  Mutator mutate(3);
  for (int round = 0; round < kRounds; ++round) {
    arena.reset();
    const std::string bytes = mutate(seeds);
    survive([&] {
      const sql::Datum value = read_value(context, types[mutate.below(static_cast<uint32_t>(types.size()))],
                                          WireFormat::kBinary, bytes);
      std::string out;
      append_value(value, WireFormat::kText, out);
      append_value(value, WireFormat::kBinary, out);
    });
  }
}

TEST_CASE("random data for COPY", "[pgwire]") {
  const std::vector<std::string> seeds = {"x\t1\n",
                                          "\\N\t2\n",
                                          "a\\\tb\\x4\t3\r\n",
                                          "\"a,\"\"b\nc\",4\n",
                                          ",\\.\n\\.\n",
                                          std::string("PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0\0", 19),
                                          std::string("\0\2\0\0\0\1x\0\0\0\4\0\0\0\1", 15),
                                          "\377\377"};
  Mutator mutate(4);
  for (int round = 0; round < kRounds; ++round) {
    command::CopyOptions options;
    options.format = static_cast<command::CopyFormat>(mutate.below(3));
    CopyIn copy("t", {"a", "b"}, {{TypeId::kText}, {TypeId::kInteger}}, options);
    survive([&] {
      if (options.format == command::CopyFormat::kBinary) copy.add(seeds[5]);
      for (uint32_t pieces = mutate.below(5); pieces > 0; --pieces) copy.add(mutate(seeds));
      copy.finish();
      CHECK(copy.values().size() == 2 * copy.rows());
    });
  }
}

TEST_CASE("random logins", "[pgwire]") {
  const Users users = Users::parse("a secret\nb x\n", "users");
  const std::vector<std::string> seeds = {std::string("SCRAM-SHA-256\0\0\0\0\x0cn,,n=,r=abcd", 30),
                                          "c=biws,r=abcd,p=AAAA", std::string("secret\0", 7)};
  Mutator mutate(5);
  for (int round = 0; round < 2'000; ++round) {
    survive([&] {
      std::string out;
      Login login(users, static_cast<PasswordMethod>(mutate.below(2)), {true, false},
                  mutate.below(2) == 0 ? "a" : "nobody");
      login.begin(out);
      login.password(mutate(seeds), out);
      login.password(mutate(seeds), out);
    });
  }
}
