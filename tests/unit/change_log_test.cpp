// Changes that are kept for readers: their order, places to resume from, what is forgotten.
#if __has_include(<catch2/catch_test_macros.hpp>)
#include <catch2/catch_test_macros.hpp>
#else
#include <catch2/catch.hpp>
#endif
#include <algorithm>

#include "runtime/engine/change_log.h"
#include "runtime/engine/engine.h"

namespace {

using namespace sqlmill::rt::engine;
using sqlmill::rt::sql::Datum;
using sqlmill::rt::sql::TypeId;
using std::chrono::minutes;

constexpr Column kColumns[] = {{"id", {TypeId::kInteger}}, {"value", {TypeId::kInteger}}};
constexpr uint32_t kKey[] = {0};

OutputInfo info(bool has_key) {
  OutputInfo made{"t", kColumns, 2, {}, true, true};
  if (has_key) made.key = kKey;
  return made;
}

struct Weighted {
  int64_t weight;
  int32_t id;
  int32_t value;
};

void append(ChangeLog& log, uint64_t epoch, std::initializer_list<Weighted> rows,
            minutes segment_time = minutes(1)) {
  Changes changes(2);
  for (const Weighted& row : rows) {
    const Datum values[] = {Datum(row.id), Datum(row.value)};
    changes.add(row.weight, values);
  }
  changes.sort({});
  log.append(epoch, changes, segment_time);
}

/// `-1:10 +2:20@5` is a delete and an insert, with the place behind it; `~` and `=` are the two halves of an
/// update.
std::string read(ChangeReader& reader, uint64_t last_epoch) {
  std::string text;
  while (true) {
    const ChangeSlice slice = reader.next(last_epoch);
    if (!slice.segment) return text;
    for (uint32_t row = slice.begin; row < slice.end; ++row) {
      const ChangeMark& mark = slice.segment->marks[row];
      text += text.empty() ? "" : " ";
      text += mark.kind == ChangeKind::kInsert         ? "+"
              : mark.kind == ChangeKind::kDelete       ? "-"
              : mark.kind == ChangeKind::kUpdateDelete ? "~"
                                                       : "=";
      text += std::to_string(slice.segment->columns[0].get<int32_t>(row)) + ":" +
              std::to_string(slice.segment->columns[1].get<int32_t>(row));
      if (mark.behind.rows == ChangePlace::kAll) text += "@" + std::to_string(mark.behind.epoch);
    }
  }
}

}  // namespace

TEST_CASE("a change log pairs what a key loses and gets") {
  const OutputInfo with_key = info(true);
  auto log = std::make_shared<ChangeLog>(0, with_key, 3);
  ChangeReader reader(log, {3});
  append(*log, 4, {{1, 1, 10}, {1, 2, 20}});
  append(*log, 5, {});
  append(*log, 6, {{1, 3, 30}, {-1, 1, 10}, {1, 1, 11}, {-1, 2, 20}});
  CHECK(reader.last_epoch() == 6);
  CHECK(read(reader, 5) == "+1:10 +2:20@4");
  CHECK(read(reader, 6) == "-2:20 ~1:10 =1:11 +3:30@6");
  CHECK(read(reader, 6).empty());

  const OutputInfo without_key = info(false);
  auto rows = std::make_shared<ChangeLog>(0, without_key, 0);
  ChangeReader other(rows, {0});
  append(*rows, 1, {{2, 1, 10}, {-1, 1, 11}});
  CHECK(read(other, 1) == "-1:11 +1:10 +1:10@1");
}

TEST_CASE("a change log is resumed from behind any row, over segments") {
  const OutputInfo with_key = info(true);
  auto log = std::make_shared<ChangeLog>(0, with_key, 0);
  ChangeReader first(log, {0});
  for (int32_t epoch = 1; epoch <= 900; ++epoch)
    append(*log, static_cast<uint64_t>(epoch),
           {{1, 3 * epoch, 0}, {1, 3 * epoch + 1, 0}, {1, 3 * epoch + 2, 0}});
  const std::string all = read(first, 900);
  CHECK(first.place() == ChangePlace{900});
  for (const ChangePlace place : {ChangePlace{0}, {1, 1}, {341, 2}, {341}, {342, 1}, {899, 2}, {900}}) {
    ChangeReader reader(log, place);
    const std::string rest = read(reader, 900);
    CHECK(all.ends_with(rest));
    const uint64_t had =
        place.rows == ChangePlace::kAll ? 3 * place.epoch : 3 * (place.epoch - 1) + place.rows;
    CHECK(static_cast<uint64_t>(std::count(rest.begin(), rest.end(), '+')) == 2700 - had);
  }
  CHECK_THROWS_AS(ChangeReader(log, {901}), ChangesGone);
}

TEST_CASE("what a change log has dropped is gone for who has not read it") {
  const OutputInfo with_key = info(true);
  auto log = std::make_shared<ChangeLog>(0, with_key, 0);
  ChangeReader slow(log, {0});
  ChangeReader fast(log, {0});
  append(*log, 1, {{1, 1, 1}}, minutes(-1));
  append(*log, 2, {{1, 2, 2}}, minutes(-1));
  CHECK(read(fast, 1) == "+1:1@1");
  const size_t bytes = log->bytes();
  log->drop_oldest();
  CHECK(log->bytes() == bytes / 2);
  CHECK(read(fast, 2) == "+2:2@2");
  CHECK_THROWS_AS(slow.next(2), ChangesGone);
  CHECK_THROWS_AS(ChangeReader(log, {0}), ChangesGone);
  log->drop_oldest();
  CHECK(log->bytes() == 0);
  CHECK_FALSE(log->oldest());
  append(*log, 3, {{1, 3, 3}});
  CHECK(read(fast, 3) == "+3:3@3");
}

TEST_CASE("a reader is called once, when there is something for it") {
  const OutputInfo with_key = info(true);
  auto log = std::make_shared<ChangeLog>(0, with_key, 0);
  int calls = 0;
  {
    ChangeReader reader(log, {0});
    CHECK_FALSE(log->unused_since());
    REQUIRE(reader.call_at_change([&] { ++calls; }));
    append(*log, 1, {});
    CHECK(calls == 0);
    append(*log, 2, {{1, 1, 1}});
    append(*log, 3, {{1, 2, 1}});
    CHECK(calls == 1);
    CHECK_FALSE(reader.call_at_change([&] { ++calls; }));
    read(reader, 3);
    REQUIRE(reader.call_at_change([&] { ++calls; }));
  }
  append(*log, 4, {{1, 3, 1}});
  CHECK(calls == 1);
  CHECK(log->unused_since());
}
