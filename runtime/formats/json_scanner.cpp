// Two paths. Keys come in nearly the same order in every record, so each key remembers which one followed it
// last time: finding the column of a key is then one comparison with the predicted bytes, and a record of
// known keys and plain values needs nothing else. Any other record is simdjson's (json_document.h), from its
// start; the keys that it has are known from then on, also those that no column declares.
#include "runtime/formats/json_scanner.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <cstring>
#include <deque>
#include <functional>
#include <unordered_map>
#include <utility>
#include <vector>

#include "runtime/base/arena.h"
#include "runtime/formats/json_document.h"
#include "runtime/formats/json_error_place.h"
#include "runtime/formats/json_text.h"

namespace sqlmill::rt::formats {

namespace {

constexpr size_t kMaxKeys = 1024;  // Remembered; records whose keys are data must not fill the memory.
constexpr size_t kMaxKeyBytes = 256;
constexpr uint32_t kNoColumn = UINT32_MAX;
constexpr unsigned kTries = 8;

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
  std::string_view content;
  JsonCursor cursor(quoted);
  return cursor.take_plain_string(0, content) && cursor.at_end();
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
  std::string name;
  std::string text;  // As in the records, with the closing quote. Empty: only escapes can write it.
};

bool is_within(std::string_view text, std::string_view payload) {
  return std::less_equal<>()(payload.data(), text.data()) &&
         std::less<>()(text.data(), payload.data() + payload.size());
}

struct ColumnState {
  std::string name;
  JsonKinds accepted;
  bool wanted;
};

}  // namespace

struct JsonScanner::Impl {
  std::vector<ColumnState> columns;
  std::deque<Key> keys;
  std::unordered_map<std::string_view, Key*> key_of;
  Key* first = nullptr;
  Key unremembered;
  std::vector<uint8_t> exact;  // Of the current record, by column.
  /// Records that were not plain since one was. From kTries on simdjson has the next ones too, until one of
  /// them would have been plain: where most are not, trying costs a fifth.
  unsigned not_plain = 0;
  JsonDocument document;
  std::vector<JsonMember> members;
  base::Arena arena;

  void start(JsonField* fields) {
    std::fill_n(fields, columns.size(), JsonField());
    std::fill(exact.begin(), exact.end(), uint8_t{0});
  }

  uint32_t find_column(std::string_view name, bool& exact) const {
    uint32_t similar = kNoColumn;
    for (uint32_t i = 0; i < columns.size(); ++i) {
      exact = columns[i].name == name;
      if (exact) return i;
      if (similar == kNoColumn && equal_ignoring_case(columns[i].name, name)) similar = i;
    }
    return similar;
  }

  Key* look_up(std::string_view name) {
    if (const auto found = key_of.find(name); found != key_of.end()) return found->second;
    const bool remembered = keys.size() < kMaxKeys && name.size() <= kMaxKeyBytes;
    Key& key = remembered ? keys.emplace_back() : unremembered;
    key.column = find_column(name, key.exact);
    key.wanted = key.column != kNoColumn && columns[key.column].wanted;
    if (!remembered) return &key;
    key.name = name;
    if (is_json_string_content(name)) {
      key.text = key.name + '"';
      key.expected.set('"' + key.text + ':');
    }
    key_of.emplace(key.name, &key);
    return &key;
  }

  void predict(Key**& prediction, Key* key) {
    if (key == &unremembered) return;
    *prediction = key;
    prediction = &key->next;
  }

  void store(const Key& key, const JsonField& field, JsonField* fields) {
    if (key.column == kNoColumn) return;
    uint8_t& was_exact = exact[key.column];
    if (!key.exact && was_exact) return;
    was_exact = key.exact;
    fields[key.column] = {field.kind, key.wanted ? field.text : std::string_view()};
  }

  /// The cursor stands on the opening quote. Null if the key is not known.
  Key* take_key(JsonCursor& cursor, Key* predicted) const {
    if (predicted != nullptr && !predicted->text.empty()) {
      const std::string& text = predicted->text;
      const char* start = cursor.position() + 1;
      if (static_cast<size_t>(cursor.end() - start) >= text.size() &&
          std::memcmp(start, text.data(), text.size()) == 0) {
        cursor.advance(1 + text.size());
        return predicted;
      }
    }
    std::string_view name;
    if (!cursor.take_plain_string(0, name)) return nullptr;
    const auto found = key_of.find(name);
    return found == key_of.end() ? nullptr : found->second;
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

  static bool take_plain_value(JsonCursor& cursor, JsonField& field) {
    const char* start = cursor.position();
    switch (cursor.peek()) {
      case '"':
        field.kind = JsonKind::kString;
        return cursor.take_plain_string(0, field.text);
      case 't':
        field.kind = JsonKind::kTrue;
        return cursor.take("true");
      case 'f':
        field.kind = JsonKind::kFalse;
        return cursor.take("false");
      case 'n':
        field.kind = JsonKind::kNull;
        return cursor.take("null");
      default:
        field.kind = JsonKind::kNumber;
        if (!cursor.take_number()) return false;
        field.text = {start, static_cast<size_t>(cursor.position() - start)};
        return true;
    }
  }

  /// Null if the key is not known or the value is not plain.
  Key* take_member(JsonCursor& cursor, Key* predicted, JsonField& field) const {
    if (cursor.peek() != '"') return nullptr;
    Key* key = take_key(cursor, predicted);
    if (key == nullptr) return nullptr;
    cursor.skip_space();
    if (!cursor.take(':')) return nullptr;
    cursor.skip_space();
    return take_plain_value(cursor, field) ? key : nullptr;
  }

  bool take_members(JsonCursor& cursor, JsonField* fields) {
    Key** prediction = &first;
    for (;;) {
      Key* key = *prediction;
      JsonField field;
      if (take_expected(cursor, key, field)) [[likely]] {
        field.kind = JsonKind::kString;
      } else {
        key = take_member(cursor, key, field);
        if (key == nullptr) return false;
        *prediction = key;
      }
      prediction = &key->next;
      store(*key, field, fields);
      if (cursor.take_comma_before_key()) continue;
      cursor.skip_space();
      if (!cursor.take(',')) return cursor.take('}');
      cursor.skip_space();
    }
  }

  /// False if the record is not plain or not JSON: then nothing is known of it.
  bool scan_plain(std::string_view payload, JsonField* fields) {
    JsonCursor cursor(payload);
    cursor.skip_space();
    if (!cursor.take('{')) return false;
    cursor.skip_space();
    if (!cursor.take('}') && !take_members(cursor, fields)) return false;
    cursor.skip_space();
    if (!cursor.at_end()) return false;
    return !cursor.saw_beyond_ascii() || simdjson::validate_utf8(payload.data(), payload.size());
  }

  bool scan_any(std::string_view payload, JsonField* fields) {
    if (!document.read(payload, members)) return false;
    start(fields);
    bool plain = true;
    Key** prediction = &first;
    for (const JsonMember& member : members) {
      Key* key = *prediction;
      if (key == nullptr || key->name != member.name) key = look_up(member.name);
      predict(prediction, key);
      store(*key, member.field, fields);
      plain = plain && !key->text.empty() && is_plain(member.field, payload);
    }
    not_plain = plain ? 0 : not_plain + 1;
    return true;
  }

  static bool is_plain(const JsonField& field, std::string_view payload) {
    if (field.kind == JsonKind::kObject || field.kind == JsonKind::kArray) return false;
    return field.text.empty() || is_within(field.text, payload);
  }

  /// Keeps a text whose escapes were resolved. False if it holds a character that no SQL text can.
  bool keep(std::string_view& text) {
    char* copy = arena.allocate_chars(text.size());
    std::memcpy(copy, text.data(), text.size());
    text = {copy, text.size()};
    return text.find('\0') == std::string_view::npos;
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
  for (const JsonColumn& column : columns) impl_->predict(prediction, impl_->look_up(column.name));
}

JsonScanner::~JsonScanner() = default;
JsonScanner::JsonScanner(JsonScanner&&) noexcept = default;

bool JsonScanner::scan(std::string_view payload, JsonField* fields) {
  auto& columns = impl_->columns;
  impl_->start(fields);
  const bool plain = impl_->not_plain < kTries && impl_->scan_plain(payload, fields);
  if (!plain && !impl_->scan_any(payload, fields)) [[unlikely]] {
    error_ = json_error(payload);
    return false;
  }
  JsonKinds refused = 0;
  for (size_t i = 0; i < columns.size(); ++i) refused |= kinds({fields[i].kind}) & ~columns[i].accepted;
  return (refused == 0 && plain) || finish(payload, fields);
}

/// What few records need: texts whose escapes were resolved kept, or the first column that does not fit
/// named.
bool JsonScanner::finish(std::string_view payload, JsonField* fields) {
  for (uint32_t i = 0; i < impl_->columns.size(); ++i) {
    const ColumnState& column = impl_->columns[i];
    JsonField& field = fields[i];
    if ((column.accepted & kinds({field.kind})) == 0) {
      error_ = fmt::format("column \"{}\": expected {}, found {}", column.name, kind_names(column.accepted),
                           kind_name(field.kind));
      return false;
    }
    if (field.text.empty() || is_within(field.text, payload)) continue;
    if (!impl_->keep(field.text)) {
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
