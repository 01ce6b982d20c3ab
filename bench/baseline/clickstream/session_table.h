// What the views keep of sessions and users: rows of whole cache lines.
//
// Three views group by session: two by (session_id, user_id, device_type, country), the funnel by session_id
// alone. All share one row. The first row of a session_id is the head: it also has what belongs to the
// session_id. Rows of further users, devices or countries under the same session_id, which are rare, have an
// index of their own.
#pragma once

#include <cstddef>
#include <cstdint>

#include "bench/baseline/clickstream/event.h"
#include "bench/baseline/clickstream/page_table.h"
#include "bench/baseline/hash_index.h"
#include "bench/baseline/memory.h"
#include "bench/baseline/text.h"

namespace sqlmill::bench::baseline::clickstream {

inline constexpr int64_t kNoFirstTime = INT64_MAX;
inline constexpr int64_t kNoLastTime = INT64_MIN;

/// What an event changes in a group of (session_id, user_id, device_type, country). Counts have 32 bits: a
/// session does not see four billion events.
struct SessionTotals {
  int64_t first_time_us;  // MIN(event_ts) or kNoFirstTime
  int64_t last_time_us;   // MAX(event_ts) or kNoLastTime
  uint32_t events;
  uint32_t page_views;
  uint32_t add_to_carts;
  uint32_t purchases;
  uint32_t last_page;   // MAX(page_url) of page views, or PageTable::kNone
  bool has_event_type;  // some event_type is not NULL: bool_or is not NULL
};

struct alignas(64) Session {
  static constexpr size_t kPages = 16;

  Text session_id;
  Text user_id;
  uint32_t device;
  uint32_t country;
  uint32_t user;      // UserTable, or UserTable::kNull
  uint32_t batch;     // the last batch that touched this row
  uint8_t steps;      // of the head: the session_id's FunnelStep bits
  uint8_t list_size;  // of the head: entries of pages
  bool is_shared;     // of the head: the session_id has more rows
  SessionTotals totals;
  uint16_t pages[kPages];  // of the head: pages that the session_id has viewed, as far as they fit
};
static_assert(sizeof(Session) == 128);

struct alignas(64) User {
  static constexpr size_t kPages = 22;

  Text user_id;
  uint16_t pages[kPages];  // pages that the user has viewed, as far as they fit
  uint32_t list_size;
};
static_assert(sizeof(User) == 64);

class UserTable {
 public:
  static constexpr uint32_t kNull = 0;

  UserTable() : rows_(kRowsMax), index_(12) { rows_.append(); }

  User& operator[](uint32_t user) { return rows_[user]; }
  void prefetch_slot(const Text& user_id) const { index_.prefetch_slot(user_id.hash()); }
  void prefetch_row(const Text& user_id) {
    if (const uint32_t row = index_.guess(user_id.hash()); row != HashIndex::kNone) prefetch(&rows_[row]);
  }

  uint32_t find_or_add(const Text& user_id) {
    if (user_id.is_null()) return kNull;
    const uint64_t hash = user_id.hash();
    const uint32_t found = index_.find(hash, [&](uint32_t row) { return rows_[row].user_id == user_id; });
    if (found != HashIndex::kNone) return found;
    const uint32_t row = rows_.append();
    rows_[row].user_id = user_id.owned_by(arena_);
    index_.insert(hash, row);
    return row;
  }

  size_t state_bytes() const { return rows_.state_bytes() + index_.state_bytes() + arena_.state_bytes(); }

 private:
  static constexpr size_t kRowsMax = size_t{1} << 28;
  Slab<User> rows_;
  HashIndex index_;
  TextArena arena_;
};

class SessionTable {
 public:
  SessionTable() : rows_(kRowsMax), index_(14), further_(4) { rows_.append(); }

  Session& operator[](uint32_t row) { return rows_[row]; }
  const Session& operator[](uint32_t row) const { return rows_[row]; }
  /// Rows are numbered from 1 on; this is behind the last.
  uint32_t end() const { return static_cast<uint32_t>(rows_.size()); }
  uint64_t session_ids() const { return session_ids_; }

  void prefetch_slot(uint64_t hash) const { index_.prefetch_slot(hash); }

  /// A row that is likely to be the event's head, its cache lines on their way, or HashIndex::kNone.
  uint32_t prefetch_row(uint64_t hash) const {
    const uint32_t row = index_.guess(hash);
    if (row != HashIndex::kNone) {
      const auto* lines = reinterpret_cast<const char*>(&rows_[row]);
      prefetch(lines);
      prefetch(lines + 64);
    }
    return row;
  }

  /// The head of the event's session_id; a new one when there is none. `guess` is what prefetch_row said.
  uint32_t head(const Event& event, uint32_t guess, UserTable& users) {
    if (guess != HashIndex::kNone && rows_[guess].session_id == event.session_id) [[likely]]
      return guess;
    const uint32_t found = index_.find(event.session_hash, [&](uint32_t candidate) {
      return rows_[candidate].session_id == event.session_id;
    });
    if (found != HashIndex::kNone) return found;
    const uint32_t row = add(event, event.session_id.owned_by(arena_), users);
    index_.insert(event.session_hash, row);
    ++session_ids_;
    return row;
  }

  /// The row of the event's full key, given the head of its session_id.
  uint32_t row(const Event& event, uint32_t head, UserTable& users) {
    if (is_key(rows_[head], event)) [[likely]]
      return head;
    return further_row(event, head, users);
  }

  size_t state_bytes() const {
    return rows_.state_bytes() + index_.state_bytes() + further_.state_bytes() + arena_.state_bytes();
  }

 private:
  static constexpr size_t kRowsMax = size_t{1} << 28;

  static bool is_key(const Session& session, const Event& event) {
    return session.user_id == event.user_id && session.device == event.device &&
           session.country == event.country;
  }

  uint32_t add(const Event& event, const Text& session_id, UserTable& users) {
    const uint32_t number = rows_.append();
    Session& session = rows_[number];
    session.session_id = session_id;
    session.user_id = event.user_id.owned_by(arena_);
    session.device = event.device;
    session.country = event.country;
    session.user = users.find_or_add(event.user_id);
    session.totals.first_time_us = kNoFirstTime;
    session.totals.last_time_us = kNoLastTime;
    return number;
  }

  [[gnu::noinline]] uint32_t further_row(const Event& event, uint32_t head, UserTable& users) {
    const uint64_t places = uint64_t{event.device} << 32 | event.country;
    const uint64_t hash = multiply_mix(event.session_hash ^ kHashSeedA,
                                       event.user_id.hash() ^ multiply_mix(places, kHashSeedB));
    const uint32_t found = further_.find(hash, [&](uint32_t row) {
      return rows_[row].session_id == event.session_id && is_key(rows_[row], event);
    });
    if (found != HashIndex::kNone) return found;
    const uint32_t number = add(event, rows_[head].session_id, users);
    further_.insert(hash, number);
    rows_[head].is_shared = true;
    return number;
  }

  Slab<Session> rows_;
  HashIndex index_;    // session_id: its head
  HashIndex further_;  // full key: the rows that are not heads
  TextArena arena_;
  uint64_t session_ids_ = 0;
};

}  // namespace sqlmill::bench::baseline::clickstream
