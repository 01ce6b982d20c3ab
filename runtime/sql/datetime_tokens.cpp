// The shapes and words of PostgreSQL's date and time input (its appendix "Date/Time Input Interpretation").
#include "runtime/sql/datetime_tokens.h"

#include <charconv>
#include <limits>

#include "runtime/sql/datetime_text.h"

namespace sqlmill::rt::sql {

namespace {

using Kind = DatetimeToken::Kind;
using Word = DatetimeWord::Kind;

// The C locale's classes: none of the C++ library's functions, which look at the process's locale.
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_alpha(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool is_space(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}
bool is_punctuation(char c) {
  return c > ' ' && c < 0x7f && !is_digit(c) && !is_alpha(c);
}
char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
}

constexpr DatetimeWord kWords[] = {
    {"january", Word::kMonth, 1},
    {"jan", Word::kMonth, 1},
    {"february", Word::kMonth, 2},
    {"feb", Word::kMonth, 2},
    {"march", Word::kMonth, 3},
    {"mar", Word::kMonth, 3},
    {"april", Word::kMonth, 4},
    {"apr", Word::kMonth, 4},
    {"may", Word::kMonth, 5},
    {"june", Word::kMonth, 6},
    {"jun", Word::kMonth, 6},
    {"july", Word::kMonth, 7},
    {"jul", Word::kMonth, 7},
    {"august", Word::kMonth, 8},
    {"aug", Word::kMonth, 8},
    {"september", Word::kMonth, 9},
    {"sep", Word::kMonth, 9},
    {"sept", Word::kMonth, 9},
    {"october", Word::kMonth, 10},
    {"oct", Word::kMonth, 10},
    {"november", Word::kMonth, 11},
    {"nov", Word::kMonth, 11},
    {"december", Word::kMonth, 12},
    {"dec", Word::kMonth, 12},
    {"sunday", Word::kWeekday},
    {"sun", Word::kWeekday},
    {"monday", Word::kWeekday},
    {"mon", Word::kWeekday},
    {"tuesday", Word::kWeekday},
    {"tue", Word::kWeekday},
    {"tues", Word::kWeekday},
    {"wednesday", Word::kWeekday},
    {"wed", Word::kWeekday},
    {"weds", Word::kWeekday},
    {"thursday", Word::kWeekday},
    {"thu", Word::kWeekday},
    {"thur", Word::kWeekday},
    {"thurs", Word::kWeekday},
    {"friday", Word::kWeekday},
    {"fri", Word::kWeekday},
    {"saturday", Word::kWeekday},
    {"sat", Word::kWeekday},
    {"am", Word::kMeridiem, 0},
    {"pm", Word::kMeridiem, 1},
    {"ad", Word::kEra, 0},
    {"bc", Word::kEra, 1},
    {"infinity", Word::kInfinity},
    {"-infinity", Word::kMinusInfinity},
    {"epoch", Word::kEpoch},
    {"now", Word::kMoment},
    {"today", Word::kMoment},
    {"tomorrow", Word::kMoment},
    {"yesterday", Word::kMoment},
    {"allballs", Word::kMidnight},
    {"t", Word::kIsoTime},
    {"j", Word::kJulian},
    {"jd", Word::kJulian},
    {"julian", Word::kJulian},
    {"utc", Word::kZone},
    {"gmt", Word::kZone},
    {"z", Word::kZone},
    {"zulu", Word::kZone},
    {"at", Word::kIgnored},
    {"on", Word::kIgnored},
};

}  // namespace

const DatetimeWord* find_datetime_word(std::string_view lower_case) {
  for (const DatetimeWord& word : kWords) {
    if (word.text == lower_case) return &word;
  }
  return nullptr;
}

void DatetimeTokens::take() {
  if (used_ == bytes_.size()) {
    overflow_ = true;
  } else {
    bytes_[used_++] = lower(text_[at_]);
  }
  ++at_;
}

template <class Accept>
void DatetimeTokens::take_while(Accept accept) {
  while (at_ < text_.size() && accept(text_[at_])) take();
}

bool DatetimeTokens::push() {
  if (size_ == kMaxTokens || overflow_) return false;
  tokens_[size_++] = {kind_, {bytes_.data() + token_begin_, used_ - token_begin_}};
  return true;
}

bool DatetimeTokens::scan(std::string_view text) {
  text_ = text;
  while (at_ < text_.size()) {
    token_begin_ = used_;
    const char c = peek();
    if (is_space(c)) {
      ++at_;
      continue;
    }
    if (is_digit(c)) {
      scan_number();
    } else if (c == '.') {
      kind_ = Kind::kNumber;
      take();
      take_while(is_digit);
    } else if (is_alpha(c)) {
      scan_word();
    } else if (c == '+' || c == '-') {
      if (!scan_sign()) return false;
    } else if (is_punctuation(c)) {
      ++at_;
      continue;
    } else {
      return false;
    }
    if (!push()) return false;
  }
  return true;
}

void DatetimeTokens::scan_number() {
  take_while(is_digit);
  const char separator = peek();
  if (separator == ':') {
    kind_ = Kind::kTime;
    take_while([](char c) { return is_digit(c) || c == ':' || c == '.'; });
  } else if (separator == '-' || separator == '/' || separator == '.') {
    take();
    if (is_digit(peek())) {
      kind_ = separator == '.' ? Kind::kNumber : Kind::kDate;
      take_while(is_digit);
      // A third part has the same separator.
      if (peek() == separator) {
        kind_ = Kind::kDate;
        take_while([=](char c) { return is_digit(c) || c == separator; });
      }
    } else {
      kind_ = Kind::kDate;
      take_while([=](char c) { return is_digit(c) || is_alpha(c) || c == separator; });
    }
  } else {
    kind_ = Kind::kNumber;
  }
}

void DatetimeTokens::scan_word() {
  kind_ = Kind::kWord;
  take_while(is_alpha);
  const char next = peek();
  bool is_date = next == '-' || next == '/' || next == '.';
  if (next == '+' || is_digit(next)) {
    const DatetimeWord* word = find_datetime_word({bytes_.data() + token_begin_, used_ - token_begin_});
    is_date = word == nullptr || word->kind == Word::kZone;
  }
  if (!is_date) return;
  kind_ = Kind::kDate;
  take_while([](char c) {
    return is_digit(c) || is_alpha(c) || c == '+' || c == '-' || c == '/' || c == '_' || c == '.' || c == ':';
  });
}

bool DatetimeTokens::scan_sign() {
  take();
  while (is_space(peek())) ++at_;
  if (is_digit(peek())) {
    kind_ = Kind::kSigned;
    take_while([](char c) { return is_digit(c) || c == ':' || c == '.' || c == '-'; });
  } else if (is_alpha(peek())) {
    kind_ = Kind::kSpecial;
    take_while(is_alpha);
  } else {
    return false;
  }
  return true;
}

std::optional<int64_t> take_integer(std::string_view& text, DatetimeFault& fault) {
  int64_t value = 0;
  std::string_view digits = text;
  if (!digits.empty() && digits[0] == '+') digits.remove_prefix(1);
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc()) {
    fault = error == std::errc::result_out_of_range ? DatetimeFault::kField : DatetimeFault::kFormat;
    return std::nullopt;
  }
  text = digits.substr(static_cast<size_t>(end - digits.data()));
  return value;
}

std::optional<double> read_fraction(std::string_view text) {
  if (text.empty() || text[0] != '.') return std::nullopt;
  if (text.size() == 1) return 0.0;
  double value = 0;
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed);
  if (end != text.data() + text.size()) return std::nullopt;
  // Smaller than any double: from_chars leaves the value alone.
  if (error == std::errc::result_out_of_range) return 0.0;
  return error == std::errc() ? std::optional(value) : std::nullopt;
}

DatetimeFault read_zone_offset(std::string_view text, int32_t& seconds) {
  DatetimeFault fault = DatetimeFault::kFormat;
  if (text.empty() || (text[0] != '+' && text[0] != '-')) return fault;
  const bool west = text[0] == '-';
  text.remove_prefix(1);
  const size_t length = text.size();
  if (length == 0 || !is_digit(text[0])) return fault;
  const auto overflow = [&] {
    return fault == DatetimeFault::kField ? DatetimeFault::kZoneDisplacement : fault;
  };
  std::optional<int64_t> hour = take_integer(text, fault), minute = 0, second = 0;
  if (!hour) return overflow();
  if (!text.empty() && text[0] == ':') {
    text.remove_prefix(1);
    if (!(minute = take_integer(text, fault))) return overflow();
    if (!text.empty() && text[0] == ':') {
      text.remove_prefix(1);
      if (!(second = take_integer(text, fault))) return overflow();
    }
  } else if (text.empty() && length > 2) {
    minute = *hour % 100;
    hour = *hour / 100;
  }
  constexpr int64_t kMaxHour = 15;
  if (*hour < 0 || *hour > kMaxHour || *minute < 0 || *minute > 59 || *second < 0 || *second > 59) {
    return DatetimeFault::kZoneDisplacement;
  }
  if (!text.empty()) return DatetimeFault::kFormat;
  seconds = static_cast<int32_t>((*hour * 60 + *minute) * 60 + *second);
  if (west) seconds = -seconds;
  return DatetimeFault::kNone;
}

bool find_time_zone(std::string_view name, int32_t& offset_seconds) {
  char bytes[8];
  if (name.size() > sizeof bytes) return false;
  for (size_t i = 0; i < name.size(); ++i) bytes[i] = lower(name[i]);
  const DatetimeWord* word = find_datetime_word({bytes, name.size()});
  if (word == nullptr || word->kind != Word::kZone) return false;
  offset_seconds = 0;
  return true;
}

}  // namespace sqlmill::rt::sql
