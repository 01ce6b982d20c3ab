// The three views of the campaign_attribution pipeline, maintained a batch of events at a time.
//
// Most events change no row: who is known, steps inside the shop and buys nothing. The others change their
// visitor, and the visitor's share in the revenue of a campaign with it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "bench/baseline/campaign_attribution/touches.h"
#include "bench/baseline/campaign_attribution/visitor_table.h"
#include "bench/baseline/change_log.h"
#include "bench/baseline/decoder.h"
#include "bench/baseline/pair_set.h"

namespace sqlmill::bench::baseline::campaign_attribution {

enum ViewNumber : int32_t { kVisitors, kRevenue, kLandings };

/// A row of campaign_revenue; without visitors it is not in the view.
struct RevenueRow {
  uint64_t visitors = 0;
  uint64_t buyers = 0;
  uint64_t purchases = 0;

  bool operator==(const RevenueRow&) const = default;
  uint64_t revenue_cents() const { return purchases * 5990; }
  uint64_t conversion_percent() const;  // With one decimal.
};

/// A row of campaign_landings.
struct LandingRow {
  uint64_t landings = 0;
  uint64_t visitors = 0;

  bool operator==(const LandingRow&) const = default;
};

/// Groups by number, and which of them this batch has touched.
template <class Row>
class Groups {
 public:
  Row& touch(uint32_t number) {
    if (number >= groups_.size()) [[unlikely]]
      groups_.resize(number + 1);
    Group& group = groups_[number];
    if (!group.is_touched) {
      group.is_touched = true;
      touched_.push_back(number);
    }
    return group.row;
  }

  /// `visit(number, before, after)` for each group whose row is another than when this was last called.
  template <class Visit>
  void take_changes(Visit&& visit) {
    for (const uint32_t number : touched_) {
      Group& group = groups_[number];
      group.is_touched = false;
      if (group.row == group.shown) continue;
      visit(number, group.shown, group.row);
      group.shown = group.row;
    }
    touched_.clear();
  }

  uint32_t end() const { return static_cast<uint32_t>(groups_.size()); }
  const Row& operator[](uint32_t number) const { return groups_[number].row; }
  size_t state_bytes() const { return groups_.size() * sizeof(Group); }

 private:
  struct Group {
    Row row;
    Row shown;
    bool is_touched = false;
  };
  std::vector<Group> groups_;
  std::vector<uint32_t> touched_;
};

class Views {
 public:
  using Event = campaign_attribution::Event;
  static constexpr const char* kGroupName = "visitors";

  explicit Views(bool emits_changes) : emits_changes_(emits_changes) {}

  template <Column kColumn>
  void read(const Value& value, Event& event) {
    if constexpr (kColumn == Column::kUserId) event.user_id = value.text();
    if constexpr (kColumn == Column::kEventType) event.type = event_type(value);
    if constexpr (kColumn == Column::kPageUrl) event.page_url = value;
    if constexpr (kColumn == Column::kReferrerUrl) event.referrer_url = value;
  }

  void expect(Event* events, size_t i) {
    Event& event = events[i];
    event.hash = event.user_id.hash();
    visitors_.prefetch_slot(event.hash);
    const Touches::Origin origin = touches_.origin(event.page_url, event.referrer_url);
    event.touch = origin.touch;
    event.landing = origin.landing;
    if (i >= kLookAhead) guess(events, i - kLookAhead);
  }

  /// At most kBatchEvents events, all of them expected, whose texts live until this returns.
  void apply(const Event* events, size_t count);

  const VisitorTable& visitors() const { return visitors_; }
  const Touches& touches() const { return touches_; }
  const Groups<RevenueRow>& revenue() const { return revenue_; }
  const Groups<LandingRow>& landings() const { return landings_; }

  uint64_t groups() const { return visitors_.size(); }
  const ChangeLog& changes() const { return changes_; }
  size_t state_bytes() const {
    return visitors_.state_bytes() + touches_.state_bytes() + landing_visitors_.state_bytes() +
           revenue_.state_bytes() + landings_.state_bytes();
  }

 private:
  struct TouchedVisitor {
    uint32_t row;
    bool is_new;
    VisitorTotals before;
  };
  struct LandingVisitor {
    uint32_t landing;
    uint32_t visitor;
  };

  /// Events between an index slot's prefetch and its use.
  static constexpr size_t kLookAhead = 16;

  void guess(const Event* events, size_t i) { guesses_[i] = visitors_.prefetch_row(events[i].hash); }
  void update(const Event& event, uint32_t guess);
  void touch_visitor(uint32_t row, bool is_new);
  bool is_earlier(int64_t time_ms, uint32_t touch, const VisitorTotals& than) const;
  uint32_t revenue_of(const VisitorTotals& totals) const;
  void credit(const VisitorTotals& totals, uint64_t weight);
  void count_landing_visitors();
  void emit_visitor(const TouchedVisitor& touched);
  void emit_groups();

  bool emits_changes_;
  uint32_t batch_ = 0;
  VisitorTable visitors_;
  Touches touches_;
  Groups<RevenueRow> revenue_;
  Groups<LandingRow> landings_;
  PairSet landing_visitors_;

  uint32_t guesses_[kBatchEvents];
  TouchedVisitor touched_[kBatchEvents];
  size_t touched_size_ = 0;
  LandingVisitor landing_visitors_to_count_[kBatchEvents];
  size_t landing_visitors_to_count_size_ = 0;
  ChangeLog changes_;
};

/// first_touch of a visitor that has one.
std::string first_touch_text(int64_t time_ms, const Touch& touch);

}  // namespace sqlmill::bench::baseline::campaign_attribution
