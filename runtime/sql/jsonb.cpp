// Reading of JSON (RFC 8259, strictly) into canonical text, and steps through canonical text.
#include "runtime/sql/jsonb.h"

#include <algorithm>
#include <cstring>
#include <vector>

#include "runtime/sql/numeric.h"
#include "runtime/sql/utf8.h"

namespace sqlmill::rt::sql {

namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/// One JSON text on its way to canonical text. Every method returns false after a failure, with the error in
/// the context.
class Reader {
 public:
  Reader(Context& context, std::string_view text) : context_(context), rest_(text) {}
  bool read(std::string& out);

 private:
  struct Member {
    std::string key;  // Without escapes.
    size_t begin;     // Of `"key": value` in the output.
    size_t end;
  };

  bool read_value(std::string& out, int depth);
  bool read_array(std::string& out, int depth);
  bool read_object(std::string& out, int depth);
  bool read_string(std::string& out);
  bool read_escape(std::string& out);
  bool read_hex(uint32_t& code);
  bool read_number(std::string& out);
  bool read_word(std::string_view word, std::string& out);
  static void sort_members(std::vector<Member>& members, size_t begin, std::string& out);

  char peek() const { return rest_.empty() ? '\0' : rest_[0]; }
  void skip_space();
  bool take(char c);
  bool fail();

  Context& context_;
  std::string_view rest_;
};

bool Reader::fail() {
  context_.fail(ErrorCode::kInvalidTextRepresentation, "invalid input syntax for type json");
  return false;
}

void Reader::skip_space() {
  while (!rest_.empty() && (rest_[0] == ' ' || rest_[0] == '\n' || rest_[0] == '\t' || rest_[0] == '\r')) {
    rest_.remove_prefix(1);
  }
}

/// Takes `c` if it is next, after white space.
bool Reader::take(char c) {
  skip_space();
  if (rest_.empty() || rest_[0] != c) return false;
  rest_.remove_prefix(1);
  return true;
}

bool Reader::read(std::string& out) {
  if (!read_value(out, 0)) return false;
  skip_space();
  return rest_.empty() || fail();
}

bool Reader::read_value(std::string& out, int depth) {
  skip_space();
  switch (peek()) {
    case '{':
      return read_object(out, depth + 1);
    case '[':
      return read_array(out, depth + 1);
    case '"': {
      std::string text;
      if (!read_string(text)) return false;
      append_json_string(text, out);
      return true;
    }
    case 't':
      return read_word("true", out);
    case 'f':
      return read_word("false", out);
    case 'n':
      return read_word("null", out);
    default:
      return read_number(out);
  }
}

bool Reader::read_array(std::string& out, int depth) {
  if (depth > kMaxJsonDepth) {
    context_.fail(ErrorCode::kStatementTooComplex, "stack depth limit exceeded");
    return false;
  }
  rest_.remove_prefix(1);
  out += '[';
  if (!take(']')) {
    for (;;) {
      if (!read_value(out, depth)) return false;
      if (take(']')) break;
      if (!take(',')) return fail();
      out += ", ";
    }
  }
  out += ']';
  return true;
}

bool Reader::read_object(std::string& out, int depth) {
  if (depth > kMaxJsonDepth) {
    context_.fail(ErrorCode::kStatementTooComplex, "stack depth limit exceeded");
    return false;
  }
  rest_.remove_prefix(1);
  out += '{';
  const size_t begin = out.size();
  std::vector<Member> members;
  if (!take('}')) {
    for (;;) {
      skip_space();
      if (peek() != '"') return fail();
      Member& member = members.emplace_back();
      if (!read_string(member.key)) return false;
      member.begin = out.size();
      append_json_string(member.key, out);
      if (!take(':')) return fail();
      out += ": ";
      if (!read_value(out, depth)) return false;
      member.end = out.size();
      if (take('}')) break;
      if (!take(',')) return fail();
      out += ", ";
    }
  }
  sort_members(members, begin, out);
  out += '}';
  return true;
}

/// Brings the members, which stand in `out` from `begin` on as they were written, into the order of keys.
void Reader::sort_members(std::vector<Member>& members, size_t begin, std::string& out) {
  const auto precedes = [](const Member& a, const Member& b) {
    if (a.key.size() != b.key.size()) return a.key.size() < b.key.size();
    return a.key < b.key;
  };
  const auto not_ascending = [&](const Member& a, const Member& b) { return !precedes(a, b); };
  if (std::adjacent_find(members.begin(), members.end(), not_ascending) == members.end()) return;
  std::stable_sort(members.begin(), members.end(), precedes);
  std::string sorted;
  for (size_t i = 0; i < members.size(); ++i) {
    // Of equal keys the last one stays.
    if (i + 1 < members.size() && members[i].key == members[i + 1].key) continue;
    if (!sorted.empty()) sorted += ", ";
    sorted.append(out, members[i].begin, members[i].end - members[i].begin);
  }
  out.resize(begin);
  out += sorted;
}

/// Appends the characters of the string, without escapes.
bool Reader::read_string(std::string& out) {
  rest_.remove_prefix(1);
  for (;;) {
    size_t plain = 0;
    while (plain < rest_.size() && rest_[plain] != '"' && rest_[plain] != '\\' &&
           static_cast<unsigned char>(rest_[plain]) >= 0x20) {
      ++plain;
    }
    out.append(rest_, 0, plain);
    rest_.remove_prefix(plain);
    if (rest_.empty()) return fail();
    const char c = rest_[0];
    rest_.remove_prefix(1);
    if (c == '"') return true;
    if (c != '\\') return fail();
    if (!read_escape(out)) return false;
  }
}

bool Reader::read_escape(std::string& out) {
  constexpr std::string_view kNames = "\"\\/bfnrt";
  constexpr std::string_view kMeanings = "\"\\/\b\f\n\r\t";
  if (rest_.empty()) return fail();
  const char name = rest_[0];
  rest_.remove_prefix(1);
  if (const size_t i = kNames.find(name); i != std::string_view::npos) {
    out += kMeanings[i];
    return true;
  }
  uint32_t code = 0;
  if (name != 'u' || !read_hex(code)) return fail();
  if (code == 0) {
    context_.fail(ErrorCode::kUntranslatableCharacter, "unsupported Unicode escape sequence");
    return false;
  }
  const bool is_high = code >= 0xd800 && code < 0xdc00;
  if (code >= 0xdc00 && code < 0xe000) return fail();
  if (is_high) {
    uint32_t low = 0;
    if (!rest_.starts_with("\\u")) return fail();
    rest_.remove_prefix(2);
    if (!read_hex(low) || low < 0xdc00 || low >= 0xe000) return fail();
    code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
  }
  append_utf8(code, out);
  return true;
}

bool Reader::read_hex(uint32_t& code) {
  if (rest_.size() < 4) return false;
  code = 0;
  for (const char c : rest_.substr(0, 4)) {
    const int digit = is_digit(c)            ? c - '0'
                      : c >= 'a' && c <= 'f' ? c - 'a' + 10
                      : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                             : -1;
    if (digit < 0) return false;
    code = code << 4 | static_cast<uint32_t>(digit);
  }
  rest_.remove_prefix(4);
  return true;
}

bool Reader::read_number(std::string& out) {
  size_t i = 0;
  const auto digits = [&] {
    const size_t begin = i;
    while (i < rest_.size() && is_digit(rest_[i])) ++i;
    return i != begin;
  };
  bool is_integer = true;
  if (peek() == '-') ++i;
  const size_t first = i;
  if (!digits() || (rest_[first] == '0' && i > first + 1)) return fail();
  if (i < rest_.size() && rest_[i] == '.') {
    is_integer = false;
    ++i;
    if (!digits()) return fail();
  }
  if (i < rest_.size() && (rest_[i] == 'e' || rest_[i] == 'E')) {
    is_integer = false;
    ++i;
    if (i < rest_.size() && (rest_[i] == '+' || rest_[i] == '-')) ++i;
    if (!digits()) return fail();
  }
  const std::string_view number = rest_.substr(0, i);
  rest_.remove_prefix(i);
  constexpr size_t kSurelyExact = 18;
  if (is_integer && i <= kSurelyExact && number != "-0") {
    out += number;
    return true;
  }
  const Numeric value = numeric_from_text(context_, number);
  if (context_.failed()) return false;
  append_text(value, out);
  return true;
}

bool Reader::read_word(std::string_view word, std::string& out) {
  if (!rest_.starts_with(word)) return fail();
  rest_.remove_prefix(word.size());
  out += word;
  return true;
}

/// Bytes of the canonical string at the front of `text`, with both quotes.
size_t string_size(std::string_view text) {
  size_t i = 1;
  for (;;) {
    const auto* quote = static_cast<const char*>(std::memchr(text.data() + i, '"', text.size() - i));
    if (quote == nullptr) return text.size();
    const auto at = static_cast<size_t>(quote - text.data());
    size_t backslashes = 0;
    while (text[at - 1 - backslashes] == '\\') ++backslashes;
    i = at + 1;
    if (backslashes % 2 == 0) return i;
  }
}

}  // namespace

Jsonb jsonb_from_text(Context& context, std::string_view text) {
  std::string canonical;
  if (!Reader(context, text).read(canonical)) return {};
  const Text borrowed{std::string_view(canonical)};
  return {borrowed.is_inline() ? borrowed : Text(context.arena().copy(canonical))};
}

void append_text(const Jsonb& value, std::string& out) {
  out += value.text.view();
}

void append_json_string(std::string_view text, std::string& out) {
  constexpr char kHex[] = "0123456789abcdef";
  out += '"';
  for (const char c : text) {
    switch (c) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\b':
        out += "\\b";
        break;
      case '\f':
        out += "\\f";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\t':
        out += "\\t";
        break;
      default:
        if (static_cast<unsigned char>(c) < 0x20) {
          out += "\\u00";
          out += kHex[c >> 4];
          out += kHex[c & 15];
        } else {
          out += c;
        }
    }
  }
  out += '"';
}

std::string_view json_string(std::string_view quoted, std::string& storage) {
  const std::string_view inside = quoted.substr(1, quoted.size() - 2);
  if (inside.find('\\') == std::string_view::npos) return inside;
  storage.clear();
  for (size_t i = 0; i < inside.size(); ++i) {
    if (inside[i] != '\\') {
      storage += inside[i];
      continue;
    }
    switch (inside[++i]) {
      case 'b':
        storage += '\b';
        break;
      case 'f':
        storage += '\f';
        break;
      case 'n':
        storage += '\n';
        break;
      case 'r':
        storage += '\r';
        break;
      case 't':
        storage += '\t';
        break;
      case 'u': {
        // Only control characters are written so: \u00 and two digits.
        const char low = inside[i + 4];
        storage += static_cast<char>((inside[i + 3] - '0') << 4 | (low <= '9' ? low - '0' : low - 'a' + 10));
        i += 4;
        break;
      }
      default:
        storage += inside[i];
    }
  }
  return storage;
}

JsonKind json_kind(std::string_view canonical) {
  switch (canonical.empty() ? 'n' : canonical[0]) {
    case '{':
      return JsonKind::kObject;
    case '[':
      return JsonKind::kArray;
    case '"':
      return JsonKind::kString;
    case 't':
    case 'f':
      return JsonKind::kBoolean;
    case 'n':
      return JsonKind::kNull;
    default:
      return JsonKind::kNumber;
  }
}

size_t json_size(std::string_view canonical) {
  if (canonical.empty()) return 0;
  if (canonical[0] == '"') return string_size(canonical);
  if (canonical[0] != '{' && canonical[0] != '[')
    return std::min(canonical.find_first_of(",]}"), canonical.size());
  size_t depth = 0;
  for (size_t i = 0; i < canonical.size();) {
    const char c = canonical[i];
    if (c == '"') {
      i += string_size(canonical.substr(i));
      continue;
    }
    ++i;
    if (c == '{' || c == '[') ++depth;
    if ((c == '}' || c == ']') && --depth == 0) return i;
  }
  return canonical.size();
}

bool JsonMembers::next() {
  if (rest_.starts_with(", ")) rest_.remove_prefix(2);
  if (rest_.size() <= 1) return false;
  if (is_object_) {
    key_ = rest_.substr(0, string_size(rest_));
    rest_.remove_prefix(std::min(key_.size() + 2, rest_.size()));
  }
  value_ = rest_.substr(0, json_size(rest_));
  rest_.remove_prefix(value_.size());
  return true;
}

}  // namespace sqlmill::rt::sql
