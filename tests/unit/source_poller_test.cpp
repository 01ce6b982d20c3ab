#if __has_include(<catch2/catch_test_macros.hpp>)
#include <catch2/catch_test_macros.hpp>
#else
#include <catch2/catch.hpp>
#endif

#include <unistd.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "runtime/engine/source_poller.h"

using namespace sqlmill::rt;
using namespace sqlmill::rt::engine;

namespace {

class FakeSource : public Source {
 public:
  FakeSource(size_t available, bool ends) : available_(available), ends_(ends) {}

  size_t poll(std::vector<RawRecord>& records, const Bounds& bounds) override {
    const size_t count = std::min({bounds.records, (bounds.bytes - 1) / kBytes + 1, available_});
    records.resize(records.size() + count);
    available_ -= count;
    lent += count;
    return count * kBytes;
  }
  Wake wake() const override { return when; }
  void release() override { lent = 0; }
  Offsets next_offsets() const override { return next; }
  Offsets known_ends() const override { return ends; }
  bool reached_end() const override { return ends_ && available_ == 0; }

  static constexpr size_t kBytes = 100;  // A record.
  Wake when;
  size_t lent = 0;
  Offsets next, ends;

 private:
  size_t available_;
  bool ends_;
};

}  // namespace

TEST_CASE("how far sources are: an end that was passed is where they are, one that is not known is none") {
  auto one = std::make_unique<FakeSource>(0, false);
  one->next = {{0, 7}, {1, 5}, {4, 2}};
  one->ends = {{0, 10}, {1, 3}};
  SourcePoller poller(false);
  poller.add(3, std::make_unique<FakeSource>(0, false));
  poller.add(2, std::move(one));
  const std::vector<SourceProgress> progress = poller.progress();
  REQUIRE(progress.size() == 3);
  const auto is = [&](size_t i, int32_t partition, int64_t next, std::optional<int64_t> end) {
    return progress[i].input == 2 && progress[i].partition == partition && progress[i].next == next &&
           progress[i].end == end;
  };
  CHECK(is(0, 0, 7, 10));
  CHECK(is(1, 1, 5, 5));
  CHECK(is(2, 4, 2, std::nullopt));
}

TEST_CASE("sources share an epoch, and what one does not use another one gets") {
  SourcePoller poller(false);
  poller.add(0, std::make_unique<FakeSource>(1'000, true));
  poller.add(1, std::make_unique<FakeSource>(10, true));
  poller.add(2, std::make_unique<FakeSource>(0, false));
  size_t by_input[3] = {};
  size_t total = 0;
  for (const InputBatch& batch : poller.poll({300}, std::chrono::milliseconds(1))) {
    by_input[batch.input] += batch.records.size();
    total += batch.records.size();
  }
  CHECK(total <= 300);
  CHECK(by_input[0] == 290);
  CHECK(by_input[1] == 10);
  CHECK_FALSE(poller.reached_end());
  poller.release();
}

TEST_CASE("what every source holds is delivered") {
  SourcePoller poller(true);
  poller.add(0, std::make_unique<FakeSource>(5'000, true));
  poller.add(1, std::make_unique<FakeSource>(7, true));
  size_t total = 0;
  for (int i = 0; i < 20 && !poller.reached_end(); ++i) {
    for (const InputBatch& batch : poller.poll({1'000}, std::chrono::milliseconds(1)))
      total += batch.records.size();
    poller.release();
  }
  CHECK(total == 5'007);
  CHECK(poller.reached_end());
  CHECK(poller.poll({1'000}, std::chrono::milliseconds(1)).empty());
}

TEST_CASE("an epoch is bounded by bytes, too, and they are shared") {
  SourcePoller poller(false);
  poller.add(0, std::make_unique<FakeSource>(1'000, true));
  poller.add(1, std::make_unique<FakeSource>(10, true));
  size_t by_input[2] = {};
  for (const InputBatch& batch : poller.poll({1'000, 50 * FakeSource::kBytes}, std::chrono::milliseconds(1)))
    by_input[batch.input] += batch.records.size();
  CHECK(by_input[0] == 40);
  CHECK(by_input[1] == 10);
}

TEST_CASE("one event is an epoch, and nobody waits for more") {
  SourcePoller poller(false);
  poller.add(0, std::make_unique<FakeSource>(0, false));
  poller.add(1, std::make_unique<FakeSource>(1, false));
  const auto batches = poller.poll({1'000}, std::chrono::hours(1));  // A test that waits never ends.
  REQUIRE(batches.size() == 1);
  CHECK(batches[0].input == 1);
}

TEST_CASE("any source wakes the poller, by its descriptor or by its time") {
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  REQUIRE(::write(ends[1], "x", 1) == 1);
  for (const bool by_descriptor : {true, false}) {
    SourcePoller poller(false);
    auto waking = std::make_unique<FakeSource>(0, false);
    if (by_descriptor) {
      waking->when.descriptor = ends[0];
    } else {
      waking->when.time = std::chrono::steady_clock::now();
    }
    poller.add(0, std::make_unique<FakeSource>(0, false));
    poller.add(1, std::move(waking));
    CHECK(poller.poll({100}, std::chrono::hours(1)).empty());
  }
  ::close(ends[0]);
  ::close(ends[1]);
}

TEST_CASE("at the end nothing is waited for") {
  SourcePoller poller(true);
  poller.add(0, std::make_unique<FakeSource>(0, true));
  CHECK(poller.poll({100}, std::chrono::hours(1)).empty());
  CHECK(poller.reached_end());
}
