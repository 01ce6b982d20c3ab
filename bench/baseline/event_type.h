// What the views ask of event_type: which of the few values that they name it is.
#pragma once

#include <cstdint>
#include <cstring>

#include "bench/baseline/decoder.h"

namespace sqlmill::bench::baseline {

enum class EventType : uint8_t { kNull, kOther, kPageView, kAddToCart, kPurchase };

inline EventType event_type(const Value& value) {
  if (value.is_null) return EventType::kNull;
  switch (value.size) {
    case 8:
      return std::memcmp(value.bytes, "purchase", 8) == 0 ? EventType::kPurchase : EventType::kOther;
    case 9:
      return std::memcmp(value.bytes, "page_view", 9) == 0 ? EventType::kPageView : EventType::kOther;
    case 11:
      return std::memcmp(value.bytes, "add_to_cart", 11) == 0 ? EventType::kAddToCart : EventType::kOther;
    default:
      return EventType::kOther;
  }
}

}  // namespace sqlmill::bench::baseline
