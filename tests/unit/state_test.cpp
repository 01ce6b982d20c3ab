// Where state lies: words and what is kept by them, places in blocks, pages.
#if __has_include(<catch2/catch_test_macros.hpp>)
#include <catch2/catch_test_macros.hpp>
#else
#include <catch2/catch.hpp>
#endif

#include <algorithm>
#include <barrier>
#include <cstring>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "runtime/sql/datetime.h"
#include "runtime/sql/functions/datetime_cast.h"
#include "runtime/state/dictionary.h"
#include "runtime/state/records.h"
#include "runtime/state/word_lists.h"
#include "runtime/state/word_numbers.h"

using namespace sqlmill::rt;
using sql::Nullable;
using sql::Text;
using sql::Timestamptz;

namespace {

/// What is generated for a column, with a fact that has bytes of its own.
struct Page : sql::WordEntry {
  Nullable<Text> doubled;

  static void derive(sql::Context& context, Page& page) {
    if (!page.text.has_value()) return;
    const std::string twice = std::string(page.text.value().view()) + std::string(page.text.value().view());
    page.doubled = Text(context.arena().copy(twice));
  }
  friend void own_facts(base::Heap& heap, Page& page) { page.doubled = state::own(heap, page.doubled); }
  friend void release_facts(base::Heap& heap, const Page& page) { state::release(heap, page.doubled); }
};
using Pages = state::Dictionary<Page>;
using PageWord = sql::Word<Page>;

/// An epoch: its arena, and a context.
struct Epoch {
  base::Arena arena;
  sql::Context context{arena};

  PageWord word(Pages& pages, const std::string& text) { return pages.find_or_add(context, Text(text)); }
  PageWord null(Pages& pages) { return pages.find_or_add(context, sql::kNull); }
};

/// Short and long ones.
std::vector<std::string> make_urls(size_t count) {
  std::vector<std::string> urls;
  for (size_t i = 0; i < count; ++i)
    urls.push_back((i % 2 ? "/" : "https://shop.example/products/") + std::to_string(i));
  return urls;
}

bool is_zero(const char* data, size_t size) {
  return std::all_of(data, data + size, [](char c) { return c == 0; });
}

bool is_aligned(const void* place, size_t alignment) {
  return reinterpret_cast<uintptr_t>(place) % alignment == 0;
}

}  // namespace

TEST_CASE("dictionary: a value is one word, whatever memory it was read from", "[state]") {
  Pages pages;
  Epoch epoch;
  const std::vector<std::string> urls = make_urls(5'000);
  std::vector<const Page*> words;
  for (const std::string& url : urls) {
    std::string read = url;
    words.push_back(epoch.word(pages, read).get());
    read.assign(read.size(), '?');  // The connector has its message back.
  }
  words.push_back(epoch.null(pages).get());
  epoch.arena.reset();
  CHECK(pages.size() == 5'001);
  std::set<uint32_t> numbers;
  for (size_t i = 0; i < urls.size(); ++i) {
    const PageWord word = epoch.word(pages, urls[i]);
    REQUIRE(word.get() == words[i]);
    REQUIRE(word->is_lasting());
    REQUIRE(word->text.value().view() == urls[i]);
    REQUIRE(word->doubled.value().view() == urls[i] + urls[i]);
    REQUIRE(word->hash == sql::hash(Text(urls[i])));
    REQUIRE(sql::hash(word) == sql::hash(Nullable<Text>(Text(urls[i]))));
    REQUIRE(word->number < 5'001);
    REQUIRE(pages.find_short(urls[i]) == (urls[i].size() <= sql::TextStart::kBytes ? words[i] : nullptr));
    numbers.insert(word->number);
  }
  const PageWord null = epoch.null(pages);
  CHECK(null.get() == words.back());
  CHECK(null->hash == sql::hash(Nullable<Text>()));
  numbers.insert(null->number);
  CHECK(numbers.size() == 5'001);
  CHECK(pages.find_short("/5000") == nullptr);
}

TEST_CASE("dictionary: beyond its bound words do not last, and are equal by their texts", "[state]") {
  Pages pages(3);
  Epoch epoch;
  for (const char* kept : {"a", "b", "c"}) CHECK(epoch.word(pages, kept)->is_lasting());
  const std::string url = "https://shop.example/products/17";
  const PageWord first = epoch.word(pages, url);
  const PageWord second = epoch.word(pages, url);
  CHECK_FALSE(first->is_lasting());
  CHECK(first.get() != second.get());
  CHECK(sql::identical(first, second));
  CHECK(sql::compare_total(first, second) == 0);
  CHECK(sql::hash(first) == sql::hash(second));
  CHECK(first->hash == sql::hash(Text(url)));
  CHECK(first->doubled.value().view() == url + url);
  CHECK_FALSE(sql::not_distinct(first, epoch.word(pages, "d")));
  CHECK(sql::compare_total(epoch.word(pages, "a"), epoch.word(pages, "d")) < 0);
  CHECK(epoch.word(pages, "b")->is_lasting());
  CHECK(pages.size() == 3);

  const PageWord null = epoch.null(pages);
  CHECK(null->number == 3);
  CHECK(epoch.null(pages).get() == null.get());
}

TEST_CASE("words in state: what does not last is copied and given back", "[state]") {
  Pages pages(1);
  base::Heap heap;
  Epoch epoch;
  const PageWord lasting = epoch.word(pages, "https://shop.example/products/1");
  CHECK(state::own(heap, lasting).get() == lasting.get());
  state::release(heap, lasting);
  heap.collect();
  CHECK(heap.used_bytes() == 0);

  std::vector<PageWord> owned;
  const std::vector<std::string> urls = make_urls(300);
  for (const std::string& url : urls) {
    std::string read = url;
    owned.push_back(state::own(heap, epoch.word(pages, read)));
    read.assign(read.size(), '?');
    epoch.arena.reset();
  }
  CHECK(heap.used_bytes() > 0);
  for (size_t i = 0; i < urls.size(); ++i) {
    REQUIRE(owned[i]->text.value().view() == urls[i]);
    REQUIRE(owned[i]->doubled.value().view() == urls[i] + urls[i]);
    REQUIRE(sql::not_distinct(owned[i], epoch.word(pages, urls[i])));
  }
  for (const PageWord& word : owned) state::release(heap, word);
  heap.collect();
  CHECK(heap.used_bytes() == 0);
}

TEST_CASE("dictionary: workers that add the same values get the same words", "[state]") {
  constexpr size_t kThreads = 4;
  const std::vector<std::string> urls = make_urls(10'000);
  Pages pages;
  std::vector<std::vector<const Page*>> words(kThreads);
  std::vector<std::unique_ptr<Epoch>> epochs;
  std::vector<std::thread> threads;
  std::barrier start(kThreads);
  for (size_t t = 0; t < kThreads; ++t) {
    epochs.push_back(std::make_unique<Epoch>());
    threads.emplace_back([&, t, epoch = epochs[t].get()] {
      start.arrive_and_wait();
      words[t].resize(urls.size());
      // Two in the same order, two in orders of their own.
      for (size_t i = 0; i < urls.size(); ++i) {
        const size_t at = i * (t < 2 ? 1 : 7 + 2 * t) % urls.size();
        words[t][at] = epoch->word(pages, urls[at]).get();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(pages.size() == urls.size());
  for (size_t t = 1; t < kThreads; ++t) REQUIRE((words[t] == words[0]));
  for (size_t i = 0; i < urls.size(); ++i) REQUIRE(words[0][i]->text.value().view() == urls[i]);
}

// Otherwise lists would have a value both by number and by text.
TEST_CASE("dictionary: while it fills up, workers agree on what lasts", "[state]") {
  constexpr size_t kThreads = 4, kRounds = 3'000, kBound = 8;
  const std::vector<std::string> urls = make_urls(12);
  std::vector<std::unique_ptr<Pages>> dictionaries;
  for (size_t round = 0; round < kRounds; ++round) dictionaries.push_back(std::make_unique<Pages>(kBound));
  std::vector<std::vector<uint32_t>> numbers(kThreads);
  std::vector<std::thread> threads;
  std::barrier start(kThreads);
  for (size_t t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      Epoch epoch;
      for (const auto& pages : dictionaries) {
        start.arrive_and_wait();
        for (const std::string& url : urls) numbers[t].push_back(epoch.word(*pages, url)->number);
        epoch.arena.reset();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (size_t t = 1; t < kThreads; ++t) REQUIRE((numbers[t] == numbers[0]));
  for (const auto& pages : dictionaries) REQUIRE(pages->size() == kBound);
}

TEST_CASE("word numbers: by word, and none for words that do not last", "[state]") {
  Pages pages(100);
  Epoch epoch;
  state::WordNumbers numbers;
  const std::vector<std::string> urls = make_urls(150);
  for (size_t i = urls.size(); i-- > 0;) CHECK(numbers.find(*epoch.word(pages, urls[i]).get()) == UINT32_MAX);
  for (size_t i = 0; i < urls.size(); ++i)
    numbers.set(*epoch.word(pages, urls[i]).get(), static_cast<uint32_t>(1'000 + i));
  numbers.set(*epoch.null(pages).get(), 7);
  size_t known = 0;
  for (size_t i = 0; i < urls.size(); ++i) {
    const PageWord word = epoch.word(pages, urls[i]);
    known += word->is_lasting();
    CHECK(numbers.find(*word.get()) == (word->is_lasting() ? 1'000 + i : state::HashIndex::kNone));
  }
  CHECK(known == 100);
  CHECK(numbers.find(*epoch.null(pages).get()) == 7);
  numbers.forget(*epoch.null(pages).get());
  CHECK(numbers.find(*epoch.null(pages).get()) == state::HashIndex::kNone);
}

namespace {

/// A list and what it should hold; NULL is "NULL".
struct ListAndModel {
  explicit ListAndModel(state::Blocks& blocks) : list(blocks) {}
  base::Heap heap;
  state::WordLists list;
  std::map<uint32_t, std::set<std::string>> model;
  size_t size = 0;

  void insert(uint32_t owner, const PageWord& word) {
    const std::string text(word->text.has_value() ? word->text.value().view() : "NULL");
    const bool is_new = model[owner].insert(text).second;
    size += is_new;
    REQUIRE(list.insert(heap, owner, word) == is_new);
    REQUIRE(list.size() == size);
  }
};

}  // namespace

TEST_CASE("word lists: few, many, of words without numbers, against sets", "[state]") {
  constexpr uint32_t kOwners = 3'000;
  const std::vector<std::string> urls = make_urls(400);
  Epoch epoch;
  std::mt19937 random(1);
  // All words last, half of them, none.
  for (const uint32_t bound : {1'000u, 200u, 0u}) {
    Pages pages(bound);
    state::Blocks blocks;
    const uint32_t other = blocks.attach(12, 4);
    ListAndModel first(blocks);
    ListAndModel second(blocks);
    for (int i = 0; i < 60'000; ++i) {
      // Few owners have most of the words.
      const uint32_t owner = random() % 3 ? random() % 5 : random() % kOwners;
      blocks.make_place(owner);
      ListAndModel& one = random() % 2 ? first : second;
      const bool is_null = random() % 50 == 0;
      one.insert(owner, is_null ? epoch.null(pages) : epoch.word(pages, urls[random() % urls.size()]));
      if (i % 100 == 0) epoch.arena.reset();
    }
    CHECK(first.model[0].size() > 300);
    for (uint32_t owner = 0; owner < blocks.places(); ++owner)
      REQUIRE(is_zero(blocks.at(owner) + other, 12));  // Lists keep to themselves.
  }
}

TEST_CASE("word lists: every length up to beyond a list's capacity, and the greatest number", "[state]") {
  Pages pages;
  Epoch epoch;
  const std::vector<std::string> urls = make_urls(Pages::kMaxWords + 10);
  for (const std::string& url : urls) epoch.word(pages, url);
  CHECK(epoch.null(pages)->number == Pages::kMaxWords);  // A list's mark is one more and has 16 bits.
  for (const size_t beside : {0, 10, 40, 63}) {
    state::Blocks blocks;
    blocks.attach(beside, 1);
    ListAndModel pair(blocks);
    for (uint32_t owner = 0; owner < 70; ++owner) {
      blocks.make_place(owner);
      pair.insert(owner, epoch.null(pages));
      for (size_t i = 0; i < owner; ++i) pair.insert(owner, epoch.word(pages, urls[urls.size() - 1 - i]));
      for (size_t i = 0; i < owner; ++i) pair.insert(owner, epoch.word(pages, urls[i]));
      for (size_t i = 0; i < owner; ++i) pair.insert(owner, epoch.word(pages, urls[urls.size() - 1 - i]));
      pair.insert(owner, epoch.null(pages));
    }
  }
}

TEST_CASE("blocks: parts lie apart and aligned, places stay, memory is zero", "[state]") {
  struct Shape {
    size_t bytes, alignment;
  };
  // The third has a part of a 16-byte alignment and an odd number of words; the last has blocks of more
  // than 2 MiB.
  using Layout = std::vector<Shape>;
  const std::vector<Layout> layouts = {
      {{1, 1}},          {{3, 1}, {8, 8}, {2, 2}}, {{32, 16}, {8, 8}},       {{8, 8}, {16, 16}, {1, 1}},
      {{60, 4}, {8, 8}}, {{64, 64}, {4, 4}},       {{1'000, 8}, {1'500, 16}}};
  for (const Layout& layout : layouts) {
    state::Blocks blocks;
    CHECK(blocks.bytes() == 0);
    std::vector<uint32_t> offsets;
    for (const Shape& shape : layout) offsets.push_back(blocks.attach(shape.bytes, shape.alignment));
    std::vector<char*> places;
    for (uint32_t number = 0; number < 9'000; ++number) {
      blocks.make_place(number);
      REQUIRE(blocks.places() == number + 1);
      places.push_back(blocks.at(number));
      for (size_t part = 0; part < layout.size(); ++part) {
        char* place = blocks.at(number) + offsets[part];
        REQUIRE(is_aligned(place, layout[part].alignment));
        REQUIRE(is_zero(place, layout[part].bytes));
        std::memset(place, static_cast<int>(1 + (number + part) % 100), layout[part].bytes);
      }
    }
    for (uint32_t number = 0; number < 9'000; ++number) {
      REQUIRE(blocks.at(number) == places[number]);
      for (size_t part = 0; part < layout.size(); ++part) {
        const char* place = blocks.at(number) + offsets[part];
        const std::string expected(layout[part].bytes, static_cast<char>(1 + (number + part) % 100));
        REQUIRE(std::memcmp(place, expected.data(), expected.size()) == 0);
      }
    }
    CHECK(blocks.bytes() >= 9'000 * layout[0].bytes);
  }
}

TEST_CASE("blocks: a part up to the end of a cache line; places by leaps", "[state]") {
  state::Blocks blocks;
  blocks.attach(20, 4);
  const state::Blocks::Part part = blocks.attach_to_line(50, 2);
  CHECK(part.offset == 20);
  CHECK(part.bytes == 108);
  CHECK(blocks.attach(8, 8) == 128);
  blocks.make_place(5'000);
  for (const uint32_t number : {0u, 1'023u, 1'024u, 5'000u}) CHECK(is_zero(blocks.at(number), 136));
}

namespace {

struct Counted {
  static inline int alive = 0;
  Counted() { ++alive; }
  Counted(const Counted&) = delete;
  ~Counted() { --alive; }

  uint64_t value = 5;
  uint32_t touched_epoch = 0;
};

struct Wide {
  __int128 sum = 0;
  uint64_t count = 0;
  uint32_t touched_epoch = 0;
};

}  // namespace

TEST_CASE("records: numbers are used again after recycle, and visited in order", "[state]") {
  {
    state::Blocks blocks;
    state::Records<Counted> records(blocks);
    std::vector<Counted*> places;
    for (uint32_t i = 0; i < 5'000; ++i) {
      REQUIRE_FALSE(records.has(i));
      REQUIRE(records.add() == i);
      REQUIRE_FALSE(records.has(i));  // Not before the caller has touched it.
      REQUIRE(records[i].value == 5);
      records[i].value = i;
      records[i].touched_epoch = 1;
      places.push_back(&records[i]);
    }
    CHECK(records.size() == 5'000);
    CHECK(Counted::alive == 5'000);
    for (uint32_t i = 0; i < 5'000; i += 3) records.erase(i);
    CHECK(Counted::alive == static_cast<int>(records.size()));
    uint32_t expected = 1;
    records.for_each([&](uint32_t number, Counted& record) {
      REQUIRE(number == expected);
      REQUIRE(record.value == number);
      REQUIRE(&record == places[number]);
      expected += expected % 3 == 1 ? 1 : 2;
    });
    CHECK(expected == 5'000);

    // Erased and not recycled: consumers may still refer to it.
    CHECK(records.add() == 5'000);
    records[5'000].touched_epoch = 1;
    records.recycle(3);
    records.recycle(0);
    std::set<uint32_t> reused;
    for (int i = 0; i < 2; ++i) {
      const uint32_t number = records.add();
      reused.insert(number);
      CHECK(records[number].value == 5);
      records[number].touched_epoch = 2;
    }
    CHECK(reused == std::set<uint32_t>{0, 3});
    CHECK(records.add() == 5'001);
    records[5'001].touched_epoch = 2;
    CHECK(Counted::alive == static_cast<int>(records.size()));
  }
  CHECK(Counted::alive == 0);
}

TEST_CASE("records: several beside each other in a place", "[state]") {
  {
    state::Blocks blocks;
    state::Records<Wide> parents(blocks);
    state::Records<Counted> children(blocks);
    blocks.attach(8, 8);
    for (uint32_t i = 0; i < 3'000; ++i) {
      const uint32_t number = parents.add();
      parents[number].sum = -static_cast<__int128>(number);
      parents[number].touched_epoch = 1;
      REQUIRE(is_aligned(&parents[number], alignof(Wide)));
      REQUIRE_FALSE(children.has(number));
      if (number % 2) continue;
      children.add_at(number).value = number;
      children[number].touched_epoch = 1;
      children.prefetch(number);
      REQUIRE(children.has(number));
    }
    CHECK(parents.size() == 3'000);
    CHECK(children.size() == 1'500);
    CHECK_FALSE(children.has(3'000));
    for (uint32_t i = 0; i < 3'000; ++i) REQUIRE(parents[i].sum == -static_cast<__int128>(i));
    uint32_t expected = 0;
    children.for_each([&](uint32_t number, Counted& child) {
      REQUIRE(number == expected);
      REQUIRE(child.value == number);
      expected += 2;
    });
  }
  CHECK(Counted::alive == 0);
}

TEST_CASE("zeroed pages: zero and aligned at every size", "[state]") {
  constexpr size_t kHuge = base::kHugePageBytes;
  for (const size_t bytes :
       {size_t{1}, size_t{64}, size_t{100}, size_t{70'000}, kHuge - 1, kHuge, kHuge + 1, 3 * kHuge - 100}) {
    for (int again = 0; again < 3; ++again) {  // In memory that was used, too.
      base::ZeroedPages pages(bytes);
      REQUIRE(is_aligned(pages.data(), bytes < kHuge ? 64 : kHuge));
      REQUIRE(is_zero(pages.data(), bytes));
      std::memset(pages.data(), 0x5a, bytes);
      const char* data = pages.data();
      const base::ZeroedPages moved = std::move(pages);
      REQUIRE(moved.data() == data);
      REQUIRE(moved.data()[bytes - 1] == 0x5a);
    }
  }
}

TEST_CASE("nullable points in time: 8 bytes, and NULL is no value of the type", "[state]") {
  static_assert(sizeof(Nullable<Timestamptz>) == 8);
  static_assert(sizeof(Nullable<sql::Timestamp>) == 8);
  static_assert(!Nullable<Timestamptz>().has_value());
  static_assert(Nullable<Timestamptz>(Timestamptz::infinity()).has_value());
  static_assert(Nullable<Timestamptz>(Timestamptz::minus_infinity()).has_value());
  static_assert(!sql::timestamp_in_range(Timestamptz::null_mark().micros));
  static_assert(Timestamptz::null_mark() != Timestamptz::minus_infinity());

  Epoch epoch;
  const auto read = [&](std::string_view text) {
    const Nullable<Timestamptz> value = sql::text_to_timestamptz(epoch.context, Text(text));
    REQUIRE_FALSE(epoch.context.failed());
    REQUIRE(value.has_value());
    REQUIRE(Nullable<sql::Timestamp>(sql::text_to_timestamp(epoch.context, Text(text))).has_value());
    return value.value();
  };
  CHECK(read("infinity") == Timestamptz::infinity());
  CHECK(read("-infinity") == Timestamptz::minus_infinity());
  CHECK(read("4714-11-24 00:00:00+00 BC") == Timestamptz{sql::kMinTimestampMicros});
  CHECK(read("294276-12-31 23:59:59.999999+00") == Timestamptz{sql::kEndTimestampMicros - 1});
  for (const std::string_view beyond : {"4714-11-23 23:59:59.999999+00 BC", "294277-01-01 00:00:00+00",
                                        "292277-01-10 04:00:54.224193+00 BC"}) {
    (void)sql::text_to_timestamptz(epoch.context, Text(beyond));
    CHECK(epoch.context.failed());
    epoch.context.clear_error();
  }
  CHECK_FALSE(
      sql::not_distinct(Nullable<Timestamptz>(), Nullable<Timestamptz>(Timestamptz::minus_infinity())));
}
