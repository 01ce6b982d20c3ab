// Keys come in nearly the same order in every record, so each key remembers which one followed it last time:
// finding the column of a key is then one comparison with the predicted bytes. Keys that no column declares
// are remembered as well.
#include "runtime/formats/json_scanner.h"

#include <fmt/format.h>

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

struct Key {
  std::string text;  // As in the records, escapes unresolved, with the closing quote.
  uint32_t column = kNoColumn;
  bool exact = false;   // Its bytes are the column's name; otherwise the case differs.
  Key* next = nullptr;  // What followed it last time.
};

struct ColumnState {
  std::string name;
  JsonKinds accepted;
  bool wanted;
  // Of the current record:
  bool exact;
  bool has_escapes;
};

}  // namespace

struct JsonScanner::Impl {
  std::vector<ColumnState> columns;
  std::deque<Key> keys;
  std::unordered_map<std::string_view, Key*> key_of;  // Without the closing quote.
  Key* first = nullptr;
  Key unremembered;
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

  bool read_members(JsonCursor& cursor, JsonField* fields) {
    Key** prediction = &first;
    for (;;) {
      if (cursor.peek() != '"') return cursor.fail_unexpected("a key in double quotes");
      Key* key = read_key(cursor, *prediction);
      if (key == nullptr) return false;
      if (key != &unremembered) {
        *prediction = key;
        prediction = &key->next;
      }
      cursor.skip_space();
      if (!cursor.take(':')) return cursor.fail_unexpected("':' after a key");
      cursor.skip_space();
      JsonField field;
      bool has_escapes;
      if (!cursor.read_value(field.kind, field.text, has_escapes)) return false;
      if (key->column != kNoColumn) {
        ColumnState& column = columns[key->column];
        if (key->exact || !column.exact) {
          fields[key->column] = field;
          column.exact = key->exact;
          column.has_escapes = has_escapes;
        }
      }
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
    impl_->columns.push_back({std::string(column.name), accepted, column.wanted, false, false});
  }
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
  for (size_t i = 0; i < columns.size(); ++i) {
    fields[i] = {};
    columns[i].exact = false;
  }
  JsonCursor cursor(payload);
  if (!impl_->read_object(cursor, fields)) {
    error_ = cursor.take_error();
    return false;
  }
  for (size_t i = 0; i < columns.size(); ++i) {
    const ColumnState& column = columns[i];
    JsonField& field = fields[i];
    if ((column.accepted & kinds({field.kind})) == 0) [[unlikely]] {
      error_ = fmt::format("column \"{}\": expected {}, found {}", column.name, kind_names(column.accepted),
                           kind_name(field.kind));
      return false;
    }
    if (!column.wanted) {
      field.text = {};
    } else if (field.kind == JsonKind::kString && column.has_escapes && !impl_->resolve(field)) [[unlikely]] {
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
