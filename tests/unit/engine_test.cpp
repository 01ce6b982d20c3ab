#if __has_include(<catch2/catch_test_macros.hpp>)
#include <catch2/catch_test_macros.hpp>
#else
#include <catch2/catch.hpp>
#endif

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/engine/engine.h"

using namespace sqlmill::rt;
using namespace sqlmill::rt::engine;
using sql::Datum;
using sql::TypeId;

namespace {

// ---- A pipeline by hand: SELECT word, count(*) … GROUP BY word, its rows exchanged by word ----

constexpr Column kLine[] = {{"word", {TypeId::kText}}};
constexpr Column kCount[] = {{"word", {TypeId::kText}}, {"n", {TypeId::kBigint}}};
constexpr OrderKey kMostFirst[] = {{1, true, true}};
constexpr InputInfo kInputs[] = {{"words", InputKind::kSource, kLine, {}, false},
                                 {"more_words", InputKind::kTable, kLine, {}, false}};
constexpr OutputInfo kOutputs[] = {{"counts", kCount, 2, {}, true, true},
                                   {"most", kCount, 2, kMostFirst, true, true}};
constexpr StatementInfo kStatements[] = {{"INSERT INTO words VALUES ('statement')", 0}};
constexpr size_t kStages = 1;

struct Counted {
  int64_t old_count = 0;
  int64_t count = 0;
};

class WordCount : public Dataflow {
 public:
  WordCount(size_t worker, size_t workers) : worker_(worker), sent_(workers) {}

  std::vector<WordCount*> all;
  std::vector<std::string> calls;                    // In the order that the engine made them.
  std::vector<std::pair<size_t, int64_t>> ingested;  // Input and offset.

  void watch(size_t output, bool on) override {
    calls.push_back((on ? "watch " : "do not watch ") + std::to_string(output));
  }

  void ingest(size_t input, std::span<const RawRecord> records) override {
    calls.push_back("ingest");
    for (const RawRecord& record : records) {
      ingested.emplace_back(input, record.offset);
      if (record.payload == "bad") {
        log_.add({"words", "words", record.partition, record.offset, "22P02", "not a word",
                  std::string(*record.payload)});
      } else {
        send(*record.payload);
      }
    }
  }

  void write(size_t, std::span<const uint32_t>, std::span<const sql::Chunk>) override {}
  void execute(size_t) override {
    calls.push_back("execute");
    if (worker_ == 0) send("statement");
  }

  void run_stage(size_t) override {
    calls.push_back("stage");
    for (WordCount* sender : all) {
      for (const std::string_view word : sender->sent_[worker_]) {
        Counted& counted = groups_[std::string(word)];
        if (touched_.insert({std::string(word), &counted}).second) counted.old_count = counted.count;
        ++counted.count;
      }
    }
  }

  void take_changes(size_t, const ChangeVisitor& visit) override {
    calls.push_back("changes");
    for (const auto& [word, counted] : touched_) {
      // More than the net change, in a bad order: the engine consolidates.
      visit_row(1, word, counted->count, visit);
      visit_row(1, word, 1'000, visit);
      if (counted->old_count > 0) visit_row(-1, word, counted->old_count, visit);
      visit_row(-1, word, 1'000, visit);
    }
  }

  void end_epoch() override {
    calls.push_back("end");
    touched_.clear();
    for (std::vector<std::string_view>& words : sent_) words.clear();
  }

  state::Pins& pins() override { return pins_; }

  uint32_t read(size_t, const Reading& reading, Cursor& cursor, uint32_t max_records,
                sql::Chunk& rows) override {
    uint32_t looked = 0;
    auto at = std::next(groups_.begin(), cursor.next);
    for (; at != groups_.end() && looked < max_records; ++at, ++looked, ++rows.rows) {
      for (size_t i = 0; i < reading.columns.size(); ++i) {
        rows.columns[i].set_datum(
            rows.rows, reading.columns[i] == 0 ? Datum(sql::Text(at->first)) : Datum(at->second.count));
      }
    }
    cursor.next += looked;
    cursor.at_end = at == groups_.end();
    return looked;
  }
  void find(size_t, const Reading&, std::span<const Datum>, sql::Chunk&) override {}

  void note_touched() override {}
  void save(state::ChangedEntries&) override {}
  void load(state::Loading&) override {}
  void announce(size_t) override {}
  void ignore(const Ignored&) override {}

  std::vector<OperatorCounters> counters() const override {
    return {{"aggregate by word", 0, 0, 0, groups_.size(), 0}};
  }
  ErrorLog& errors() override { return log_; }

 private:
  /// Borrows the bytes, as generated code does: they must live until end_epoch().
  void send(std::string_view word) {
    sent_[std::hash<std::string_view>{}(word) % sent_.size()].push_back(word);
  }

  static void visit_row(int64_t weight, const std::string& word, int64_t count, const ChangeVisitor& visit) {
    const Datum row[] = {Datum(sql::Text(word)), Datum(count)};
    visit(weight, row);
  }

  size_t worker_;
  std::vector<std::vector<std::string_view>> sent_;  // By receiver.
  std::map<std::string, Counted> groups_;
  std::map<std::string, Counted*> touched_;
  state::Pins pins_;
  ErrorLog log_;
};

std::vector<WordCount*> made;  // By the last make(), for tests to look into.

std::vector<std::unique_ptr<Dataflow>> make(size_t workers) {
  made.clear();
  std::vector<std::unique_ptr<Dataflow>> dataflows;
  for (size_t i = 0; i < workers; ++i) {
    auto dataflow = std::make_unique<WordCount>(i, workers);
    made.push_back(dataflow.get());
    dataflows.push_back(std::move(dataflow));
  }
  for (WordCount* dataflow : made) dataflow->all = made;
  return dataflows;
}

const PipelineInfo kPipeline = {"words", "0", "", kInputs, kOutputs, {}, kStatements, kStages, make};

struct Words {
  explicit Words(std::vector<std::string> given, int32_t partitions = 1) : words(std::move(given)) {
    for (size_t i = 0; i < words.size(); ++i) {
      RawRecord& record = records.emplace_back();
      record.payload = words[i];
      record.partition = static_cast<int32_t>(i) % partitions;
      record.offset = static_cast<int64_t>(i);
    }
  }
  std::vector<std::string> words;
  std::vector<RawRecord> records;
};

void run(Engine& engine, const Words& words, size_t input = 0) {
  const InputBatch batch = {input, words.records};
  engine.run_epoch({&batch, 1});
}

/// `+1 a 2 | -1 a 1`
std::string text_of(const Changes& changes) {
  std::string text;
  for (size_t i = 0; i < changes.size(); ++i) {
    if (i > 0) text += " | ";
    if (changes[i].weight > 0) text += '+';
    text += std::to_string(changes[i].weight);
    for (const Datum& datum : changes[i].row) {
      text += ' ';
      text += datum.is_null() ? "NULL" : sql::to_text(datum);
    }
  }
  return text;
}

Datum text(std::string_view bytes) {
  return Datum(sql::Text(bytes));
}
Datum number(int64_t value) {
  return Datum(value);
}

}  // namespace

TEST_CASE("any number of workers gives the same rows and changes") {
  for (size_t workers = 1; workers <= 4; ++workers) {
    INFO(workers << " workers");
    Engine engine(kPipeline, workers, ErrorTime::kNull);
    engine.watch(0);
    engine.watch(1);
    run(engine, Words({"b", "a", "a", "a text longer than twelve bytes", "c"}, 3));
    CHECK(text_of(engine.changes(0)) == "+1 a 2 | +1 a text longer than twelve bytes 1 | +1 b 1 | +1 c 1");
    CHECK(text_of(engine.changes(1)) == "+1 a 2 | +1 a text longer than twelve bytes 1 | +1 b 1 | +1 c 1");
    engine.execute(0);
    CHECK(text_of(engine.changes(0)) == "+1 statement 1");
    run(engine, Words({"c", "c"}, 2), 1);
    CHECK(text_of(engine.changes(0)) == "-1 c 1 | +1 c 3");
    CHECK(text_of(engine.changes(1)) == "+1 c 3 | -1 c 1");
    run(engine, Words({}));
    CHECK(engine.changes(0).empty());

    CHECK(text_of(engine.scan(0)) ==
          "+1 a 2 | +1 a text longer than twelve bytes 1 | +1 b 1 | +1 c 3 | +1 statement 1");
    CHECK(text_of(engine.scan(1)) ==
          "+1 c 3 | +1 a 2 | +1 a text longer than twelve bytes 1 | +1 b 1 | +1 statement 1");
    CHECK(engine.count_rows(0) == 5);
    CHECK(engine.epochs() == 4);
    CHECK(engine.records() == 7);
    CHECK(engine.workers() == workers);
    REQUIRE(engine.counters().size() == 1);
    CHECK(engine.counters()[0].records == 5);
  }
}

TEST_CASE("an epoch's calls come in the order that dataflow.h promises") {
  Engine engine(kPipeline, 2, ErrorTime::kNull);
  engine.watch(1);
  run(engine, Words({"a", "b"}, 2));
  engine.execute(0);
  const std::vector<std::string> expected = {"watch 1", "ingest", "stage",   "changes", "end",
                                             "execute", "stage",  "changes", "end"};
  CHECK(made[0]->calls == expected);
  CHECK(made[1]->calls == expected);
}

TEST_CASE("a source's records are divided evenly") {
  for (const size_t records : {1, 2, 3, 7, 12}) {
    Engine engine(kPipeline, 3, ErrorTime::kNull);
    run(engine, Words(std::vector<std::string>(records, "x"), 1));
    std::vector<int64_t> offsets;
    for (const WordCount* worker : made) {
      CHECK(worker->ingested.size() <= (records + 2) / 3);
      for (const auto& [input, offset] : worker->ingested) offsets.push_back(offset);
    }
    REQUIRE(offsets.size() == records);
    for (size_t i = 1; i < records; ++i) CHECK(offsets[i] == offsets[i - 1] + 1);
  }
}

TEST_CASE("a partition of a table stays on one worker and in order") {
  constexpr size_t kTable = 1;
  Engine engine(kPipeline, 3, ErrorTime::kNull);
  run(engine, Words(std::vector<std::string>(18, "x"), 4), kTable);
  size_t records = 0;
  std::map<int64_t, size_t> worker_of_partition;
  for (size_t worker = 0; worker < made.size(); ++worker) {
    records += made[worker]->ingested.size();
    std::map<int64_t, int64_t> last;
    for (const auto& [input, offset] : made[worker]->ingested) {
      CHECK(worker_of_partition.try_emplace(offset % 4, worker).first->second == worker);
      CHECK(last.try_emplace(offset % 4, -1).first->second < offset);
      last[offset % 4] = offset;
    }
  }
  CHECK(records == 18);
  CHECK(worker_of_partition.size() == 4);
}

TEST_CASE("many small epochs on several workers") {
  Engine engine(kPipeline, 4, ErrorTime::kNull);
  engine.watch(0);
  int64_t net = 0;
  for (int i = 0; i < 2'000; ++i) {
    run(engine, Words({std::to_string(i % 7), std::to_string(i % 5)}, 2));
    for (size_t c = 0; c < engine.changes(0).size(); ++c) net += engine.changes(0)[c].weight;
  }
  CHECK(net == 7);
  CHECK(engine.count_rows(0) == 7);
}

TEST_CASE("errors of all workers are a relation") {
  for (size_t workers = 1; workers <= 3; ++workers) {
    Engine engine(kPipeline, workers, ErrorTime::kNull);
    const size_t errors = engine.errors_output();
    engine.watch(errors);
    CHECK(engine.output(errors).name == "sqlmill_errors");
    run(engine, Words({"a", "bad", "b", "c", "d", "bad"}, 3));
    CHECK(text_of(engine.changes(errors)) ==
          "+1 NULL words words 1 1 not a word \\x626164 | +1 NULL words words 2 5 not a word \\x626164");
    engine.report({"a_sink", "", std::nullopt, std::nullopt, "54000", "too large", std::nullopt});
    run(engine, Words({}));
    CHECK(text_of(engine.changes(errors)) == "+1 NULL a_sink NULL NULL NULL too large NULL");
    run(engine, Words({"e"}));
    CHECK(engine.changes(errors).empty());
    CHECK(engine.errors().total() == 3);
    CHECK(engine.scan(errors).size() == 3);
    CHECK(engine.count_rows(0) == 5);
  }
}

TEST_CASE("the log of errors is bounded, its count is not") {
  Engine engine(kPipeline, 2, ErrorTime::kNow);
  for (int i = 0; i < 3; ++i) run(engine, Words(std::vector<std::string>(15'000, "bad"), 2));
  CHECK(engine.errors().total() == 45'000);
  CHECK(engine.errors().size() == ErrorRelation::kMaxRecords);
  CHECK_FALSE(engine.scan(engine.errors_output())[0].row[0].is_null());
}

TEST_CASE("changes cancel by what is shown, not by what SQL calls equal") {
  Changes changes(1);
  const auto numeric = [](int64_t unscaled, int scale) { return Datum(sql::Numeric(unscaled, scale)); };
  const auto add = [&](int64_t weight, Datum datum) { changes.add(weight, {&datum, 1}); };
  add(1, numeric(100, 2));
  add(-1, numeric(10, 1));
  add(2, numeric(1, 0));
  add(-2, numeric(1, 0));
  add(1, Datum::null(TypeId::kNumeric));
  changes.sort({});
  REQUIRE(changes.size() == 3);
  const std::string once = text_of(changes);
  CHECK(once == "-1 1.0 | +1 1.00 | +1 NULL");

  changes.clear();
  add(1, Datum::null(TypeId::kNumeric));
  add(-1, numeric(10, 1));
  add(1, numeric(100, 2));
  changes.sort({});
  CHECK(text_of(changes) == once);
}

TEST_CASE("encodings of neighbouring texts do not run into each other") {
  Changes changes(2);
  const std::vector<std::vector<Datum>> rows = {{text("a"), text("bc")},
                                                {text("ab"), text("c")},
                                                {text(""), text("abc")},
                                                {Datum::null(TypeId::kText), text("abc")},
                                                {text("abc"), Datum::null(TypeId::kText)}};
  for (const auto& row : rows) changes.add(1, row);
  changes.sort({});
  CHECK(changes.size() == rows.size());
}

TEST_CASE("rows are sorted as ORDER BY says, NULLs included, ties by all columns") {
  const auto sorted = [](std::vector<OrderKey> order) {
    Changes rows(2);
    const std::vector<std::vector<Datum>> unsorted = {{text("b"), number(2)},
                                                      {text("a"), number(2)},
                                                      {text("c"), Datum::null(TypeId::kBigint)},
                                                      {Datum::null(TypeId::kText), number(1)},
                                                      {text("d"), number(10)}};
    for (const auto& row : unsorted) rows.add(1, row);
    rows.sort(order);
    return text_of(rows);
  };
  CHECK(sorted({}) == "+1 a 2 | +1 b 2 | +1 c NULL | +1 d 10 | +1 NULL 1");
  CHECK(sorted({{1, false, false}}) == "+1 NULL 1 | +1 a 2 | +1 b 2 | +1 d 10 | +1 c NULL");
  CHECK(sorted({{1, false, true}}) == "+1 c NULL | +1 NULL 1 | +1 a 2 | +1 b 2 | +1 d 10");
  CHECK(sorted({{1, true, true}}) == "+1 c NULL | +1 d 10 | +1 a 2 | +1 b 2 | +1 NULL 1");
  CHECK(sorted({{1, true, false}, {0, true, true}}) == "+1 d 10 | +1 b 2 | +1 a 2 | +1 NULL 1 | +1 c NULL");
}

// ---- Polling several sources ----
