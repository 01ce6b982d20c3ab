#include "bench/baseline/decoder.h"

#include <cstring>

#include "bench/baseline/event_file.h"
#include "bench/baseline/simd.h"

namespace sqlmill::bench::baseline {
namespace {

EventType event_type(std::string_view text) {
  switch (text.size()) {
    case 8:
      return std::memcmp(text.data(), "purchase", 8) == 0 ? EventType::kPurchase : EventType::kOther;
    case 9:
      return std::memcmp(text.data(), "page_view", 9) == 0 ? EventType::kPageView : EventType::kOther;
    case 11:
      return std::memcmp(text.data(), "add_to_cart", 11) == 0 ? EventType::kAddToCart : EventType::kOther;
    default:
      return EventType::kOther;
  }
}

/// What stands between the values of a line, from one value's closing quote to behind the next one's opening
/// quote.
constexpr char kBeforeId[] = R"({"event_id":")";
constexpr char kBeforeUser[] = R"(","user_id":")";
constexpr char kBeforeSession[] = R"(","session_id":")";
constexpr char kBeforeType[] = R"(","event_type":")";
constexpr char kBeforePage[] = R"(","page_url":")";
constexpr char kBeforeReferrer[] = R"(","referrer_url":")";
constexpr char kBeforeDevice[] = R"(","device_type":")";
constexpr char kBeforeCountry[] = R"(","country":")";
constexpr char kBeforeTime[] = R"(","event_ts":")";
constexpr char kBehindTime[] = "\"}\n";

/// Nine keys and nine values have 36 quotes, and there is the newline.
constexpr size_t kMarksPerLine = 37;

template <size_t N>
inline bool starts_with(const char* p, const char (&literal)[N]) {
  return std::memcmp(p, literal, N - 1) == 0;
}

/// A value between its opening quote, the last byte of `before`, and its closing quote.
template <size_t N>
inline std::string_view value_behind(const char* p, const char (&before)[N], const char* close) {
  (void)before;
  return {p + N - 1, static_cast<size_t>(close - p) - (N - 1)};
}

bool is_blank(std::string_view line) {
  return line.find_first_not_of(" \t\r") == std::string_view::npos;
}

}  // namespace

size_t Decoder::decode(Event* events) {
  batch_texts_.clear();
  size_t count = 0;
  while (count < kBatchEvents && at_ < end_) {
    if (decode_expected(events[count])) [[likely]] {
      announce(events, count++);
      continue;
    }
    const auto* newline = static_cast<const char*>(std::memchr(at_, '\n', static_cast<size_t>(end_ - at_)));
    const char* line_end = newline != nullptr ? newline : end_;
    const std::string_view line(at_, static_cast<size_t>(line_end - at_));
    at_ = newline != nullptr ? newline + 1 : end_;
    skip_marks();
    if (is_blank(line)) continue;
    ++general_lines_;
    if (decode_general(line, events[count])) {
      announce(events, count++);
    } else {
      ++rejected_lines_;
    }
  }
  return count;
}

inline void Decoder::announce(Event* events, size_t i) {
  events[i].session_hash = events[i].session_id.hash();
  views_.expect(events, i);
}

bool Decoder::decode_expected(Event& event) {
  if (mark_ + kMarksPerLine > marks_.size()) [[unlikely]] {
    marks_.build(at_, end_);
    stretch_ = at_;
    mark_ = 0;
    if (marks_.size() < kMarksPerLine) return false;
  }
  // If the literals are where the marks say, they account for all marks but the nine closing quotes: so no
  // value has a quote, a backslash or anything else that is not plain.
  const uint16_t* marks = marks_.offsets() + mark_;
  const auto close = [&](size_t column) { return stretch_ + marks[4 * column + 3]; };
  const char* const id = close(0);
  const char* const user = close(1);
  const char* const session = close(2);
  const char* const type = close(3);
  const char* const page = close(4);
  const char* const referrer = close(5);
  const char* const device = close(6);
  const char* const country = close(7);
  const char* const time = close(8);
  const bool is_expected = starts_with(at_, kBeforeId) && starts_with(id, kBeforeUser) &&
                           starts_with(user, kBeforeSession) && starts_with(session, kBeforeType) &&
                           starts_with(type, kBeforePage) && starts_with(page, kBeforeReferrer) &&
                           starts_with(referrer, kBeforeDevice) && starts_with(device, kBeforeCountry) &&
                           starts_with(country, kBeforeTime) && starts_with(time, kBehindTime);
  if (!is_expected) [[unlikely]]
    return false;
  const std::string_view time_text = value_behind(country, kBeforeTime, time);
  if (!timestamps_.read(time_text.data(), time_text.size(), &event.time_us)) [[unlikely]]
    return false;

  const auto text = [](std::string_view value) { return Text(value.data(), value.size()); };
  event.user_id = text(value_behind(id, kBeforeUser, user));
  event.session_id = text(value_behind(user, kBeforeSession, session));
  event.type = event_type(value_behind(session, kBeforeType, type));
  const std::string_view url = value_behind(type, kBeforePage, page);
  event.page = page_number(url.data(), url.size());
  event.device = views_.devices().number(text(value_behind(referrer, kBeforeDevice, device)));
  event.country = views_.countries().number(text(value_behind(device, kBeforeCountry, country)));
  at_ = time + sizeof kBehindTime - 1;
  mark_ += kMarksPerLine;
  return true;
}

/// The next mark is the first that is not behind `at_` any more.
void Decoder::skip_marks() {
  while (mark_ < marks_.size() && stretch_ + marks_.offsets()[mark_] < at_) ++mark_;
}

/// A text of simdjson's buffer, which the next line overwrites, kept for the batch.
Text Decoder::batch_text(std::string_view text) {
  return Text(batch_texts_.copy(text), text.size());
}

/// False when the column's value does not fit its type. Of a key that comes twice the last value counts.
bool Decoder::read_column(std::string_view name, simdjson::ondemand::value value, Event& event) {
  enum Column { kUser, kSession, kType, kPage, kDevice, kCountry, kTime, kUnread, kUndeclared };
  const Column column = name == "user_id"        ? kUser
                        : name == "session_id"   ? kSession
                        : name == "event_type"   ? kType
                        : name == "page_url"     ? kPage
                        : name == "device_type"  ? kDevice
                        : name == "country"      ? kCountry
                        : name == "event_ts"     ? kTime
                        : name == "event_id"     ? kUnread
                        : name == "referrer_url" ? kUnread
                                                 : kUndeclared;
  if (column == kUndeclared) return true;
  simdjson::ondemand::json_type kind;
  if (value.type().get(kind) != simdjson::SUCCESS) return false;
  const bool is_null = kind == simdjson::ondemand::json_type::null;
  bool is_whole_null = false;  // and not something that merely begins like null
  if (is_null && (value.is_null().get(is_whole_null) != simdjson::SUCCESS || !is_whole_null)) return false;
  std::string_view text;
  if (!is_null && value.get_string().get(text) != simdjson::SUCCESS) return false;
  if (text.find('\0') != std::string_view::npos) return false;  // PostgreSQL's text has no such thing
  const Text copy = is_null || column == kUnread ? Text() : batch_text(text);
  switch (column) {
    case kUser:
      event.user_id = copy;
      break;
    case kSession:
      event.session_id = copy;
      break;
    case kType:
      event.type = is_null ? EventType::kNull : event_type(text);
      break;
    case kPage: {
      const std::string_view url = copy.view();
      event.page = is_null ? PageTable::kNull : page_number(url.data(), url.size());
      break;
    }
    case kDevice:
      event.device = views_.devices().number(copy);
      break;
    case kCountry:
      event.country = views_.countries().number(copy);
      break;
    case kTime: {
      event.time_us = kNoTime;
      if (is_null) break;
      const std::optional<int64_t> time = parse_timestamp(text);
      if (!time) return false;
      event.time_us = *time;
      break;
    }
    case kUnread:
    case kUndeclared:
      break;
  }
  return true;
}

[[gnu::noinline]] bool Decoder::decode_general(std::string_view line, Event& event) {
  const Text null;
  event = Event{null,
                null,
                0,
                kNoTime,
                PageTable::kNull,
                views_.devices().number(null),
                views_.countries().number(null),
                EventType::kNull};
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
    if (!read_column(name, value, event)) return false;
  }
  const char* behind = nullptr;
  return document.current_location().get(behind) == simdjson::OUT_OF_BOUNDS;  // nothing follows the object
}

}  // namespace sqlmill::bench::baseline
