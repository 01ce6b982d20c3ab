#include "bench/baseline/session_sizes/histogram.h"

#include "bench/baseline/rounded_ratio.h"

namespace sqlmill::bench::baseline::session_sizes {
namespace {

/// The first of the base 10,000 digits that PostgreSQL's numeric is made of, and how many follow.
struct LeadingDigit {
  int digit = 0;
  int weight = 0;
  explicit LeadingDigit(uint64_t value) {
    for (; value >= 10'000; value /= 10'000) ++weight;
    digit = static_cast<int>(value);
  }
};

/// Of a bar's list, how much may be sessions that have left.
constexpr uint64_t kGarbageFactor = 4;

/// The sizes of each class, both ends included.
constexpr struct {
  uint32_t from, to;
} kClassRanges[kSizeClasses] = {{1, 1}, {2, 5}, {6, 15}, {16, UINT32_MAX}};

}  // namespace

/// The quotient has at least 16 significant digits; how many is found as numeric.c does, in select_div_scale.
Average average_pages(const BarRow& row) {
  const LeadingDigit dividend(row.pages), divisor(row.sessions);
  const int quotient_weight = dividend.weight - divisor.weight - (dividend.digit <= divisor.digit ? 1 : 0);
  const int scale = std::max(0, 16 - 4 * quotient_weight);
  unsigned __int128 scaled = row.pages;
  for (int i = 0; i < scale; ++i) scaled *= 10;
  return {static_cast<__int128>(rounded_ratio(scaled, static_cast<unsigned __int128>(row.sessions))), scale};
}

void Bar::enter(const SessionTable& sessions, uint32_t size, uint32_t session, const SessionTotals& totals) {
  ++row_.sessions;
  row_.pages += totals.pages;
  const int64_t duration = totals.duration_us();
  if (duration == kNoTime) return;
  ++timed_sessions_;
  const auto is_here = [&](uint32_t other) { return sessions[other].totals.events == size; };
  if (timed_.size() > kGarbageFactor * timed_sessions_ + 64) [[unlikely]]
    std::erase_if(timed_, [&](uint32_t other) { return !is_here(other); });
  timed_.push_back(session);
  shortest_.add(duration, session);
  longest_.add(-duration, session);
  if (shortest_.size() > candidates_max()) [[unlikely]]
    shortest_.trim(candidates_min(), is_here);
  if (longest_.size() > candidates_max()) [[unlikely]]
    longest_.trim(candidates_min(), is_here);
}

[[gnu::noinline]] void Bar::find_candidates(const SessionTable& sessions, uint32_t size) {
  const auto is_here = [&](uint32_t session) { return sessions[session].totals.events == size; };
  std::erase_if(timed_, [&](uint32_t session) { return !is_here(session); });
  shortest_.restart();
  longest_.restart();
  for (const uint32_t session : timed_) {
    const int64_t duration = sessions[session].totals.duration_us();
    shortest_.add(duration, session);
    longest_.add(-duration, session);
  }
  shortest_.trim(candidates_min(), is_here);
  longest_.trim(candidates_min(), is_here);
}

/// When all sessions of the batch have moved.
BarRow Bar::row(const SessionTable& sessions, uint32_t size) {
  const auto is_here = [&](uint32_t session) { return sessions[session].totals.events == size; };
  BarRow row = row_;
  if (timed_sessions_ == 0) return row;
  row.shortest_us = shortest_.least(is_here);
  int64_t longest = longest_.least(is_here);
  if (row.shortest_us == kNoTime || longest == kNoTime) [[unlikely]] {
    find_candidates(sessions, size);
    row.shortest_us = shortest_.least(is_here);
    longest = longest_.least(is_here);
  }
  row.longest_us = -longest;
  return row;
}

void Histogram::count(uint32_t size, uint64_t before, uint64_t after) {
  ClassRow& sums = sums_[static_cast<size_t>(size_class(size))];
  sums.sessions += after - before;
  sums.events += (after - before) * size;
  if (size < kFew) {
    const uint64_t bit = uint64_t{1} << size % 64;
    has_few_[size / 64] = after > 0 ? has_few_[size / 64] | bit : has_few_[size / 64] & ~bit;
  } else if (after == 0) {
    many_.erase(size);
  }
}

ClassRow Histogram::class_row(SizeClass size_class) const {
  ClassRow row = sums_[static_cast<size_t>(size_class)];
  if (row.sessions == 0) return {};
  const auto [from, to] = kClassRanges[static_cast<size_t>(size_class)];
  row.smallest = least(from, to);
  row.biggest = greatest(from, to);
  return row;
}

/// The least size from `from` to `to` that has sessions; there is one.
uint32_t Histogram::least(uint32_t from, uint32_t to) const {
  const uint32_t end = std::min(to, kFew - 1) + 1;
  for (uint32_t word = from / 64; word * 64 < end; ++word) {
    const uint64_t behind = word == from / 64 ? ~uint64_t{0} << from % 64 : ~uint64_t{0};
    if (const uint64_t bits = has_few_[word] & behind; bits != 0) {
      return word * 64 + static_cast<uint32_t>(std::countr_zero(bits));
    }
  }
  return many_.begin()->first;
}

uint32_t Histogram::greatest(uint32_t, uint32_t to) const {
  if (to >= kFew && !many_.empty()) return many_.rbegin()->first;
  const uint32_t last = std::min(to, kFew - 1);
  for (uint32_t word = last / 64;; --word) {
    const uint64_t ahead = word == last / 64 ? ~uint64_t{0} >> (63 - last % 64) : ~uint64_t{0};
    if (const uint64_t bits = has_few_[word] & ahead; bits != 0) {
      return word * 64 + 63 - static_cast<uint32_t>(std::countl_zero(bits));
    }
  }
}

size_t Histogram::bytes() const {
  size_t bytes = 0;
  for (const Bar& bar : few_) bytes += bar.bytes();
  for (const auto& [size, bar] : many_) bytes += bar.bytes();
  return bytes;
}

}  // namespace sqlmill::bench::baseline::session_sizes
