// The views' rows as their consumer gets them.
#pragma once

#include <cstdint>

#include "bench/baseline/change_log.h"

namespace sqlmill::bench::baseline::clickstream {

enum ViewNumber : int32_t { kSessionSummary, kFunnel, kPageTraffic, kConversion };

struct SessionSummaryChange {
  ChangeHeader header;
  TextField session_id, user_id, device_type, country;
  int64_t session_start, session_end, duration_us;
  uint64_t total_events, page_views, add_to_carts, purchases;
};

struct ConversionChange {
  ChangeHeader header;
  TextField session_id, user_id, device_type, country;
  uint64_t outcome;
};

struct PageTrafficChange {
  ChangeHeader header;
  TextField page_url;
  uint64_t total_views, unique_users, unique_sessions;
};

struct FunnelChange {
  ChangeHeader header;
  uint64_t counts[7];
};

}  // namespace sqlmill::bench::baseline::clickstream
