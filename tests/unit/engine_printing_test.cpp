// What `--print` writes. The expected tables and CSV are what psql 15 and COPY of PostgreSQL 15 gave for the
// same rows.
#if __has_include(<catch2/catch_test_macros.hpp>)
#include <catch2/catch_test_macros.hpp>
#else
#include <catch2/catch.hpp>
#endif

#include <string>
#include <string_view>
#include <vector>

#include "runtime/main/command_line.h"
#include "runtime/main/name_suggestion.h"
#include "runtime/main/relation_names.h"
#include "runtime/main/result_printer.h"
#include "runtime/main/summary.h"
#include "runtime/main/system_libraries.h"
#include "runtime/main/user_error.h"

using namespace sqlmill::rt;
using namespace sqlmill::rt::main;
using engine::Changes;
using engine::Column;
using engine::OutputInfo;
using sql::Datum;
using sql::TypeId;

namespace {

Datum text(std::string_view bytes) {
  return Datum(sql::Text(bytes));
}
Datum null(TypeId type) {
  return Datum::null(type);
}

constexpr Column kHardColumns[] = {{"id", {TypeId::kInteger}}, {"naïve\nname", {TypeId::kText}},
                                   {"日本", {TypeId::kText}},  {"n", {TypeId::kNumeric}},
                                   {"b", {TypeId::kBoolean}},  {"last", {TypeId::kText}}};
constexpr OutputInfo kHard = {"hard", kHardColumns, 6, {}, true, true};

Changes hard_rows() {
  Changes rows(6);
  const auto add = [&](std::vector<Datum> row) { rows.add(1, row); };
  add({Datum(int32_t{1}), text("one\ntwo\n"), text("日本語"), Datum(sql::Numeric(150, 2)), Datum(true),
       text("x")});
  add({Datum(int32_t{22}), text("tab\tx"), null(TypeId::kText), null(TypeId::kNumeric), Datum(false),
       text("a\nb")});
  add({Datum(int32_t{3}), text("cr\rbell\x07"), text("é"), Datum(sql::Numeric(-100, 1)),
       null(TypeId::kBoolean), null(TypeId::kText)});
  add({Datum(int32_t{4}), text("\u0085e\u0301|"), text("🙂"), Datum(sql::Numeric(100, 0)),
       null(TypeId::kBoolean), text("")});
  rows.sort({});
  return rows;
}

std::string printed(Format format, const OutputInfo& info, const Changes& rows, bool several = false) {
  OutputStream out(-1);
  ResultPrinter(format, several, out).print_rows(info.name, info, rows);
  return out.buffer();
}

constexpr Column kFunnelColumns[] = {
    {"page", {TypeId::kText}}, {"views", {TypeId::kBigint}}, {"rank", {TypeId::kBigint}}};
constexpr engine::OrderKey kByRank[] = {{2, true, true}};
/// SELECT page, views … ORDER BY rank DESC: the last column is hidden.
constexpr OutputInfo kFunnel = {"funnel", kFunnelColumns, 2, kByRank, true, true};

struct Row {
  int64_t weight;
  std::string_view page;
  int64_t views;
  int64_t rank;
};

Changes funnel(std::vector<Row> rows) {
  Changes changes(3);
  for (const Row& row : rows) {
    const Datum cells[] = {text(row.page), Datum(row.views), Datum(row.rank)};
    changes.add(row.weight, cells);
  }
  changes.sort(kByRank);
  return changes;
}

constexpr OutputInfo kOutputs[] = {{"page_views", kFunnelColumns, 2, {}, true, true},
                                   {"clicks", kFunnelColumns, 2, {}, false, true},
                                   {"page_sink_rows", kFunnelColumns, 2, {}, false, false}};
constexpr engine::InputInfo kInputs[] = {{"clicks", engine::InputKind::kTable, kFunnelColumns, {}, false},
                                         {"events", engine::InputKind::kSource, kFunnelColumns, {}, false}};
constexpr engine::SinkInfo kSinks[] = {{"page_sink", 2, {}, {}, false, false}};
constexpr std::string_view kUnstoredViews[] = {"recent_events"};
const engine::PipelineInfo kPipeline = {"shop", "0.1.0", "SELECT 1;\n", kInputs,       kOutputs, kSinks,
                                        {},     0,       nullptr,       kUnstoredViews};

Command parse(std::vector<const char*> arguments) {
  arguments.insert(arguments.begin(), "shop");
  return parse_command_line(kPipeline, static_cast<int>(arguments.size()), arguments.data());
}

Answer answer_to(std::vector<const char*> arguments) {
  return std::get<Answer>(parse(std::move(arguments)));
}

std::string user_error(const PrintOptions& options) {
  try {
    printed_relations(kPipeline, options);
  } catch (const UserError& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("tables look as psql's do") {
  CHECK(printed(Format::kTable, kHard, hard_rows()) ==
        " id |    naïve    +|  日本  |   n   | b | last \n"
        "    |     name     |        |       |   |      \n"
        "----+--------------+--------+-------+---+------\n"
        "  1 | one         +| 日本語 |  1.50 | t | x\n"
        "    | two         +|        |       |   | \n"
        "    |              |        |       |   | \n"
        "  3 | cr\\rbell\\x07 | é      | -10.0 |   | \n"
        "  4 | \\u0085e\u0301|     | 🙂     |   100 |   | \n"
        " 22 | tab     x    |        |       | f | a   +\n"
        "    |              |        |       |   | b\n"
        "(4 rows)\n"
        "\n");
}

TEST_CASE("tables of one row and of none") {
  CHECK(printed(Format::kTable, kFunnel, funnel({{1, "/home", 6, 1}})) ==
        " page  | views \n"
        "-------+-------\n"
        " /home |     6\n"
        "(1 row)\n"
        "\n");
  CHECK(printed(Format::kTable, kFunnel, funnel({}), true) ==
        "funnel\n"
        " page | views \n"
        "------+-------\n"
        "(0 rows)\n"
        "\n");
}

TEST_CASE("bytes that are not UTF-8 are shown, not passed on") {
  Changes rows(3);
  const Datum row[] = {text("a\xff\xc3"), Datum(int64_t{1}), Datum(int64_t{1})};
  rows.add(1, row);
  rows.sort({});
  CHECK(printed(Format::kTable, kFunnel, rows) ==
        "   page    | views \n"
        "-----------+-------\n"
        " a\\xFF\\xC3 |     1\n"
        "(1 row)\n"
        "\n");
}

TEST_CASE("a row of weight n is n rows; hidden columns order, but do not show") {
  CHECK(printed(Format::kTable, kFunnel, funnel({{2, "/a", 1, 1}, {1, "/b", 1, 2}})) ==
        " page | views \n"
        "------+-------\n"
        " /b   |     1\n"
        " /a   |     1\n"
        " /a   |     1\n"
        "(3 rows)\n"
        "\n");
}

TEST_CASE("CSV is what COPY writes") {
  CHECK(printed(Format::kCsv, kHard, hard_rows()) ==
        "id,\"naïve\nname\",日本,n,b,last\n"
        "1,\"one\ntwo\n\",日本語,1.50,t,x\n"
        "3,\"cr\rbell\x07\",é,-10.0,,\n"
        "4,\u0085e\u0301|,🙂,100,,\"\"\n"
        "22,tab\tx,,,f,\"a\nb\"\n");

  constexpr Column kOne[] = {{"only", {TypeId::kText}}};
  const OutputInfo info = {"one", kOne, 1, {}, true, true};
  Changes rows(1);
  for (const Datum& datum :
       {text("\\."), text(""), null(TypeId::kText), text(" a"), text("q\"x"), text("a,b")}) {
    rows.add(1, {&datum, 1});
  }
  rows.sort({});
  CHECK(printed(Format::kCsv, info, rows) == "only\n\"\"\n a\n\"\\.\"\n\"a,b\"\n\"q\"\"x\"\n\n");
}

TEST_CASE("JSON is an object a line") {
  CHECK(printed(Format::kJson, kFunnel, funnel({{1, "/ho\"me", 6, 1}})) ==
        "{\"page\":\"/ho\\\"me\",\"views\":6}\n");
  CHECK(printed(Format::kJson, kFunnel, funnel({{2, "/", 6, 1}}), true) ==
        "{\"relation\":\"funnel\",\"page\":\"/\",\"views\":6}\n"
        "{\"relation\":\"funnel\",\"page\":\"/\",\"views\":6}\n");
}

TEST_CASE("changes come with epoch and weight") {
  const Changes first = funnel({{1, "/home", 1, 1}});
  // The second change of /home is in a hidden column: nobody sees it.
  const Changes second =
      funnel({{-1, "/home", 1, 1}, {1, "/home", 1, 5}, {2, "/docs", 1, 2}, {-1, "/a", 7, 3}});
  const auto print = [&](Format format, bool several) {
    OutputStream out(-1);
    ResultPrinter printer(format, several, out);
    printer.print_changes("funnel", kFunnel, 1, first);
    printer.print_changes("funnel", kFunnel, 2, funnel({}));
    printer.print_changes("funnel", kFunnel, 3, second);
    return out.buffer();
  };
  CHECK(print(Format::kTable, false) ==
        "epoch 1\n"
        " weight | page  | views \n"
        "--------+-------+-------\n"
        "      1 | /home |     1\n"
        "(1 row)\n"
        "\n"
        "epoch 3\n"
        " weight | page  | views \n"
        "--------+-------+-------\n"
        "     -1 | /a    |     7\n"
        "      2 | /docs |     1\n"
        "(2 rows)\n"
        "\n");
  CHECK(print(Format::kCsv, false) == "epoch,weight,page,views\n1,1,/home,1\n3,-1,/a,7\n3,2,/docs,1\n");
  CHECK(print(Format::kCsv, true) ==
        "funnel\nepoch,weight,page,views\n1,1,/home,1\n\nfunnel\nepoch,weight,page,views\n3,-1,/a,7\n3,2,/"
        "docs,1\n\n");
  CHECK(print(Format::kJson, true) ==
        "{\"relation\":\"funnel\",\"epoch\":1,\"weight\":1,\"page\":\"/home\",\"views\":1}\n"
        "{\"relation\":\"funnel\",\"epoch\":3,\"weight\":-1,\"page\":\"/a\",\"views\":7}\n"
        "{\"relation\":\"funnel\",\"epoch\":3,\"weight\":2,\"page\":\"/docs\",\"views\":1}\n");
}

TEST_CASE("what can be printed, and what is said of what cannot") {
  const std::vector<PrintedRelation> all =
      printed_relations(kPipeline, {{"all", "sqlmill_errors", "page_views"}, false, {}});
  REQUIRE(all.size() == 2);
  CHECK(all[0].name == "page_views");
  CHECK(all[1].name == "sqlmill_errors");
  CHECK(all[1].output == std::size(kOutputs));
  CHECK(printed_relations(kPipeline, {{"clicks"}, false, {}})[0].output == 1);
  CHECK(printed_relations(kPipeline, {{"page_sink"}, true, {}})[0].output == 2);

  CHECK(user_error({{"page_view"}, false, {}}) ==
        "--print: \"page_view\" does not exist; did you mean \"page_views\"?\n"
        "what can be printed: page_views, clicks, sqlmill_errors");
  CHECK(user_error({{"events"}, false, {}}) ==
        "--print: \"events\" is not stored, so it cannot be printed\n"
        "what can be printed: page_views, clicks, sqlmill_errors");
  for (const bool changes : {false, true}) {
    CHECK(user_error({{"recent_events"}, changes, {}}) ==
          "--print: \"recent_events\" is a view that is not materialized, so its rows are not stored; in the "
          "SQL, write CREATE MATERIALIZED VIEW instead of CREATE VIEW");
  }
  CHECK(user_error({{"page_sink"}, false, {}}) ==
        "--print: \"page_sink\" is a sink, whose rows are not stored; `--print page_sink --changes` shows "
        "what it gets");
}

TEST_CASE("names are suggested when they are near") {
  const std::string_view names[] = {"click_events", "orders"};
  CHECK(nearest_name("clik_events", names) == "click_events");
  CHECK(nearest_name("CLICK_EVENTS", names) == "click_events");
  CHECK(nearest_name("order", names) == "orders");
  CHECK(nearest_name("customers_of_today", names).empty());
  CHECK_THROWS_AS(find_input(kPipeline, "evnts", "--input"), UserError);
  CHECK_THROWS_AS(overrides(kPipeline, {"nobody.topic=x"}), UserError);
  CHECK(overrides(kPipeline, {"events.properties.bootstrap.server=h:1"})[0].option ==
        "properties.bootstrap.server");
}

TEST_CASE("the command line") {
  const auto replay = std::get<ReplayCommand>(parse(
      {"replay", "--input", "events=a=b.json", "--input=clicks=-", "--epoch-rows", "10", "--workers", "3",
       "--print", "a,b", "--print", "c", "--changes", "--format", "json", "--set", "events.x=[1]"}));
  REQUIRE(replay.inputs.size() == 2);
  CHECK(replay.inputs[0].relation == "events");
  CHECK(replay.inputs[0].path == "a=b.json");
  CHECK(replay.inputs[1].path == "-");
  CHECK(replay.epoch_rows == 10);
  CHECK(replay.workers == 3);
  CHECK(replay.print.relations == std::vector<std::string>{"a", "b", "c"});
  CHECK(replay.print.changes);
  CHECK(replay.print.format == Format::kJson);
  CHECK(replay.settings == std::vector<std::string>{"events.x=[1]"});

  const auto run = std::get<RunCommand>(parse({"run", "--until-end"}));
  CHECK(run.until_end);
  CHECK(run.workers == 1);
  CHECK(std::holds_alternative<SqlCommand>(parse({"sql"})));

  CHECK(answer_to({}).exit_code == 2);
  CHECK(answer_to({"run", "--print", "all"}).exit_code == 2);
  CHECK(answer_to({"run", "--listen", "localhost:no_port"}).exit_code == 2);
  CHECK(answer_to({"replay", "--changes"}).exit_code == 2);
  CHECK(answer_to({"replay", "--workers", "0"}).exit_code == 2);
  CHECK(answer_to({"replay", "--print", "all", "--format", "xml"}).exit_code == 2);
  CHECK(answer_to({"replay", "--input", "events"}).exit_code == 2);
  CHECK(answer_to({"reply"}).exit_code == 2);

  CHECK(answer_to({"--help"}).exit_code == 0);
  CHECK(answer_to({"--help"}).text.find("shop replay --input clicks=events.jsonl --print all") !=
        std::string::npos);
  CHECK(answer_to({"replay", "--help"}).text.find("Usage: shop replay") != std::string::npos);
  CHECK(answer_to({"--version"}).text.find("shop, compiled by SQLMill 0.1.0") == 0);
}

TEST_CASE("Debian packages of shared libraries") {
  CHECK(debian_package("librdkafka.so.1") == "librdkafka1");
  CHECK(debian_package("libspdlog.so.1.10") == "libspdlog1.10");
  CHECK(debian_package("libgcc_s.so.1") == "libgcc-s1");
  CHECK(debian_package("libcrypto.so.3") == "libssl3");
  CHECK(debian_package("libm.so.6") == "libc6");
  CHECK(debian_package("libfoo2.so.3") == "libfoo2-3");
  CHECK_FALSE(system_libraries().empty());
}

TEST_CASE("numbers for people") {
  CHECK(grouped(7) == "7");
  CHECK(grouped(1'234'567) == "1,234,567");
  CHECK(byte_size(512) == "512 B");
  CHECK(byte_size(1'536) == "1.5 KiB");
  CHECK(byte_size(3ull << 30) == "3.0 GiB");
}
