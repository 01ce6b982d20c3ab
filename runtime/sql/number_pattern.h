// The patterns of to_char and to_number for numbers. After PostgreSQL's formatting.c, whose keywords, checks
// and quirks these are; the locale is C.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/sql/context.h"

namespace sqlmill::rt::sql {

enum class NumberField : uint8_t {
  kComma,
  kPoint,
  kZero,
  kNine,
  kBlank,
  kCurrencyCode,
  kDecimal,
  kExponent,
  kFillMode,
  kGroup,
  kCurrency,
  kMinus,
  kPlus,
  kBrackets,
  kRoman,
  kRomanLower,
  kSign,
  kSpell,
  kLocaleSign,
  kOrdinal,
  kOrdinalLower,
  kMultiply,
  kCharacter
};

struct NumberNode {
  NumberField field;
  std::string_view character;  // Of kCharacter; borrowed from the pattern.
};

struct NumberPattern {
  std::vector<NumberNode> nodes;
  int before = 0;      // Digits before the point.
  int after = 0;       // And behind it.
  int zero_start = 0;  // The place of the first 0, from 1; 0 if there is none.
  int zero_end = 0;
  int multiply = 0;  // Digits behind V.
  enum class SignPlace : uint8_t { kNone, kBefore, kAfter } sign_place = SignPlace::kNone;  // Of S.
  int before_sign = 0;  // Digits before S.
  bool decimal = false, fill_mode = false, zero = false, locale_sign = false, minus = false, plus = false,
       brackets = false, roman = false, multiplies = false, exponent = false, blank = false;
};

/// False after an error, with the error in the context.
bool parse_number_pattern(Context& context, std::string_view pattern, NumberPattern& out);

/// A number on its way to its picture: what PostgreSQL hands to its NUM_processor.
struct NumberText {
  std::string digits;  // Without the sign; of a Roman number or one with an exponent as it is printed.
  char sign = '+';
  int spaces_before = 0;
};
std::string write_number(Context& context, NumberPattern pattern, const NumberText& number);

/// The characters of a number that `text` has where the pattern says. `after`: how many digits were read
/// behind the point.
std::string read_number(const NumberPattern& pattern, std::string_view text, int& after);

}  // namespace sqlmill::rt::sql
