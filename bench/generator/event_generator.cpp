#include "bench/generator/event_generator.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstring>

namespace sqlmill::bench {
namespace {

constexpr int64_t kFirstTimeUs = 1'775'034'000'000'000;  // 2026-04-01 09:00:00 UTC
constexpr int64_t kPauseUs = 45'000'000;                 // mean time between two events of one session
constexpr int64_t kDelayMaxMs = 5 * 60 * 1000;
constexpr uint32_t kOpenSessionsFirst = 8;
constexpr uint32_t kEventsPerMoreOpenSession = 40;

constexpr uint32_t percent(double value) {
  return static_cast<uint32_t>(value * 655.36 + 0.5);
}

template <size_t N>
char* put(char* out, const char (&text)[N]) {
  std::memcpy(out, text, N - 1);
  return out + N - 1;
}

char* put(char* out, const Word& word) {
  std::memcpy(out, word.bytes,
              Word::kCapacity);  // a fixed size is one or two moves; what is too much is overwritten
  return out + word.size;
}

char* put_digits(char* out, uint64_t value, int digits) {
  for (int i = digits; i-- > 0; value /= 10) out[i] = static_cast<char>('0' + value % 10);
  return out + digits;
}

char* put_hex(char* out, uint64_t value, int digits) {
  for (int i = digits; i-- > 0; value >>= 4) out[i] = "0123456789abcdef"[value & 15];
  return out + digits;
}

/// A bijection of 48-bit numbers: session ids look random and never repeat.
uint64_t scramble48(uint64_t x) {
  constexpr uint64_t kMask = (uint64_t{1} << 48) - 1;
  x = (x * 0x5851f42d4c957f2d) & kMask;
  x ^= x >> 25;
  x = (x * 0x14057b7ef767814f) & kMask;
  return x ^ (x >> 22);
}

}  // namespace

EventGenerator::EventGenerator(const GeneratorOptions& options)
    : options_(options),
      site_(options.pages),
      random_(options.seed),
      late_parts_(percent(options.late_percent)),
      utm_parts_(percent(options.utm_percent)),
      clock_us_(kFirstTimeUs) {
  options_.users = std::clamp(options_.users, 1u, 99'999'999u);
  options_.events_per_session_max = std::clamp(options_.events_per_session_max, 1u, 65535u);
  open_more_sessions();
}

/// Geometric with a mean of about 8, cut at the maximum.
uint16_t EventGenerator::draw_session_length() {
  uint32_t length = 1;
  while (length < options_.events_per_session_max &&
         random_.chance(percent(options_.session_goes_on_percent)))
    ++length;
  return static_cast<uint16_t>(length);
}

EventGenerator::Session EventGenerator::open_session() {
  Session session{};
  session.number = scramble48(++sessions_ + (options_.seed << 32));
  session.user = random_.below(options_.users);
  session.events_left = draw_session_length();
  session.device = static_cast<uint8_t>(site_.draw_device(random_));
  session.country = static_cast<uint8_t>(site_.draw_country(random_));
  session.external_referrer = static_cast<uint8_t>(site_.draw_referrer(random_));
  return session;
}

void EventGenerator::open_more_sessions() {
  const uint64_t wanted = std::min<uint64_t>(std::max(options_.open_sessions_max, 1u),
                                             kOpenSessionsFirst + events_ / kEventsPerMoreOpenSession);
  while (open_.size() < wanted) open_.push_back(open_session());
}

/// Lets `session` do its next step and completes `event` with it.
void EventGenerator::act(Session& session, Event& event) {
  event.referrer = session.page;
  event.type = EventType::kPageView;
  if (!session.started) {
    session.started = true;
    event.has_external_referrer = true;
    event.referrer = session.external_referrer;
    session.page = random_.chance(percent(60)) ? uint32_t{Site::kHome} : site_.draw_page(random_);
    if (utm_parts_ != 0 && random_.chance(utm_parts_)) {
      event.has_campaign = true;
      event.campaign = static_cast<uint8_t>(site_.draw_campaign(random_));
    }
  } else if (session.page == Site::kCheckout && session.has_cart && random_.chance(percent(55))) {
    event.type = EventType::kPurchase;
    session.page = Site::kConfirm;
    session.has_cart = false;
  } else if (session.has_cart && random_.chance(percent(30))) {
    session.page = Site::kCheckout;
  } else if (site_.is_product(session.page) && random_.chance(percent(14))) {
    event.type = EventType::kAddToCart;
    session.has_cart = true;
  } else if (random_.chance(percent(6))) {
    event.type = EventType::kClick;
  } else if (random_.chance(percent(15))) {
    session.page = Site::kProducts;
  } else {
    session.page = site_.draw_page(random_);
  }
  event.page = session.page;
}

/// The inverse of the continuous law, whose first ranks are a little too rare.
void EventGenerator::give_to_zipf_session(Event& event) {
  const double share = static_cast<double>(random_.next() >> 11) * 0x1p-53;
  const double rank = std::exp(share * std::log(options_.zipf_sessions + 1.0)) - 1;
  event.session = scramble48(static_cast<uint64_t>(rank) + 1);
  event.user = static_cast<uint32_t>(event.session % options_.users);
  event.device = event.country = 0;
}

EventGenerator::Event EventGenerator::next_event() {
  const auto open = static_cast<uint32_t>(open_.size());
  clock_us_ += static_cast<int64_t>((random_.next() >> 32) * (2 * kPauseUs / open) >> 32);
  Session& session = open_[random_.below(open)];
  Event event{};
  event.number = ++events_;
  event.session = session.number;
  event.time_ms = clock_us_ / 1000;
  event.user = session.user;
  event.device = session.device;
  event.country = session.country;
  act(session, event);
  if (options_.zipf_sessions != 0) give_to_zipf_session(event);
  if (--session.events_left == 0) session = open_session();
  open_more_sessions();
  return event;
}

size_t EventGenerator::write_next(char* out) {
  while (true) {
    if (!delayed_.empty() && delayed_.top().delivery_ms <= clock_us_ / 1000) {
      const Event event = delayed_.top().event;
      delayed_.pop();
      return write(event, out);
    }
    const Event event = next_event();
    if (!random_.chance(late_parts_)) return write(event, out);
    delayed_.push({event.time_ms + 1000 + random_.below(kDelayMaxMs), event});
  }
}

void EventGenerator::append_next(std::string& buffer) {
  const size_t size = buffer.size();
  buffer.resize(size + kLineBytesMax);
  buffer.resize(size + write_next(buffer.data() + size));
}

char* EventGenerator::write_time(int64_t time_ms, char* out) {
  const int64_t second = time_ms / 1000;
  if (second != formatted_second_) {
    const std::chrono::sys_seconds time{std::chrono::seconds{second}};
    const auto day = std::chrono::floor<std::chrono::days>(time);
    const std::chrono::year_month_day date{day};
    const std::chrono::hh_mm_ss clock{time - day};
    std::snprintf(
        formatted_time_, sizeof formatted_time_, "%04u-%02u-%02u %02u:%02u:%02u",
        static_cast<unsigned>(static_cast<int>(date.year())) % 10000u, static_cast<unsigned>(date.month()),
        static_cast<unsigned>(date.day()), static_cast<unsigned>(clock.hours().count()),
        static_cast<unsigned>(clock.minutes().count()), static_cast<unsigned>(clock.seconds().count()));
    formatted_second_ = second;
  }
  std::memcpy(out, formatted_time_, 19);
  out += 19;
  if (const int64_t fraction = time_ms % 1000; fraction != 0) {
    *out++ = '.';
    out = put_digits(out, static_cast<uint64_t>(fraction), 3);
  }
  return put(out, "+00");
}

size_t EventGenerator::write(const Event& event, char* out) {
  static const Word kTypes[] = {Word("page_view"), Word("click"), Word("add_to_cart"), Word("purchase")};
  char* at = put(out, "{\"event_id\":\"ev");
  at = put_digits(at, event.number, 20);
  at = put(at, "\",\"user_id\":\"u");
  at = put_digits(at, uint64_t{event.user} + 1, 8);
  at = put(at, "\",\"session_id\":\"s");
  at = put_hex(at, event.session, 12);
  at = put(at, "\",\"event_type\":\"");
  at = put(at, kTypes[static_cast<int>(event.type)]);
  at = put(at, "\",\"page_url\":\"");
  at = put(at, site_.page(event.page));
  if (event.has_campaign) at = put(at, site_.campaign(event.campaign));
  at = put(at, "\",\"referrer_url\":\"");
  at = put(at, event.has_external_referrer ? site_.referrer(event.referrer) : site_.page(event.referrer));
  at = put(at, "\",\"device_type\":\"");
  at = put(at, site_.device(event.device));
  at = put(at, "\",\"country\":\"");
  at = put(at, site_.country(event.country));
  at = put(at, "\",\"event_ts\":\"");
  at = write_time(event.time_ms, at);
  at = put(at, "\"}\n");
  return static_cast<size_t>(at - out);
}

}  // namespace sqlmill::bench
