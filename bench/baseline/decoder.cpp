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

/// Steps over a literal; what differs is noted in `odd`.
template <size_t N>
inline const char* skip(const char* p, const char (&literal)[N], uint64_t& odd) {
  odd |= std::memcmp(p, literal, N - 1) != 0;
  return p + N - 1;
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
      ++count;
      continue;
    }
    const auto* newline = static_cast<const char*>(std::memchr(at_, '\n', static_cast<size_t>(end_ - at_)));
    const char* line_end = newline != nullptr ? newline : end_;
    const std::string_view line(at_, static_cast<size_t>(line_end - at_));
    at_ = newline != nullptr ? newline + 1 : end_;
    if (is_blank(line)) continue;
    ++general_lines_;
    if (decode_general(line, events[count])) {
      ++count;
    } else {
      ++rejected_lines_;
    }
  }
  for (size_t i = 0; i < count; ++i) events[i].session_hash = events[i].session_id.hash();
  return count;
}

bool Decoder::decode_expected(Event& event) {
  uint64_t odd = 0;
  struct {
    const char* begin;
    const char* end;
    size_t size() const { return static_cast<size_t>(end - begin); }
  } user, session, type, page, device, country, time;
  const char* p = skip(at_, R"({"event_id":")", odd);
  p = end_of_plain_string(p, odd);
  user.begin = skip(p, R"(","user_id":")", odd);
  user.end = end_of_plain_string(user.begin, odd);
  session.begin = skip(user.end, R"(","session_id":")", odd);
  session.end = end_of_plain_string(session.begin, odd);
  if (odd != 0) return false;  // once here, so that a strange line is not read far beyond its end
  type.begin = skip(session.end, R"(","event_type":")", odd);
  type.end = end_of_plain_string(type.begin, odd);
  page.begin = skip(type.end, R"(","page_url":")", odd);
  page.end = end_of_plain_string(page.begin, odd);
  p = skip(page.end, R"(","referrer_url":")", odd);
  p = end_of_plain_string(p, odd);
  if (odd != 0) return false;
  device.begin = skip(p, R"(","device_type":")", odd);
  device.end = end_of_plain_string(device.begin, odd);
  country.begin = skip(device.end, R"(","country":")", odd);
  country.end = end_of_plain_string(country.begin, odd);
  time.begin = skip(country.end, R"(","event_ts":")", odd);
  time.end = end_of_plain_string(time.begin, odd);
  p = skip(time.end, "\"}\n", odd);
  if (odd != 0) [[unlikely]]
    return false;
  if (!timestamps_.read(time.begin, time.size(), &event.time_us)) [[unlikely]]
    return false;

  event.user_id = Text(user.begin, user.size());
  event.session_id = Text(session.begin, session.size());
  event.type = event_type({type.begin, type.size()});
  event.page = page_number(page.begin, page.size());
  event.device = views_.devices().number(Text(device.begin, device.size()));
  event.country = views_.countries().number(Text(country.begin, country.size()));
  at_ = p;
  return true;
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
