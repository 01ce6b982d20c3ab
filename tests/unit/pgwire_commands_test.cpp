#if __has_include(<catch2/catch_test_macros.hpp>)
#include <catch2/catch_test_macros.hpp>
#else
#include <catch2/catch.hpp>
#endif

#include <string>
#include <variant>
#include <vector>

#include "runtime/pgwire/commands.h"
#include "runtime/pgwire/errors.h"
#include "runtime/pgwire/settings.h"
#include "runtime/pgwire/words.h"

namespace sqlmill::rt::pgwire {

namespace {

template <class T>
T read(std::string_view sql) {
  const std::optional<Command> command = read_command(sql);
  INFO(sql);
  REQUIRE(command);
  REQUIRE(std::holds_alternative<T>(*command));
  return std::get<T>(*command);
}

}  // namespace

TEST_CASE("statements are cut at semicolons outside of quotations and comments", "[pgwire]") {
  const auto cut = [](std::string_view text) {
    std::vector<std::string> parts;
    for (const StatementText& part : split_statements(text)) parts.emplace_back(part.sql);
    return parts;
  };
  using Parts = std::vector<std::string>;
  CHECK(cut(" ; ;-- nothing; here\n/* /* ; */ ; */").empty());
  CHECK(cut("select 1; select 2 ;") == Parts{"select 1", "select 2"});
  CHECK(cut("select ';' || \";\" || e'\\';' -- ;\n; x") == Parts{"select ';' || \";\" || e'\\';'", "x"});
  CHECK(cut("do $$ a; b $$; $x$ ; $$ ; $x$") == Parts{"do $$ a; b $$", "$x$ ; $$ ; $x$"});
  CHECK(cut("select 'it''s; open") == Parts{"select 'it''s; open"});
  CHECK(split_statements("select 1;  select 2")[1].begin == 11);
}

TEST_CASE("what is the query engine's is left alone", "[pgwire]") {
  for (const std::string_view sql :
       {"select 1", "(select 1)", "values (1)", "table t", "insert into t values (1)",
        "with x as (select 1) select * from x", "explain select 1", "selec 1", "/* x */ select 1"})
    CHECK(!read_command(sql));
}

TEST_CASE("transactions", "[pgwire]") {
  CHECK(!read<command::Begin>("BEGIN").modes.isolation);
  const auto begin = read<command::Begin>("start transaction isolation level repeatable read, read only");
  CHECK(begin.is_start);
  CHECK(begin.modes.isolation == "repeatable read");
  CHECK(begin.modes.read_only == true);
  CHECK(read<command::End>("end").is_commit);
  CHECK(read<command::End>("rollback and chain").and_chain);
  CHECK(read<command::Savepoint>("rollback to savepoint \"A b\"").name == "A b");
  CHECK(read<command::Savepoint>("release s").what == command::Savepoint::What::kRelease);
  CHECK(read<command::SetModes>("set session characteristics as transaction isolation level read uncommitted")
            .of_session);
  CHECK_THROWS_AS(read_command("begin nonsense"), WireError);
}

TEST_CASE("settings by statement", "[pgwire]") {
  CHECK(read<command::Set>("SET search_path TO a, \"B\"").value == "a, B");
  CHECK(read<command::Set>("set session time zone 'UTC'").name == "timezone");
  CHECK(read<command::Set>("set local statement_timeout = 300").is_local);
  CHECK(!read<command::Set>("set x.y to default").value);
  CHECK(read<command::Set>("set names 'UTF8'").name == "client_encoding");
  CHECK(read<command::Set>("SET extra_float_digits = -1").value == "-1");
  CHECK(read<command::Show>("show transaction isolation level").name == "transaction_isolation");
  CHECK(read<command::Show>("SHOW ALL").name.empty());
  CHECK(read<command::Reset>("reset all").name.empty());
  CHECK(read<command::ShowRelations>("show materialized views").kind ==
        command::RelationKind::kMaterializedView);
  CHECK(read<command::ShowColumns>("describe public.t").relation == "t");
  CHECK(read<command::Nothing>("lock table public.t, u in access share mode").tag == "LOCK TABLE");
  CHECK(read<command::Nothing>("LOCK t IN ROW EXCLUSIVE MODE NOWAIT").tag == "LOCK TABLE");
  read<command::Refused>("lock table t");
  read<command::Refused>("lock t in share mode");
}

TEST_CASE("cursors and prepared statements", "[pgwire]") {
  const auto declare = read<command::Declare>("declare c no scroll cursor with hold for select 1");
  CHECK(declare.with_hold);
  CHECK(!declare.can_scroll);
  CHECK(declare.query.sql == "select 1");
  CHECK(declare.query.begin == 41);
  using Direction = command::Fetch::Direction;
  const auto fetch = [](std::string_view sql) { return read<command::Fetch>(sql); };
  CHECK(fetch("fetch c").count == 1);
  CHECK(fetch("fetch next").name == "next");
  CHECK(fetch("fetch forward 2 from c").count == 2);
  CHECK(fetch("FETCH ALL IN \"SQL_CUR0x1\"").count == command::Fetch::kAll);
  CHECK(fetch("fetch backward all in c").direction == Direction::kBackward);
  CHECK(fetch("fetch -3 c").direction == Direction::kBackward);
  CHECK(fetch("fetch -3 c").count == 3);
  CHECK(fetch("fetch absolute -2 c").count == -2);
  CHECK(fetch("fetch last c").count == -1);
  CHECK(fetch("move 3 from c").is_move);
  const auto prepare =
      read<command::Prepare>("prepare p (int, timestamp with time zone, text[]) as select $1");
  CHECK(prepare.types == std::vector<sql::Type>{{sql::TypeId::kInteger},
                                                {sql::TypeId::kTimestamptz},
                                                sql::array_of(sql::TypeId::kText)});
  CHECK(read<command::Execute>("execute p (1, 'a)')").arguments.sql == "1, 'a)'");
  CHECK(read<command::Deallocate>("deallocate prepare all").name.empty());
}

TEST_CASE("COPY", "[pgwire]") {
  auto copy = read<command::Copy>("COPY (select ')' from t) TO STDOUT WITH CSV HEADER");
  CHECK(copy.query.sql == "select ')' from t");
  CHECK(copy.options.format == command::CopyFormat::kCsv);
  CHECK(copy.options.header);
  copy = read<command::Copy>("copy public.t (a, b) from stdin (format text, delimiter '|', null 'x')");
  CHECK(copy.is_from);
  CHECK(copy.columns == std::vector<std::string>{"a", "b"});
  CHECK(copy.options.delimiter == '|');
  CHECK_THROWS_AS(read_command("copy t from '/etc/passwd'"), WireError);
  CHECK_THROWS_AS(read_command("copy (select 1) from stdin"), WireError);
}

TEST_CASE("what a pipeline cannot do says what to do instead", "[pgwire]") {
  const auto refused = read<command::Refused>("create materialized view v as select 1");
  CHECK(
      refused.message ==
      "CREATE MATERIALIZED VIEW is not possible: what a pipeline is made of was fixed when it was compiled");
  CHECK(refused.hint ==
        "Change the .sql file, build the pipeline again (sqlmill build) and start the new program.");
}

TEST_CASE("settings", "[pgwire]") {
  Settings settings;
  std::vector<std::string> told;
  settings.on_report([&](std::string_view name, const std::string& value) {
    told.push_back(std::string(name) + "=" + value);
  });
  settings.set("application_name", "kit");
  settings.set("Statement_Timeout", "54321");
  CHECK(told == std::vector<std::string>{"application_name=kit"});
  CHECK(settings.show("statement_timeout") == "54321ms");
  settings.set("statement_timeout", "1.5 min");
  CHECK(settings.show("statement_timeout") == "90s");
  settings.begin();
  settings.set("application_name", "other", true);
  settings.set("search_path", "x");
  settings.end(false);
  CHECK(settings.show("application_name") == "kit");
  CHECK(settings.show("search_path") == "\"$user\", public");
  CHECK(settings.set("TimeZone", "Europe/Berlin") != "");
  CHECK(settings.set("TimeZone", "Etc/UTC").empty());
  CHECK_THROWS_AS(settings.set("client_encoding", "LATIN1"), WireError);
  CHECK_THROWS_AS(settings.set("nonsense", "1"), WireError);
  CHECK_THROWS_AS(settings.set("server_version", "1"), WireError);
  CHECK_THROWS_AS(settings.set("statement_timeout", "-1"), WireError);
  CHECK_NOTHROW(settings.set("rw_anything", "1"));
  CHECK_NOTHROW(settings.set("my.own", "1"));
}

}  // namespace sqlmill::rt::pgwire
