// Reading pinned epochs while others run, on kernels of the runtime with a Spec by hand: a table, an aggregate
// that hangs below another, with MIN and MAX that are taken back, and a view that keeps its rows.
#if __has_include(<catch2/catch_test_macros.hpp>)
#include <catch2/catch_test_macros.hpp>
#else
#include <catch2/catch.hpp>
#endif

#include <array>
#include <atomic>
#include <charconv>
#include <chrono>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "runtime/engine/engine.h"
#include "runtime/engine/output.h"
#include "runtime/ops/accumulators/count.h"
#include "runtime/ops/accumulators/min_max.h"
#include "runtime/ops/accumulators/sum_avg.h"
#include "runtime/ops/grouped_aggregate.h"
#include "runtime/ops/table.h"

using namespace sqlmill::rt;
using namespace sqlmill::rt::engine;
using sql::Datum;
using sql::TypeId;

namespace {

// ---- events (id PRIMARY KEY, user, page, amount), and what reads it ----

struct EventRow {
  int64_t id{};
  sql::Text user{};
  sql::Text page{};
  int64_t amount{};

  friend EventRow own(base::Heap& heap, const EventRow& row) {
    EventRow owned = row;
    owned.user = state::own(heap, row.user);
    owned.page = state::own(heap, row.page);
    return owned;
  }
  friend void release(base::Heap& heap, const EventRow& row) {
    state::release(heap, row.user);
    state::release(heap, row.page);
  }
  friend uint64_t hash_key(const EventRow& row) { return sql::hash(row.id); }
  friend bool same_key(const EventRow& a, const EventRow& b) { return a.id == b.id; }
  friend uint64_t hash(const EventRow& row) { return sql::hash_words(hash_key(row), sql::hash(row.user)); }
  friend bool identical(const EventRow& a, const EventRow& b) {
    return a.id == b.id && a.user == b.user && a.page == b.page && a.amount == b.amount;
  }
};
struct EventTable {
  using Row = EventRow;
  static constexpr std::string_view kName = "events";
  static constexpr bool kHasKey = true;
  static constexpr bool kAppendOnly = false;
};
using Events = ops::Table<EventTable>;

template <class Key>
struct Friends {
  friend uint64_t hash(const Key& key) { return sql::hash(key.text()); }
  friend bool same(const Key& a, const Key& b) { return a.text() == b.text(); }
  friend Key own(base::Heap& heap, const Key& key) {
    Key owned = key;
    owned.text() = state::own(heap, key.text());
    return owned;
  }
  friend void release(base::Heap& heap, const Key& key) { state::release(heap, key.text()); }
  friend void prefetch(const Key&) {}
};
struct UserKey : Friends<UserKey> {
  sql::Text user{};
  sql::Text& text() { return user; }
  const sql::Text& text() const { return user; }
};
struct PageKept : Friends<PageKept> {
  sql::Text page{};
  sql::Text& text() { return page; }
  const sql::Text& text() const { return page; }
};
struct UserPageKey {
  sql::Text user{};
  sql::Text page{};
};

struct Extremes {
  sql::Nullable<int64_t> least;
  sql::Nullable<sql::Text> greatest_page;
};
struct SumValues {
  int64_t count{};
  sql::Nullable<sql::Numeric> sum{};
  Extremes extremes{};
};

/// What both aggregates have.
template <class Self>
struct Sums {
  using Input = EventRow;
  using Values = SumValues;
  struct Record {
    agg::CountRows<false> count{};
    agg::SumBigint<int64_t, false> sum{};
  };
  struct Collections {
    explicit Collections(state::Blocks&) {}
    agg::RetractableExtremes<int64_t> amounts;
    agg::RetractableExtremes<sql::Text> pages;
  };
  using Outside = Extremes;
  struct Prepared {};
  static constexpr bool kAppendOnly = false;
  static constexpr bool kGrouped = true;
  static constexpr bool kKeyVaries = false;
  static constexpr bool kRecordDecides = false;
  static constexpr bool kCheckReadsKey = false;
  static constexpr bool kWordKey = false;
  static constexpr bool kEmitsOnce = false;
  static bool admit(sql::Context&, const Input&) { return true; }
  static void prefetch_record(const Record&) {}
  static void prefetch_group(const Collections&, uint32_t) {}
  static void apply(sql::Context&, base::Heap& heap, Collections& collections, uint32_t group, Record& record,
                    const Input& row, const Prepared&, int64_t weight) {
    record.count.add(weight);
    agg::add(record.sum, heap, row.amount, weight);
    collections.amounts.add(heap, group, row.amount, weight);
    collections.pages.add(heap, group, row.page, weight);
  }
  static void count_fed(Record&, size_t) {}
  static Outside outside(const Collections& collections, uint32_t group) {
    return {collections.amounts.least(group), collections.pages.greatest(group)};
  }
  static void values(sql::Context& context, const Outside& outside, const Record& record, Values& values) {
    values = {record.count.value(context), record.sum.value(context), outside};
  }
  template <class Key>
  static void check(ops::Environment&, const Collections&, uint32_t, const Record&, const Key&) {}
  static void release(base::Heap&, Record&) {}
  static bool identical(const Values&, const Values&) { return false; }
  static size_t bytes(const Collections&) { return 0; }
};
struct ByUser : Sums<ByUser> {
  using Key = UserKey;
  using KeptKey = UserKey;
  using Parent = ops::NoParent;
  struct Row {
    Key key;
    Values values;
  };
  static constexpr std::string_view kName = "by_user";
  static KeptKey key_of(sql::Context&, const Input& row) { return {{}, row.user}; }
};
struct ByUserPage : Sums<ByUserPage> {
  using Key = UserPageKey;
  using KeptKey = PageKept;
  using Parent = ByUser;
  struct Row {
    Key key;
    Values values;
  };
  static constexpr std::string_view kName = "by_user_page";
  static KeptKey key_of(sql::Context&, const Input& row) { return {{}, row.page}; }
  static Key full_key(const UserKey& parent, const KeptKey& kept) { return {parent.user, kept.page}; }
  static UserKey parent_key(const Key& key) { return {{}, key.user}; }
  static KeptKey kept_key(const Key& key) { return {{}, key.page}; }
};
using Users = ops::GroupedAggregate<ByUser>;
using UserPages = ops::GroupedAggregate<ByUserPage>;

/// Rows of three columns or four: texts, then numbers.
struct AnyOut {
  friend uint64_t hash(const AnyOut&) { return 0; }
};
template <class Producer, class Aggregate>
struct GroupOutput {
  using In = typename Aggregate::Row;
  using InBatch = typename Producer::OutputBatch;
  using Out = AnyOut;
  using Kept = typename Producer::Kept;
  static constexpr std::string_view kName = Aggregate::kName;
  static constexpr bool kStored = false;
  static constexpr bool kCanFail = false;
  static constexpr size_t kColumns = 1;
  static bool project(sql::Context&, const In&, Out&) { return true; }
  static bool identical(const Out&, const Out&) { return false; }
  static void to_datums(const Out&, Datum*) {}
  static bool shows(sql::Context&, const Kept&) { return true; }
  static void read(sql::Context& context, const Kept* rows, uint32_t count, uint32_t wanted,
                   sql::Vector& column, uint32_t at) {
    const auto value = [&](const Kept& kept) {
      typename Aggregate::Values values;
      Aggregate::values(context, kept.outside, *kept.record, values);
      return values;
    };
    if (wanted == 0) ops::fill(column, at, rows, count, [](const Kept& kept) { return kept.key.user; });
    if (wanted == 1) ops::fill(column, at, rows, count, [&](const Kept& kept) { return value(kept).count; });
    if (wanted == 2) ops::fill(column, at, rows, count, [&](const Kept& kept) { return value(kept).sum; });
    if (wanted == 3)
      ops::fill(column, at, rows, count, [&](const Kept& kept) { return value(kept).extremes.least; });
    if (wanted == 4)
      ops::fill(column, at, rows, count, [&](const Kept& kept) { return value(kept).extremes.greatest_page; });
    if constexpr (requires(Kept kept) { kept.key.page; }) {
      if (wanted == 5) ops::fill(column, at, rows, count, [](const Kept& kept) { return kept.key.page; });
    }
  }
};
template <bool kIsStored>
struct EventOutput {
  using In = EventRow;
  using InBatch = Events::OutputBatch;
  using Out = EventRow;
  using Kept = ops::KeptRow<EventRow>;
  static constexpr std::string_view kName = "events";
  static constexpr bool kStored = kIsStored;
  static constexpr bool kCanFail = false;
  static constexpr size_t kColumns = 4;
  static bool project(sql::Context&, const In& in, Out& out) {
    out = in;
    out.id = in.id % 3;  // So that rows of the view are there several times.
    return true;
  }
  static bool identical(const Out& a, const Out& b) {
    return a.id == b.id && a.user == b.user && a.page == b.page && a.amount == b.amount;
  }
  static void to_datums(const Out&, Datum*) {}
  static bool shows(sql::Context&, const Kept& kept) { return kIsStored || kept.row->amount != 7; }
  static void read(sql::Context&, const Kept* rows, uint32_t count, uint32_t wanted, sql::Vector& column,
                   uint32_t at) {
    if (wanted == 0) ops::fill(column, at, rows, count, [](const Kept& kept) { return kept.row->id; });
    if (wanted == 1) ops::fill(column, at, rows, count, [](const Kept& kept) { return kept.row->user; });
    if (wanted == 2) ops::fill(column, at, rows, count, [](const Kept& kept) { return kept.row->page; });
    if (wanted == 3) ops::fill(column, at, rows, count, [](const Kept& kept) { return kept.row->amount; });
  }
};

struct Exchanges {
  explicit Exchanges(size_t workers) : events(workers), users(workers) {}
  Events::InsertExchange events;
  Users::InputExchange users;
};

/// A record's payload is an event: `id user page amount`, or `-id`, which deletes it.
class Shop final : public Dataflow {
 public:
  Shop(size_t worker, size_t workers, std::shared_ptr<Exchanges> exchanges)
      : env_{context_, errors_, worker, workers, pins_}, exchanges_(std::move(exchanges)) {
    users_.emit(Users::Emission::kChanges);
  }
  void watch(size_t) override {}
  void ingest(size_t, std::span<const RawRecord> records) override {
    for (const RawRecord& record : records) {
      std::string_view text = *record.payload;
      EventRow row;
      std::from_chars(text.data(), text.data() + text.size(), row.id);
      if (row.id < 0) {
        // On the worker that has it: others find nothing.
        deleted_.push_back(-row.id);
        continue;
      }
      const auto word = [&] {
        text.remove_prefix(text.find(' ') + 1);
        return text.substr(0, text.find(' '));
      };
      row.user = sql::Text(word());
      row.page = sql::Text(word());
      const std::string_view amount = word();
      std::from_chars(amount.data(), amount.data() + amount.size(), row.amount);
      inserts_.add(row);
    }
    events_.insert(inserts_, exchanges_->events, changes_);
    inserts_.clear();
  }
  void execute(size_t) override {}
  void run_stage(size_t stage) override {
    if (stage == 1) {
      events_.receive(exchanges_->events, changes_);
      for (const int64_t id : deleted_)
        events_.remove([&](const EventRow& row) { return row.id == id; }, changes_);
      deleted_.clear();
      stored_.consume(changes_);
      users_.send(changes_, exchanges_->users);
      changes_.clear();
    } else {
      users_.receive(exchanges_->users);
      while (users_.seal(user_changes_)) user_changes_.clear();
      while (pages_.seal(page_changes_)) page_changes_.clear();
      user_changes_.clear();
      page_changes_.clear();
    }
  }
  void take_changes(size_t, const ChangeVisitor&) override {}
  void end_epoch() override {
    events_.end_epoch();
    users_.end_epoch();
    pages_.end_epoch();
    stored_.end_epoch();
    arena_.reset();
  }
  state::Pins& pins() override { return pins_; }
  uint32_t read(size_t output, const Reading& reading, Cursor& cursor, uint32_t max_records,
                sql::Chunk& rows) override {
    if (output == 0) return event_output_.read(events_, reading, cursor, max_records, rows);
    if (output == 1) return user_output_.read(users_, reading, cursor, max_records, rows);
    if (output == 2) return page_output_.read(pages_, reading, cursor, max_records, rows);
    return stored_.read(reading, cursor, max_records, rows);
  }
  void find(size_t output, const Reading& reading, std::span<const Datum> key, sql::Chunk& rows) override {
    if (output == 0) {
      EventRow wanted;
      wanted.id = key[0].as<int64_t>();
      event_output_.find(events_, reading, wanted, rows);
    } else if (output == 1) {
      user_output_.find(users_, reading, UserKey{{}, key[0].as<sql::Text>()}, rows);
    } else {
      page_output_.find(pages_, reading, UserPageKey{key[0].as<sql::Text>(), key[1].as<sql::Text>()}, rows);
    }
  }
  std::vector<OperatorCounters> counters() const override { return {}; }
  ErrorLog& errors() override { return errors_; }

 private:
  base::Arena arena_;
  sql::Context context_{arena_};
  ErrorLog errors_;
  state::Pins pins_;
  ops::Environment env_;
  std::shared_ptr<Exchanges> exchanges_;
  Events events_{env_};
  Events::InsertBatch inserts_;
  Events::OutputBatch changes_;
  std::vector<int64_t> deleted_;
  Users users_{env_};
  UserPages pages_{env_, users_};
  Users::OutputBatch user_changes_;
  UserPages::OutputBatch page_changes_;
  Output<EventOutput<false>> event_output_{env_};
  Output<GroupOutput<Users, ByUser>> user_output_{env_};
  Output<GroupOutput<UserPages, ByUserPage>> page_output_{env_};
  Output<EventOutput<true>> stored_{env_};
};

std::vector<std::unique_ptr<Dataflow>> make(size_t workers) {
  auto exchanges = std::make_shared<Exchanges>(workers);
  std::vector<std::unique_ptr<Dataflow>> all;
  for (size_t i = 0; i < workers; ++i) all.push_back(std::make_unique<Shop>(i, workers, exchanges));
  return all;
}

constexpr Column kEventColumns[] = {
    {"id", {TypeId::kBigint}}, {"user", {TypeId::kText}}, {"page", {TypeId::kText}}, {"amount", {TypeId::kBigint}}};
constexpr Column kGroupColumns[] = {{"user", {TypeId::kText}},   {"n", {TypeId::kBigint}},
                                    {"sum", {TypeId::kNumeric}}, {"least", {TypeId::kBigint}},
                                    {"last", {TypeId::kText}},   {"page", {TypeId::kText}}};
constexpr uint32_t kFirst[] = {0};
constexpr uint32_t kUserAndPage[] = {0, 5};
constexpr InputInfo kInputs[] = {{"events", InputKind::kTable, kEventColumns, {}, false}};
constexpr OutputInfo kOutputs[] = {{"events", kEventColumns, 4, {}, true, true, kFirst},
                                   {"by_user", kGroupColumns, 6, {}, true, true, kFirst},
                                   {"by_user_page", kGroupColumns, 6, {}, true, true, kUserAndPage},
                                   {"stored", kEventColumns, 4, {}, true, true}};
const PipelineInfo kPipeline = {"shop", "0", "", kInputs, kOutputs, {}, {}, 2, make};

// ---- The same by hand, and random epochs ----

struct Event {
  std::string user;
  std::string page;
  int64_t amount;
};
using Base = std::map<int64_t, Event>;
/// Rows as text, sorted, with how often they are there.
using Rows = std::map<std::string, int>;

Rows expected(const Base& base, size_t output) {
  Rows rows;
  if (output == 0 || output == 3) {
    for (const auto& [id, e] : base) {
      if (output == 0 && e.amount == 7) continue;
      ++rows[std::to_string(output == 0 ? id : id % 3) + "|" + e.user + "|" + e.page + "|" +
             std::to_string(e.amount)];
    }
    return rows;
  }
  struct Group {
    int64_t count = 0, sum = 0, least = INT64_MAX;
    std::string last;
  };
  std::map<std::string, Group> groups;
  for (const auto& [id, e] : base) {
    Group& group = groups[output == 1 ? e.user : e.user + "|" + e.page];
    ++group.count;
    group.sum += e.amount;
    group.least = std::min(group.least, e.amount);
    group.last = std::max(group.last, e.page);
  }
  for (const auto& [key, g] : groups) {
    ++rows[key + "|" + std::to_string(g.count) + "|" + std::to_string(g.sum) + "|" +
           std::to_string(g.least) + "|" + g.last];
  }
  return rows;
}

std::vector<uint32_t> columns_of(size_t output) {
  if (output == 1) return {0, 1, 2, 3, 4};
  if (output == 2) return {0, 5, 1, 2, 3, 4};
  return {0, 1, 2, 3};
}

void add_rows(const sql::Chunk& chunk, Rows& rows) {
  for (uint32_t i = 0; i < chunk.rows; ++i) {
    std::string text;
    for (const sql::Vector& column : chunk.columns) {
      if (!text.empty()) text += '|';
      const Datum value = column.datum(i);
      text += value.is_null() ? "NULL" : sql::to_text(value);
    }
    ++rows[text];
  }
}

Rows scanned(Snapshot& snapshot, size_t output) {
  Rows rows;
  const auto scan = snapshot.scan(output, columns_of(output));
  for (sql::Chunk chunk; scan->next(chunk);) add_rows(chunk, rows);
  return rows;
}

Rows found(Snapshot& snapshot, size_t output, std::vector<Datum> keys) {
  Rows rows;
  add_rows(snapshot.find(output, columns_of(output), keys), rows);
  return rows;
}

class History {
 public:
  explicit History(Engine& engine, uint32_t seed) : engine_(engine), random_(seed) {}

  /// Insertions, updates, deletions and keys that come back.
  void run_epoch() {
    std::vector<std::string> payloads;
    std::vector<int64_t> deleted;
    for (size_t i = random_() % 40; i-- > 0;) {
      const auto id = static_cast<int64_t>(random_() % 300);
      if (random_() % 3 == 0) {
        if (id > 0 && base_.contains(id)) deleted.push_back(id);
        continue;
      }
      const Event event = {text("user", random_() % 25), text("page", random_() % 12),
                           static_cast<int64_t>(random_() % 50)};
      base_[id] = event;
      payloads.push_back(std::to_string(id) + " " + event.user + " " + event.page + " " +
                         std::to_string(event.amount));
    }
    // Deletions run behind the insertions of an epoch, on every worker.
    for (const int64_t id : deleted) base_.erase(id);
    std::vector<RawRecord> records(payloads.size() + deleted.size() * engine_.workers());
    for (size_t i = 0; i < payloads.size(); ++i) records[i].payload = payloads[i];
    std::vector<std::string> deletions;
    for (const int64_t id : deleted) deletions.push_back(std::to_string(-id));
    for (size_t i = payloads.size(); i < records.size(); ++i) {
      records[i].payload = deletions[(i - payloads.size()) / engine_.workers()];
      records[i].partition = static_cast<int32_t>((i - payloads.size()) % engine_.workers());
    }
    const InputBatch batch = {0, records};
    engine_.run_epoch({&batch, 1});
  }
  const Base& base() const { return base_; }

 private:
  /// Some are too long to be inside of a text.
  static std::string text(std::string_view name, size_t number) {
    std::string text = std::string(name) + std::to_string(number);
    if (number % 2 == 0) text += " with a long name that lies on the heap";
    for (char& c : text) c = c == ' ' ? '_' : c;
    return text;
  }

  Engine& engine_;
  std::mt19937 random_;
  Base base_;
};

struct Pinned {
  std::unique_ptr<Snapshot> snapshot;
  Base base;
};

/// Has a thread of its own ask, and serves it.
void serve(Engine& engine, const std::function<void()>& work) {
  engine.serve_while(work);
}

std::unique_ptr<Snapshot> pin(Engine& engine, const ReadLimits& limits = {}) {
  std::unique_ptr<Snapshot> snapshot;
  serve(engine, [&] { snapshot = engine.readers().pin(limits); });
  return snapshot;
}

}  // namespace

TEST_CASE("a pinned epoch reads as it was while others run, several at a time") {
  for (size_t workers = 1; workers <= 4; ++workers) {
    INFO(workers << " workers");
    Engine engine(kPipeline, workers, ErrorTime::kNull);
    History history(engine, static_cast<uint32_t>(workers));
    std::mt19937 random(7);
    history.run_epoch();
    std::vector<Pinned> pinned;
    for (int round = 0; round < 60; ++round) {
      const size_t epochs = random() % 6;
      for (size_t i = 0; i < epochs; ++i) history.run_epoch();
      if (random() % 3 != 0) pinned.push_back({pin(engine), history.base()});
      serve(engine, [&] {
        for (const Pinned& p : pinned) {
          const size_t output = random() % 4;
          INFO("output " << output);
          CHECK(scanned(*p.snapshot, output) == expected(p.base, output));
        }
      });
      if (pinned.size() > 4) pinned.erase(pinned.begin() + static_cast<long>(random() % pinned.size()));
      if (round % 20 == 19) pinned.clear();
    }
    pinned.clear();
    history.run_epoch();
    history.run_epoch();
    serve(engine, [&] {
      const auto last = engine.readers().pin();
      for (size_t output = 0; output < 4; ++output)
        CHECK(scanned(*last, output) == expected(history.base(), output));
    });
  }
}

TEST_CASE("rows are found by their key, as of the pinned epoch") {
  for (size_t workers = 1; workers <= 3; ++workers) {
    Engine engine(kPipeline, workers, ErrorTime::kNull);
    History history(engine, 11);
    for (int i = 0; i < 30; ++i) history.run_epoch();
    const Pinned p = {pin(engine), history.base()};
    for (int i = 0; i < 30; ++i) history.run_epoch();
    serve(engine, [&] {
      std::vector<Datum> ids;
      std::vector<Datum> users;
      std::vector<Datum> pairs;
      for (int64_t id = 0; id < 300; ++id) ids.emplace_back(id);
      std::map<std::string, int> seen_users;
      std::map<std::pair<std::string, std::string>, int> seen_pairs;
      for (const auto& [id, e] : p.base) {
        if (seen_users[e.user]++ == 0) users.emplace_back(sql::Text(e.user));
        if (seen_pairs[{e.user, e.page}]++ > 0) continue;
        pairs.emplace_back(sql::Text(e.user));
        pairs.emplace_back(sql::Text(e.page));
      }
      users.emplace_back(sql::Text("nobody"));
      pairs.emplace_back(sql::Text("nobody"));
      pairs.emplace_back(sql::Text("nothing"));
      CHECK(found(*p.snapshot, 0, ids) == expected(p.base, 0));
      CHECK(found(*p.snapshot, 1, users) == expected(p.base, 1));
      CHECK(found(*p.snapshot, 2, pairs) == expected(p.base, 2));
    });
  }
}

TEST_CASE("what readers keep beyond the budget costs the oldest pin its life") {
  Engine engine(kPipeline, 2, ErrorTime::kNull);
  engine.readers().set_budget(20'000);
  History history(engine, 5);
  for (int i = 0; i < 20; ++i) history.run_epoch();
  const auto oldest = pin(engine);
  for (int i = 0; i < 100; ++i) history.run_epoch();
  const Pinned young = {pin(engine), history.base()};
  history.run_epoch();
  serve(engine, [&] {
    try {
      oldest->scan(1, {0});
      FAIL("the oldest pin lives");
    } catch (const ReadError& error) {
      CHECK(error.reason() == ReadEnd::kPinLost);
      CHECK(std::string(error.what()).find("too much memory") != std::string::npos);
    }
    CHECK(scanned(*young.snapshot, 1) == expected(young.base, 1));
  });
}

TEST_CASE("scans that run beside epochs are right, and a slow client holds up nobody") {
  for (size_t workers = 1; workers <= 4; workers += 3) {
    Engine engine(kPipeline, workers, ErrorTime::kNull);
    History history(engine, 3);
    for (int i = 0; i < 20; ++i) history.run_epoch();
    std::atomic<bool> done = false;
    std::atomic<int> read = 0;
    // The engine's thread must know what held at the pin: it is the one that pins, through serve().
    std::vector<Pinned> pinned;
    for (int i = 0; i < 3; ++i) {
      pinned.push_back({pin(engine), history.base()});
      for (int j = 0; j < 5; ++j) history.run_epoch();
    }
    std::vector<std::thread> clients;
    for (const Pinned& p : pinned) {
      clients.emplace_back([&] {
        while (!done) {
          for (size_t output = 0; output < 4; ++output) {
            Rows rows;
            const auto scan = p.snapshot->scan(output, columns_of(output));
            for (sql::Chunk chunk; scan->next(chunk);) {
              if (&p == &pinned[0]) std::this_thread::sleep_for(std::chrono::milliseconds(1));
              add_rows(chunk, rows);
            }
            if (rows != expected(p.base, output)) std::abort();
            ++read;
          }
        }
      });
    }
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(2);
    size_t epochs = 0;
    while (std::chrono::steady_clock::now() < until) {
      history.run_epoch();
      if (++epochs % 4 == 0) engine.serve();
    }
    done = true;
    engine.serve_while([&] {
      for (std::thread& client : clients) client.join();
    });
    CHECK(read > 20);
    CHECK(epochs > 100);
  }
}

TEST_CASE("a read ends when it is cancelled, late, or the engine is gone") {
  auto engine = std::make_unique<Engine>(kPipeline, 1, ErrorTime::kNull);
  History history(*engine, 3);
  history.run_epoch();
  const auto reason = [&](const std::function<void()>& read) {
    try {
      read();
    } catch (const ReadError& error) {
      return error.reason();
    }
    FAIL("no error");
    return ReadEnd::kStopped;
  };
  std::stop_source stop;
  const auto cancelled = pin(*engine, {stop.get_token()});
  const auto late = pin(*engine, {{}, std::chrono::steady_clock::now() + std::chrono::milliseconds(20)});
  serve(*engine, [&] {
    const auto scan = cancelled->scan(1, {0});
    stop.request_stop();
    sql::Chunk rows;
    CHECK(reason([&] {
            while (scan->next(rows)) {
            }
          }) == ReadEnd::kCancelled);
    CHECK(reason([&] { cancelled->scan(1, {0}); }) == ReadEnd::kCancelled);
    std::this_thread::sleep_for(std::chrono::milliseconds(25));
    CHECK(reason([&] { late->find(1, std::vector<uint32_t>{0}, std::vector{Datum(sql::Text("x"))}); }) ==
          ReadEnd::kDeadline);
  });
  const auto left = pin(*engine);
  const std::shared_ptr<Readers> readers = engine->readers().shared_from_this();
  engine.reset();
  CHECK(reason([&] { left->scan(1, {0}); }) == ReadEnd::kStopped);
  CHECK(reason([&] { readers->pin(); }) == ReadEnd::kStopped);
}

TEST_CASE("sqlmill_errors reads as it was, though its log forgets") {
  Engine engine(kPipeline, 2, ErrorTime::kNull);
  const size_t errors = engine.errors_output();
  const auto report = [&](int count) {
    for (int i = 0; i < count; ++i) engine.report({"shop", "events", 0, i, "22P02", "bad", std::nullopt});
    engine.run_epoch({});
  };
  report(3);
  const auto few = pin(engine);
  report(9'999);
  const auto full = pin(engine);
  report(500);
  serve(engine, [&] {
    const auto count = [&](Snapshot& snapshot) {
      size_t rows = 0;
      const auto scan = snapshot.scan(errors, {1, 4, 5});
      for (sql::Chunk chunk; scan->next(chunk);) rows += chunk.rows;
      return rows;
    };
    CHECK(count(*few) == 3);
    CHECK(count(*full) == 10'000);
    CHECK(count(*engine.readers().pin()) == 10'000);
  });
}
