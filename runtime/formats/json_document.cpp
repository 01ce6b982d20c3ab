#include "runtime/formats/json_document.h"

#include <simdjson.h>

#include <algorithm>
#include <cstring>

#include "runtime/formats/json_text.h"

namespace sqlmill::rt::formats {

namespace {

namespace ondemand = simdjson::ondemand;
using simdjson::SUCCESS;

constexpr size_t kMinCapacity = 4096;

std::string_view without_space_behind(std::string_view text) {
  while (!text.empty() && is_json_space(text.back())) text.remove_suffix(1);
  return text;
}

bool is_number(std::string_view token) {
  JsonCursor cursor(token);
  return cursor.take_number() && cursor.at_end();
}

/// A key with escapes is simdjson's to unescape. Behind a text is padding, so the search may be told to end
/// 64 bytes on: longer keys are simdjson's too.
bool read_key(ondemand::field& member, std::string_view& name) {
  const char* start = member.key().raw();
  const char* stop = JsonCursor({start, simdjson::SIMDJSON_PADDING}).find_special(start);
  if (stop == start + simdjson::SIMDJSON_PADDING || *stop != '"')
    return member.unescaped_key().get(name) == SUCCESS;
  name = {start, static_cast<size_t>(stop - start)};
  return true;
}

bool read_value(ondemand::value& value, int depth, JsonField& field);

bool check_object(ondemand::value& value, int depth) {
  ondemand::object object;
  if (depth > kMaxJsonDepth || value.get_object().get(object) != SUCCESS) return false;
  for (auto result : object) {
    std::string_view name;
    JsonField unread;
    if (result.error() != SUCCESS) return false;
    ondemand::field&& member = std::move(result).value_unsafe();  // A copy of it stalls the processor.
    if (!read_key(member, name) || !read_value(member.value(), depth + 1, unread)) return false;
  }
  return true;
}

bool check_array(ondemand::value& value, int depth) {
  ondemand::array array;
  if (depth > kMaxJsonDepth || value.get_array().get(array) != SUCCESS) return false;
  for (auto result : array) {
    JsonField unread;
    if (result.error() != SUCCESS) return false;
    ondemand::value element = result.value_unsafe();
    if (!read_value(element, depth + 1, unread)) return false;
  }
  return true;
}

/// `token` is the string with its quotes. simdjson has checked its characters, but not yet its escapes.
bool read_string(ondemand::value& value, std::string_view token, std::string_view& text) {
  if (token.find('\\') != std::string_view::npos) return value.get_string().get(text) == SUCCESS;
  text = token.substr(1, token.size() - 2);
  // The string must be taken: a value that is skipped may be followed by a colon.
  return value.get_raw_json_string().error() == SUCCESS;
}

/// The texts of objects and arrays are not set. Numbers and words are compared with the text up to the next
/// token, because simdjson refuses numbers that no double and no 64-bit integer holds.
bool read_value(ondemand::value& value, int depth, JsonField& field) {
  const std::string_view token = without_space_behind(value.raw_json_token());
  switch (token.empty() ? '\0' : token[0]) {
    case '"':
      field.kind = JsonKind::kString;
      return read_string(value, token, field.text);
    case '{':
      field.kind = JsonKind::kObject;
      return check_object(value, depth);
    case '[':
      field.kind = JsonKind::kArray;
      return check_array(value, depth);
    case 't':
      field.kind = JsonKind::kTrue;
      return token == "true";
    case 'f':
      field.kind = JsonKind::kFalse;
      return token == "false";
    case 'n':
      field.kind = JsonKind::kNull;
      return token == "null";
    default:
      field.kind = JsonKind::kNumber;
      field.text = token;
      return is_number(token);
  }
}

bool read_member_value(ondemand::value& value, JsonField& field) {
  const char* start = value.raw_json_token().data();
  if (!read_value(value, 1, field)) return false;
  if (field.kind != JsonKind::kObject && field.kind != JsonKind::kArray) return true;
  const char* next;  // At least the brace that closes the record.
  if (value.current_location().get(next) != SUCCESS) return false;
  field.text = without_space_behind({start, static_cast<size_t>(next - start)});
  return true;
}

}  // namespace

struct JsonDocument::Impl {
  ondemand::parser parser;
  std::unique_ptr<char[]> padded;

  /// A payload carries no padding, which simdjson reads.
  bool copy(std::string_view payload) {
    if (padded == nullptr || parser.capacity() < payload.size()) {
      const size_t capacity = std::max({kMinCapacity, payload.size(), 2 * parser.capacity()});
      padded = std::make_unique<char[]>(capacity + simdjson::SIMDJSON_PADDING);
      if (parser.allocate(capacity) != SUCCESS) return false;
    }
    std::memcpy(padded.get(), payload.data(), payload.size());
    std::memset(padded.get() + payload.size(), 0, simdjson::SIMDJSON_PADDING);
    return true;
  }

  bool is_copy(const char* p, size_t size) const { return p >= padded.get() && p < padded.get() + size; }
};

JsonDocument::JsonDocument() : impl_(std::make_unique<Impl>()) {}
JsonDocument::~JsonDocument() = default;

bool JsonDocument::read(std::string_view payload, std::vector<JsonMember>& members) {
  members.clear();
  // Newer versions of simdjson skip a byte order mark, which is not JSON.
  if (payload.empty() || payload.starts_with('\xef') || !impl_->copy(payload)) return false;
  ondemand::document document;
  ondemand::object object;
  const simdjson::padded_string_view text(impl_->padded.get(), payload.size(),
                                          payload.size() + simdjson::SIMDJSON_PADDING);
  if (impl_->parser.iterate(text).get(document) != SUCCESS) return false;
  if (document.get_object().get(object) != SUCCESS) return false;
  for (auto result : object) {
    if (result.error() != SUCCESS) return false;
    JsonMember& member = members.emplace_back();
    ondemand::field&& read = std::move(result).value_unsafe();
    if (!read_key(read, member.name) || !read_member_value(read.value(), member.field)) return false;
    std::string_view& in = member.field.text;
    if (impl_->is_copy(in.data(), payload.size())) {
      in = payload.substr(static_cast<size_t>(in.data() - impl_->padded.get()), in.size());
    }
  }
  const char* behind;
  return document.current_location().get(behind) == simdjson::OUT_OF_BOUNDS;
}

}  // namespace sqlmill::rt::formats
