// What is written of values is what is read again, what is touched is written once, and a state directory
// gives back the newest checkpoint that is whole.
#if __has_include(<catch2/catch_test_macros.hpp>)
#include <catch2/catch_test_macros.hpp>
#else
#include <catch2/catch.hpp>
#endif

#include <spdlog/spdlog.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <map>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "runtime/checkpoint/checkpoint_writer.h"
#include "runtime/checkpoint/state_directory.h"
#include "runtime/state/encoding.h"
#include "runtime/state/touched.h"
#include "tests/unit/shop_pipeline.h"

namespace {

using namespace sqlmill::rt;
namespace fs = std::filesystem;

struct Coder {
  base::Arena arena;
  sql::Context context{arena};
  base::Heap heap;
  state::Dictionaries dictionaries;

  template <class T>
  T again(const T& value) {
    std::string bytes;
    state::Encoder encoder(bytes);
    encoder(value);
    T read{};
    state::Decoder decoder(bytes, heap, context, dictionaries);
    decoder(read);
    decoder.finish();
    // Cut anywhere, it is refused.
    for (size_t size = 0; size < bytes.size(); ++size) {
      T cut{};
      state::Decoder shorter(std::string_view(bytes).substr(0, size), heap, context, dictionaries);
      CHECK_THROWS_AS(shorter(cut), state::Damaged);
    }
    return read;
  }
};

/// What is generated for a column.
struct Page : sql::WordEntry {
  static void derive(sql::Context&, Page&) {}
  friend void own_facts(base::Heap&, Page&) {}
  friend void release_facts(base::Heap&, const Page&) {}
};

std::string text_of(const sql::Numeric& value) {
  std::string text;
  append_text(value, text);
  return text;
}

}  // namespace

TEST_CASE("words are what they were, and those that no dictionary has keep their text") {
  state::Dictionary<Page> pages(1);
  base::Heap heap;
  Coder coder;
  coder.dictionaries.add(pages);
  const std::string url = "https://shop.example/products/of/which/there/are/many";
  const sql::Word<Page> lasting = pages.find_or_add(coder.context, sql::Text("/home"));
  const sql::Word<Page> other = state::own(heap, pages.find_or_add(coder.context, sql::Text(url)));
  REQUIRE(lasting->is_lasting());
  REQUIRE_FALSE(other->is_lasting());
  CHECK(coder.again(lasting).get() == lasting.get());
  const sql::Word<Page> read = coder.again(other);
  // Of the records that are read later.
  coder.arena.reset();
  std::memset(coder.arena.allocate_chars(1024), 'x', 1024);
  CHECK_FALSE(read->is_lasting());
  CHECK(read->text.value().view() == url);
}

TEST_CASE("numbers, times and texts are what they were") {
  Coder coder;
  CHECK(coder.again(true));
  CHECK(coder.again(int16_t{-7}) == -7);
  CHECK(coder.again(int64_t{INT64_MIN}) == INT64_MIN);
  CHECK(coder.again(-0.0) == 0.0);
  CHECK(std::signbit(coder.again(-0.0)));
  CHECK(coder.again(sql::Timestamptz::infinity()) == sql::Timestamptz::infinity());
  CHECK(coder.again(sql::Uuid{1, 2}) == sql::Uuid{1, 2});
  const sql::Interval interval = coder.again(sql::Interval{-1, 2, -3});
  CHECK((interval.micros == -1 && interval.days == 2 && interval.months == -3));
  for (const size_t size : {0, 1, 15, 16, 127, 128, 20'000}) {
    const std::string bytes(size, 'x');
    CHECK(coder.again(sql::Text(bytes)).view() == bytes);
    CHECK(coder.again(sql::Jsonb{sql::Text(bytes)}).text.view() == bytes);
    CHECK(coder.again(sql::Nullable<sql::Text>(sql::Text(bytes))).value().view() == bytes);
  }
  CHECK_FALSE(coder.again(sql::Nullable<sql::Text>()).has_value());
  CHECK_FALSE(coder.again(sql::Nullable<int32_t>()).has_value());
  CHECK(coder.again(sql::Nullable<sql::Date>(sql::Date{5})).value() == sql::Date{5});
}

TEST_CASE("numerics keep their scale, and sums what can be taken from them") {
  Coder coder;
  for (const char* text :
       {"0", "1.00", "-0.001", "NaN", "Infinity", "-Infinity", "170141183460469231731687303715884105727",
        "-170141183460469231731687303715884105728123456789.50"}) {
    const sql::Numeric value = numeric_from_text(coder.context, text);
    REQUIRE_FALSE(coder.context.failed());
    CHECK(text_of(coder.again(value)) == text);
    // A sum that is read again goes on: what was added can be taken back.
    sql::NumericSum sum;
    sum.add(numeric_from_text(coder.context, "2.5000"), 1);
    sum.add(value, 3);
    std::string bytes;
    sum.encode(bytes);
    sql::NumericSum read;
    REQUIRE(read.decode(bytes));
    CHECK(read.count() == 4);
    CHECK(text_of(read.sum(coder.context)) == text_of(sum.sum(coder.context)));
    read.add(value, -3);
    CHECK(text_of(read.sum(coder.context)) == "2.5000");
  }
  sql::NumericSum cut;
  CHECK_FALSE(cut.decode("abc"));
}

TEST_CASE("sums of floats are what they were") {
  Coder coder;
  sql::ExactFloatSum sum;
  for (const double value : {0.1, 1e300, -1e300, 5e-324}) sum.add(value, 1);
  sql::ExactFloatSum read = coder.again(sum);
  CHECK(read.value() == sum.value());
  read.add(0.1, -1);
  CHECK(read.value() == 5e-324);
}

TEST_CASE("what is touched is told once, until it is touched again") {
  state::Touched touched;
  touched.note(1);
  std::vector<uint32_t> told;
  const auto take = [&] {
    told.clear();
    touched.take([&](uint32_t number) { told.push_back(number); });
    return told;
  };
  CHECK(take().empty());
  touched.turn_on();
  constexpr uint32_t kFurther = uint32_t{1} << 31;
  for (const uint32_t number : {5u, 5u, 6u, 5u, kFurther | 5u, 100'000u, kFurther | 5u}) touched.note(number);
  CHECK(take() == std::vector<uint32_t>{5, 6, kFurther | 5, 100'000});
  CHECK(take().empty());
  touched.note(6);
  CHECK(take() == std::vector<uint32_t>{6});
}

// ---- State directories ----

namespace {

using checkpoint::Access;
using checkpoint::Metadata;
using checkpoint::StateDirectory;
using checkpoint::StateError;

struct Folder {
  const fs::path path = fs::temp_directory_path() / ("sqlmill-state-test-" + std::to_string(::getpid()));
  Folder() {
    fs::remove_all(path);
    spdlog::set_level(spdlog::level::off);
  }
  ~Folder() {
    fs::remove_all(path);
    spdlog::set_level(spdlog::level::info);
  }
  std::string text() const { return path; }
};

constexpr uint32_t kTables[] = {1, 2};

Metadata metadata(uint64_t number) {
  Metadata data;
  data.pipeline = "test";
  data.number = number;
  data.workers = 1;
  data.tables = {{1, "a", "f1"}, {2, "b", "f2"}};
  data.positions["in"][3] = static_cast<int64_t>(number);
  return data;
}

std::vector<state::ChangedEntries> changed() {
  std::vector<state::ChangedEntries> all;
  all.emplace_back(uint16_t{0}, kTables);
  return all;
}

/// Of the first table.
std::map<uint64_t, int64_t> entries(const StateDirectory& directory) {
  Coder coder;
  const auto stored = directory.entries();
  state::Loading loading(*stored, 0, kTables, coder.context);
  loading.begin(0);
  std::map<uint64_t, int64_t> found;
  loading.next_part(coder.heap, [&](uint64_t number, state::Decoder& decoder) { decoder(found[number]); });
  return found;
}

void write(StateDirectory& directory, uint64_t checkpoint, std::map<uint32_t, int64_t> values) {
  auto all = changed();
  all[0].begin(0);
  all[0].next_part();
  for (const auto& [number, value] : values) {
    if (value == 0) {
      all[0].remove(number);
    } else {
      all[0].put(number, value);
    }
  }
  directory.write(metadata(checkpoint), all, {});
}

}  // namespace

TEST_CASE("a directory has what its newest checkpoint has") {
  const Folder folder;
  {
    StateDirectory directory(folder.text(), Access::kRun);
    CHECK_FALSE(directory.found());
    write(directory, 1, {{1, 10}, {2, 20}, {0xffffffff, 30}});
    write(directory, 2, {{1, 11}, {2, 0}});
    CHECK_THROWS_AS(StateDirectory(folder.text(), Access::kRun), StateError);
  }
  StateDirectory directory(folder.text(), Access::kRun);
  REQUIRE(directory.found());
  CHECK(directory.found()->number == 2);
  CHECK(directory.found()->positions.at("in").at(3) == 2);
  CHECK(directory.found()->tables.at(1).fingerprint == "f2");
  CHECK(entries(directory) == std::map<uint64_t, int64_t>{{1, 11}, {0xffffffff, 30}});
  CHECK(directory.verify().empty());
}

TEST_CASE("a damaged checkpoint gives way to the one before, and none is not nothing") {
  const Folder folder;
  {
    StateDirectory directory(folder.text(), Access::kRun);
    for (uint32_t i = 1; i <= 5; ++i) {
      write(directory, i, {{i, 10}});
      directory.keep();
    }
    CHECK(directory.kept() == std::vector<uint64_t>{3, 4, 5});
    write(directory, 6, {{6, 10}});
  }
  fs::remove(folder.path / "db/CURRENT");
  {
    StateDirectory directory(folder.text(), Access::kRun);
    CHECK(directory.found()->number == 5);
    CHECK(entries(directory).size() == 5);
    CHECK(fs::exists(folder.path / "damaged-1"));
  }
  fs::remove_all(folder.path / "kept");
  fs::remove_all(folder.path / "db");
  CHECK_THROWS_AS(StateDirectory(folder.text(), Access::kRun), StateError);
  CHECK_THROWS_AS(StateDirectory(folder.text(), Access::kLook), StateError);
}

TEST_CASE("a large checkpoint replaces and removes what smaller ones hold, and is replaced by them") {
  const Folder folder;
  std::map<uint32_t, int64_t> large;  // More than are sorted at a time.
  for (uint32_t i = 0; i < 300'000; ++i) large[i] = i % 3;
  const auto wanted = [&] {
    std::map<uint64_t, int64_t> present;
    for (const auto& [number, value] : large) {
      if (value != 0) present[number] = value;
    }
    return present;
  };
  {
    StateDirectory directory(folder.text(), Access::kRun);
    write(directory, 1, {{1, 77}, {3, 78}, {400'000, 79}});
    write(directory, 2, large);
    large[400'000] = 79;
    CHECK(entries(directory) == wanted());
    fs::create_directory(folder.path / "tables");  // As a process leaves it that is killed.
    std::ofstream(folder.path / "tables/0.sst") << "half a table";
  }
  {
    StateDirectory directory(folder.text(), Access::kRun);
    CHECK(directory.found()->number == 2);
    CHECK(entries(directory) == wanted());
    write(directory, 3, {{1, 80}, {2, 0}});
    large[1] = 80;
    large[2] = 0;
    std::map<uint32_t, int64_t> again;
    for (uint32_t i = 0; i < 300'000; ++i) large[i] = again[i] = i % 5;
    write(directory, 4, again);
    directory.keep();
    write(directory, 5, {{6, 0}});
    large[6] = 0;
    CHECK(!fs::exists(folder.path / "tables"));
    // By which copies elsewhere know a table.
    std::map<std::string, std::string> identities;
    for (const fs::directory_entry& entry : fs::directory_iterator(folder.path / "db")) {
      if (entry.path().extension() != ".sst") continue;
      const std::string identity = checkpoint::table_identity(entry.path());
      CHECK(identities.try_emplace(identity, entry.path()).second);
    }
    CHECK(!identities.empty());
  }
  StateDirectory directory(folder.text(), Access::kRun);
  CHECK(directory.found()->number == 5);
  CHECK(entries(directory) == wanted());
  CHECK(directory.verify().empty());
}

TEST_CASE("of an entry that a large checkpoint has more than once the last counts") {
  const Folder folder;
  auto all = changed();
  all[0].begin(0);
  all[0].next_part();
  constexpr uint32_t kNumbers = 300'000;
  for (uint32_t i = kNumbers; i-- > 0;) all[0].put(i, int64_t{1});
  for (uint32_t i = 0; i < kNumbers; i += 2) all[0].remove(i);
  for (uint32_t i = 0; i < kNumbers; i += 4) all[0].put(i, int64_t{2});
  {
    StateDirectory directory(folder.text(), Access::kRun);
    directory.write(metadata(1), all, {});
  }
  StateDirectory directory(folder.text(), Access::kRun);
  std::map<uint64_t, int64_t> wanted;
  for (uint32_t i = 0; i < kNumbers; ++i) {
    if (i % 2 == 1) wanted[i] = 1;
    if (i % 4 == 0) wanted[i] = 2;
  }
  CHECK(entries(directory) == wanted);
}

TEST_CASE("a flipped bit is noticed") {
  const Folder folder;
  {
    StateDirectory directory(folder.text(), Access::kRun);
    for (uint32_t i = 0; i < 1'000; ++i) write(directory, i + 1, {{i, 10}});
    directory.keep();  // Writes a table.
  }
  size_t damaged = 0;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder.path / "db")) {
    if (entry.path().extension() != ".sst") continue;
    std::fstream file(entry.path(), std::ios::in | std::ios::out | std::ios::binary);
    file.seekg(100);
    const char byte = static_cast<char>(file.get() ^ 1);
    file.seekp(100);
    file.put(byte);
    ++damaged;
  }
  REQUIRE(damaged > 0);
  // It is in the copy, too: they share the file.
  CHECK_THROWS_AS(StateDirectory(folder.text(), Access::kRun), StateError);
}

TEST_CASE("a statement that is held back returns when it is told to") {
  engine::Engine engine(shop::kPipeline, 2, engine::ErrorTime::kNull);
  engine.run_epoch({});
  std::vector<engine::WriteEnd> held;
  engine.hold_writes([&](engine::WriteEnd end) { held.push_back(std::move(end)); });
  std::atomic<int> returned = 0;
  std::thread client([&] {
    engine.writers().write({}, [] { return std::vector<engine::TableWrite>(); });
    ++returned;
  });
  while (held.empty()) engine.serve();
  CHECK(engine.epochs() == 2);
  CHECK(returned == 0);
  held[0](nullptr);
  client.join();
  CHECK(returned == 1);
}

TEST_CASE("statements that wait for a checkpoint end with it") {
  const Folder folder;
  StateDirectory directory(folder.text(), Access::kRun);
  int ended = 0;
  int failed = 0;
  const engine::WriteEnd end = [&](const std::exception_ptr& error) { ++(error ? failed : ended); };
  {
    checkpoint::CheckpointWriter writer(directory, [] {});
    writer.write({metadata(1), changed(), {}, {end, end}});
    REQUIRE(writer.wait(std::chrono::seconds(60)));
    CHECK(ended == 2);
    CHECK(writer.written().checkpoints == 1);
  }
  std::vector<engine::WriteEnd> held = {end};
  checkpoint::fail(held);
  CHECK(held.empty());
  CHECK(ended == 2);
  CHECK(failed == 1);
}
