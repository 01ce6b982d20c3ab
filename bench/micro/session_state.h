// Records of a session each, changed by one thread, with epochs, pins and versions: what a keyed operator
// would keep if its records could be read as of a pinned epoch.
//
// A record's `touched` is the epoch that changed it last. At the first change in an epoch its old state is
// saved if a live pin can see it, which is one comparison: a pin is never newer than the last sealed epoch,
// so if touched <= newest pin, that pin sees the record as it is, and otherwise none does.
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <vector>

#include "bench/micro/versions.h"

namespace sqlmill::bench::micro {

struct Event {
  uint64_t hash;  // Of the session.
  uint32_t session;
  uint16_t value;
  uint8_t kind;
  bool deletes;  // Takes the session out of the view.
};

struct Stamps {
  uint32_t touched = 0;
  uint32_t birth = 0;
};

/// Two cache lines, both changed by every event.
struct Session : Stamps {
  uint64_t key;
  uint32_t newest_version;
  uint32_t events;
  int64_t sum;
  int64_t min;
  int64_t max;
  uint32_t kinds[4];
  uint32_t by_value[14];
  uint32_t flags;
  uint32_t is_deleted;
};
static_assert(sizeof(Session) == 128);

/// What the records of one epoch sum up to.
struct Totals {
  int64_t records = 0;
  int64_t events = 0;
  int64_t sum = 0;
  bool operator==(const Totals&) const = default;
};

enum class StampsPlace : uint8_t { kInRecord, kBeside };

template <StampsPlace kStamps, Links kLinks>
class SessionState {
 public:
  static constexpr size_t kChunk = 64;

  explicit SessionState(size_t version_budget_bytes = SIZE_MAX) : budget_(version_budget_bytes) {}

  void consume(const Event* events, size_t count) {
    for (size_t begin = 0; begin < count; begin += kChunk) {
      consume_chunk(events + begin, std::min(kChunk, count - begin));
    }
  }

  /// Ends the epoch; what readers see is this one from here on.
  void seal() {
    dirty_.clear();
    ++epoch_;
    while (!deleted_.empty() && (pins_.empty() || deleted_.front().epoch <= pins_.front())) {
      const Deleted gone = deleted_.front();
      deleted_.pop_front();
      Session& session = sessions_[gone.number];
      // A session that came back has its record again.
      if (!session.is_deleted || stamps(gone.number).touched != gone.epoch) continue;
      stamps(gone.number).touched = 0;
      index_.erase(rt::sql::hash_word(session.key), gone.number);
      free_.push_back(gone.number);
    }
    if (versions_.bytes() > budget_ && !pins_.empty()) {
      ++pins_lost_;
      unpin(pins_.front());
    }
  }

  uint32_t sealed() const { return epoch_ - 1; }
  uint32_t pin() {
    if (pins_.empty() || pins_.back() != sealed()) pins_.push_back(sealed());
    return sealed();
  }
  void unpin(uint32_t pin) {
    std::erase(pins_, pin);
    if (pins_.empty()) {
      versions_.clear();
    } else {
      versions_.trim(pins_.front());
    }
  }
  bool is_pinned(uint32_t pin) const { return std::find(pins_.begin(), pins_.end(), pin) != pins_.end(); }

  /// The record as of the sealed or pinned epoch, or null.
  const Session* as_of(uint32_t number, uint32_t epoch, bool uses_birth = true) const {
    const Session* session = &sessions_[number];
    const Stamps& stamps = this->stamps(number);
    if (stamps.touched > epoch) {
      if (uses_birth && stamps.birth > epoch) return nullptr;
      session = versions_.find(*session, number, epoch);
    }
    return session && !session->is_deleted ? session : nullptr;
  }
  uint32_t find(uint64_t hash, uint64_t key) const {
    return index_.find(hash, [&](uint32_t number) { return sessions_[number].key == key; });
  }
  void prefetch(uint32_t number) const {
    sessions_.prefetch(number);
    if constexpr (kStamps == StampsPlace::kBeside) stamps_.prefetch(number);
  }

  /// Records have the numbers below this one; some are unused or deleted.
  uint32_t end() const { return static_cast<uint32_t>(sessions_.size()); }
  const Totals& totals() const { return totals_; }
  uint64_t touches() const { return touches_; }
  uint64_t versions_saved() const { return versions_saved_; }
  size_t version_bytes() const { return versions_.bytes(); }
  size_t lingering() const { return deleted_.size(); }
  uint64_t pins_lost() const { return pins_lost_; }

  /// The records that changed since the last call.
  size_t take_changed() {
    const size_t count = changed_.size();
    changed_.clear();
    checkpoint_ = sealed();
    return count;
  }

 private:
  struct Deleted {
    uint32_t number;
    uint32_t epoch;
  };

  Stamps& stamps(uint32_t number) {
    if constexpr (kStamps == StampsPlace::kInRecord) {
      return sessions_[number];
    } else {
      return stamps_[number];
    }
  }
  const Stamps& stamps(uint32_t number) const { return const_cast<SessionState*>(this)->stamps(number); }

  void consume_chunk(const Event* events, size_t count) {
    uint32_t numbers[kChunk];
    for (size_t i = 0; i < count; ++i) index_.prefetch(events[i].hash);
    for (size_t i = 0; i < count; ++i) {
      numbers[i] = index_.candidate(events[i].hash);
      if (numbers[i] != HashIndex::kNone) prefetch(numbers[i]);
    }
    if (!pins_.empty()) {
      for (size_t i = 0; i < count; ++i) {
        if (numbers[i] != HashIndex::kNone) versions_.prefetch(numbers[i]);
      }
    }
    const uint32_t newest_pin = pins_.empty() ? 0 : pins_.back();
    for (size_t i = 0; i < count; ++i) {
      const uint32_t number = find_or_add(events[i]);
      Stamps& stamps = this->stamps(number);
      if (stamps.touched != epoch_) touch(number, stamps, newest_pin);
      apply(number, events[i]);
    }
  }

  void touch(uint32_t number, Stamps& stamps, uint32_t newest_pin) {
    if (stamps.touched <= newest_pin && stamps.touched != 0) {
      versions_.save(sessions_[number], number, epoch_, stamps.touched);
      ++versions_saved_;
    }
    if (stamps.touched <= checkpoint_) changed_.push_back(number);
    stamps.touched = epoch_;
    dirty_.push_back(number);
    ++touches_;
  }

  uint32_t find_or_add(const Event& event) {
    uint32_t number = find(event.hash, event.session);
    if (number != HashIndex::kNone) {
      if (sessions_[number].is_deleted) come_back(number);
      return number;
    }
    if (free_.empty()) {
      number = sessions_.add();
      if constexpr (kStamps == StampsPlace::kBeside) stamps_.add();
    } else {
      number = free_.back();
      free_.pop_back();
    }
    Session& session = sessions_[number];
    session = Session{};
    session.key = event.session;
    session.min = INT64_MAX;
    session.max = INT64_MIN;
    stamps(number) = {.touched = 0, .birth = epoch_};
    index_.insert(event.hash, number);
    ++totals_.records;
    return number;
  }

  /// A deleted session that a reader may still see has an event again: it begins anew in its old record.
  void come_back(uint32_t number) {
    Session& session = sessions_[number];
    Stamps& stamps = this->stamps(number);
    if (stamps.touched != epoch_) touch(number, stamps, pins_.empty() ? 0 : pins_.back());
    Session fresh{};
    static_cast<Stamps&>(fresh) = session;
    fresh.key = session.key;
    fresh.newest_version = session.newest_version;
    fresh.min = INT64_MAX;
    fresh.max = INT64_MIN;
    session = fresh;
    ++totals_.records;
  }

  void apply(uint32_t number, const Event& event) {
    Session& session = sessions_[number];
    if (event.deletes) {
      --totals_.records;
      totals_.events -= session.events;
      totals_.sum -= session.sum;
      session.is_deleted = 1;
      deleted_.push_back({number, epoch_});
      return;
    }
    ++session.events;
    session.sum += event.value;
    session.min = std::min<int64_t>(session.min, event.value);
    session.max = std::max<int64_t>(session.max, event.value);
    ++session.kinds[event.kind];
    ++session.by_value[event.value % 14];
    session.flags |= 1u << event.kind;
    ++totals_.events;
    totals_.sum += event.value;
  }

  HashIndex index_;
  Slab<Session> sessions_;
  Slab<Stamps> stamps_;
  Versions<Session, kLinks> versions_;
  std::vector<uint32_t> pins_;     // Oldest first.
  std::vector<uint32_t> dirty_;    // Changed in this epoch,
  std::vector<uint32_t> changed_;  // and since the last checkpoint.
  std::deque<Deleted> deleted_;    // Oldest first; their records stay while a pin may see them.
  std::vector<uint32_t> free_;
  size_t budget_;
  uint32_t epoch_ = 1;
  uint32_t checkpoint_ = 0;
  Totals totals_;
  uint64_t touches_ = 0;
  uint64_t versions_saved_ = 0;
  uint64_t pins_lost_ = 0;
};

}  // namespace sqlmill::bench::micro
