// One decoded event: what the four views read of it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>

#include "bench/baseline/text.h"

namespace sqlmill::bench::baseline {

enum class EventType : uint8_t { kNull, kOther, kPageView, kAddToCart, kPurchase };

inline constexpr int64_t kNoTime = std::numeric_limits<int64_t>::min();

struct Event {
  Text session_id;
  Text user_id;
  uint64_t session_hash;
  int64_t time_us;  // since 1970, or kNoTime for NULL
  uint32_t page;    // PageTable
  uint32_t device;  // Dictionary
  uint32_t country;
  EventType type;
};

/// Events that go through the views together; also how often changes are emitted.
inline constexpr size_t kBatchEvents = 128;

}  // namespace sqlmill::bench::baseline
