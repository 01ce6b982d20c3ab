// A pipeline of the runtime's kernels with Specs by hand, which can insert, update and delete while it is
// read: a table of events with a key, an aggregate with another that hangs below it, both with MIN and MAX
// that are taken back, and a view that keeps its rows.
#pragma once

#include <charconv>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/engine/engine.h"
#include "runtime/engine/output.h"
#include "runtime/ops/accumulators/count.h"
#include "runtime/ops/accumulators/min_max.h"
#include "runtime/ops/accumulators/sum_avg.h"
#include "runtime/ops/grouped_aggregate.h"
#include "runtime/ops/table.h"

namespace shop {

using namespace sqlmill::rt;
using namespace sqlmill::rt::engine;
using sql::Datum;
using sql::TypeId;

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
  template <class Self, class Visit>
  static void visit_state(Self& self, Visit&& visit) {
    visit(self.id, self.user, self.page, self.amount);
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
  template <class Self, class Visit>
  static void visit_state(Self& self, Visit&& visit) {
    visit(self.text());
  }
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

    template <class Any, class Visit>
    static void visit_state(Any& self, Visit&& visit) {
      visit(self.count, self.sum);
    }
  };
  struct Collections {
    explicit Collections(state::Blocks&) {}
    agg::RetractableExtremes<int64_t, true, false> amounts;
    agg::RetractableExtremes<sql::Text, false, true> pages;

    template <class Visit>
    void for_each(Visit visit) {
      visit(amounts);
      visit(pages);
    }
  };
  using Outside = Extremes;
  struct Prepared {
    uint64_t amounts = 0;
    uint64_t pages = 0;
  };
  static constexpr bool kAppendOnly = false;
  static constexpr bool kGrouped = true;
  static constexpr bool kKeyVaries = false;
  static constexpr bool kRecordDecides = false;
  static constexpr bool kCheckReadsKey = false;
  static constexpr bool kSpreads = true;
  static constexpr bool kWordKey = false;
  static constexpr bool kEmitsOnce = false;
  static constexpr bool kFollowsGroups = false;
  static constexpr bool kMayKeep = false;
  static constexpr uint64_t kAllUnchanged = 1;  // Never said.
  static bool admit(sql::Context&, const Input&, Prepared&) { return true; }
  static bool keeps_place(const Input&, const Input&) { return false; }
  static uint64_t unchanged(const Input&, const Input&) { return 0; }
  static void prepare(sql::Context&, const Collections& collections, uint32_t group, const Input& row,
                      Prepared& prepared) {
    prepared.amounts = collections.amounts.prepare(group, row.amount);
    prepared.pages = collections.pages.prepare(group, row.page);
  }
  static void prefetch(const Collections& collections, const Prepared& prepared) {
    collections.amounts.prefetch(prepared.amounts);
    collections.pages.prefetch(prepared.pages);
  }
  static void resolve(sql::Context&, base::Heap&, Collections&, uint32_t, const Input&, Prepared&) {}
  static void prefetch_record(const Record&) {}
  static void apply(sql::Context&, base::Heap& heap, Collections& collections, uint32_t group, Record& record,
                    const Input& row, const Prepared& prepared, int64_t weight, uint64_t) {
    record.count.add(weight);
    agg::add(record.sum, heap, row.amount, weight);
    collections.amounts.add(heap, group, row.amount, weight, prepared.amounts);
    collections.pages.add(heap, group, row.page, weight, prepared.pages);
  }
  static bool keeps(const Record&, const Input&, const Prepared&) { return false; }
  static void count_fed(Record&, size_t) {}
  static Outside outside(const Collections& collections, uint32_t group) {
    return {collections.amounts.least(group), collections.pages.greatest(group)};
  }
  static void values(sql::Context& context, const Outside& outside, const Record& record, Values& values) {
    values = {record.count.value(context), record.sum.value(context), outside};
  }
  template <class Key>
  static bool check(ops::Environment&, const Collections&, uint32_t, const Record&, const Key&, bool) {
    return true;
  }
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
      ops::fill(column, at, rows, count,
                [&](const Kept& kept) { return value(kept).extremes.greatest_page; });
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
  void watch(size_t, bool) override {}
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
  void write(size_t, std::span<const uint32_t>, std::span<const sql::Chunk>) override {}
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
  void note_touched() override {
    events_.note_touched();
    users_.note_touched();
    pages_.note_touched();
    stored_.note_touched();
  }
  void save(state::ChangedEntries& entries) override {
    entries.begin(0);
    events_.save(entries);
    entries.begin(1);
    users_.save(entries);
    entries.begin(2);
    pages_.save(entries);
    entries.begin(3);
    stored_.save(entries);
  }
  void announce(size_t) override {}
  void ignore(const Ignored&) override {}
  void load(state::Loading& entries) override {
    entries.begin(0);
    events_.load(entries);
    entries.begin(1);
    users_.load(entries);
    entries.begin(2);
    pages_.load(entries);
    entries.begin(3);
    stored_.load(entries);
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

inline std::vector<std::unique_ptr<Dataflow>> make(size_t workers) {
  auto exchanges = std::make_shared<Exchanges>(workers);
  std::vector<std::unique_ptr<Dataflow>> all;
  for (size_t i = 0; i < workers; ++i) all.push_back(std::make_unique<Shop>(i, workers, exchanges));
  return all;
}

constexpr Column kEventColumns[] = {{"id", {TypeId::kBigint}},
                                    {"user", {TypeId::kText}},
                                    {"page", {TypeId::kText}},
                                    {"amount", {TypeId::kBigint}}};
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
inline const PipelineInfo kPipeline = {"shop", "0", "", kInputs, kOutputs, {}, {}, 2, make};

}  // namespace shop
