// Sessions that no client would hold: messages of real ones in another order, cut off, changed, put together,
// in pieces of any size. Whatever comes, the session answers, ends, or waits for more; it keeps no more than
// has come, and never runs out of the loop that calls it.
#if __has_include(<catch2/catch_test_macros.hpp>)
#include <catch2/catch_test_macros.hpp>
#else
#include <catch2/catch.hpp>
#endif

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "runtime/pgwire/session.h"
#include "runtime/query/database.h"

using namespace sqlmill::rt;
using namespace sqlmill::rt::pgwire;
using sql::TypeId;

namespace {

constexpr int kSessions = 1'500;
constexpr size_t kMaxOutput = 4u << 20;

// ---- A pipeline with a table that is always empty ----

constexpr engine::Column kColumns[] = {{"a", {TypeId::kInteger}}, {"b", {TypeId::kText, 0}}};
constexpr engine::InputInfo kInputs[] = {{"t", engine::InputKind::kTable, kColumns, {}, false}};
constexpr engine::OutputInfo kOutputs[] = {{"t", kColumns, 2, {}, false, true}};

class NoRows : public engine::Dataflow {
 public:
  void watch(size_t, bool) override {}
  void ingest(size_t, std::span<const engine::RawRecord>) override {}
  void execute(size_t) override {}
  void write(size_t, std::span<const uint32_t>, std::span<const sql::Chunk>) override {}
  void run_stage(size_t) override {}
  void take_changes(size_t, const engine::ChangeVisitor&) override {}
  void end_epoch() override {}
  state::Pins& pins() override { return pins_; }
  uint32_t read(size_t, const engine::Reading&, engine::Cursor& cursor, uint32_t, sql::Chunk&) override {
    cursor.at_end = true;
    return 0;
  }
  void find(size_t, const engine::Reading&, std::span<const sql::Datum>, sql::Chunk&) override {}
  void note_touched() override {}
  void save(state::ChangedEntries&) override {}
  void load(state::Loading&) override {}
  void announce(size_t) override {}
  void ignore(const engine::Ignored&) override {}
  std::vector<engine::OperatorCounters> counters() const override { return {}; }
  engine::ErrorLog& errors() override { return log_; }

 private:
  state::Pins pins_;
  engine::ErrorLog log_;
};

std::vector<std::unique_ptr<engine::Dataflow>> make_no_rows(size_t workers) {
  std::vector<std::unique_ptr<engine::Dataflow>> all;
  for (size_t i = 0; i < workers; ++i) all.push_back(std::make_unique<NoRows>());
  return all;
}

const engine::PipelineInfo kPipeline = {
    "empty", "0", "CREATE TABLE t (a INT, b VARCHAR);", kInputs, kOutputs, {}, {}, 1, make_no_rows};

class NoAlarm : public Alarm {
 public:
  void set(std::chrono::milliseconds, uint64_t) override {}
  void clear() override {}
};

// ---- What clients send ----

std::string message(char type, std::string_view body) {
  std::string bytes;
  MessageWriter(bytes).begin(type).bytes(body).end();
  return bytes;
}
std::string text(std::string_view value) {
  return std::string(value) + '\0';
}
std::string query(std::string_view sql) {
  return message('Q', text(sql));
}
std::string parse(std::string_view name, std::string_view sql,
                  std::string_view types = std::string_view("\0\0", 2)) {
  return message('P', text(name) + text(sql) + std::string(types));
}
std::string bind_portal(std::string_view portal, std::string_view statement, std::string_view rest) {
  return message('B', text(portal) + text(statement) + std::string(rest));
}
std::string execute(std::string_view portal, char rows) {
  return message('E', text(portal) + std::string(3, '\0') + rows);
}

const std::string kNothingBound(6, '\0');
const std::string kOneBinary("\0\1\0\1\0\1\0\0\0\4\0\0\0\x2a\0\1\0\1", 18);
const std::string kSync = message('S', "");

/// A session each.
std::vector<std::vector<std::string>> recorded() {
  return {
      {query("select 1, 'x', null"), query("select relname, relkind, oid from pg_class limit 3"), query("")},
      {query("begin"), query("insert into t values (1, 'a')"), query("savepoint s"), query("select 1/0"),
       query("rollback to s"), query("commit")},
      {query("begin"), query("declare c scroll cursor for select g from generate_series(1, 9) g"),
       query("fetch 3 from c; move backward 2 in c; fetch absolute -1 from c"), query("close c"),
       query("rollback")},
      {parse("s", "select $1::int + 1, b from t"), message('D', text("Ss")), kSync,
       bind_portal("p", "s", kOneBinary), message('D', text("Pp")), execute("p", 0), message('C', text("Pp")),
       message('C', text("Ss")), kSync},
      {query("begin"), parse("", "select g from generate_series(1, 5) g"),
       bind_portal("p", "", kNothingBound), execute("p", 2), message('H', ""), query("move 1 in p"),
       query("fetch 1 from p"), execute("p", 9), kSync, query("end")},
      {query("copy t from stdin"), message('d', "1\tx\n2\t"), message('d', "y\n"), message('c', "")},
      {query("copy t (a) from stdin (format binary)"),
       message('d', std::string("PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0\0\1\0\0\0\4\0\0\0\7\xff\xff", 31)),
       message('c', "")},
      {query("copy t from stdin csv"), message('f', text("no more"))},
      {query("copy (select 1, 'a' from generate_series(1, 3)) to stdout with (format binary)")},
      {query("prepare q (int, text) as select $1, $2"), query("execute q (1, 'x')"), query("deallocate all")},
      {query("set statement_timeout = 1000; show statement_timeout; reset all"),
       query("show tables; describe t")},
      {parse("", "select attname, atttypid from pg_attribute where attrelid = $1",
             std::string("\0\1\0\0\0\x1a", 6)),
       bind_portal("", "", kOneBinary), execute("", 0), kSync},
      {query("declare c subscription cursor for t"), query("fetch all from c; move 2 in c"),
       query("fetch 1 from c with (timeout = '1 day')"), query("close c")},
      {message('F', std::string(12, '\0')), message('X', "")},
  };
}

class Mutator {
 public:
  explicit Mutator(uint32_t seed) : random_(seed) {}

  uint32_t below(size_t end) { return static_cast<uint32_t>(random_() % end); }

  /// One of the sessions, or two that are put into each other.
  std::string operator()(const std::vector<std::vector<std::string>>& all) {
    std::vector<std::string> messages = all[below(all.size())];
    if (below(2) == 0) interleave(messages, all[below(all.size())]);
    for (uint32_t count = below(4); count > 0 && !messages.empty(); --count) change(messages);
    std::string bytes;
    for (const std::string& one : messages) bytes += one;
    for (uint32_t count = below(3) == 0 ? 1 + below(4) : 0; count > 0 && !bytes.empty(); --count)
      bytes[below(bytes.size())] = static_cast<char>(random_());
    if (below(8) == 0) bytes.resize(below(bytes.size() + 1));
    return bytes;
  }

 private:
  void interleave(std::vector<std::string>& messages, const std::vector<std::string>& other) {
    size_t at = 0;
    for (const std::string& one : other) {
      at += below(messages.size() + 1 - at);
      messages.insert(messages.begin() + static_cast<ptrdiff_t>(at++), one);
    }
  }

  void change(std::vector<std::string>& messages) {
    const size_t at = below(messages.size());
    std::string& one = messages[at];
    switch (below(6)) {
      case 0:
        messages.erase(messages.begin() + static_cast<ptrdiff_t>(at));
        break;
      case 1:
        messages.insert(messages.begin() + static_cast<ptrdiff_t>(at), std::string(one));
        break;
      case 2:
        std::swap(messages[below(messages.size())], messages[at]);
        break;
      case 3:  // Shorter than it says.
        one.resize(1 + below(one.size()));
        break;
      case 4: {  // Of another length, up to more than is allowed.
        constexpr uint32_t kLengths[] = {0, 3, 4, 5, 64, 1u << 20, 1u << 30, UINT32_MAX};
        std::string length;
        append_int32(static_cast<int32_t>(kLengths[below(std::size(kLengths))]), length);
        if (one.size() >= 5) one.replace(1, 4, length);
        break;
      }
      default:  // What a message says it is.
        one[0] = static_cast<char>(random_());
    }
  }

  std::mt19937 random_;
};

/// The types of the messages that a session has written: each is whole.
std::string types_of(const std::string& out) {
  MessageBuffer buffer;
  buffer.append(out);
  std::string types;
  while (const auto next = buffer.next()) types += next->type;
  REQUIRE(buffer.empty());
  return types;
}

void hold_session(query::Database& database, const std::string& bytes, Mutator& mutate) {
  Interrupt interrupt;
  NoAlarm alarm;
  Session session(database, Settings(), {"kit", "dev", false, 1, 2}, interrupt, alarm, [] {});
  MessageBuffer in;
  std::string out;
  std::string all;
  session.greet(out);
  for (size_t at = 0; at < bytes.size();) {
    const size_t size = std::min<size_t>(1 + mutate.below(60), bytes.size() - at);
    in.append(std::string_view(bytes).substr(at, size));
    at += size;
    Session::Next next;
    while ((next = session.work(in, out)) == Session::Next::kWrite || next == Session::Next::kWait) {
      if (next == Session::Next::kWait) interrupt.interrupt(InterruptReason::kCancel);
      all += out;
      out.clear();
      REQUIRE(all.size() < kMaxOutput);
    }
    if (next == Session::Next::kClose) break;
  }
  CHECK(in.room_size() <= 128 * 1024);
  types_of(all + out);
}

}  // namespace

TEST_CASE("random sessions", "[pgwire]") {
  engine::Engine engine(kPipeline, 1, engine::ErrorTime::kNull);
  engine.run_epoch({});
  query::Database database(kPipeline, engine);
  // Catch2 counts in one thread only: that of the work, while this one is the engine's.
  engine.serve_while([&] {
    const std::vector<std::vector<std::string>> sessions = recorded();
    Mutator mutate(20260401);
    for (int i = 0; i < kSessions; ++i) hold_session(database, mutate(sessions), mutate);
  });
}

TEST_CASE("recorded sessions are answered", "[pgwire]") {
  engine::Engine engine(kPipeline, 1, engine::ErrorTime::kNull);
  engine.run_epoch({});
  query::Database database(kPipeline, engine);
  std::vector<std::string> answers;
  engine.serve_while([&] {
    for (const std::vector<std::string>& messages : recorded()) {
      Interrupt interrupt;
      NoAlarm alarm;
      Session session(database, Settings(), {"kit", "dev", false, 1, 2}, interrupt, alarm, [] {});
      MessageBuffer in;
      std::string out;
      for (const std::string& one : messages) in.append(one);
      Session::Next next;
      while ((next = session.work(in, out)) == Session::Next::kWrite || next == Session::Next::kWait) {
        if (next == Session::Next::kWait) interrupt.interrupt(InterruptReason::kCancel);
      }
      answers.push_back(types_of(out));
    }
  });
  CHECK(answers == std::vector<std::string>{"TDCZTDDDCZIZ", "CZCZCZTEZCZCZ", "CZCZTDDDCCTDCZCZCZ",
                                            "1tTZ2TC33Z", "CZ12DDsCZTDCZDCZCZ", "GCZ", "GCZ", "GEZ",
                                            "HddddcCZ", "CZTDCZCZ", "CTDCCZTDCTDDCZ", "12CZ", "CZTCCZTEZCZ",
                                            "EZ"});
}
