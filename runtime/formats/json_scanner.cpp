// Keys come in nearly the same order in every record, so each key remembers which one followed it last time:
// finding the column of a key is then one comparison with the predicted bytes. Keys that no column declares
// are remembered as well.
#include "runtime/formats/json_scanner.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <deque>
#include <unordered_map>
#include <utility>
#include <vector>

#include "runtime/base/arena.h"
#include "runtime/formats/json_text.h"

namespace sqlmill::rt::formats {

namespace {

constexpr size_t kMaxKeys = 1024;  // Remembered; records whose keys are data must not fill the memory.
constexpr size_t kMaxKeyBytes = 256;
constexpr uint32_t kNoColumn = UINT32_MAX;

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; };
  if (a.size() != b.size()) return false;
  for (size_t i = 0; i < a.size(); ++i) {
    if (lower(a[i]) != lower(b[i])) return false;
  }
  return true;
}

std::string_view kind_name(JsonKind kind) {
  switch (kind) {
    case JsonKind::kMissing:
      return "nothing";
    case JsonKind::kNull:
      return "null";
    case JsonKind::kString:
      return "a string";
    case JsonKind::kNumber:
      return "a number";
    case JsonKind::kTrue:
      return "true";
    case JsonKind::kFalse:
      return "false";
    case JsonKind::kObject:
      return "an object";
    case JsonKind::kArray:
      return "an array";
  }
  __builtin_unreachable();
}

std::string kind_names(JsonKinds accepted) {
  std::string names;
  for (JsonKind kind : {JsonKind::kString, JsonKind::kNumber, JsonKind::kTrue, JsonKind::kFalse,
                        JsonKind::kObject, JsonKind::kArray}) {
    if ((accepted & kinds({kind})) == 0) continue;
    if (!names.empty()) names += " or ";
    names += kind_name(kind);
  }
  return names;
}

/// Whether `name` may stand between quotes as it is.
bool is_json_string_content(std::string_view name) {
  const std::string quoted = '"' + std::string(name) + '"';
  JsonCursor cursor(quoted);
  std::string_view content;
  bool has_escapes;
  return cursor.read_string(content, has_escapes) && !has_escapes && cursor.at_end();
}

/// What mostly stands from a key's opening quote to its value, `"user_id":`. Two overlapping loads see the
/// whole of it.
struct KeyBytes {
  static constexpr size_t kCapacity = 32;
  alignas(16) char bytes[kCapacity] = {};
  uint32_t size = 0;  // 0: too long to be looked at this way.

  /// 32 bytes are readable at `p`.
#if defined(__SSE2__)
  uint32_t mask = 0;
  bool matches(const char* p) const {
    const auto equal = [&](size_t at) {
      const __m128i a = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p + at));
      const __m128i b = _mm_load_si128(reinterpret_cast<const __m128i*>(bytes + at));
      return static_cast<uint32_t>(_mm_movemask_epi8(_mm_cmpeq_epi8(a, b)));
    };
    return ((equal(0) | equal(16) << 16) & mask) == mask;
  }
#else
  bool matches(const char* p) const { return std::memcmp(p, bytes, size) == 0; }
#endif

  void set(std::string_view text) {
    if (text.size() > kCapacity) return;
    std::memcpy(bytes, text.data(), text.size());
    size = static_cast<uint32_t>(text.size());
#if defined(__SSE2__)
    mask = size == kCapacity ? ~0u : (1u << size) - 1;
#endif
  }
};

struct Key {
  KeyBytes expected;
  uint32_t column = kNoColumn;
  bool exact = false;  // Its bytes are the column's name; otherwise the case differs.
  bool wanted = false;
  Key* next = nullptr;  // What followed it last time.
  std::string text;     // As in the records, escapes unresolved, with the closing quote.
};

struct ColumnState {
  std::string name;
  JsonKinds accepted;
  bool wanted;
};

}  // namespace

struct JsonScanner::Impl {
  std::vector<ColumnState> columns;
  std::deque<Key> keys;
  std::unordered_map<std::string_view, Key*> key_of;  // Without the closing quote.
  Key* first = nullptr;
  Key unremembered;
  // Of the current record, by column:
  std::vector<uint8_t> exact;
  std::vector<uint32_t> escaped;  // Columns with escapes; of duplicate keys the last need not have any.
  base::Arena arena;

  uint32_t find_column(std::string_view name, bool& exact) const {
    uint32_t similar = kNoColumn;
    for (uint32_t i = 0; i < columns.size(); ++i) {
      exact = columns[i].name == name;
      if (exact) return i;
      if (similar == kNoColumn && equal_ignoring_case(columns[i].name, name)) similar = i;
    }
    return similar;
  }

  Key* remember(std::string_view text, Key key) {
    key.text = std::string(text) + '"';
    key.expected.set('"' + key.text + ':');
    Key* remembered = &keys.emplace_back(std::move(key));
    key_of.emplace(std::string_view(remembered->text).substr(0, text.size()), remembered);
    return remembered;
  }

  [[gnu::noinline]] Key* look_up(std::string_view text, bool has_escapes) {
    if (const auto found = key_of.find(text); found != key_of.end()) return found->second;
    Key key;
    if (has_escapes) {
      std::string name(text.size(), '\0');
      name.resize(unescape_json(text, name.data()));
      key.column = find_column(name, key.exact);
    } else {
      key.column = find_column(text, key.exact);
    }
    key.wanted = key.column != kNoColumn && columns[key.column].wanted;
    if (keys.size() < kMaxKeys && text.size() <= kMaxKeyBytes) return remember(text, std::move(key));
    unremembered = std::move(key);
    return &unremembered;
  }

  /// The cursor stands on the opening quote. Null on failure.
  Key* read_key(JsonCursor& cursor, Key* predicted) {
    if (predicted != nullptr) {
      const std::string& text = predicted->text;
      const char* start = cursor.position() + 1;
      if (static_cast<size_t>(cursor.end() - start) >= text.size() &&
          std::memcmp(start, text.data(), text.size()) == 0) {
        cursor.advance(1 + text.size());
        return predicted;
      }
    }
    std::string_view text;
    bool has_escapes;
    if (!cursor.read_string(text, has_escapes)) return nullptr;
    return look_up(text, has_escapes);
  }

  /// As a rule the predicted key and a string without anything special: two comparisons and a search. Takes
  /// both, or nothing.
  static bool take_expected(JsonCursor& cursor, const Key* predicted, JsonField& field) {
    if (predicted == nullptr || predicted->expected.size == 0) return false;
    const char* at = cursor.position();
    if (static_cast<size_t>(cursor.end() - at) < KeyBytes::kCapacity || !predicted->expected.matches(at))
      return false;
    return cursor.take_plain_string(predicted->expected.size, field.text);
  }

  /// A member in any form. Null on failure.
  Key* read_member(JsonCursor& cursor, Key* predicted, JsonField& field, bool& has_escapes) {
    if (cursor.peek() != '"') return cursor.fail_unexpected("a key in double quotes"), nullptr;
    Key* key = read_key(cursor, predicted);
    if (key == nullptr) return nullptr;
    cursor.skip_space();
    if (!cursor.take(':')) return cursor.fail_unexpected("':' after a key"), nullptr;
    cursor.skip_space();
    return cursor.read_value(field.kind, field.text, has_escapes) ? key : nullptr;
  }

  void store(const Key& key, const JsonField& field, bool has_escapes, JsonField* fields) {
    if (key.column == kNoColumn) return;
    uint8_t& was_exact = exact[key.column];
    if (!key.exact && was_exact) return;
    was_exact = key.exact;
    fields[key.column] = {field.kind, key.wanted ? field.text : std::string_view()};
    if (has_escapes) [[unlikely]]
      escaped.push_back(key.column);
  }

  bool read_members(JsonCursor& cursor, JsonField* fields) {
    Key** prediction = &first;
    for (;;) {
      Key* key = *prediction;
      JsonField field;
      bool has_escapes = false;
      if (take_expected(cursor, key, field)) [[likely]] {
        field.kind = JsonKind::kString;
      } else {
        key = read_member(cursor, key, field, has_escapes);
        if (key == nullptr) return false;
      }
      if (key != &unremembered) {
        *prediction = key;
        prediction = &key->next;
      }
      store(*key, field, has_escapes, fields);
      if (cursor.take_comma_before_key()) continue;
      cursor.skip_space();
      if (cursor.take(',')) {
        cursor.skip_space();
        continue;
      }
      return cursor.take('}') || cursor.fail_unexpected("',' or '}'");
    }
  }

  bool read_object(JsonCursor& cursor, JsonField* fields) {
    cursor.skip_space();
    if (cursor.at_end()) return cursor.fail_unexpected("an object");
    if (!cursor.take('{')) return cursor.fail_unexpected("an object");
    cursor.skip_space();
    if (!cursor.take('}') && !read_members(cursor, fields)) return false;
    cursor.skip_space();
    return cursor.at_end() || cursor.fail_unexpected("nothing more");
  }

  /// Resolves the escapes of a wanted string. False if it holds a character that no SQL text can.
  bool resolve(JsonField& field) {
    char* out = arena.allocate_chars(field.text.size());
    field.text = {out, unescape_json(field.text, out)};
    return field.text.find('\0') == std::string_view::npos;
  }
};

JsonScanner::JsonScanner(std::span<const JsonColumn> columns) : impl_(std::make_unique<Impl>()) {
  for (const JsonColumn& column : columns) {
    const JsonKinds accepted = column.accepted | kinds({JsonKind::kMissing, JsonKind::kNull});
    impl_->columns.push_back({std::string(column.name), accepted, column.wanted});
  }
  impl_->exact.resize(columns.size());
  // The order of the declaration is the first guess.
  Key** prediction = &impl_->first;
  for (const JsonColumn& column : columns) {
    if (!is_json_string_content(column.name)) continue;
    Key* key = impl_->look_up(column.name, false);
    if (key == &impl_->unremembered) continue;
    *prediction = key;
    prediction = &(*prediction)->next;
  }
}

JsonScanner::~JsonScanner() = default;
JsonScanner::JsonScanner(JsonScanner&&) noexcept = default;

bool JsonScanner::scan(std::string_view payload, JsonField* fields) {
  auto& columns = impl_->columns;
  std::fill_n(fields, columns.size(), JsonField());
  std::fill(impl_->exact.begin(), impl_->exact.end(), uint8_t{0});
  impl_->escaped.clear();
  JsonCursor cursor(payload);
  if (!impl_->read_object(cursor, fields)) {
    error_ = cursor.take_error();
    return false;
  }
  JsonKinds refused = 0;
  for (size_t i = 0; i < columns.size(); ++i) refused |= kinds({fields[i].kind}) & ~columns[i].accepted;
  return (refused == 0 && impl_->escaped.empty()) || finish(fields);
}

/// What few records need: escapes resolved, or the first column that does not fit named.
bool JsonScanner::finish(JsonField* fields) {
  auto& columns = impl_->columns;
  auto& escaped = impl_->escaped;
  std::sort(escaped.begin(), escaped.end());
  escaped.erase(std::unique(escaped.begin(), escaped.end()), escaped.end());
  auto next_escaped = escaped.begin();
  for (uint32_t i = 0; i < columns.size(); ++i) {
    const ColumnState& column = columns[i];
    JsonField& field = fields[i];
    if ((column.accepted & kinds({field.kind})) == 0) {
      error_ = fmt::format("column \"{}\": expected {}, found {}", column.name, kind_names(column.accepted),
                           kind_name(field.kind));
      return false;
    }
    if (next_escaped == escaped.end() || *next_escaped != i) continue;
    ++next_escaped;
    if (column.wanted && field.kind == JsonKind::kString && !impl_->resolve(field)) {
      error_ = fmt::format("column \"{}\": \\u0000 cannot be converted to text", column.name);
      return false;
    }
  }
  return true;
}

void JsonScanner::forget() {
  impl_->arena.reset();
}

}  // namespace sqlmill::rt::formats
