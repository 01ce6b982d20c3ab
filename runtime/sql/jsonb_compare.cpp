// The order, equality and hash of jsonb. Numbers compare by value, so that 1.0 = 1.00; the canonical text of
// everything else is equal exactly if the values are.
#include <charconv>
#include <string>

#include "runtime/sql/compare.h"
#include "runtime/sql/jsonb.h"

namespace sqlmill::rt::sql {

namespace {

int sign(int order) {
  return (order > 0) - (order < 0);
}

int compare_strings(std::string_view a, std::string_view b) {
  std::string storage_a, storage_b;
  return sign(json_string(a, storage_a).compare(json_string(b, storage_b)));
}

int compare_numbers(std::string_view a, std::string_view b) {
  if (a == b) return 0;
  int64_t integers[2];
  bool are_integers = true;
  for (const bool second : {false, true}) {
    const std::string_view text = second ? b : a;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), integers[second]);
    are_integers = are_integers && error == std::errc() && end == text.data() + text.size();
  }
  if (are_integers) return compare(integers[0], integers[1]);
  Arena arena(256);
  Context context(arena);
  return compare(numeric_from_text(context, a), numeric_from_text(context, b));
}

size_t count_members(std::string_view container) {
  size_t count = 0;
  for (JsonMembers members(container); members.next();) ++count;
  return count;
}

int compare_values(std::string_view a, std::string_view b);

int compare_containers(std::string_view a, std::string_view b, bool are_objects) {
  if (a == b) return 0;
  if (const int order =
          compare(static_cast<int64_t>(count_members(a)), static_cast<int64_t>(count_members(b)))) {
    return order;
  }
  JsonMembers left(a);
  JsonMembers right(b);
  while (left.next() && right.next()) {
    if (are_objects) {
      if (const int order = compare_strings(left.key(), right.key())) return order;
    }
    if (const int order = compare_values(left.value(), right.value())) return order;
  }
  return 0;
}

int compare_values(std::string_view a, std::string_view b) {
  const JsonKind kind = json_kind(a);
  if (const JsonKind other = json_kind(b); kind != other) return kind < other ? -1 : 1;
  switch (kind) {
    case JsonKind::kNull:
      return 0;
    case JsonKind::kBoolean:
      return compare(a == "true", b == "true");
    case JsonKind::kString:
      return compare_strings(a, b);
    case JsonKind::kNumber:
      return compare_numbers(a, b);
    case JsonKind::kArray:
      return compare_containers(a, b, false);
    case JsonKind::kObject:
      return compare_containers(a, b, true);
  }
  __builtin_unreachable();
}

bool is_number_character(char c) {
  return (c >= '0' && c <= '9') || c == '.' || c == '-';
}

/// The text with numbers as short as they can be. Canonical numbers have no exponent and no zeros in front.
std::string normalize(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size();) {
    size_t size = 1;
    if (text[i] == '"') {
      size = json_size(text.substr(i));
    } else if (is_number_character(text[i])) {
      while (i + size < text.size() && is_number_character(text[i + size])) ++size;
    }
    std::string_view token = text.substr(i, size);
    i += size;
    if (is_number_character(token[0]) && token.find('.') != std::string_view::npos) {
      token = token.substr(0, token.find_last_not_of('0') + 1);
      if (token.back() == '.') token.remove_suffix(1);
    }
    out += token;
  }
  return out;
}

}  // namespace

int compare(const Jsonb& a, const Jsonb& b) {
  const std::string_view left = a.text.view();
  const std::string_view right = b.text.view();
  // PostgreSQL keeps a scalar as an array of one element and looks at the number of elements first.
  const bool left_is_empty = left == "[]" && json_kind(right) < JsonKind::kArray;
  const bool right_is_empty = right == "[]" && json_kind(left) < JsonKind::kArray;
  if (left_is_empty || right_is_empty) return left_is_empty ? -1 : 1;
  return compare_values(left, right);
}

uint64_t hash(const Jsonb& value) {
  if (value.text.view().find('.') == std::string_view::npos) return hash(value.text);
  const std::string normalized = normalize(value.text.view());
  return hash(Text(std::string_view(normalized)));
}

}  // namespace sqlmill::rt::sql
