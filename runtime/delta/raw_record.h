// A record as a connector delivers it, before decoding. Borrows the connector's memory until the epoch ends.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace sqlmill::rt::delta {

struct RawHeader {
  std::string_view name;
  std::optional<std::string_view> value;
};

struct RawRecord {
  /// At least kPadding readable bytes follow the payload's end (what they hold does not matter).
  static constexpr size_t kPadding = 0;

  std::optional<std::string_view> payload;  // None: a Kafka tombstone.
  std::optional<std::string_view> key;
  int32_t partition = 0;
  int64_t offset = 0;
  std::optional<int64_t> timestamp_ms;  // Since 1970-01-01 UTC.
  std::span<const RawHeader> headers;
};

}  // namespace sqlmill::rt::delta
