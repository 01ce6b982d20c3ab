#include "bench/baseline/campaign_attribution/views.h"

#include "bench/baseline/rounded_ratio.h"

namespace sqlmill::bench::baseline::campaign_attribution {
namespace {

struct VisitorChange {
  ChangeHeader header;
  TextField user_id;
  int64_t first_ms;
  uint64_t first_touch_digest;
  uint64_t touches, purchases;
};

struct RevenueChange {
  ChangeHeader header;
  PairNumbers::Fields source_campaign;
  uint64_t visitors, buyers, revenue_cents, conversion_percent;
};

struct LandingChange {
  ChangeHeader header;
  PairNumbers::Fields source_page;
  LandingRow row;
};

/// (EXTRACT(EPOCH FROM time) * 1000)::bigint: halves away from zero.
int64_t milliseconds(int64_t time_us) {
  return time_us >= 0 ? (time_us + 500) / 1000 : -((500 - time_us) / 1000);
}

/// Thirteen digits, so that the order of texts is that of numbers.
bool is_usual(int64_t time_ms) {
  return time_ms >= 1'000'000'000'000 && time_ms < 10'000'000'000'000;
}

}  // namespace

uint64_t RevenueRow::conversion_percent() const {
  return percent<1>(buyers, visitors);
}

std::string first_touch_text(int64_t time_ms, const Touch& touch) {
  return std::to_string(time_ms) + touch.suffix;
}

void Views::apply(const Event* events, size_t count) {
  ++batch_;
  for (size_t i = count > kLookAhead ? count - kLookAhead : 0; i < count; ++i) guess(events, i);
  for (size_t i = 0; i < count; ++i) update(events[i], guesses_[i]);
  count_landing_visitors();
  if (!emits_changes_) return;
  for (size_t i = 0; i < touched_size_; ++i) emit_visitor(touched_[i]);
  touched_size_ = 0;
  emit_groups();
  changes_.consume();
}

inline void Views::update(const Event& event, uint32_t guess) {
  const uint32_t visitors_before = visitors_.size();
  const uint32_t row = visitors_.find_or_add(event, guess);
  const bool is_new = row == visitors_before;
  const bool is_purchase = event.type == EventType::kPurchase;
  if (!is_new && !is_purchase && event.touch == Touches::kNone) [[likely]]
    return;
  touch_visitor(row, is_new);
  VisitorTotals& totals = visitors_[row].totals;
  VisitorTotals after = totals;
  after.purchases += is_purchase;
  if (event.touch != Touches::kNone) {
    ++after.touches;
    if (event.time_us != kNoTime && is_earlier(milliseconds(event.time_us), event.touch, totals)) {
      after.first_ms = milliseconds(event.time_us);
      after.first_touch = event.touch;
    }
  }
  if (is_new || is_purchase || after.first_touch != totals.first_touch) {
    if (!is_new) credit(totals, static_cast<uint64_t>(-1));
    credit(after, 1);
  }
  totals = after;
  if (event.landing == PairNumbers::kNone) return;
  ++landings_.touch(event.landing).landings;
  if (event.user_id.is_null()) return;
  landing_visitors_.prefetch_slot(PairSet::pair(event.landing, row));
  landing_visitors_to_count_[landing_visitors_to_count_size_++] = {event.landing, row};
}

inline void Views::touch_visitor(uint32_t row, bool is_new) {
  Visitor& visitor = visitors_[row];
  if (!emits_changes_ || visitor.batch == batch_) return;
  visitor.batch = batch_;
  touched_[touched_size_++] = {row, is_new, visitor.totals};
}

/// MIN over texts: `time source campaign`, byte by byte.
bool Views::is_earlier(int64_t time_ms, uint32_t touch, const VisitorTotals& than) const {
  if (than.first_touch == Touches::kNone) return true;
  const Touch& first = touches_[than.first_touch];
  if (is_usual(time_ms) && is_usual(than.first_ms)) [[likely]] {
    if (time_ms != than.first_ms) return time_ms < than.first_ms;
    return touches_[touch].suffix < first.suffix;
  }
  return first_touch_text(time_ms, touches_[touch]) < first_touch_text(than.first_ms, first);
}

inline uint32_t Views::revenue_of(const VisitorTotals& totals) const {
  return totals.first_touch == Touches::kNone ? Touches::kUnknownRevenue
                                              : touches_[totals.first_touch].revenue;
}

/// Adds the visitor to the row of its first touch; with weight -1 it is taken away.
inline void Views::credit(const VisitorTotals& totals, uint64_t weight) {
  RevenueRow& row = revenue_.touch(revenue_of(totals));
  row.visitors += weight;
  if (totals.purchases == 0) return;
  row.buyers += weight;
  row.purchases += weight * totals.purchases;
}

void Views::count_landing_visitors() {
  for (size_t i = 0; i < landing_visitors_to_count_size_; ++i) {
    const auto [landing, visitor] = landing_visitors_to_count_[i];
    landings_.touch(landing).visitors += landing_visitors_.insert(PairSet::pair(landing, visitor));
  }
  landing_visitors_to_count_size_ = 0;
}

inline void Views::emit_visitor(const TouchedVisitor& touched) {
  const Visitor& visitor = visitors_[touched.row];
  const TextField user_id(visitor.user_id);
  const auto emit = [&](const VisitorTotals& totals, int32_t weight) {
    const bool is_null = totals.first_touch == Touches::kNone;
    changes_.append<VisitorChange>(ChangeHeader{kVisitors, weight}, user_id, totals.first_ms,
                                   is_null ? 0 : touches_[totals.first_touch].suffix_digest, totals.touches,
                                   totals.purchases);
  };
  if (!touched.is_new) emit(touched.before, -1);
  emit(visitor.totals, +1);
}

void Views::emit_groups() {
  revenue_.take_changes([&](uint32_t number, const RevenueRow& before, const RevenueRow& after) {
    const auto emit = [&](const RevenueRow& row, int32_t weight) {
      if (row.visitors == 0) return;
      changes_.append<RevenueChange>(ChangeHeader{kRevenue, weight}, touches_.revenues().fields(number),
                                     row.visitors, row.buyers, row.revenue_cents(), row.conversion_percent());
    };
    emit(before, -1);
    emit(after, +1);
  });
  landings_.take_changes([&](uint32_t number, const LandingRow& before, const LandingRow& after) {
    const PairNumbers::Fields& key = touches_.landings().fields(number);
    if (before.landings > 0) changes_.append<LandingChange>(ChangeHeader{kLandings, -1}, key, before);
    changes_.append<LandingChange>(ChangeHeader{kLandings, +1}, key, after);
  });
}

}  // namespace sqlmill::bench::baseline::campaign_attribution
