// hot_page dirty | grow [--repeat N]
//
// What a checkpoint a second has to write of a distinct set that grows, and how its table grows without a
// pause.
//
//   dirty  users of 1,000 pages, one of which collects two million in five seconds, then five seconds in
//          which 19 of 20 events name a user that the page knows: for each way to keep the set, the bytes
//          that a checkpoint each second writes, the time of an event and the memory of a pair
//   grow   16 million insertions into the tables of the runtime, which grow in steps
#include <fmt/format.h>

#include <array>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "bench/generator/random.h"
#include "bench/micro/measure.h"
#include "bench/micro/page_sets.h"
#include "runtime/sql/hash.h"
#include "runtime/state/hash_index.h"

namespace sqlmill::bench::micro {
namespace {

using rt::state::HashIndex;

constexpr size_t kEventsASecond = 1'000'000;
constexpr int kBurstSeconds = 5;
constexpr int kSeconds = 10;

// ---- The events ----

/// Pages by Zipf's law.
class Pages {
 public:
  Pages() {
    double sum = 0;
    for (uint32_t i = 0; i < kPages; ++i) below_[i] = sum += 1.0 / (i + 1);
  }
  uint32_t draw(Random& random) const {
    const double at = static_cast<double>(random.next() >> 11) * 0x1p-53 * below_.back();
    return static_cast<uint32_t>(std::upper_bound(below_.begin(), below_.end(), at) - below_.begin());
  }

 private:
  std::array<double, kPages> below_{};
};

/// A second of events after another. In the burst 4 of 10 are of a new user on the hottest page. Of the
/// others 1 of 20 is by a new user or one whom the page may not know, and the rest repeat what was there.
std::vector<Pair> make_events() {
  Random random(1);
  const Pages pages;
  std::vector<Pair> seen{{0, 0}}, events;
  uint32_t users = 1;
  events.reserve(kSeconds * kEventsASecond);
  for (size_t i = 0; i < kSeconds * kEventsASecond; ++i) {
    const bool in_burst = i < kBurstSeconds * kEventsASecond;
    if (in_burst && random.below(10) < 4) {
      seen.push_back({0, users++});
      events.push_back(seen.back());
    } else if (random.below(20) == 0) {
      const uint32_t user = random.below(2) == 0 ? users++ : random.below(users);
      seen.push_back({pages.draw(random), user});
      events.push_back(seen.back());
    } else {
      events.push_back(seen[random.below(static_cast<uint32_t>(seen.size()))]);
    }
  }
  return events;
}

// ---- What a checkpoint writes ----

struct Half {  // The burst, or what follows.
  std::vector<double> ns_an_event;
  std::vector<double> dirty_mib;
  std::vector<double> pairs;
};

template <class Set>
void measure_dirty(const std::vector<Pair>& events, int repeat) {
  Half halves[2];
  double bytes_a_pair = 0;
  for (int run = 0; run < repeat; ++run) {
    Set set;
    for (int second = 0; second < kSeconds; ++second) {
      Half& half = halves[second >= kBurstSeconds];
      const size_t before = set.pairs();
      const int64_t start = cpu_ns();
      const Pair* at = &events[static_cast<size_t>(second) * kEventsASecond];
      for (size_t i = 0; i < kEventsASecond; i += kChunk) set.add(at + i, kChunk);
      const int64_t end = cpu_ns();
      half.dirty_mib.push_back(static_cast<double>(set.checkpoint()) / (1 << 20));
      half.ns_an_event.push_back(static_cast<double>(end - start) / kEventsASecond);
      half.pairs.push_back(static_cast<double>(set.pairs() - before));
    }
    bytes_a_pair = static_cast<double>(set.bytes()) / static_cast<double>(set.pairs());
  }
  fmt::print("{:36}", Set::kName);
  for (const Half& half : halves) {
    fmt::print("{:9.0f} {:9.2f} {:9.2f} {:7.1f}", median(half.pairs), median(half.dirty_mib),
               percentile(half.dirty_mib, 1), median(half.ns_an_event));
  }
  fmt::print("{:10.1f}\n", bytes_a_pair);
}

void run_dirty(int repeat) {
  const std::vector<Pair> events = make_events();
  fmt::print("{:36}{:>37}{:>37}\n", "", "burst, a second", "afterwards, a second");
  fmt::print("{:36}{:>37}{:>37}{:>10}\n", "", "new pairs  MiB 50%   MiB max ns/event",
             "new pairs  MiB 50%   MiB max ns/event", "B/pair");
  measure_dirty<LoggedWords>(events, repeat);
  measure_dirty<DirtyBlocks>(events, repeat);
  measure_dirty<SetsInRecords>(events, repeat);
  measure_dirty<ListsByUser>(events, repeat);
}

// ---- Tables that grow ----

constexpr size_t kWords = 16'000'000;

struct Set {
  WordSet set;
  void add(const uint64_t* words) {
    for (size_t i = 0; i < kChunk; ++i) set.prefetch(words[i]);
    for (size_t i = 0; i < kChunk; ++i) set.insert(words[i]);
  }
};

struct Index {
  HashIndex index;
  uint32_t records = 0;
  void add(const uint64_t* words) {
    for (size_t i = 0; i < kChunk; ++i) index.prefetch(rt::sql::hash_word(words[i]));
    for (size_t i = 0; i < kChunk; ++i) {
      const uint64_t hash = rt::sql::hash_word(words[i]);
      if (index.candidate(hash) == HashIndex::kNone) index.insert(hash, records++);
    }
  }
};

template <class Table>
void measure_growth(std::string_view name, const std::vector<uint64_t>& words, int repeat) {
  std::vector<double> ns, longest_ms, over;
  for (int run = 0; run < repeat; ++run) {
    Table table;
    int64_t longest = 0, total = 0;
    size_t chunks_over = 0;
    int64_t before = cpu_ns();
    for (size_t i = 0; i < words.size(); i += kChunk) {
      table.add(&words[i]);
      const int64_t now = cpu_ns();
      longest = std::max(longest, now - before);
      chunks_over += now - before > 1'000'000;
      total += now - before;
      before = now;
    }
    ns.push_back(static_cast<double>(total) / static_cast<double>(words.size()));
    longest_ms.push_back(static_cast<double>(longest) * 1e-6);
    over.push_back(static_cast<double>(chunks_over));
  }
  fmt::print("{:36}{:12.1f} {:12.2f} {:12.2f} {:12.0f}\n", name, median(ns), median(longest_ms),
             percentile(longest_ms, 1), median(over));
}

void run_growth(int repeat) {
  std::vector<uint64_t> words(kWords);
  Random random(3);
  for (uint64_t& word : words) word = random.next() >> 12;
  fmt::print("{:36}{:>12} {:>12} {:>12} {:>12}\n", "", "ns/insertion", "longest ms", "worst run",
             "over 1 ms");
  measure_growth<Set>("set", words, repeat);
  measure_growth<Index>("index", words, repeat);
}

}  // namespace
}  // namespace sqlmill::bench::micro

int main(int argc, char** argv) {
  using namespace sqlmill::bench::micro;
  const std::string_view what = argc > 1 ? argv[1] : "";
  const int repeat =
      argc == 4 && std::string_view(argv[2]) == "--repeat" ? std::max(1, std::atoi(argv[3])) : 3;
  if (what == "dirty") {
    run_dirty(repeat);
  } else if (what == "grow") {
    run_growth(repeat);
  } else {
    fmt::print(stderr, "usage: hot_page dirty|grow [--repeat N]\n");
    std::exit(2);
  }
}
