#include "bench/baseline/session_sizes/views.h"

#include <algorithm>

namespace sqlmill::bench::baseline::session_sizes {
namespace {

struct SessionChange {
  ChangeHeader header;
  TextField session_id;
  uint64_t events, pages;
  int64_t duration_us;
};

struct BarChange {
  ChangeHeader header;
  uint64_t size, sessions;
  int64_t average_scale, average_low, average_high;
  int64_t shortest_us, longest_us;
};

struct ClassChange {
  ChangeHeader header;
  uint64_t size_class;
  ClassRow row;
};

}  // namespace

void Views::apply(const Event* events, size_t count) {
  ++batch_;
  for (size_t i = count > kLookAhead ? count - kLookAhead : 0; i < count; ++i) guess(events, i);
  for (size_t i = 0; i < count; ++i) update(events[i], guesses_[i]);
  count_pages();
  for (size_t i = 0; i < touched_size_; ++i) move(touched_[i]);
  if (emits_changes_) {
    for (size_t i = 0; i < touched_size_; ++i) emit_session(touched_[i]);
  }
  for (size_t i = 0; i < touched_bars_size_; ++i) emit_bar(touched_bars_[i]);
  touched_size_ = touched_bars_size_ = 0;
  if (!emits_changes_) return;
  emit_classes();
  changes_.consume();
}

inline void Views::update(const Event& event, uint32_t guess) {
  const uint32_t row = sessions_.find_or_add(event, guess);
  Session& session = sessions_[row];
  if (session.batch != batch_) {
    session.batch = batch_;
    touched_[touched_size_++] = {row, session.totals};
  }
  if (event.time_us != kNoTime) [[likely]] {
    session.totals.first_time_us = std::min(session.totals.first_time_us, event.time_us);
    session.totals.last_time_us = std::max(session.totals.last_time_us, event.time_us);
  }
  ++session.totals.events;
  if (event.page != Pages::kNull) [[likely]]
    view_page(event.page, row, session);
}

/// Looks for the page in the session's list, and notes it for later if it is not there and the list is full.
inline void Views::view_page(uint32_t page, uint32_t row, Session& session) {
  const bool is_small = page <= kSmallMax;
  if (is_small && contains(session.pages, static_cast<uint16_t>(page))) return;
  if (is_small && session.list_size < Session::kPages) {
    session.pages[session.list_size++] = static_cast<uint16_t>(page);
    ++session.totals.pages;
    return;
  }
  session_pages_.prefetch_slot(PairSet::pair(page, row));
  pages_to_count_[pages_to_count_size_++] = {page, row};
}

void Views::count_pages() {
  for (size_t i = 0; i < pages_to_count_size_; ++i) {
    const auto [page, session] = pages_to_count_[i];
    sessions_[session].totals.pages += session_pages_.insert(PairSet::pair(page, session));
  }
  pages_to_count_size_ = 0;
}

inline Bar& Views::touch_bar(uint32_t size) {
  Bar& bar = histogram_.bar(size);
  if (bar.batch != batch_) {
    bar.batch = batch_;
    touched_bars_[touched_bars_size_++] = size;
  }
  return bar;
}

inline void Views::move(const TouchedSession& touched) {
  const SessionTotals& after = sessions_[touched.row].totals;
  if (touched.before.events > 0) touch_bar(touched.before.events).leave(touched.before);
  touch_bar(after.events).enter(sessions_, after.events, touched.row, after);
}

inline void Views::emit_session(const TouchedSession& touched) {
  const Session& session = sessions_[touched.row];
  const TextField session_id(session.session_id);
  const auto emit = [&](const SessionTotals& totals, int32_t weight) {
    changes_.append<SessionChange>(ChangeHeader{kSessionEvents, weight}, session_id, totals.events,
                                   totals.pages, totals.duration_us());
  };
  if (touched.before.events > 0) emit(touched.before, -1);
  emit(session.totals, +1);
}

/// Passes a touched bar's net change on.
void Views::emit_bar(uint32_t size) {
  Bar& bar = histogram_.bar(size);
  const BarRow before = bar.shown;
  const BarRow after = bar.sessions() > 0 ? bar.row(sessions_, size) : BarRow();
  if (before == after) return;
  bar.shown = after;
  histogram_.count(size, before.sessions, after.sessions);
  if (!emits_changes_) return;
  const auto emit = [&](const BarRow& row, int32_t weight) {
    if (row.sessions == 0) return;
    const Average average = average_pages(row);
    changes_.append<BarChange>(ChangeHeader{kSessionHistogram, weight}, size, row.sessions, average.scale,
                               static_cast<int64_t>(average.value), static_cast<int64_t>(average.value >> 64),
                               row.shortest_us, row.longest_us);
  };
  emit(before, -1);
  emit(after, +1);
}

void Views::emit_classes() {
  for (size_t i = 0; i < kSizeClasses; ++i) {
    const ClassRow row = histogram_.class_row(static_cast<SizeClass>(i));
    if (row == shown_classes_[i]) continue;
    const auto emit = [&](const ClassRow& value, int32_t weight) {
      if (value.sessions > 0) changes_.append<ClassChange>(ChangeHeader{kSessionClasses, weight}, i, value);
    };
    emit(shown_classes_[i], -1);
    emit(row, +1);
    shown_classes_[i] = row;
  }
}

}  // namespace sqlmill::bench::baseline::session_sizes
