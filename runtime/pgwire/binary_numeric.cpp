#include "runtime/pgwire/binary_numeric.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <vector>

#include "runtime/pgwire/binary_values.h"
#include "runtime/pgwire/errors.h"

namespace sqlmill::rt::pgwire {

namespace {

constexpr int kGroup = 4;  // Decimal digits in one of the form's.
constexpr uint16_t kPositive = 0x0000;
constexpr uint16_t kNegative = 0x4000;
constexpr uint16_t kNan = 0xc000;
constexpr uint16_t kPlusInfinity = 0xd000;
constexpr uint16_t kMinusInfinity = 0xf000;

void append_header(size_t digits, int weight, uint16_t sign, int scale, std::string& out) {
  append_int16(static_cast<int16_t>(digits), out);
  append_int16(static_cast<int16_t>(weight), out);
  append_int16(static_cast<int16_t>(sign), out);
  append_int16(static_cast<int16_t>(scale), out);
}

/// Of decimal digits with zeros where there are none.
int16_t group_at(std::string_view digits, int64_t begin) {
  int value = 0;
  for (int64_t i = begin; i < begin + kGroup; ++i) {
    const bool is_inside = i >= 0 && i < static_cast<int64_t>(digits.size());
    value = value * 10 + (is_inside ? digits[static_cast<size_t>(i)] - '0' : 0);
  }
  return static_cast<int16_t>(value);
}

}  // namespace

void append_binary(const sql::Numeric& value, std::string& out) {
  using Kind = sql::Numeric::Kind;
  if (!value.is_finite()) {
    append_header(0, 0,
                  value.kind() == Kind::kNan            ? kNan
                  : value.kind() == Kind::kPlusInfinity ? kPlusInfinity
                                                        : kMinusInfinity,
                  0, out);
    return;
  }
  std::string text;
  sql::append_text(value, text);
  const bool is_negative = text[0] == '-';
  std::string digits = text.substr(is_negative ? 1 : 0);
  const size_t point = std::min(digits.find('.'), digits.size());
  if (point < digits.size()) digits.erase(point, 1);

  // Groups are counted from the point; the first one may begin before the digits.
  const int groups_before = static_cast<int>((point + kGroup - 1) / kGroup);
  const int64_t start = static_cast<int64_t>(point) - int64_t{groups_before} * kGroup;
  std::vector<int16_t> groups;
  for (int64_t at = start; at < static_cast<int64_t>(digits.size()); at += kGroup)
    groups.push_back(group_at(digits, at));
  const auto first = std::find_if(groups.begin(), groups.end(), [](int16_t group) { return group != 0; });
  const int weight = groups_before - 1 - static_cast<int>(first - groups.begin());
  groups.erase(groups.begin(), first);
  while (!groups.empty() && groups.back() == 0) groups.pop_back();

  append_header(groups.size(), groups.empty() ? 0 : weight,
                is_negative && !groups.empty() ? kNegative : kPositive, value.scale(), out);
  for (const int16_t group : groups) append_int16(group, out);
}

sql::Numeric read_binary_numeric(sql::Context& context, FieldReader& fields) {
  using Kind = sql::Numeric::Kind;
  const auto count = static_cast<uint16_t>(fields.read_int16());
  const int weight = fields.read_int16();
  const auto sign = static_cast<uint16_t>(fields.read_int16());
  const auto scale = static_cast<uint16_t>(fields.read_int16());
  if (sign == kNan) return sql::Numeric::special(Kind::kNan);
  if (sign == kPlusInfinity) return sql::Numeric::special(Kind::kPlusInfinity);
  if (sign == kMinusInfinity) return sql::Numeric::special(Kind::kMinusInfinity);
  if (sign != kPositive && sign != kNegative)
    throw WireError("22P03", "invalid sign in external \"numeric\" value");
  if (scale > sql::Numeric::kMaxScale)
    throw WireError("22P03", "invalid scale in external \"numeric\" value");
  std::string whole;
  std::string fraction;
  for (int place = -1; place > weight; --place)
    fraction.append(kGroup, '0');  // Between the point and the first digit.
  for (int i = 0; i < count; ++i) {
    const int group = fields.read_int16();
    if (group < 0 || group >= 10'000) throw WireError("22P03", "invalid digit in external \"numeric\" value");
    (i <= weight ? whole : fraction) += fmt::format("{:04}", group);
  }
  for (int i = count; i <= weight; ++i) whole.append(kGroup, '0');
  fraction.resize(scale, '0');  // What is beyond the scale is cut, as PostgreSQL does.
  const std::string text = fmt::format("{}{}{}{}", sign == kNegative ? "-" : "", whole.empty() ? "0" : whole,
                                       fraction.empty() ? "" : ".", fraction);
  return sql::numeric_from_text(context, text);
}

}  // namespace sqlmill::rt::pgwire
