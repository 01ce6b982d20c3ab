// One decoded event: what the four views read of it.
#pragma once

#include <cstddef>
#include <cstdint>

#include "bench/baseline/decoder.h"
#include "bench/baseline/event_type.h"
#include "bench/baseline/text.h"

namespace sqlmill::bench::baseline::clickstream {

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

}  // namespace sqlmill::bench::baseline::clickstream
