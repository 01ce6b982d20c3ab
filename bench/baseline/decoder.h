// NDJSON lines to events: a scanner for the lines that look as expected, simdjson for all others, with the
// same result.
//
// `Views` says what becomes of a line. It has
//
// - `Event`, with `int64_t time_us` if it reads event_ts (then the time must be one);
//
// - `void read<Column>(const Value&, Event&)`, called for the other columns, read or not; the bytes live
// until
//   the batch has been applied;
//
// - `void expect(Event* events, size_t i)`: events[i] of the next batch is decoded. What it will need of
// indexes
//   is fetched while the next ones are being decoded.
#pragma once

#include <simdjson.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string_view>

#include "bench/baseline/event_file.h"
#include "bench/baseline/mark_index.h"
#include "bench/baseline/memory.h"
#include "bench/baseline/simd.h"
#include "bench/baseline/text.h"
#include "bench/baseline/timestamp.h"

namespace sqlmill::bench::baseline {

/// Events that go through the views together; also how often changes are emitted.
inline constexpr size_t kBatchEvents = 128;

/// The columns in declaration order.
enum class Column : uint8_t {
  kEventId,
  kUserId,
  kSessionId,
  kEventType,
  kPageUrl,
  kReferrerUrl,
  kDeviceType,
  kCountry,
  kEventTs
};
inline constexpr size_t kColumns = 9;

/// A column's text or NULL; 32 bytes at `bytes` are readable.
struct Value {
  const char* bytes;
  size_t size;
  bool is_null;

  std::string_view view() const { return {bytes, size}; }
  Text text() const { return is_null ? Text() : Text(bytes, size); }
};

/// Reads the lines from `begin` to `end`; EventFile::kPadding zero bytes behind `end` are readable.
template <class Views>
class Decoder {
 public:
  using Event = typename Views::Event;

  Decoder(const char* begin, const char* end, Views& views) : at_(begin), end_(end), views_(views) {}

  /// Goes on with other lines; those of before have been applied.
  void continue_with(const char* begin, const char* end) {
    at_ = begin;
    end_ = end;
    mark_ = marks_.size();
  }

  /// Decodes up to kBatchEvents events, makes the views expect them, and returns their number, 0 at the end.
  /// Their texts live until the next call.
  size_t decode(Event* events) {
    batch_texts_.clear();
    size_t count = 0;
    while (count < kBatchEvents && at_ < end_) {
      if (decode_expected(events[count])) [[likely]] {
        views_.expect(events, count++);
        continue;
      }
      const auto* newline = static_cast<const char*>(std::memchr(at_, '\n', static_cast<size_t>(end_ - at_)));
      const char* line_end = newline != nullptr ? newline : end_;
      const std::string_view line(at_, static_cast<size_t>(line_end - at_));
      at_ = newline != nullptr ? newline + 1 : end_;
      skip_marks();
      if (line.find_first_not_of(" \t\r") == std::string_view::npos) continue;
      ++general_lines_;
      if (decode_general(line, events[count])) {
        views_.expect(events, count++);
      } else {
        ++rejected_lines_;
      }
    }
    return count;
  }

  /// Lines that are no JSON object, or have a column that is neither a string nor null, or a time that is
  /// none.
  uint64_t rejected_lines() const { return rejected_lines_; }
  /// Lines that took the general way.
  uint64_t general_lines() const { return general_lines_; }

 private:
  static constexpr bool kReadsTime = requires(Event& event) { event.time_us; };

  /// What stands between the values of a line, from one value's closing quote to behind the next one's
  /// opening quote.
  static constexpr char kBeforeId[] = R"({"event_id":")";
  static constexpr char kBeforeUser[] = R"(","user_id":")";
  static constexpr char kBeforeSession[] = R"(","session_id":")";
  static constexpr char kBeforeType[] = R"(","event_type":")";
  static constexpr char kBeforePage[] = R"(","page_url":")";
  static constexpr char kBeforeReferrer[] = R"(","referrer_url":")";
  static constexpr char kBeforeDevice[] = R"(","device_type":")";
  static constexpr char kBeforeCountry[] = R"(","country":")";
  static constexpr char kBeforeTime[] = R"(","event_ts":")";
  static constexpr char kBehindTime[] = "\"}\n";

  /// Nine keys and nine values have 36 quotes, and there is the newline.
  static constexpr size_t kMarksPerLine = 4 * kColumns + 1;

  template <size_t N>
  static bool starts_with(const char* p, const char (&literal)[N]) {
    return std::memcmp(p, literal, N - 1) == 0;
  }

  /// A value between its opening quote, the last byte of `before`, and its closing quote.
  template <size_t N>
  static Value value_behind(const char* p, const char (&before)[N], const char* close) {
    (void)before;
    return {p + N - 1, static_cast<size_t>(close - p) - (N - 1), false};
  }

  /// The nine columns in declaration order, compact, plain ASCII, all of them strings. Moves behind the line
  /// if so.
  bool decode_expected(Event& event) {
    if (mark_ + kMarksPerLine > marks_.size()) [[unlikely]] {
      marks_.build(at_, end_);
      stretch_ = at_;
      mark_ = 0;
      if (marks_.size() < kMarksPerLine) return false;
    }
    // If the literals are where the marks say, they account for all marks but the nine closing quotes: so no
    // value has a quote, a backslash or anything else that is not plain.
    const uint16_t* marks = marks_.offsets() + mark_;
    const auto close = [&](Column column) { return stretch_ + marks[4 * static_cast<size_t>(column) + 3]; };
    const char* const id = close(Column::kEventId);
    const char* const user = close(Column::kUserId);
    const char* const session = close(Column::kSessionId);
    const char* const type = close(Column::kEventType);
    const char* const page = close(Column::kPageUrl);
    const char* const referrer = close(Column::kReferrerUrl);
    const char* const device = close(Column::kDeviceType);
    const char* const country = close(Column::kCountry);
    const char* const time = close(Column::kEventTs);
    const bool is_expected = starts_with(at_, kBeforeId) && starts_with(id, kBeforeUser) &&
                             starts_with(user, kBeforeSession) && starts_with(session, kBeforeType) &&
                             starts_with(type, kBeforePage) && starts_with(page, kBeforeReferrer) &&
                             starts_with(referrer, kBeforeDevice) && starts_with(device, kBeforeCountry) &&
                             starts_with(country, kBeforeTime) && starts_with(time, kBehindTime);
    if (!is_expected) [[unlikely]]
      return false;
    if constexpr (kReadsTime) {
      const Value value = value_behind(country, kBeforeTime, time);
      if (!timestamps_.read(value.bytes, value.size, &event.time_us)) [[unlikely]]
        return false;
    }
    views_.template read<Column::kUserId>(value_behind(id, kBeforeUser, user), event);
    views_.template read<Column::kSessionId>(value_behind(user, kBeforeSession, session), event);
    views_.template read<Column::kEventType>(value_behind(session, kBeforeType, type), event);
    views_.template read<Column::kPageUrl>(value_behind(type, kBeforePage, page), event);
    views_.template read<Column::kReferrerUrl>(value_behind(page, kBeforeReferrer, referrer), event);
    views_.template read<Column::kDeviceType>(value_behind(referrer, kBeforeDevice, device), event);
    views_.template read<Column::kCountry>(value_behind(device, kBeforeCountry, country), event);
    at_ = time + sizeof kBehindTime - 1;
    mark_ += kMarksPerLine;
    return true;
  }

  /// The next mark is the first that is not behind `at_` any more.
  void skip_marks() {
    while (mark_ < marks_.size() && stretch_ + marks_.offsets()[mark_] < at_) ++mark_;
  }

  bool read(Column column, const Value& value, Event& event) {
    switch (column) {
      case Column::kEventId:
        break;
      case Column::kUserId:
        views_.template read<Column::kUserId>(value, event);
        break;
      case Column::kSessionId:
        views_.template read<Column::kSessionId>(value, event);
        break;
      case Column::kEventType:
        views_.template read<Column::kEventType>(value, event);
        break;
      case Column::kPageUrl:
        views_.template read<Column::kPageUrl>(value, event);
        break;
      case Column::kReferrerUrl:
        views_.template read<Column::kReferrerUrl>(value, event);
        break;
      case Column::kDeviceType:
        views_.template read<Column::kDeviceType>(value, event);
        break;
      case Column::kCountry:
        views_.template read<Column::kCountry>(value, event);
        break;
      case Column::kEventTs:
        if constexpr (kReadsTime) {
          const std::optional<int64_t> time = value.is_null ? kNoTime : parse_timestamp(value.view());
          if (!time) return false;
          event.time_us = *time;
        }
    }
    return true;
  }

  static std::optional<Column> column_of(std::string_view name) {
    static constexpr std::string_view kNames[kColumns] = {"event_id",    "user_id",  "session_id",
                                                          "event_type",  "page_url", "referrer_url",
                                                          "device_type", "country",  "event_ts"};
    for (size_t i = 0; i < kColumns; ++i) {
      if (kNames[i] == name) return static_cast<Column>(i);
    }
    return std::nullopt;
  }

  /// False when the field's value does not fit its column's type.
  bool read_field(std::string_view name, simdjson::ondemand::value field, Event& event) {
    const std::optional<Column> column = column_of(name);
    if (!column) return true;
    simdjson::ondemand::json_type kind;
    if (field.type().get(kind) != simdjson::SUCCESS) return false;
    if (kind == simdjson::ondemand::json_type::null) {
      bool is_null = false;  // and not something that merely begins like null
      if (field.is_null().get(is_null) != simdjson::SUCCESS || !is_null) return false;
      return read(*column, {nullptr, 0, true}, event);
    }
    std::string_view text;
    if (field.get_string().get(text) != simdjson::SUCCESS) return false;
    if (text.find('\0') != std::string_view::npos) return false;  // PostgreSQL's text has no such thing
    // A text of simdjson's buffer, which the next line overwrites, is kept for the batch.
    return read(*column, {batch_texts_.copy(text), text.size(), false}, event);
  }

  /// Of a key that comes twice the last value counts.
  [[gnu::noinline]] bool decode_general(std::string_view line, Event& event) {
    for (size_t i = 0; i < kColumns; ++i) read(static_cast<Column>(i), {nullptr, 0, true}, event);
    simdjson::ondemand::document document;
    simdjson::ondemand::object object;
    const simdjson::padded_string_view padded(line, line.size() + EventFile::kPadding);
    if (parser_.iterate(padded).get(document) != simdjson::SUCCESS) return false;
    if (document.get_object().get(object) != simdjson::SUCCESS) return false;
    for (auto field : object) {
      std::string_view name;
      simdjson::ondemand::value value;
      if (field.unescaped_key().get(name) != simdjson::SUCCESS) return false;
      if (field.value().get(value) != simdjson::SUCCESS) return false;
      if (!read_field(name, value, event)) return false;
    }
    const char* behind = nullptr;
    return document.current_location().get(behind) == simdjson::OUT_OF_BOUNDS;  // nothing follows the object
  }

  const char* at_;
  const char* end_;
  Views& views_;
  MarkIndex marks_;
  const char* stretch_ = nullptr;  // where marks_ begins
  size_t mark_ = 0;                // the first mark at or behind at_
  TimestampReader timestamps_;
  simdjson::ondemand::parser parser_;
  TextArena batch_texts_;
  uint64_t rejected_lines_ = 0;
  uint64_t general_lines_ = 0;
};

}  // namespace sqlmill::bench::baseline
