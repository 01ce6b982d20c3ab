#include "runtime/pgwire/settings.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "runtime/pgwire/errors.h"

namespace sqlmill::rt::pgwire {

namespace {

enum class Kind : uint8_t {
  kText,
  kIgnored,
  kFixed,
  kBoolean,
  kNumber,
  kMilliseconds,
  kEncoding,
  kDateStyle,
  kIntervalStyle,
  kTimeZone,
  kIsolation,
  kByteaOutput,
  kStandardStrings,
  kSynchronousCommit,
};

struct Definition {
  std::string_view name;
  Kind kind;
  std::string_view value;
  std::string_view description;
};

constexpr Definition kDefinitions[] = {
#define SQLMILL_SETTING(name, kind, value, description) {name, Kind::kind, value, description},
#include "runtime/pgwire/settings.def"
#undef SQLMILL_SETTING
};

/// Told to clients, in PostgreSQL's order.
constexpr std::string_view kReported[] = {
    "in_hot_standby",
    "integer_datetimes",
    "TimeZone",
    "IntervalStyle",
    "is_superuser",
    "application_name",
    "default_transaction_read_only",
    "DateStyle",
    "standard_conforming_strings",
    "session_authorization",
    "client_encoding",
    "server_version",
    "server_encoding",
};

struct Unit {
  std::string_view name;
  int64_t milliseconds;
};
/// Largest first.
constexpr Unit kUnits[] = {{"d", 86'400'000}, {"h", 3'600'000}, {"min", 60'000}, {"s", 1'000}, {"ms", 1}};

/// Variables of RisingWave that its clients set; they have no effect here.
constexpr std::string_view kRisingWavePrefixes[] = {
    "rw_",       "streaming_", "batch_", "sink_",   "query_",  "visibility_", "background_",
    "implicit_", "cdc_",       "force_", "create_", "source_", "recovery_",   "iceberg_"};

std::string lower(std::string_view text) {
  std::string folded(text);
  for (char& c : folded) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
  return folded;
}

const Definition* find_definition(std::string_view name) {
  const std::string folded = lower(name);
  for (const Definition& definition : kDefinitions) {
    if (lower(definition.name) == folded) return &definition;
  }
  return nullptr;
}

/// Names with a point are anybody's.
bool is_free(std::string_view name) {
  return name.find('.') != std::string_view::npos ||
         std::any_of(std::begin(kRisingWavePrefixes), std::end(kRisingWavePrefixes),
                     [&](std::string_view prefix) { return lower(name).starts_with(prefix); });
}

[[noreturn]] void fail_value(std::string_view name, std::string_view value, std::string hint = {}) {
  throw WireError("22023", fmt::format("invalid value for parameter \"{}\": \"{}\"", name, value),
                  std::move(hint));
}

std::string check_boolean(std::string_view name, std::string_view value) {
  const std::string folded = lower(value);
  for (const std::string_view on : {"on", "true", "yes", "1", "t", "y"}) {
    if (folded == on) return "on";
  }
  for (const std::string_view off : {"off", "false", "no", "0", "f", "n"}) {
    if (folded == off) return "off";
  }
  throw WireError("22023", fmt::format("parameter \"{}\" requires a Boolean value", name));
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

/// A number and, if `has_unit`, a unit of time behind it; in milliseconds.
int64_t check_number(std::string_view name, std::string_view given, bool has_unit) {
  const std::string_view value = trim(given);
  double number = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
  if (error != std::errc()) fail_value(name, given);
  const std::string_view unit = trim(value.substr(static_cast<size_t>(end - value.data())));
  int64_t factor = 1;
  if (!unit.empty()) {
    const auto* known =
        std::find_if(std::begin(kUnits), std::end(kUnits), [&](const Unit& u) { return u.name == unit; });
    if (!has_unit || known == std::end(kUnits))
      fail_value(name, given,
                 has_unit ? R"(Valid units for this parameter are "ms", "s", "min", "h", and "d".)" : "");
    factor = known->milliseconds;
  }
  const double product = number * static_cast<double>(factor);
  if (!(product > -2147483648.5 && product < 2147483647.5))
    fail_value(name, given, "Value exceeds integer range.");
  const auto rounded = static_cast<int64_t>(product + (product < 0 ? -0.5 : 0.5));
  if (has_unit && rounded < 0) {
    throw WireError("22023",
                    fmt::format("{} ms is outside the valid range for parameter \"{}\" (0 .. 2147483647)",
                                rounded, name));
  }
  return rounded;
}

std::string check_date_style(std::string_view name, std::string_view value) {
  for (std::string_view rest = value; !rest.empty();) {
    const size_t comma = std::min(rest.find(','), rest.size());
    const std::string word = lower(trim(rest.substr(0, comma)));
    rest.remove_prefix(std::min(comma + 1, rest.size()));
    if (word != "iso" && word != "mdy" && word != "us" && word != "default")
      fail_value(name, value, "Dates are written as ISO, and read with the month first.");
  }
  return "ISO, MDY";
}

std::string check_isolation(std::string_view name, std::string_view value) {
  const std::string folded = lower(value);
  for (const std::string_view level :
       {"serializable", "repeatable read", "read committed", "read uncommitted"}) {
    if (folded == level) return folded;
  }
  fail_value(name, value,
             "Available values: serializable, repeatable read, read committed, read uncommitted.");
}

bool is_utc(std::string_view value) {
  const std::string folded = lower(value);
  for (const std::string_view name :
       {"utc", "gmt",     "etc/utc", "etc/gmt", "z",       "zulu",  "etc/zulu", "universal", "etc/universal",
        "uct", "etc/uct", "gmt0",    "utc0",    "default", "local", "0",        "+0",        "-0",
        "+00", "00:00",   "+00:00",  "<+00>+00"}) {
    if (folded == name) return true;
  }
  return false;
}

/// There are no standbys to wait for: what is not off is on.
std::string check_synchronous_commit(std::string_view name, const std::string& value) {
  const std::string folded = lower(value);
  if (folded == "local" || folded == "remote_write" || folded == "remote_apply") return folded;
  return check_boolean(name, value);
}

/// What the value becomes; throws when it cannot be.
std::string check(const Definition& definition, const std::string& value, std::string& notice) {
  const std::string_view name = definition.name;
  switch (definition.kind) {
    case Kind::kText:
    case Kind::kIgnored:
      return value;
    case Kind::kFixed:
      throw WireError("55P02", fmt::format("parameter \"{}\" cannot be changed", name));
    case Kind::kBoolean:
      return check_boolean(name, value);
    case Kind::kNumber:
      return std::to_string(check_number(name, value, false));
    case Kind::kMilliseconds:
      return std::to_string(check_number(name, value, true));
    case Kind::kEncoding: {
      std::string folded = lower(value);
      std::erase_if(folded, [](char c) { return c == '-' || c == '_' || c == '\'' || c == '"' || c == ' '; });
      if (folded != "utf8" && folded != "unicode") fail_value(name, value, "The only encoding is UTF8.");
      return "UTF8";
    }
    case Kind::kDateStyle:
      return check_date_style(name, value);
    case Kind::kIntervalStyle:
      if (lower(value) != "postgres") fail_value(name, value, "The only style is postgres.");
      return "postgres";
    case Kind::kTimeZone:
      if (!is_utc(value))
        notice = fmt::format("times are written in UTC, whatever the time zone is set to; \"{}\" is ignored",
                             value);
      return "UTC";
    case Kind::kIsolation:
      return check_isolation(name, value);
    case Kind::kByteaOutput:
      if (lower(value) != "hex") fail_value(name, value, "The only form is hex.");
      return "hex";
    case Kind::kStandardStrings:
      if (check_boolean(name, value) != "on")
        fail_value(name, value, "A backslash in a string is always itself.");
      return "on";
    case Kind::kSynchronousCommit:
      return check_synchronous_commit(name, value);
  }
  __builtin_unreachable();
}

std::string shown(const Definition* definition, const std::string& value) {
  if (!definition || definition->kind != Kind::kMilliseconds || value == "0") return value;
  const int64_t milliseconds = std::stoll(value);
  for (const Unit& unit : kUnits) {
    if (milliseconds % unit.milliseconds == 0)
      return fmt::format("{}{}", milliseconds / unit.milliseconds, unit.name);
  }
  return value;
}

}  // namespace

Settings::Settings() {
  for (const Definition& definition : kDefinitions) defaults_[lower(definition.name)] = definition.value;
}

const std::string* Settings::value_of(std::string_view name) const {
  const std::string folded = lower(name);
  for (const Values* values : {&local_, &values_, &defaults_}) {
    if (const auto found = values->find(folded); found != values->end()) return &found->second;
  }
  return nullptr;
}

/// Runs `change`, and reports what differs then.
void Settings::change(const std::function<void()>& change) {
  std::array<std::string, std::size(kReported)> before;
  for (size_t i = 0; i < before.size(); ++i) before[i] = *value_of(kReported[i]);
  change();
  for (size_t i = 0; i < before.size(); ++i) {
    const std::string& now = *value_of(kReported[i]);
    if (now != before[i] && report_) report_(kReported[i], now);
  }
}

void Settings::report_all() const {
  for (const std::string_view name : kReported) report_(name, *value_of(name));
}

std::optional<std::string> Settings::find(std::string_view name) const {
  const std::string* value = value_of(name);
  if (!value) return std::nullopt;
  return shown(find_definition(name), *value);
}

std::string Settings::show(std::string_view name) const {
  if (std::optional<std::string> value = find(name)) return *std::move(value);
  throw WireError("42704", fmt::format("unrecognized configuration parameter \"{}\"", name));
}

std::vector<SettingRow> Settings::all() const {
  std::vector<SettingRow> rows;
  for (const Definition& definition : kDefinitions)
    rows.push_back(
        {std::string(definition.name), show(definition.name), std::string(definition.description)});
  return rows;
}

std::string Settings::set(std::string_view name, const std::string& value, bool is_local) {
  const Definition* definition = find_definition(name);
  if (!definition && !is_free(name))
    throw WireError("42704", fmt::format("unrecognized configuration parameter \"{}\"", name));
  std::string notice;
  std::string checked = definition ? check(*definition, value, notice) : value;
  change([&] {
    if (is_local) {
      local_[lower(name)] = std::move(checked);
    } else {
      local_.erase(lower(name));
      values_[lower(name)] = std::move(checked);
    }
  });
  return notice;
}

void Settings::set_default(std::string_view name, const std::string& value) {
  const Definition* definition = find_definition(name);
  if (!definition && !is_free(name)) return;
  std::string notice;
  defaults_[lower(name)] = definition ? check(*definition, value, notice) : value;
}

void Settings::set_fixed(std::string_view name, const std::string& value) {
  defaults_[lower(name)] = value;
}

void Settings::reset(std::string_view name) {
  show(name);  // Throws where there is none.
  change([&] {
    local_.erase(lower(name));
    values_.erase(lower(name));
  });
}

void Settings::reset_all() {
  change([&] {
    local_.clear();
    values_.clear();
  });
}

void Settings::begin() {
  at_begin_ = values_;
  local_["transaction_isolation"] = *value_of("default_transaction_isolation");
  local_["transaction_read_only"] = *value_of("default_transaction_read_only");
}

void Settings::end(bool is_commit) {
  change([&] {
    local_.clear();
    if (!is_commit && at_begin_) values_ = *std::move(at_begin_);
    at_begin_.reset();
  });
}

std::chrono::milliseconds Settings::statement_timeout() const {
  return std::chrono::milliseconds(std::stoll(*value_of("statement_timeout")));
}

std::chrono::milliseconds Settings::idle_in_transaction_timeout() const {
  return std::chrono::milliseconds(std::stoll(*value_of("idle_in_transaction_session_timeout")));
}

bool Settings::is_on(std::string_view name) const {
  return *value_of(name) == "on";
}

engine::WriteUntil Settings::write_until() const {
  return *value_of("synchronous_commit") == "off" ? engine::WriteUntil::kVisible
                                                  : engine::WriteUntil::kDurable;
}

}  // namespace sqlmill::rt::pgwire
