// A deterministic clickstream: an endless sequence of NDJSON lines with the nine columns of the clickstream
// pipeline in declaration order. The same options give the same bytes, and a longer run begins with a shorter
// one.
//
// Visitors follow a simple model of a shop: sessions of 1 to 30 events that interleave, pages by popularity,
// carts and purchases with the probabilities of a shop, some events delivered minutes late. The number of
// sessions that are open at once grows with the stream up to a bound, so that short streams have whole
// sessions, too.
#pragma once

#include <cstddef>
#include <cstdint>
#include <queue>
#include <string>
#include <vector>

#include "bench/generator/random.h"
#include "bench/generator/site.h"

namespace sqlmill::bench {

struct GeneratorOptions {
  uint64_t seed = 1;
  uint32_t users = 100'000;
  uint32_t pages = 1'000;
  uint32_t events_per_session_max = 30;
  double session_goes_on_percent = 88;  // After each of its events.
  double late_percent = 2;
  double utm_percent =
      0;  // Of sessions: those that a campaign brings, its utm parameters in their first page_url.
  uint32_t open_sessions_max = 50'000;
  uint32_t zipf_sessions =
      0;  // If not 0: each event is of one of so many sessions, by Zipf's law (exponent 1).
};

class EventGenerator {
 public:
  /// No line is longer, its newline included.
  static constexpr size_t kLineBytesMax = 512;

  explicit EventGenerator(const GeneratorOptions& options);

  /// Writes the next line at `out`, which has room for kLineBytesMax, and returns its length.
  size_t write_next(char* out);

  /// Appends the next line to `buffer`.
  void append_next(std::string& buffer);

 private:
  enum class EventType : uint8_t { kPageView, kClick, kAddToCart, kPurchase };

  struct Session {
    uint64_t number;
    uint32_t user;
    uint32_t page;
    uint16_t events_left;
    uint8_t device;
    uint8_t country;
    uint8_t external_referrer;
    bool started;
    bool has_cart;
  };

  struct Event {
    uint64_t number;
    uint64_t session;
    int64_t time_ms;
    uint32_t user;
    uint32_t page;
    uint32_t referrer;
    uint8_t device;
    uint8_t country;
    EventType type;
    bool has_external_referrer;
    bool has_campaign;
    uint8_t campaign;
  };

  struct Delayed {
    int64_t delivery_ms;
    Event event;
    bool operator>(const Delayed& other) const {
      return delivery_ms != other.delivery_ms ? delivery_ms > other.delivery_ms
                                              : event.number > other.event.number;
    }
  };

  Session open_session();
  uint16_t draw_session_length();
  void open_more_sessions();
  void give_to_zipf_session(Event& event);
  Event next_event();
  void act(Session& session, Event& event);
  size_t write(const Event& event, char* out);
  char* write_time(int64_t time_ms, char* out);

  GeneratorOptions options_;
  Site site_;
  Random random_;
  uint32_t late_parts_;
  uint32_t utm_parts_;
  int64_t clock_us_;
  uint64_t events_ = 0;
  uint64_t sessions_ = 0;
  std::vector<Session> open_;
  std::priority_queue<Delayed, std::vector<Delayed>, std::greater<>> delayed_;
  int64_t formatted_second_ = -1;
  char formatted_time_[32];
};

}  // namespace sqlmill::bench
