// Reading pinned epochs while others run.
#if __has_include(<catch2/catch_test_macros.hpp>)
#include <catch2/catch_test_macros.hpp>
#else
#include <catch2/catch.hpp>
#endif

#include <atomic>
#include <chrono>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "tests/unit/shop_pipeline.h"

using namespace shop;

namespace {

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
    ++rows[key + "|" + std::to_string(g.count) + "|" + std::to_string(g.sum) + "|" + std::to_string(g.least) +
           "|" + g.last];
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
    // However little the machine has left for it.
    CHECK(read > 0);
    CHECK(epochs > 0);
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
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(2);
  const auto late = pin(*engine, {{}, deadline});
  serve(*engine, [&] {
    const auto scan = cancelled->scan(1, {0});
    stop.request_stop();
    sql::Chunk rows;
    CHECK(reason([&] {
            while (scan->next(rows)) {
            }
          }) == ReadEnd::kCancelled);
    CHECK(reason([&] { cancelled->scan(1, {0}); }) == ReadEnd::kCancelled);
    std::this_thread::sleep_until(deadline);
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
