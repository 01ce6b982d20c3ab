#include "runtime/connectors/datagen/generator.h"

#include <fmt/format.h>

#include <charconv>
#include <chrono>
#include <cmath>
#include <optional>

#include "runtime/sql/datetime_text.h"
#include "runtime/sql/type.h"

namespace sqlmill::rt::connectors {

namespace {

constexpr int64_t kMicrosPerSecond = sql::kMicrosPerSecond;
constexpr int64_t kMicrosPerDay = sql::kMicrosPerDay;
constexpr int64_t kUnixEpochMicros = 10'957 * kMicrosPerDay;  // From 1970-01-01 to 2000-01-01.

/// Splitmix64, as a function of the row's number: Steele, Lea, Flood, "Fast splittable pseudorandom number
/// generators" (2014).
uint64_t random_bits(uint64_t seed, uint64_t row) {
  uint64_t z = seed + (row + 1) * 0x9e3779b97f4a7c15u;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

/// From 0 to bound - 1; bound 0 means 2^64.
uint64_t below(uint64_t bits, uint64_t bound) {
  return bound == 0 ? bits : static_cast<uint64_t>(static_cast<unsigned __int128>(bits) * bound >> 64);
}

/// The options of one column, with messages that name them.
class Field {
 public:
  Field(const Options& options, std::string_view column) : options_(options), column_(column) {}

  std::string name(std::string_view option) const { return fmt::format("fields.{}.{}", column_, option); }
  std::optional<std::string_view> find(std::string_view option) const { return options_.find(name(option)); }
  int64_t length(int64_t otherwise) const { return options_.integer(name("length"), otherwise); }
  uint64_t seed(uint64_t otherwise) const {
    return static_cast<uint64_t>(options_.integer(name("seed"), static_cast<int64_t>(otherwise)));
  }
  bool is_sequence() const { return find("kind").value_or("random") == "sequence"; }

  template <class T>
  T number(std::string_view option, T otherwise) const {
    const auto text = find(option);
    if (!text) return otherwise;
    T value{};
    const auto [stop, error] = std::from_chars(text->data(), text->data() + text->size(), value);
    if (error != std::errc() || stop != text->data() + text->size())
      fail(option, fmt::format("\"{}\" is no number", *text));
    return value;
  }
  [[noreturn]] void fail(std::string_view option, std::string_view what) const {
    throw OptionError(fmt::format("{}: option \"{}\": {}", options_.relation, name(option), what));
  }

 private:
  const Options& options_;
  std::string_view column_;
};

class IntegerSequence : public Generator {
 public:
  IntegerSequence(int64_t start, int64_t end) : start_(start), end_(end) {}
  void append(uint64_t row, std::string& out) const override {
    if (start_ > end_ || row > static_cast<uint64_t>(end_) - static_cast<uint64_t>(start_)) {
      out += "null";
    } else {
      fmt::format_to(std::back_inserter(out), "{}",
                     static_cast<int64_t>(static_cast<uint64_t>(start_) + row));
    }
  }

 private:
  int64_t start_, end_;
};

class IntegerRandom : public Generator {
 public:
  IntegerRandom(uint64_t seed, int64_t min, int64_t max) : seed_(seed), min_(min), max_(max) {}
  void append(uint64_t row, std::string& out) const override {
    const uint64_t span = static_cast<uint64_t>(max_) - static_cast<uint64_t>(min_) + 1;
    const uint64_t value = static_cast<uint64_t>(min_) + below(random_bits(seed_, row), span);
    fmt::format_to(std::back_inserter(out), "{}", static_cast<int64_t>(value));
  }

 private:
  uint64_t seed_;
  int64_t min_, max_;
};

/// With two digits after the point.
class DecimalRandom : public Generator {
 public:
  DecimalRandom(uint64_t seed, double min, double max) : seed_(seed), min_(min), max_(max) {}
  void append(uint64_t row, std::string& out) const override {
    const double unit = static_cast<double>(random_bits(seed_, row) >> 11) * 0x1p-53;
    fmt::format_to(std::back_inserter(out), "{:.2f}", min_ + (max_ - min_) * unit);
  }

 private:
  uint64_t seed_;
  double min_, max_;
};

class DecimalSequence : public Generator {
 public:
  DecimalSequence(double start, double end) : start_(start), end_(end) {}
  void append(uint64_t row, std::string& out) const override {
    const double value = start_ + static_cast<double>(row);
    if (value > end_) {
      out += "null";
    } else {
      fmt::format_to(std::back_inserter(out), "{:.2f}", value);
    }
  }

 private:
  double start_, end_;
};

class BooleanRandom : public Generator {
 public:
  explicit BooleanRandom(uint64_t seed) : seed_(seed) {}
  void append(uint64_t row, std::string& out) const override {
    out += random_bits(seed_, row) >> 63 != 0 ? "true" : "false";
  }

 private:
  uint64_t seed_;
};

/// Letters and digits; of a bytea, hexadecimal digits behind `\x`.
class TextRandom : public Generator {
 public:
  TextRandom(uint64_t seed, int64_t length, bool is_bytea)
      : seed_(seed), length_(length), is_bytea_(is_bytea) {}
  void append(uint64_t row, std::string& out) const override {
    constexpr std::string_view kCharacters = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    const std::string_view characters = is_bytea_ ? kCharacters.substr(0, 16) : kCharacters;
    const int64_t size = is_bytea_ ? 2 * length_ : length_;
    out += is_bytea_ ? "\"\\\\x" : "\"";
    const uint64_t row_seed = random_bits(seed_, row);
    for (int64_t i = 0; i < size; ++i) out += characters[below(random_bits(row_seed, i), characters.size())];
    out += '"';
  }

 private:
  uint64_t seed_;
  int64_t length_;
  bool is_bytea_;
};

/// A date, time or timestamp within `span` microseconds up to and including `base`.
class TimeRandom : public Generator {
 public:
  TimeRandom(uint64_t seed, sql::TypeId type, int64_t base, int64_t span)
      : seed_(seed), type_(type), base_(base), span_(span) {}
  void append(uint64_t row, std::string& out) const override {
    const uint64_t bits = random_bits(seed_, row);
    const int64_t micros = base_ - static_cast<int64_t>(below(bits, static_cast<uint64_t>(span_) + 1));
    out += '"';
    if (type_ == sql::TypeId::kTimestamptz) {
      sql::append_text(sql::Timestamptz{micros}, out);
    } else if (type_ == sql::TypeId::kTimestamp) {
      sql::append_text(sql::Timestamp{micros}, out);
    } else if (type_ == sql::TypeId::kDate) {
      const int64_t into_day = ((micros % kMicrosPerDay) + kMicrosPerDay) % kMicrosPerDay;
      sql::append_text(sql::Date{static_cast<int32_t>((micros - into_day) / kMicrosPerDay)}, out);
    } else {
      sql::append_text(sql::Time{static_cast<int64_t>(below(bits, kMicrosPerDay))}, out);
    }
    out += '"';
  }

 private:
  uint64_t seed_;
  sql::TypeId type_;
  int64_t base_, span_;
};

/// `2h 37min`, `30 s`, `1 day`. None: not a span of time.
std::optional<int64_t> parse_span_micros(std::string_view text) {
  constexpr std::pair<std::string_view, int64_t> kUnits[] = {{"ms", 1'000},
                                                             {"s", kMicrosPerSecond},
                                                             {"sec", kMicrosPerSecond},
                                                             {"m", 60 * kMicrosPerSecond},
                                                             {"min", 60 * kMicrosPerSecond},
                                                             {"h", 3600 * kMicrosPerSecond},
                                                             {"hour", 3600 * kMicrosPerSecond},
                                                             {"d", kMicrosPerDay},
                                                             {"day", kMicrosPerDay},
                                                             {"days", kMicrosPerDay}};
  int64_t total = 0;
  bool any = false;
  const auto skip_space = [&] {
    while (text.starts_with(' ')) text.remove_prefix(1);
  };
  for (skip_space(); !text.empty(); skip_space()) {
    int64_t count = 0;
    const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), count);
    if (error != std::errc() || count < 0 || count > 1'000'000) return std::nullopt;
    text.remove_prefix(static_cast<size_t>(stop - text.data()));
    skip_space();
    size_t letters = 0;
    while (letters < text.size() && text[letters] >= 'a' && text[letters] <= 'z') ++letters;
    int64_t unit = 0;
    for (const auto& [name, micros] : kUnits) {
      if (name == text.substr(0, letters)) unit = micros;
    }
    if (unit == 0) return std::nullopt;
    total += count * unit;
    any = true;
    text.remove_prefix(letters);
  }
  return any ? std::optional(total) : std::nullopt;
}

std::unique_ptr<Generator> make_time_generator(const Field& field, sql::TypeId type, uint64_t seed) {
  int64_t base;
  if (const auto text = field.find("basetime")) {
    sql::Timestamptz value;
    if (!sql::parse_fixed_timestamptz(*text, value)) {
      field.fail("basetime", fmt::format("\"{}\" is not like 2026-04-01 09:00:00", *text));
    }
    base = value.micros;
  } else {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    base = std::chrono::duration_cast<std::chrono::microseconds>(now).count() - kUnixEpochMicros;
  }
  int64_t span = kMicrosPerDay;
  if (const auto text = field.find("max_past")) {
    const auto parsed = parse_span_micros(*text);
    if (!parsed) field.fail("max_past", fmt::format("\"{}\" is not like 2h 37min", *text));
    span = *parsed;
  }
  return std::make_unique<TimeRandom>(seed, type, base, span);
}

std::unique_ptr<Generator> make_integer_generator(const Field& field, sql::TypeId type, uint64_t seed) {
  if (field.is_sequence()) {
    return std::make_unique<IntegerSequence>(field.number<int64_t>("start", 0),
                                             field.number<int64_t>("end", INT64_MAX));
  }
  int64_t most = type == sql::TypeId::kSmallint  ? INT16_MAX
                 : type == sql::TypeId::kInteger ? INT32_MAX
                                                 : INT64_MAX;
  const int64_t min = field.number<int64_t>("min", 0);
  const int64_t max = field.number<int64_t>("max", std::min<int64_t>(most, 32'767));
  if (min > max) field.fail("min", fmt::format("{} is more than the maximum {}", min, max));
  if (max > most) field.fail("max", fmt::format("{} does not fit the column", max));
  return std::make_unique<IntegerRandom>(seed, min, max);
}

std::unique_ptr<Generator> make_decimal_generator(const Field& field, uint64_t seed) {
  if (field.is_sequence()) {
    return std::make_unique<DecimalSequence>(field.number<double>("start", 0),
                                             field.number<double>("end", INFINITY));
  }
  const double min = field.number<double>("min", 0);
  const double max = field.number<double>("max", 1000);
  if (!(min <= max)) field.fail("min", "it is more than the maximum");
  return std::make_unique<DecimalRandom>(seed, min, max);
}

}  // namespace

std::unique_ptr<Generator> make_generator(const Options& options, const engine::Column& column,
                                          uint64_t seed) {
  const Field field(options, column.name);
  seed = field.seed(seed);
  switch (column.type.id) {
    case sql::TypeId::kSmallint:
    case sql::TypeId::kInteger:
    case sql::TypeId::kBigint:
      return make_integer_generator(field, column.type.id, seed);
    case sql::TypeId::kReal:
    case sql::TypeId::kDouble:
    case sql::TypeId::kNumeric:
      return make_decimal_generator(field, seed);
    default:
      break;
  }
  if (field.is_sequence()) field.fail("kind", "sequences are for columns of numbers");
  switch (column.type.id) {
    case sql::TypeId::kBoolean:
      return std::make_unique<BooleanRandom>(seed);
    case sql::TypeId::kText:
    case sql::TypeId::kBytea:
      return std::make_unique<TextRandom>(seed, field.length(10), column.type.id == sql::TypeId::kBytea);
    case sql::TypeId::kDate:
    case sql::TypeId::kTime:
    case sql::TypeId::kTimestamp:
    case sql::TypeId::kTimestamptz:
      return make_time_generator(field, column.type.id, seed);
    default:
      throw OptionError(fmt::format("{}: datagen makes no values of type {} (column \"{}\")",
                                    options.relation, sql::type_name(column.type.id), column.name));
  }
}

}  // namespace sqlmill::rt::connectors
