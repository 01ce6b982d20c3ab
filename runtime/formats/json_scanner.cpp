// Two paths. Keys come in nearly the same order in every record, so each key remembers which one followed it
// last time, and what stood around it: finding the column of a key is then one comparison with the predicted
// bytes, and the end of a string the next quote. A record of known keys and plain values needs nothing else.
// Any other record is simdjson's (json_document.h), from its start; the keys that it has are known from then
// on, also those that no column declares.
#include "runtime/formats/json_scanner.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <deque>
#include <functional>
#include <type_traits>
#include <unordered_map>
#include <utility>
#include <vector>

#include "runtime/base/arena.h"
#include "runtime/formats/json_document.h"
#include "runtime/formats/json_error_place.h"
#include "runtime/formats/json_member_start.h"
#include "runtime/formats/json_quotes.h"
#include "runtime/formats/json_text.h"

namespace sqlmill::rt::formats {

namespace {

constexpr size_t kMaxKeys = 1024;  // Remembered; records whose keys are data must not fill the memory.
constexpr size_t kMaxKeyBytes = 256;
constexpr uint32_t kNoColumn = UINT32_MAX;
constexpr unsigned kTries = 8;
constexpr unsigned kMostAlike = 4096;
constexpr size_t kBits = 64;
constexpr JsonKinds kAllKinds = ~JsonKinds{0};

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
  return std::none_of(name.begin(), name.end(),
                      [](char c) { return c == '"' || c == '\\' || static_cast<unsigned char>(c) < ' '; });
}

/// Aligned, so that what a plain record needs of a key is in one line of the cache.
struct alignas(64) Key {
  MemberStart start;
  Key* next = nullptr;  // What followed it last time.
  uint64_t bit = 0;     // Of the column, among the first kBits.
  uint32_t column = kNoColumn;
  JsonKinds accepted = 0;
  bool wanted = false;
  bool exact = false;  // Its bytes are the column's name; otherwise the case differs.
  bool plain = false;  // May stand between quotes as it is.
  std::string name;
};

/// A member of the records that come now: a key whose value is a string.
struct Step {
  MemberStart start;
  uint32_t column;
  bool wanted;
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
  uint64_t all_bits = 0;  // Of all columns that have one.
  std::deque<Key> keys;
  std::unordered_map<std::string_view, Key*> key_of;
  Key none;   // Predicted where nothing is known; it is at no place.
  Key start;  // Before the first one.
  Key unremembered;
  /// The members of a record, all of them strings, if several records had the same.
  std::vector<Step> steps;
  unsigned not_as_steps = 0;      // Records that had others since one had these.
  unsigned alike = 0;             // Records without steps in which no member was another than predicted.
  unsigned steps_after = kTries;  // So many of them make steps.
  std::vector<uint8_t> exact;     // Of the current record, by column.
  /// Records that were not plain since one was. From kTries on simdjson has the next ones too, until one of
  /// them would have been plain: where most are not, trying costs a fifth.
  unsigned not_plain = 0;
  JsonQuotes quotes;
  JsonDocument document;
  std::vector<JsonMember> members;
  base::Arena arena;

  void clear(JsonField* fields, size_t from) const {
    std::fill(fields + from, fields + std::max(from, columns.size()), JsonField());
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
    key.accepted = key.column != kNoColumn ? columns[key.column].accepted : kAllKinds;
    key.bit = key.column < kBits ? uint64_t{1} << key.column : 0;
    if (!remembered) return &key;
    key.next = &none;
    key.name = name;
    key.plain = is_json_string_content(name);
    if (key.plain) learn(key, fmt::format("\"{}\":", name));
    key_of.emplace(key.name, &key);
    return &key;
  }

  void learn(Key& key, std::string_view text) {
    key.start.set(text, (key.accepted & kinds({JsonKind::kString})) != 0);
  }

  void store(const Key& key, const JsonField& field, JsonField* fields) {
    if (key.column == kNoColumn) return;
    uint8_t& was_exact = exact[key.column];
    if (!key.exact && was_exact) return;
    was_exact = key.exact;
    fields[key.column] = {field.kind, key.wanted ? field.text : std::string_view()};
  }

  // ---- Plain records: all strings end at the next quote ----

  /// The text ends with a brace.
  static void skip_space(std::string_view text, size_t& at) {
    while (text[at] == ' ') ++at;  // There are no others: they are control characters.
  }

  /// False if the column has a value already: which of the two counts is not decided here. `seen`: the bits
  /// of those that have; further columns are cleared before.
  static bool store_first(const Key& key, const JsonField& field, JsonField* fields, uint64_t& seen) {
    if ((seen & key.bit) != 0) [[unlikely]]
      return false;
    seen |= key.bit;
    if (key.column == kNoColumn) [[unlikely]]
      return true;
    JsonField& stored = fields[key.column];
    if (key.bit == 0 && stored.kind != JsonKind::kMissing) [[unlikely]]
      return false;
    if (key.wanted) {
      stored = field;
    } else {
      stored.kind = field.kind;
    }
    return true;
  }

  [[gnu::noinline]] void clear_missing(JsonField* fields, uint64_t seen) const {
    for (uint64_t missing = all_bits & ~seen; missing != 0; missing &= missing - 1)
      fields[std::countr_zero(missing)] = {};
  }

  struct Place {
    size_t at;     // A byte,
    size_t quote;  // and which quote is the first one there or behind.
  };

  /// `place` is a quote, of an even number: one that closes it follows.
  std::string_view take_string(std::string_view payload, Place& place) const {
    const size_t begin = place.at + 1;
    const size_t end = quotes[place.quote + 1];
    place = {end + 1, place.quote + 2};
    return payload.substr(begin, end - begin);
  }

  /// Of a plain value that is not a string.
  static bool take_scalar(JsonCursor& cursor, JsonField& field) {
    const char* start = cursor.position();
    switch (cursor.peek()) {
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
        if (!cursor.take_number()) return false;
        field = {JsonKind::kNumber, {start, static_cast<size_t>(cursor.position() - start)}};
        return true;
    }
  }

  bool take_value(std::string_view payload, Place& place, JsonField& field) const {
    if (payload[place.at] == '"') {
      field = {JsonKind::kString, take_string(payload, place)};
      return true;
    }
    JsonCursor cursor(payload.substr(place.at));
    if (!take_scalar(cursor, field)) return false;
    place.at += cursor.offset();
    return true;
  }

  /// Null if it is not known.
  Key* take_key(std::string_view payload, Place& place, Key* predicted) const {
    if (payload[place.at] != '"') return nullptr;
    const std::string_view name = take_string(payload, place);
    if (predicted->plain && predicted->name == name) return predicted;
    const auto found = key_of.find(name);
    return found == key_of.end() ? nullptr : found->second;
  }

  /// A member that is not as predicted, or whose value is no string. `place` is directly behind a comma or
  /// the opening brace, and then behind the value. Null: something is not plain, or not accepted.
  [[gnu::noinline]] Key* take_other(std::string_view payload, Place& place, Key& last, JsonField* fields,
                                    uint64_t& seen) {
    const size_t begin = place.at;
    Key* key = last.next;
    bool is_known = key->start.is_at(payload.substr(begin));
    if (is_known) {
      place = {begin + key->start.size() - 1, place.quote + 2};
    } else {
      skip_space(payload, place.at);
      key = take_key(payload, place, key);
      if (key == nullptr) return nullptr;
      skip_space(payload, place.at);
      if (payload[place.at] != ':') return nullptr;
      ++place.at;
      last.next = key;
      is_known = key->start.size() == place.at - begin + 1 && key->start.is_at(payload.substr(begin));
    }
    if (payload[place.at] == ' ') [[unlikely]] {
      skip_space(payload, place.at);
      is_known = false;
    }
    if (!is_known) learn(*key, payload.substr(begin, place.at - begin));
    JsonField field;
    if (!take_value(payload, place, field) || (key->accepted & kinds({field.kind})) == 0) return nullptr;
    return store_first(*key, field, fields, seen) ? key : nullptr;
  }

  /// The same as take_members() for a record that has the members of `steps` and nothing else; false for all
  /// others.
  bool take_steps(std::string_view payload, size_t begin, JsonField* fields) const {
    const char* const text = payload.data();
    const Step* const end = steps.data() + steps.size();
    size_t at = begin;
    size_t quote = 3;
    for (const Step* step = steps.data();; ++at, quote += 4) {
      if (at + MemberStart::kFewBytes > payload.size() || !step->start.is_string_at(text + at)) return false;
      const char* const value = text + at + step->start.size();
      at = quotes[quote] + size_t{1};
      if (step->wanted) {
        fields[step->column] = {JsonKind::kString, {value, static_cast<size_t>(text + at - 1 - value)}};
      } else if (step->column != kNoColumn) {
        fields[step->column].kind = JsonKind::kString;
      }
      if (++step == end) return text[at] == '}' && at + 1 == payload.size();
      if (text[at] != ',') return false;
    }
  }

  /// A record had exactly the predicted members, all of them strings.
  [[gnu::noinline]] void make_steps(size_t members) {
    if (++alike < steps_after || columns.size() > kBits) return;
    steps.clear();
    alike = not_as_steps = 0;
    for (const Key* key = start.next; members > 0; key = key->next, --members)
      steps.push_back({key->start, key->column, key->wanted});
  }
  [[gnu::noinline]] void forget_steps() {
    if (++not_as_steps < kTries) return;
    steps.clear();
    // Records of which no two are alike do not pay for trying.
    steps_after = std::min(steps_after * 2, kMostAlike);
  }

  /// From behind the opening brace to behind the closing one, the last byte: as there is one, what stands
  /// before it may be followed without a look at the size.
  bool take_members(std::string_view payload, size_t begin, JsonField* fields) {
    const char* const text = payload.data();
    uint64_t seen = 0;
    size_t members = 1;
    bool as_predicted = true;
    Key* last = &start;
    for (Place place = {begin, 0};; ++place.at, ++members) {
      Key* key = last->next;
      if (place.at + MemberStart::kFewBytes <= payload.size() && key->start.is_string_at(text + place.at))
          [[likely]] {
        const size_t value = place.at + key->start.size();
        const size_t end = quotes[place.quote + 3];
        if (!store_first(*key, {JsonKind::kString, {text + value, end - value}}, fields, seen)) return false;
        place = {end + 1, place.quote + 4};
      } else {
        Place other = place;
        key = take_other(payload, other, *last, fields, seen);
        if (key == nullptr) return false;
        place = other;
        as_predicted = false;
      }
      last = key;
      if (text[place.at] != ',') [[unlikely]] {
        skip_space(payload, place.at);
        if (text[place.at] != ',') {
          if (seen != all_bits) [[unlikely]] {
            clear_missing(fields, seen);
          } else if (as_predicted) {
            make_steps(members);
          }
          return text[place.at] == '}' && place.at + 1 == payload.size();
        }
      }
    }
  }

  /// False if the record is not plain or not JSON: then nothing is known of it.
  bool scan_plain(std::string_view payload, JsonField* fields) {
    while (!payload.empty() && is_json_space(payload.back())) payload.remove_suffix(1);
    if (!payload.ends_with('}') || !quotes.find(payload)) return false;
    size_t at = 0;
    skip_space(payload, at);
    if (payload[at] != '{') return false;
    size_t first = ++at;
    skip_space(payload, first);
    if (first + 1 == payload.size()) {
      clear(fields, 0);
      return true;
    }
    if (!steps.empty() && take_steps(payload, at, fields)) [[likely]] {
      not_as_steps = 0;
    } else {
      if (!steps.empty()) forget_steps();
      if (columns.size() > kBits) clear(fields, kBits);
      if (!take_members(payload, at, fields)) return false;
    }
    return !quotes.beyond_ascii() || simdjson::validate_utf8(payload.data(), payload.size());
  }

  // ---- All others ----

  [[gnu::noinline]] bool scan_any(std::string_view payload, JsonField* fields) {
    if (!document.read(payload, members)) return false;
    clear(fields, 0);
    std::fill(exact.begin(), exact.end(), uint8_t{0});
    bool plain = true;
    Key* last = &start;
    for (const JsonMember& member : members) {
      Key* key = last->next;
      if (key == &none || key->name != member.name) key = look_up(member.name);
      predict(last, key);
      store(*key, member.field, fields);
      plain = plain && key->plain && is_plain(member.field, payload);
    }
    not_plain = plain ? 0 : not_plain + 1;
    return true;
  }

  static void predict(Key*& last, Key* key) {
    if (key->next == nullptr) return;  // It is not remembered.
    last->next = key;
    last = key;
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
  impl_->all_bits = columns.size() < kBits ? (uint64_t{1} << columns.size()) - 1 : ~uint64_t{0};
  // The order of the declaration is the first guess.
  impl_->start.next = &impl_->none;
  Key* last = &impl_->start;
  for (const JsonColumn& column : columns) Impl::predict(last, impl_->look_up(column.name));
}

JsonScanner::~JsonScanner() = default;
JsonScanner::JsonScanner(JsonScanner&&) noexcept = default;

bool JsonScanner::scan(std::string_view payload, JsonField* fields) {
  if (impl_->not_plain < kTries && impl_->scan_plain(payload, fields)) [[likely]]
    return true;
  if (!impl_->scan_any(payload, fields)) {
    error_ = json_error(payload);
    return false;
  }
  return finish(payload, fields);
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
