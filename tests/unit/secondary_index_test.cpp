#if __has_include(<catch2/catch_test_macros.hpp>)
#include <catch2/catch_test_macros.hpp>
#else
#include <catch2/catch.hpp>
#endif

#include <algorithm>
#include <string_view>
#include <vector>

#include "runtime/engine/secondary_index.h"

namespace sqlmill::rt::engine {

namespace {

using sql::Datum;

Datum number(int32_t value) {
  return Datum(value);
}
Datum text(std::string_view value) {
  return Datum(sql::Text(value));
}

/// Rows of (id, town, age), of which id is the key and the town is indexed.
struct Indexed {
  state::Pins pins;
  const std::vector<uint32_t> key = {0};
  SecondaryIndex index{{1}, key, pins};

  void apply(int64_t weight, int32_t id, std::string_view town) {
    const Datum row[] = {number(id), town.empty() ? Datum::null(sql::TypeId::kText) : text(town), number(1)};
    index.apply(weight, row);
  }
  void seal() {
    index.end_epoch();
    pins.advance();
  }
  std::vector<int32_t> ids(std::string_view town) const {
    const Datum values[] = {text(town)};
    std::vector<int32_t> found;
    index.find(values, [&](std::span<const Datum> key) { found.push_back(key[0].as<int32_t>()); });
    std::sort(found.begin(), found.end());
    REQUIRE(found.size() == index.count(values));
    return found;
  }
};

using Ids = std::vector<int32_t>;
constexpr std::string_view kLong = "a town whose name is longer than what is kept inline";

}  // namespace

TEST_CASE("a secondary index finds the keys of rows by their values") {
  Indexed rows;
  rows.apply(1, 1, "Rome");
  rows.apply(1, 2, "Rome");
  rows.apply(1, 3, kLong);
  rows.apply(1, 4, "");
  rows.seal();
  CHECK(rows.ids("Rome") == Ids{1, 2});
  CHECK(rows.ids(kLong) == Ids{3});
  CHECK(rows.ids("Oslo").empty());
  CHECK(rows.index.entries() == 3);
}

TEST_CASE("a secondary index follows changes in any order within an epoch") {
  Indexed rows;
  rows.apply(1, 1, "Rome");
  rows.seal();
  rows.apply(1, 1, "Oslo");
  rows.apply(-1, 1, "Rome");
  rows.apply(-1, 2, "Oslo");
  rows.apply(1, 2, "Oslo");
  rows.seal();
  CHECK(rows.ids("Rome").empty());
  CHECK(rows.ids("Oslo") == Ids{1});
  CHECK(rows.index.entries() == 1);
}

TEST_CASE("what has gone from a secondary index stays as long as a pin sees it") {
  Indexed rows;
  rows.apply(1, 1, "Rome");
  rows.seal();
  rows.pins.set(1, 1);
  rows.apply(-1, 1, "Rome");
  rows.apply(1, 1, "Oslo");
  rows.seal();
  CHECK(rows.ids("Rome") == Ids{1});
  rows.apply(-1, 1, "Oslo");
  rows.apply(1, 1, "Rome");
  rows.seal();
  rows.apply(-1, 1, "Rome");
  rows.seal();
  CHECK(rows.ids("Rome") == Ids{1});
  CHECK(rows.ids("Oslo") == Ids{1});
  // A pin of the third epoch, in which it was in Rome again.
  rows.pins.set(3, 3);
  rows.seal();
  CHECK(rows.ids("Rome") == Ids{1});
  CHECK(rows.ids("Oslo").empty());
  rows.pins.set(UINT32_MAX, 0);
  rows.seal();
  CHECK(rows.ids("Rome").empty());
  CHECK(rows.index.entries() == 0);
}

}  // namespace sqlmill::rt::engine
