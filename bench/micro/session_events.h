// Events of sessions, prepared ahead so that making them is not measured.
#pragma once

#include <cstdint>
#include <vector>

#include "bench/generator/random.h"
#include "bench/micro/session_state.h"

namespace sqlmill::bench::micro {

/// kSessions: as in the clickstream generator, 50,000 sessions are open at a time, have 8 events on average,
/// and end. kReturning: every event is of any of 1.3 million sessions, which never end. The first is what a
/// stream of sessions does, the second the worst that a pin can meet.
enum class Arrival : uint8_t { kSessions, kReturning };

inline constexpr uint32_t kSessions = 1'300'000;
inline constexpr uint32_t kEventsPerSession = 8;

class SessionEvents {
 public:
  explicit SessionEvents(Arrival arrival) : arrival_(arrival) {
    for (uint32_t i = 0; i < kOpen; ++i) open_.push_back(new_session());
  }

  std::vector<Event> next(size_t count) {
    std::vector<Event> events(count);
    for (Event& event : events) event = next_event();
    return events;
  }

 private:
  static constexpr uint32_t kOpen = 50'000;
  static constexpr uint32_t kPart = 65'536;

  struct Open {
    uint32_t session;
    uint32_t events_left;
  };

  Open new_session() {
    uint32_t events = 1;
    while (events < 30 && random_.chance(kPart * 88 / 100)) ++events;
    return {sessions_++, events};
  }

  Event next_event() {
    Event event{};
    if (arrival_ == Arrival::kReturning) {
      event.session = random_.below(kSessions);
      event.deletes = random_.below(100 * kEventsPerSession) == 0;
    } else {
      Open& open = open_[random_.below(kOpen)];
      event.session = open.session;
      if (--open.events_left == 0) {
        event.deletes = random_.below(100) == 0;
        open = new_session();
      }
    }
    event.hash = rt::sql::hash_word(event.session);
    event.value = static_cast<uint16_t>(random_.below(1000));
    event.kind = static_cast<uint8_t>(random_.below(4));
    return event;
  }

  Arrival arrival_;
  Random random_{1};
  std::vector<Open> open_;
  uint32_t sessions_ = 0;
};

}  // namespace sqlmill::bench::micro
