// Readers over views whose sums must agree, while events stream in and statements change a table: never a
// disagreement, with any number of workers. The pipeline is consistency.sql, compiled as a user's is.
#if __has_include(<catch2/catch_test_macros.hpp>)
#include <catch2/catch_test_macros.hpp>
#else
#include <catch2/catch.hpp>
#endif

#include <atomic>
#include <random>
#include <string>
#include <thread>

#include "runtime/main/pipeline_main.h"
#include "runtime/pipeline.h"
#include "runtime/query/database.h"

// The test has a main of its own.
namespace sqlmill::rt {
namespace program = main;
}
#define main program
#include <pipeline.cpp>  // Generated.
#undef main

namespace {

using namespace sqlmill::rt;
using engine::Engine;
using query::Database;

constexpr int kRates = 200;

const engine::PipelineInfo& pipeline() {
  return sqlmill::gen::consistency::pipeline();
}

class Client {
 public:
  Client(Database& database, uint32_t seed) : database_(database), random_(seed) {}

  uint64_t any(uint64_t below) { return random_() % below; }

  /// Each row as the texts of its values.
  std::vector<std::vector<std::string>> ask(const std::string& sql) {
    std::vector<std::vector<std::string>> rows;
    const auto result = database_.run(database_.prepare(sql), {}, limits_);
    while (const sql::Chunk* chunk = result->next()) {
      for (uint32_t i = 0; i < chunk->rows; ++i) {
        std::vector<std::string>& row = rows.emplace_back();
        for (const sql::Vector& column : chunk->columns)
          row.push_back(column.nulls()[i] ? "NULL" : sql::to_text(column.datum(i)));
      }
    }
    return rows;
  }

 private:
  Database& database_;
  const query::Limits limits_;
  std::mt19937 random_;
};

/// Each query's columns must be equal in each row, or it must give no row.
constexpr const char* kEqual[] = {
    "SELECT (SELECT sum(total) FROM by_sender), (SELECT sum(total) FROM by_receiver)",
    "SELECT (SELECT sum(transfers) FROM by_receiver), (SELECT sum(transfers) FROM by_sender)",
    "SELECT (SELECT total FROM in_all), (SELECT sum(total) FROM by_page), (SELECT sum(amount) FROM rates)",
};
constexpr const char* kNoRows[] = {
    "SELECT * FROM (SELECT page, sum(amount) AS s FROM rates GROUP BY page) r FULL JOIN by_page p "
    "ON p.page = r.page WHERE r.s IS DISTINCT FROM p.total",
    // What statements move stays together.
    "SELECT total FROM in_all WHERE total <> 1000 * 200",
};

/// What is wrong; empty: nothing.
std::string disagreement(Client& client) {
  for (const char* sql : kEqual) {
    for (const std::vector<std::string>& row : client.ask(sql)) {
      for (const std::string& value : row) {
        if (value != row[0]) return std::string(sql) + ": " + row[0] + " and " + value;
      }
    }
  }
  for (const char* sql : kNoRows) {
    if (!client.ask(sql).empty()) return std::string(sql) + " gives rows";
  }
  return "";
}

/// A statement that leaves the sum of all amounts as it is.
std::string change(Client& client) {
  const std::string from = std::to_string(client.any(kRates));
  const std::string to = std::to_string(client.any(kRates));
  switch (client.any(3)) {
    case 0:
      return "UPDATE rates SET amount = amount + CASE WHEN id = " + from +
             " THEN 7 ELSE -7 END WHERE id IN (" + from + ", " + to + ") AND " + from + " <> " + to;
    case 1:
      return "UPDATE rates SET page = 'page' || (id % 7 + " + from + ") WHERE id % 5 = " + to + " % 5";
    default:
      return "INSERT INTO rates SELECT id, 'again' || id % 3, amount FROM rates WHERE id BETWEEN " + from +
             " AND " + to;
  }
}

void run_events(Engine& engine, std::mt19937& random) {
  std::vector<std::string> payloads;
  for (int i = 0; i < 200; ++i) {
    payloads.push_back(R"({"id":)" + std::to_string(i) + R"(,"sender":"user)" +
                       std::to_string(random() % 300) + R"(","receiver":"a user with a long name )" +
                       std::to_string(random() % 100) + R"(","amount":)" + std::to_string(random() % 1000) +
                       "}");
  }
  std::vector<delta::RawRecord> records(payloads.size());
  for (size_t i = 0; i < records.size(); ++i) {
    records[i].payload = payloads[i];
    records[i].partition = static_cast<int32_t>(i % 8);
  }
  const engine::InputBatch batch = {0, records};
  engine.run_epoch({&batch, 1});
}

void check_consistency(size_t workers) {
  Engine engine(pipeline(), workers, engine::ErrorTime::kNull);
  engine.run_epoch({});
  Database database(pipeline(), engine);
  engine.serve_while([&] {
    Client(database, 1)
        .ask("INSERT INTO rates SELECT i, 'page' || i % 10, 1000 FROM generate_series(0, 199) AS i");
  });

  std::atomic<bool> done = false;
  std::atomic<bool> failed = false;
  std::atomic<int> read = 0;
  std::atomic<int> written = 0;
  std::string wrong[2];
  std::vector<std::thread> clients;
  for (uint32_t reader = 0; reader < 2; ++reader) {
    clients.emplace_back([&, reader] {
      Client client(database, reader);
      while (!done && !failed) {
        wrong[reader] = disagreement(client);
        if (!wrong[reader].empty()) failed = true;
        ++read;
      }
    });
  }
  clients.emplace_back([&] {
    Client client(database, 17);
    while (!done) {
      client.ask(change(client));
      ++written;
    }
  });
  // As many epochs as it takes for the others to have come round often enough.
  std::mt19937 random(static_cast<uint32_t>(workers));
  while (!failed && (read < 20 || written < 20)) {
    run_events(engine, random);
    engine.serve();
  }
  done = true;
  engine.serve_while([&] {
    for (std::thread& client : clients) client.join();
  });
  CHECK(wrong[0] == "");
  CHECK(wrong[1] == "");
  CHECK(engine.errors().total() == 0);
}

}  // namespace

TEST_CASE("views that are read together agree, while events come and statements write") {
  for (size_t workers = 1; workers <= 4; ++workers) {
    INFO(workers << " workers");
    check_consistency(workers);
  }
}
