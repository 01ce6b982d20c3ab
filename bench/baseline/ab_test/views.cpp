#include "bench/baseline/ab_test/views.h"

#include <algorithm>

#include "bench/baseline/rounded_ratio.h"

namespace sqlmill::bench::baseline::ab_test {
namespace {

struct VisitorChange {
  ChangeHeader header;
  TextField user_id, device_type;
  uint64_t variant, events, carts, purchases, converted;
};

struct VariantChange {
  ChangeHeader header;
  uint64_t variant;
  TextField device_type;
  uint64_t visitors, converted, purchases, most_events, conversion_percent;
};

struct UpliftChange {
  ChangeHeader header;
  Uplift row;
};

/// bool_or(event_type = 'purchase'): false, true, or 2 for NULL.
uint64_t converted(const Visitor& visitor) {
  return visitor.purchases > 0 ? 1 : visitor.has_event_type ? 0 : 2;
}

}  // namespace

uint64_t VariantTotals::conversion_percent() const {
  return percent<2>(converted, visitors);
}

/// By the last character of the id, which is a digit only if it is the last byte.
Variant Views::variant(const Text& user_id) {
  const std::string_view text = user_id.view();
  if (text.empty()) return kControl;
  const char last = text.back();
  return last >= '0' && last <= '9' && (last & 1) == 0 ? kTreatment : kControl;
}

void Views::apply(const Event* events, size_t count) {
  for (size_t i = count > kLookAhead ? count - kLookAhead : 0; i < count; ++i) guess(events, i);
  variants_.resize(devices_.size() * kVariantCount);
  for (size_t i = 0; i < count; ++i) update(events[i], guesses_[i]);
  if (!emits_changes_) return;
  for (size_t i = 0; i < touched_size_; ++i) emit_visitor(touched_[i]);
  touched_size_ = 0;
  emit_variants();
  emit_uplift();
  changes_.consume();
}

inline void Views::update(const Event& event, uint32_t guess) {
  const uint32_t row = visitors_.find_or_add(event, guess);
  Visitor& visitor = visitors_[row];
  if (emits_changes_ && !visitor.is_touched) {
    touched_[touched_size_++] = {row, visitor};
    visitor.is_touched = 1;
  }
  VariantTotals& variant_totals = variants_[variant_number(event.device, variant(visitor.user_id))];
  const bool is_purchase = event.type == EventType::kPurchase;
  variant_totals.visitors += visitor.events == 0;
  variant_totals.converted += is_purchase && visitor.purchases == 0;
  variant_totals.purchases += is_purchase;
  ++visitor.events;
  variant_totals.most_events = std::max<uint64_t>(variant_totals.most_events, visitor.events);
  visitor.carts += event.type == EventType::kAddToCart;
  visitor.purchases += is_purchase;
  visitor.has_event_type |= event.type != EventType::kNull;
}

inline void Views::emit_visitor(const TouchedVisitor& touched) {
  Visitor& visitor = visitors_[touched.row];
  visitor.is_touched = 0;
  const TextField user_id(visitor.user_id);
  const TextField device(devices_.text(visitor.device));
  const uint64_t variant_of_user = variant(visitor.user_id);
  const auto emit = [&](const Visitor& row, int32_t weight) {
    changes_.append<VisitorChange>(ChangeHeader{kVisitors, weight}, user_id, device, variant_of_user,
                                   row.events, row.carts, row.purchases, converted(row));
  };
  if (touched.before.events > 0) emit(touched.before, -1);
  emit(visitor, +1);
}

void Views::emit_variants() {
  shown_variants_.resize(variants_.size());
  for (uint32_t i = 0; i < variants_.size(); ++i) {
    if (variants_[i] == shown_variants_[i]) continue;
    const TextField device(devices_.text(i / kVariantCount));
    const auto emit = [&](const VariantTotals& row, int32_t weight) {
      changes_.append<VariantChange>(ChangeHeader{kVariants, weight}, i % kVariantCount, device, row.visitors,
                                     row.converted, row.purchases, row.most_events, row.conversion_percent());
    };
    if (shown_variants_[i].visitors > 0) emit(shown_variants_[i], -1);
    emit(variants_[i], +1);
    shown_variants_[i] = variants_[i];
  }
}

Uplift Views::uplift() const {
  std::array<VariantTotals, kVariantCount> sums{};
  for (uint32_t i = 0; i < variants_.size(); ++i) {
    sums[i % kVariantCount].visitors += variants_[i].visitors;
    sums[i % kVariantCount].converted += variants_[i].converted;
  }
  Uplift row;
  for (uint32_t i = 0; i < kVariantCount; ++i) {
    if (sums[i].visitors == 0) continue;
    row.visitors[i] = {static_cast<int64_t>(sums[i].visitors), 0};
    row.percent[i] = {static_cast<int64_t>(sums[i].conversion_percent()), 0};
  }
  const auto product = [](uint64_t a, uint64_t b) { return static_cast<__int128>(a) * b; };
  const auto divisor = product(sums[kControl].converted, sums[kTreatment].visitors);
  if (divisor != 0) {
    // What is rounded is the difference, halves away from zero.
    const auto dividend = 1000 * (product(sums[kTreatment].converted, sums[kControl].visitors) - divisor);
    const auto ratio = static_cast<int64_t>(rounded_ratio(dividend < 0 ? -dividend : dividend, divisor));
    row.uplift_percent = {dividend < 0 ? -ratio : ratio, 0};
  }
  return row;
}

/// The row exists from the start: an aggregate without GROUP BY.
void Views::emit_uplift() {
  const Uplift row = uplift();
  if (is_uplift_shown_ && row == shown_uplift_) return;
  if (is_uplift_shown_) changes_.append<UpliftChange>(ChangeHeader{kUplift, -1}, shown_uplift_);
  changes_.append<UpliftChange>(ChangeHeader{kUplift, +1}, row);
  shown_uplift_ = row;
  is_uplift_shown_ = true;
}

}  // namespace sqlmill::bench::baseline::ab_test
