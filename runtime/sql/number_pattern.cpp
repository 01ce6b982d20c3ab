#include "runtime/sql/number_pattern.h"

#include <cstring>

#include "runtime/sql/datetime_pattern.h"
#include "runtime/sql/utf8.h"

namespace sqlmill::rt::sql {

namespace {

using Field = NumberField;

struct Keyword {
  std::string_view name;
  Field field;
};

/// In the order in which they are tried.
constexpr Keyword kKeywords[] = {
    {",", Field::kComma},        {".", Field::kPoint},         {"0", Field::kZero},
    {"9", Field::kNine},         {"B", Field::kBlank},         {"C", Field::kCurrencyCode},
    {"D", Field::kDecimal},      {"EEEE", Field::kExponent},   {"FM", Field::kFillMode},
    {"G", Field::kGroup},        {"L", Field::kCurrency},      {"MI", Field::kMinus},
    {"PL", Field::kPlus},        {"PR", Field::kBrackets},     {"RN", Field::kRoman},
    {"SG", Field::kSign},        {"SP", Field::kSpell},        {"S", Field::kLocaleSign},
    {"TH", Field::kOrdinal},     {"V", Field::kMultiply},      {"b", Field::kBlank},
    {"c", Field::kCurrencyCode}, {"d", Field::kDecimal},       {"eeee", Field::kExponent},
    {"fm", Field::kFillMode},    {"g", Field::kGroup},         {"l", Field::kCurrency},
    {"mi", Field::kMinus},       {"pl", Field::kPlus},         {"pr", Field::kBrackets},
    {"rn", Field::kRomanLower},  {"sg", Field::kSign},         {"sp", Field::kSpell},
    {"s", Field::kLocaleSign},   {"th", Field::kOrdinalLower}, {"v", Field::kMultiply},
};

/// Adds a field to what is known of the pattern; returns what is wrong with it, or nothing.
std::string_view add_field(NumberPattern& p, Field field) {
  using SignPlace = NumberPattern::SignPlace;
  if (p.exponent && field != Field::kExponent) return "\"EEEE\" must be the last pattern used";
  switch (field) {
    case Field::kNine:
      if (p.brackets) return "\"9\" must be ahead of \"PR\"";
      ++(p.multiplies ? p.multiply : p.decimal ? p.after : p.before);
      break;
    case Field::kZero:
      if (p.brackets) return "\"0\" must be ahead of \"PR\"";
      if (!p.zero && !p.decimal) {
        p.zero = true;
        p.zero_start = p.before + 1;
      }
      ++(p.decimal ? p.after : p.before);
      p.zero_end = p.before + p.after;
      break;
    case Field::kBlank:
      if (p.before == 0 && p.after == 0 && !p.zero) p.blank = true;
      break;
    case Field::kDecimal:
    case Field::kPoint:
      if (p.decimal) return "multiple decimal points";
      if (p.multiplies) return "cannot use \"V\" and decimal point together";
      p.decimal = true;
      break;
    case Field::kFillMode:
      p.fill_mode = true;
      break;
    case Field::kLocaleSign:
      if (p.locale_sign) return "cannot use \"S\" twice";
      if (p.plus || p.minus || p.brackets) return "cannot use \"S\" and \"PL\"/\"MI\"/\"SG\"/\"PR\" together";
      if (!p.decimal) {
        p.sign_place = SignPlace::kBefore;
        p.before_sign = p.before;
        p.locale_sign = true;
      } else if (p.sign_place == SignPlace::kNone) {
        p.sign_place = SignPlace::kAfter;
        p.locale_sign = true;
      }
      break;
    case Field::kMinus:
      if (p.locale_sign) return "cannot use \"S\" and \"MI\" together";
      p.minus = true;
      break;
    case Field::kPlus:
      if (p.locale_sign) return "cannot use \"S\" and \"PL\" together";
      p.plus = true;
      break;
    case Field::kSign:
      if (p.locale_sign) return "cannot use \"S\" and \"SG\" together";
      p.minus = p.plus = true;
      break;
    case Field::kBrackets:
      if (p.locale_sign || p.plus || p.minus)
        return "cannot use \"PR\" and \"S\"/\"PL\"/\"MI\"/\"SG\" together";
      p.brackets = true;
      break;
    case Field::kRoman:
    case Field::kRomanLower:
      p.roman = true;
      break;
    case Field::kMultiply:
      if (p.decimal) return "cannot use \"V\" and decimal point together";
      p.multiplies = true;
      break;
    case Field::kExponent:
      if (p.exponent) return "cannot use \"EEEE\" twice";
      if (p.blank || p.fill_mode || p.locale_sign || p.brackets || p.minus || p.plus || p.roman ||
          p.multiplies)
        return "\"EEEE\" is incompatible with other formats";
      p.exponent = true;
      break;
    default:
      break;
  }
  return "";
}

std::string_view take_character(std::string_view& rest) {
  const std::string_view character = rest.substr(0, utf8_first(rest));
  rest.remove_prefix(character.size());
  return character;
}

/// The picture of one number, field by field.
class Writer {
 public:
  Writer(Context& context, NumberPattern& pattern, const NumberText& number);
  std::string write();

 private:
  bool writes(const NumberNode& node);
  void digit(Field field);
  void sign_before_number();
  void sign_behind_number();
  void figure(Field field);
  void ordinal(bool upper);
  char at() const { return next_ < digits_.size() ? digits_[next_] : '\0'; }
  bool last_is_point() const { return last_ != npos && digits_[last_] == '.'; }
  /// A 0 before the point that is left off: `.5`.
  bool is_lone_zero() const { return !p_.zero && next_ == 0 && at() == '0' && p_.after != 0; }

  static constexpr size_t npos = std::string::npos;
  Context& context_;
  NumberPattern& p_;
  const std::string& digits_;
  char sign_;
  int spaces_;
  bool sign_written_ = false;
  bool in_number_ = false;
  int count_ = 0;
  int current_ = 0;
  size_t next_ = 0;
  size_t last_ = npos;  // With FM: the last digit behind the point that counts, or the point.
  std::string out_;
};

Writer::Writer(Context& context, NumberPattern& pattern, const NumberText& number)
    : context_(context),
      p_(pattern),
      digits_(number.digits),
      sign_(number.sign),
      spaces_(number.spaces_before) {
  using SignPlace = NumberPattern::SignPlace;
  if (p_.zero_start != 0) --p_.zero_start;
  if (p_.roman) {
    const bool fill = p_.fill_mode;
    std::vector<NumberNode> nodes = std::move(p_.nodes);
    p_ = NumberPattern();
    p_.nodes = std::move(nodes);
    p_.fill_mode = fill;
    p_.roman = true;
    spaces_ = 0;
    sign_ = '\0';
  }
  if (p_.plus || p_.minus) {
    // The sign has a field of its own.
    sign_written_ = !p_.plus || p_.minus;
  } else {
    if (sign_ != '-' && p_.brackets && p_.fill_mode) p_.brackets = false;
    sign_written_ = sign_ == '+' && p_.fill_mode && !p_.locale_sign;
    if (p_.sign_place == SignPlace::kBefore && p_.before == p_.before_sign) p_.sign_place = SignPlace::kAfter;
  }
  count_ = p_.after + p_.before - 1;
  if (p_.fill_mode && p_.decimal) {
    last_ = digits_.find('.');
    if (last_ != npos) {
      for (size_t i = last_ + 1; i < digits_.size(); ++i) {
        if (digits_[i] != '0') last_ = i;
      }
      if (p_.zero_end > spaces_) {
        const size_t zero = std::min(digits_.size() - 1, static_cast<size_t>(p_.zero_end - spaces_));
        last_ = std::max(last_, zero);
      }
    }
  }
  if (!sign_written_ && spaces_ == 0) ++count_;
}

void Writer::sign_before_number() {
  if (p_.locale_sign) {
    if (p_.sign_place == NumberPattern::SignPlace::kBefore) {
      out_ += sign_ == '-' ? '-' : '+';
      sign_written_ = true;
    }
  } else if (p_.brackets) {
    out_ += sign_ == '+' ? ' ' : '<';
    sign_written_ = true;
  } else if (sign_ == '+') {
    if (!p_.fill_mode) out_ += ' ';
    sign_written_ = true;
  } else if (sign_ == '-') {
    out_ += '-';
    sign_written_ = true;
  }
}

void Writer::sign_behind_number() {
  if (sign_written_ && p_.brackets) {
    out_ += sign_ == '+' ? ' ' : '>';
  } else if (p_.locale_sign && p_.sign_place == NumberPattern::SignPlace::kAfter) {
    out_ += sign_ == '-' ? '-' : '+';
  }
}

/// What stands at a 9, a 0 or a point behind the blanks and zeros.
void Writer::figure(Field field) {
  if (at() == '.') {
    if (!last_is_point() || p_.fill_mode) out_ += '.';
  } else if (last_ != npos && next_ > last_ && field != Field::kZero) {
    // With FM zeros at the end are left off.
  } else if (is_lone_zero()) {
    if (!p_.fill_mode) {
      out_ += ' ';
    } else if (last_is_point()) {
      out_ += '0';
    }
  } else {
    out_ += at();  // Behind the end it is a NUL, which ends the picture.
    in_number_ = true;
  }
  if (at() != '\0') ++next_;
}

void Writer::digit(Field field) {
  if (p_.roman) return;
  in_number_ = false;
  const bool begins = current_ >= spaces_ || (p_.zero && p_.zero_start == current_);
  if (!sign_written_ && begins && (!is_lone_zero() || last_is_point())) sign_before_number();
  if (current_ < spaces_ && (p_.zero_start > current_ || !p_.zero)) {
    if (!p_.fill_mode) out_ += ' ';
  } else if (p_.zero && current_ < spaces_ && p_.zero_start <= current_) {
    out_ += '0';
    in_number_ = true;
  } else {
    figure(field);
  }
  int end = count_ + (spaces_ != 0 ? 1 : 0) + (p_.decimal ? 1 : 0);
  if (last_ != npos && last_ == next_) end = current_;
  if (current_ + 1 == end) sign_behind_number();
  ++current_;
}

void Writer::ordinal(bool upper) {
  if (p_.roman || digits_.starts_with('#') || sign_ == '-' || p_.decimal) return;
  if (digits_.back() < '0' || digits_.back() > '9') {
    context_.fail(ErrorCode::kInvalidTextRepresentation, "\"" + digits_ + "\" is not a number");
    return;
  }
  out_ += ordinal_suffix(digits_, upper);
}

std::string Writer::write() {
  for (const NumberNode& node : p_.nodes) {
    switch (node.field) {
      case Field::kNine:
      case Field::kZero:
      case Field::kPoint:
      case Field::kDecimal:
        digit(node.field);
        break;
      case Field::kComma:
      case Field::kGroup:
        if (in_number_) {
          out_ += ',';
        } else if (!p_.fill_mode) {
          out_ += ' ';
        }
        break;
      case Field::kCurrency:
        out_ += ' ';
        break;
      case Field::kRoman:
      case Field::kRomanLower: {
        constexpr size_t kWidth = 15;
        if (!p_.fill_mode && digits_.size() < kWidth) out_.append(kWidth - digits_.size(), ' ');
        for (const char c : digits_) {
          const bool lowers = node.field == Field::kRomanLower && c >= 'A' && c <= 'Z';
          out_ += lowers ? static_cast<char>(c + 32) : c;
        }
        break;
      }
      case Field::kOrdinal:
      case Field::kOrdinalLower:
        ordinal(node.field == Field::kOrdinal);
        break;
      case Field::kMinus:
        if (sign_ == '-') {
          out_ += '-';
        } else if (!p_.fill_mode) {
          out_ += ' ';
        }
        break;
      case Field::kPlus:
        if (sign_ == '+') {
          out_ += '+';
        } else if (!p_.fill_mode) {
          out_ += ' ';
        }
        break;
      case Field::kSign:
        out_ += sign_;
        break;
      case Field::kCharacter:
        out_ += node.character;
        break;
      default:
        break;
    }
  }
  out_.resize(std::strlen(out_.c_str()));
  return std::move(out_);
}

/// to_number's walk over the text.
class Reader {
 public:
  Reader(const NumberPattern& pattern, std::string_view text) : p_(pattern), rest_(text) {}
  std::string read(int& after);

 private:
  void digit(Field field);
  void sign_before_number();
  void sign_behind_number(bool has_read);
  bool sign_field(Field field);
  void skip_other(int count) {
    while (count-- > 0 && !rest_.empty() && std::strchr("0123456789.,+-", rest_[0]) == nullptr)
      rest_.remove_prefix(utf8_first(rest_));
  }
  void skip() { rest_.remove_prefix(rest_.empty() ? 0 : 1); }
  char peek(size_t i = 0) const { return i < rest_.size() ? rest_[i] : '\0'; }
  static bool is_digit(char c) { return c >= '0' && c <= '9'; }

  const NumberPattern& p_;
  std::string_view rest_;
  char sign_ = ' ';
  std::string digits_;
  int before_ = 0;
  int after_ = 0;
  bool point_ = false;
};

void Reader::sign_before_number() {
  if (p_.locale_sign && p_.sign_place == NumberPattern::SignPlace::kBefore) {
    if (peek() == '-' || peek() == '+') {
      sign_ = peek();
      skip();
    }
  } else if (peek() == '-' || (p_.brackets && peek() == '<')) {
    sign_ = '-';
    skip();
  } else if (peek() == '+') {
    sign_ = '+';
    skip();
  }
}

void Reader::sign_behind_number(bool has_read) {
  if (p_.locale_sign && has_read && rest_.size() > 1 && !is_digit(peek(1))) {
    if (peek(1) == '-' || peek(1) == '+') {
      sign_ = peek(1);
      skip();
    }
  } else if (!has_read && !p_.locale_sign && (p_.plus || p_.minus) && (peek() == '-' || peek() == '+')) {
    sign_ = peek();
  }
}

/// At a 9, a 0 or a point. The character that it is about is left for the caller to skip.
void Reader::digit(Field field) {
  if (rest_.empty()) return;
  if (peek() == ' ') skip();
  if (rest_.empty()) return;
  const bool is_first = before_ + after_ == 0;
  if (sign_ == ' ' && (field == Field::kZero || field == Field::kNine) && is_first) sign_before_number();
  if (rest_.empty()) return;
  bool has_read = false;
  if (is_digit(peek())) {
    if (point_ && after_ == p_.after) return;
    digits_ += peek();
    ++(point_ ? after_ : before_);
    has_read = true;
  } else if (p_.decimal && !point_ && peek() == '.') {
    digits_ += '.';
    point_ = true;
    has_read = true;
  }
  if (sign_ == ' ' && before_ + after_ > 0) sign_behind_number(has_read);
}

/// False if the text has no such sign there, so that the next field looks at the same character.
bool Reader::sign_field(Field field) {
  const bool takes_minus = field != Field::kPlus;
  const bool takes_plus = field != Field::kMinus;
  if ((takes_minus && peek() == '-') || (takes_plus && peek() == '+')) {
    sign_ = peek();
    return true;
  }
  skip_other(1);
  return false;
}

std::string Reader::read(int& after) {
  for (const NumberNode& node : p_.nodes) {
    if (rest_.empty()) break;
    switch (node.field) {
      case Field::kNine:
      case Field::kZero:
      case Field::kPoint:
      case Field::kDecimal:
        digit(node.field);
        skip();
        break;
      case Field::kComma:
      case Field::kGroup:
        if (p_.fill_mode) break;  // Nothing is in the number yet, as PostgreSQL sees it.
        if (peek() == ',') skip();
        break;
      case Field::kCurrency:
        skip_other(1);
        break;
      case Field::kOrdinal:
      case Field::kOrdinalLower:
        if (!p_.roman && sign_ != '#' && !p_.decimal) skip_other(2);
        break;
      case Field::kMinus:
      case Field::kPlus:
      case Field::kSign:
        if (sign_field(node.field)) skip();
        break;
      case Field::kCharacter:
        rest_.remove_prefix(utf8_first(rest_));
        break;
      default:
        break;
    }
  }
  after = after_;
  if (digits_.ends_with('.')) digits_.pop_back();
  return sign_ + digits_;
}

}  // namespace

bool parse_number_pattern(Context& context, std::string_view rest, NumberPattern& out) {
  while (!rest.empty()) {
    const Keyword* found = nullptr;
    for (const Keyword& keyword : kKeywords) {
      if (found == nullptr && rest.starts_with(keyword.name)) found = &keyword;
    }
    if (found != nullptr) {
      rest.remove_prefix(found->name.size());
      const std::string_view wrong = add_field(out, found->field);
      if (!wrong.empty()) {
        context.fail(ErrorCode::kSyntaxError, wrong);
        return false;
      }
      out.nodes.push_back({found->field, {}});
    } else if (rest[0] == '"') {
      rest.remove_prefix(1);
      while (!rest.empty() && rest[0] != '"') {
        if (rest[0] == '\\' && rest.size() > 1) rest.remove_prefix(1);
        out.nodes.push_back({Field::kCharacter, take_character(rest)});
      }
      if (!rest.empty()) rest.remove_prefix(1);
    } else {
      if (rest.starts_with("\\\"")) rest.remove_prefix(1);
      out.nodes.push_back({Field::kCharacter, take_character(rest)});
    }
  }
  return true;
}

std::string write_number(Context& context, NumberPattern pattern, const NumberText& number) {
  if (pattern.exponent) return number.digits;
  return Writer(context, pattern, number).write();
}

std::string read_number(const NumberPattern& pattern, std::string_view text, int& after) {
  return Reader(pattern, text).read(after);
}

}  // namespace sqlmill::rt::sql
