// The four views of the clickstream pipeline, maintained a batch of events at a time.
//
// A batch goes through stages, each a loop over all events, so that the memory that one stage will touch is
// on its way while the previous one still works: index slots, rows, the update itself, the distinct users of
// pages, and at the end the net changes of every group that the batch has touched.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "bench/baseline/change_log.h"
#include "bench/baseline/clickstream/changes.h"
#include "bench/baseline/clickstream/event.h"
#include "bench/baseline/clickstream/page_table.h"
#include "bench/baseline/clickstream/session_table.h"
#include "bench/baseline/dictionary.h"
#include "bench/baseline/pair_set.h"

namespace sqlmill::bench::baseline::clickstream {

/// click_mv_conversion_metrics.outcome; kNoRow where the view has none. The view shows no session that has
/// converted.
enum class Outcome : uint8_t { kNoRow, kCartAbandonment, kCheckoutAbandonment, kBrowseAbandonment };

/// The rows of click_mv_page_traffic.
struct PageTotals {
  uint64_t views;
  uint64_t users;
  uint64_t sessions;
  uint32_t batch;  // the last batch that touched this row
};

class Views {
 public:
  using Event = clickstream::Event;

  explicit Views(bool emits_changes) : emits_changes_(emits_changes), page_totals_(PageTable::kTextsMax) {}

  /// A column of a line that is being decoded.
  template <Column kColumn>
  void read(const Value& value, Event& event) {
    if constexpr (kColumn == Column::kUserId) event.user_id = value.text();
    if constexpr (kColumn == Column::kSessionId) event.session_id = value.text();
    if constexpr (kColumn == Column::kEventType) event.type = event_type(value);
    if constexpr (kColumn == Column::kPageUrl) {
      event.page = value.is_null ? PageTable::kNull : pages_.number(value.bytes, value.size);
    }
    if constexpr (kColumn == Column::kDeviceType) event.device = devices_.number(value.text());
    if constexpr (kColumn == Column::kCountry) event.country = countries_.number(value.text());
  }

  /// Says that events[i] of the next batch is decoded, in order: what it will need of the index is fetched
  /// while the next ones are being decoded.
  void expect(Event* events, size_t i) {
    events[i].session_hash = events[i].session_id.hash();
    sessions_.prefetch_slot(events[i].session_hash);
    if (i >= kLookAhead) guess(events, i - kLookAhead);
  }

  /// At most kBatchEvents events, all of them expected, whose texts live until this returns.
  void apply(const Event* events, size_t count);

  const PageTable& pages() const { return pages_; }
  const Dictionary& devices() const { return devices_; }
  const Dictionary& countries() const { return countries_; }
  const SessionTable& sessions() const { return sessions_; }
  const PageTotals& page_totals(uint32_t page) const { return page_totals_[page]; }
  Outcome outcome(const SessionTotals& totals) const;
  /// total_sessions, then the six steps.
  const std::array<uint64_t, 1 + kFunnelSteps>& funnel() const { return funnel_; }

  static constexpr const char* kGroupName = "sessions";
  uint64_t groups() const { return sessions_.end() - 1; }
  const ChangeLog& changes() const { return changes_; }
  size_t state_bytes() const;

 private:
  struct TouchedSession {
    uint32_t row;
    SessionTotals before;
  };
  struct TouchedPage {
    uint32_t page;
    PageTotals before;
  };
  struct PageUser {
    uint32_t page;
    uint32_t user;
  };

  /// Events between an index slot's prefetch and its use.
  static constexpr size_t kLookAhead = 16;

  void guess(const Event* events, size_t i) { guesses_[i] = sessions_.prefetch_row(events[i].session_hash); }
  void prefetch_users(const Event* events, size_t count);
  void touch_session(uint32_t number, Session& session);
  void touch_page(uint32_t page);
  void update(const Event& event, uint32_t guess);
  void update_totals(const Event& event, SessionTotals& totals) const;
  void view_page(const Event& event, Session& head, uint32_t head_number, const Session& session);
  void remember_user(uint32_t page, uint32_t user);
  void count_users();
  void emit_changes();
  void emit_session(const TouchedSession& touched);
  void emit_page(const TouchedPage& touched);
  void emit_funnel();

  bool emits_changes_;
  uint32_t batch_ = 0;
  PageTable pages_;
  Dictionary devices_;
  Dictionary countries_;
  SessionTable sessions_;
  UserTable users_;
  Slab<PageTotals> page_totals_;
  PairSet page_users_;     // beyond User::pages
  PairSet page_sessions_;  // beyond Session::pages

  /// The funnel, and this batch's additions to it: a byte a step.
  std::array<uint64_t, 1 + kFunnelSteps> funnel_{};
  uint64_t new_steps_ = 0;

  uint32_t guesses_[kBatchEvents];
  TouchedSession touched_sessions_[kBatchEvents];
  size_t touched_sessions_size_ = 0;
  TouchedPage touched_pages_[kBatchEvents];
  size_t touched_pages_size_ = 0;
  PageUser page_users_to_count_[kBatchEvents];
  size_t page_users_to_count_size_ = 0;
  ChangeLog changes_;
};

}  // namespace sqlmill::bench::baseline::clickstream
