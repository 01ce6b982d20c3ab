// The three views of the session_sizes pipeline, maintained a batch of events at a time.
//
// A batch first counts in the sessions. Then each session that it has touched moves from the bar of its old
// size to that of its new one, each bar that was touched is compared with what was last emitted of it, and
// what has changed goes on to the classes.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "bench/baseline/change_log.h"
#include "bench/baseline/decoder.h"
#include "bench/baseline/pair_set.h"
#include "bench/baseline/session_sizes/histogram.h"
#include "bench/baseline/session_sizes/session_table.h"
#include "bench/baseline/text_table.h"

namespace sqlmill::bench::baseline::session_sizes {

enum ViewNumber : int32_t { kSessionEvents, kSessionHistogram, kSessionClasses };

struct NoFacts {
  explicit NoFacts(std::string_view) {}
};

class Views {
 public:
  using Event = session_sizes::Event;
  static constexpr const char* kGroupName = "sessions";

  explicit Views(bool emits_changes) : emits_changes_(emits_changes) {}

  template <Column kColumn>
  void read(const Value& value, Event& event) {
    if constexpr (kColumn == Column::kSessionId) event.session_id = value.text();
    if constexpr (kColumn == Column::kPageUrl) {
      event.page = value.is_null ? Pages::kNull : pages_.number(value.bytes, value.size);
    }
  }

  void expect(Event* events, size_t i) {
    events[i].hash = events[i].session_id.hash();
    sessions_.prefetch_slot(events[i].hash);
    if (i >= kLookAhead) guess(events, i - kLookAhead);
  }

  /// At most kBatchEvents events, all of them expected, whose texts live until this returns.
  void apply(const Event* events, size_t count);

  const SessionTable& sessions() const { return sessions_; }
  /// Every row of session_histogram; `visit(size, row)`.
  template <class Visit>
  void for_each_bar(Visit&& visit) {
    histogram_.for_each([&](uint32_t size, Bar& bar) { visit(size, bar.row(sessions_, size)); });
  }
  ClassRow class_row(SizeClass size_class) const { return histogram_.class_row(size_class); }

  uint64_t groups() const { return sessions_.end() - 1; }
  const ChangeLog& changes() const { return changes_; }
  size_t state_bytes() const {
    return pages_.state_bytes() + sessions_.state_bytes() + session_pages_.state_bytes() + histogram_.bytes();
  }

 private:
  using Pages = TextTable<NoFacts>;

  struct TouchedSession {
    uint32_t row;
    SessionTotals before;
  };
  struct SessionPage {
    uint32_t page;
    uint32_t session;
  };

  /// Events between an index slot's prefetch and its use.
  static constexpr size_t kLookAhead = 16;
  /// Pages with smaller numbers fit the sessions' lists.
  static constexpr uint32_t kSmallMax = 65'535;

  void guess(const Event* events, size_t i) { guesses_[i] = sessions_.prefetch_row(events[i].hash); }
  void update(const Event& event, uint32_t guess);
  void view_page(uint32_t page, uint32_t row, Session& session);
  void count_pages();
  void move(const TouchedSession& touched);
  Bar& touch_bar(uint32_t size);
  void emit_session(const TouchedSession& touched);
  void emit_bar(uint32_t size);
  void emit_classes();

  bool emits_changes_;
  uint32_t batch_ = 0;
  Pages pages_;
  SessionTable sessions_;
  PairSet session_pages_;  // Beyond Session::pages.
  Histogram histogram_;
  std::array<ClassRow, kSizeClasses> shown_classes_{};  // As last emitted.

  uint32_t guesses_[kBatchEvents];
  TouchedSession touched_[kBatchEvents];
  size_t touched_size_ = 0;
  SessionPage pages_to_count_[kBatchEvents];
  size_t pages_to_count_size_ = 0;
  uint32_t touched_bars_[2 * kBatchEvents];
  size_t touched_bars_size_ = 0;
  ChangeLog changes_;
};

}  // namespace sqlmill::bench::baseline::session_sizes
