#include "bench/baseline/clickstream/views.h"

#include <algorithm>

namespace sqlmill::bench::baseline::clickstream {
namespace {

static_assert(kBatchEvents < 256, "a batch's additions to the funnel are counted in bytes");

/// The bits of `steps`, each in a byte of its own.
constexpr std::array<uint64_t, 1 << kFunnelSteps> kSpreadSteps = [] {
  std::array<uint64_t, 1 << kFunnelSteps> spread{};
  for (size_t steps = 0; steps < spread.size(); ++steps) {
    for (int i = 0; i < kFunnelSteps; ++i) spread[steps] |= static_cast<uint64_t>(steps >> i & 1) << (8 * i);
  }
  return spread;
}();

constexpr uint8_t steps_of_type(EventType type) {
  return static_cast<uint8_t>((type == EventType::kAddToCart ? kAddedToCart : 0) |
                              (type == EventType::kPurchase ? kConverted : 0));
}

}  // namespace

void Views::apply(const Event* events, size_t count) {
  ++batch_;
  for (size_t i = count > kLookAhead ? count - kLookAhead : 0; i < count; ++i) guess(events, i);
  prefetch_users(events, count);
  for (size_t i = 0; i < count; ++i) update(events[i], guesses_[i]);
  count_users();
  if (emits_changes_) emit_changes();
  touched_sessions_size_ = touched_pages_size_ = 0;
  funnel_[0] = sessions_.session_ids();
  for (int i = 0; i < kFunnelSteps; ++i) funnel_[1 + i] += new_steps_ >> (8 * i) & 255;
  new_steps_ = 0;
}

/// A session that is new needs its user's number.
void Views::prefetch_users(const Event* events, size_t count) {
  size_t new_sessions = 0;
  uint8_t new_session[kBatchEvents];
  for (size_t i = 0; i < count; ++i) {
    new_session[new_sessions] = static_cast<uint8_t>(i);
    new_sessions += guesses_[i] == HashIndex::kNone;
  }
  for (size_t i = 0; i < new_sessions; ++i) users_.prefetch_slot(events[new_session[i]].user_id);
  for (size_t i = 0; i < new_sessions; ++i) users_.prefetch_row(events[new_session[i]].user_id);
}

inline void Views::touch_session(uint32_t number, Session& session) {
  if (!emits_changes_ || session.batch == batch_) return;
  session.batch = batch_;
  touched_sessions_[touched_sessions_size_++] = {number, session.totals};
}

inline void Views::touch_page(uint32_t page) {
  PageTotals& totals = page_totals_[page];
  if (!emits_changes_ || totals.batch == batch_) return;
  touched_pages_[touched_pages_size_++] = {page, totals};
  totals.batch = batch_;
}

inline void Views::update_totals(const Event& event, SessionTotals& totals) const {
  if (event.time_us != kNoTime) [[likely]] {
    totals.first_time_us = std::min(totals.first_time_us, event.time_us);
    totals.last_time_us = std::max(totals.last_time_us, event.time_us);
  }
  ++totals.events;
  totals.page_views += event.type == EventType::kPageView;
  totals.add_to_carts += event.type == EventType::kAddToCart;
  totals.purchases += event.type == EventType::kPurchase;
  totals.has_event_type |= event.type != EventType::kNull;
}

inline void Views::update(const Event& event, uint32_t guess) {
  const uint32_t head_number = sessions_.head(event, guess, users_);
  const uint32_t number = sessions_.row(event, head_number, users_);
  Session& head = sessions_[head_number];
  Session& session = sessions_[number];
  touch_session(number, session);
  update_totals(event, session.totals);

  const auto steps = static_cast<uint8_t>(pages_[event.page].facts.steps | steps_of_type(event.type));
  new_steps_ += kSpreadSteps[steps & ~head.steps];
  head.steps |= steps;

  if (event.type != EventType::kPageView) return;
  if (event.page != PageTable::kNull) {
    session.totals.last_page = pages_.greater(session.totals.last_page, event.page);
  }
  touch_page(event.page);
  ++page_totals_[event.page].views;
  view_page(event, head, head_number, session);
}

/// Counts the page's distinct session now, and notes the user for later. The list of a session's pages
/// answers both questions as long as the session has one user.
inline void Views::view_page(const Event& event, Session& head, uint32_t head_number,
                             const Session& session) {
  const uint32_t page = event.page;
  if (event.session_id.is_null()) [[unlikely]] {
    remember_user(page, session.user);
    return;
  }
  const bool is_small = page <= PageTable::kSmallMax;
  if (is_small && contains(head.pages, static_cast<uint16_t>(page))) {
    if (head.is_shared) [[unlikely]]
      remember_user(page, session.user);
    return;
  }
  if (is_small && head.list_size < Session::kPages) [[likely]] {
    head.pages[head.list_size++] = static_cast<uint16_t>(page);
    ++page_totals_[page].sessions;
  } else {
    page_totals_[page].sessions += page_sessions_.insert(PairSet::pair(page, head_number));
  }
  remember_user(page, session.user);
}

inline void Views::remember_user(uint32_t page, uint32_t user) {
  prefetch(&users_[user]);
  page_users_to_count_[page_users_to_count_size_] = {page, user};
  page_users_to_count_size_ += user != UserTable::kNull;
}

void Views::count_users() {
  size_t left = 0;
  for (size_t i = 0; i < page_users_to_count_size_; ++i) {
    const auto [page, number] = page_users_to_count_[i];
    User& user = users_[number];
    const bool is_small = page <= PageTable::kSmallMax;
    if (is_small && contains(user.pages, static_cast<uint16_t>(page))) continue;
    if (is_small && user.list_size < User::kPages) {
      user.pages[user.list_size++] = static_cast<uint16_t>(page);
      ++page_totals_[page].users;
      continue;
    }
    page_users_.prefetch_slot(PairSet::pair(page, number));
    page_users_to_count_[left++] = {page, number};
  }
  for (size_t i = 0; i < left; ++i) {
    const auto [page, user] = page_users_to_count_[i];
    page_totals_[page].users += page_users_.insert(PairSet::pair(page, user));
  }
  page_users_to_count_size_ = 0;
}

Outcome Views::outcome(const SessionTotals& totals) const {
  if (totals.purchases > 0 || !totals.has_event_type) return Outcome::kNoRow;
  if (totals.add_to_carts > 0) return Outcome::kCartAbandonment;
  return totals.last_page == PageTable::kCheckout ? Outcome::kCheckoutAbandonment
                                                  : Outcome::kBrowseAbandonment;
}

void Views::emit_changes() {
  for (size_t i = 0; i < touched_sessions_size_; ++i) emit_session(touched_sessions_[i]);
  for (size_t i = 0; i < touched_pages_size_; ++i) emit_page(touched_pages_[i]);
  emit_funnel();
  changes_.consume();
}

inline void Views::emit_session(const TouchedSession& touched) {
  const Session& session = sessions_[touched.row];
  const TextField session_id(session.session_id);
  const TextField user_id(session.user_id);
  const TextField device(devices_.text(session.device));
  const TextField country(countries_.text(session.country));
  const auto emit_summary = [&](const SessionTotals& totals, int32_t weight) {
    const bool has_time = totals.first_time_us != kNoFirstTime;
    changes_.append<SessionSummaryChange>(
        ChangeHeader{kSessionSummary, weight}, session_id, user_id, device, country, totals.first_time_us,
        totals.last_time_us, has_time ? totals.last_time_us - totals.first_time_us : kNoTime, totals.events,
        totals.page_views, totals.add_to_carts, totals.purchases);
  };
  if (touched.before.events > 0) emit_summary(touched.before, -1);
  emit_summary(session.totals, +1);

  const Outcome before = outcome(touched.before);
  const Outcome after = outcome(session.totals);
  if (before == after) return;
  const auto emit_outcome = [&](Outcome value, int32_t weight) {
    if (value == Outcome::kNoRow) return;
    changes_.append<ConversionChange>(ChangeHeader{kConversion, weight}, session_id, user_id, device, country,
                                      static_cast<uint64_t>(value));
  };
  emit_outcome(before, -1);
  emit_outcome(after, +1);
}

inline void Views::emit_page(const TouchedPage& touched) {
  const TextField page_url(pages_.text(touched.page));
  const auto emit = [&](const PageTotals& totals, int32_t weight) {
    changes_.append<PageTrafficChange>(ChangeHeader{kPageTraffic, weight}, page_url, totals.views,
                                       totals.users, totals.sessions);
  };
  if (touched.before.views > 0) emit(touched.before, -1);
  emit(page_totals_[touched.page], +1);
}

/// The funnel's row exists from the start: an aggregate without GROUP BY.
void Views::emit_funnel() {
  FunnelChange before{{kFunnel, -1}, {}};
  FunnelChange after{{kFunnel, +1}, {}};
  before.counts[0] = funnel_[0];
  after.counts[0] = sessions_.session_ids();
  bool is_changed = before.counts[0] != after.counts[0];
  for (int i = 0; i < kFunnelSteps; ++i) {
    before.counts[1 + i] = funnel_[1 + i];
    after.counts[1 + i] = funnel_[1 + i] + (new_steps_ >> (8 * i) & 255);
    is_changed |= before.counts[1 + i] != after.counts[1 + i];
  }
  if (!is_changed) return;
  changes_.append<FunnelChange>(before);
  changes_.append<FunnelChange>(after);
}

size_t Views::state_bytes() const {
  return pages_.state_bytes() + devices_.state_bytes() + countries_.state_bytes() + sessions_.state_bytes() +
         users_.state_bytes() + page_users_.state_bytes() + page_sessions_.state_bytes() +
         pages_.size() * sizeof(PageTotals);
}

}  // namespace sqlmill::bench::baseline::clickstream
