// The three views of the ab_test pipeline, maintained a batch of events at a time.
//
// Visitors never go and their counts only grow, so that the second and the third level are sums, and a
// running maximum: nothing is ever taken out of them.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "bench/baseline/ab_test/visitor_table.h"
#include "bench/baseline/change_log.h"
#include "bench/baseline/decoder.h"
#include "bench/baseline/dictionary.h"

namespace sqlmill::bench::baseline::ab_test {

enum ViewNumber : int32_t { kVisitors, kVariants, kUplift };
enum Variant : uint32_t { kControl, kTreatment };
inline constexpr uint32_t kVariantCount = 2;

/// A group of ab_variants.
struct VariantTotals {
  uint64_t visitors = 0;
  uint64_t converted = 0;
  uint64_t purchases = 0;
  uint64_t most_events = 0;

  bool operator==(const VariantTotals&) const = default;
  uint64_t conversion_percent() const;  // With two decimals.
};

/// ab_uplift: percentages have two decimals, the uplift has one. An absent one is NULL.
struct Uplift {
  struct Number {
    int64_t value = 0;
    int64_t is_null = 1;
    bool operator==(const Number&) const = default;
  };
  std::array<Number, kVariantCount> visitors;
  std::array<Number, kVariantCount> percent;
  Number uplift_percent;

  bool operator==(const Uplift&) const = default;
};

class Views {
 public:
  using Event = ab_test::Event;
  static constexpr const char* kGroupName = "visitors";

  explicit Views(bool emits_changes) : emits_changes_(emits_changes) {}

  template <Column kColumn>
  void read(const Value& value, Event& event) {
    if constexpr (kColumn == Column::kUserId) event.user_id = value.text();
    if constexpr (kColumn == Column::kEventType) event.type = event_type(value);
    if constexpr (kColumn == Column::kDeviceType) event.device = devices_.number(value.text());
  }

  void expect(Event* events, size_t i) {
    events[i].hash = VisitorTable::hash(events[i].user_id, events[i].device);
    visitors_.prefetch_slot(events[i].hash);
    if (i >= kLookAhead) guess(events, i - kLookAhead);
  }

  /// At most kBatchEvents events, all of them expected, whose texts live until this returns.
  void apply(const Event* events, size_t count);

  const VisitorTable& visitors() const { return visitors_; }
  const Dictionary& devices() const { return devices_; }
  /// Groups by variant_number(); those without visitors are not in the view.
  const std::vector<VariantTotals>& variants() const { return variants_; }
  Uplift uplift() const;

  static Variant variant(const Text& user_id);
  static uint32_t variant_number(uint32_t device, Variant variant) {
    return device * kVariantCount + variant;
  }

  uint64_t groups() const { return visitors_.size(); }
  const ChangeLog& changes() const { return changes_; }
  size_t state_bytes() const {
    return visitors_.state_bytes() + devices_.state_bytes() + variants_.size() * sizeof(VariantTotals);
  }

 private:
  struct TouchedVisitor {
    uint32_t row;
    Visitor before;
  };

  /// Events between an index slot's prefetch and its use.
  static constexpr size_t kLookAhead = 16;

  void guess(const Event* events, size_t i) { guesses_[i] = visitors_.prefetch_row(events[i].hash); }
  void update(const Event& event, uint32_t guess);
  void emit_visitor(const TouchedVisitor& touched);
  void emit_variants();
  void emit_uplift();

  bool emits_changes_;
  VisitorTable visitors_;
  Dictionary devices_;
  std::vector<VariantTotals> variants_;
  std::vector<VariantTotals> shown_variants_;  // As last emitted.
  Uplift shown_uplift_;
  bool is_uplift_shown_ = false;

  uint32_t guesses_[kBatchEvents];
  TouchedVisitor touched_[kBatchEvents];
  size_t touched_size_ = 0;
  ChangeLog changes_;
};

}  // namespace sqlmill::bench::baseline::ab_test
