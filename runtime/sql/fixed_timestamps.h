// Timestamps in the layout that streams have, on the hot path of every source: `YYYY-MM-DD HH:MM:SS[.ffffff]`
// with `T` or a space in the middle, one to six digits of fraction, and at the end nothing, `Z`, `+HH` or
// `+HH:MM` (or with a minus). All other texts are datetime_reader.h's.
#pragma once

#include <cstdint>
#include <string_view>

#include "runtime/sql/values.h"

namespace sqlmill::rt::sql {

/// Remembers minutes: most timestamps of a stream are within the same few.
class FixedTimestamps {
 public:
  FixedTimestamps();

  /// False for every other layout, and for what is out of range; then the result is arbitrary.
  bool read(std::string_view text, Timestamptz& result);
  /// As PostgreSQL has it, a zone is read and ignored.
  bool read(std::string_view text, Timestamp& result);

 private:
  /// By the last digit, so that late events find theirs beside the current one.
  struct Minute {
    char text[16];  // `2026-04-01 09:00`
    int64_t micros;
  };
  const Minute* find_minute(std::string_view text);
  [[gnu::noinline]] static bool learn_minute(const char* p, Minute& minute);

  Minute minutes_[16];
};

}  // namespace sqlmill::rt::sql
