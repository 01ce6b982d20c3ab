#include "runtime/sql/functions/jsonb_edit.h"

#include <charconv>
#include <optional>
#include <string>
#include <vector>

#include "runtime/sql/array.h"
#include "runtime/sql/jsonb_writer.h"

namespace sqlmill::rt::sql {

namespace {

bool is_container(JsonKind kind) {
  return kind == JsonKind::kObject || kind == JsonKind::kArray;
}

std::string key_of(const JsonMembers& members) {
  std::string storage;
  return std::string(json_string(members.key(), storage));
}

int32_t count_members(std::string_view container) {
  int32_t count = 0;
  for (JsonMembers members(container); members.next();) ++count;
  return count;
}

/// The texts of an array of one dimension; nothing after a failure.
std::optional<std::vector<std::optional<std::string>>> texts_of(Context& context, const Array& array) {
  const ArrayReader reader(array);
  if (reader.dimensions() > 1) {
    context.fail(ErrorCode::kArraySubscriptError, "wrong number of array subscripts");
    return std::nullopt;
  }
  std::vector<std::optional<std::string>> texts;
  for (int32_t i = 0; i < reader.size(); ++i) {
    const Datum text = reader.at(i);
    if (text.is_null()) {
      texts.emplace_back();
    } else {
      texts.emplace_back(to_text(text));
    }
  }
  return texts;
}

bool refuses_scalar(Context& context, const Jsonb& value, std::string_view message) {
  if (is_container(json_kind(value.text.view()))) return false;
  context.fail(ErrorCode::kInvalidParameterValue, message);
  return true;
}

/// Copies a container without the keys and strings for which `is_deleted`.
template <class IsDeleted>
Jsonb without(Arena& arena, const Jsonb& value, IsDeleted is_deleted) {
  const std::string_view json = value.text.view();
  std::string out;
  std::string storage;
  if (json_kind(json) == JsonKind::kObject) {
    JsonObjectWriter writer;
    for (JsonMembers members(json); members.next();) {
      std::string key = key_of(members);
      if (!is_deleted(key)) writer.add(std::move(key), std::string(members.value()));
    }
    writer.append_to(out);
  } else {
    JsonArrayWriter writer(out);
    for (JsonMembers members(json); members.next();) {
      const bool is_string = json_kind(members.value()) == JsonKind::kString;
      if (!is_string || !is_deleted(json_string(members.value(), storage))) writer.next() += members.value();
    }
    writer.finish();
  }
  return jsonb_result(arena, out);
}

// ---- Paths ----

enum class Change : uint8_t { kCreate, kDelete, kReplace, kInsertBefore, kInsertAfter };

/// Walks along a path and changes what is at its end.
class Editor {
 public:
  Editor(Context& context, const std::vector<std::optional<std::string>>& path, Change change,
         std::string_view part)
      : context_(context), path_(path), change_(change), part_(part) {}
  bool edit(std::string_view json, size_t level, std::string& out);

 private:
  bool edit_array(std::string_view json, size_t level, std::string& out);
  bool edit_object(std::string_view json, size_t level, std::string& out);
  bool creates() const { return change_ != Change::kDelete && change_ != Change::kReplace; }
  bool inserts() const { return change_ == Change::kInsertBefore || change_ == Change::kInsertAfter; }
  bool is_last(size_t level) const { return level + 1 == path_.size(); }

  Context& context_;
  const std::vector<std::optional<std::string>>& path_;
  Change change_;
  std::string_view part_;
};

bool Editor::edit(std::string_view json, size_t level, std::string& out) {
  if (level < path_.size() && !path_[level]) {
    context_.fail(ErrorCode::kNullValueNotAllowed,
                  "path element at position " + std::to_string(level + 1) + " is null");
    return false;
  }
  switch (json_kind(json)) {
    case JsonKind::kArray:
      return edit_array(json, level, out);
    case JsonKind::kObject:
      return edit_object(json, level, out);
    default:
      out += json;
      return true;
  }
}

bool Editor::edit_array(std::string_view json, size_t level, std::string& out) {
  const std::string& text = *path_[level];
  int32_t index = 0;
  const char* const end = text.data() + text.size();
  const char* const begin = text.data() + (text.starts_with('+') ? 1 : 0);
  const auto [stop, error] = std::from_chars(begin, end, index);
  if (error != std::errc() || stop != end) {
    context_.fail(
        ErrorCode::kInvalidTextRepresentation,
        "path element at position " + std::to_string(level + 1) + " is not an integer: \"" + text + "\"");
    return false;
  }
  const int32_t size = count_members(json);
  const bool before_all = index < 0 && -static_cast<int64_t>(index) > size;
  if (index < 0 && !before_all) index += size;
  if (index > size) index = size;
  JsonArrayWriter writer(out);
  bool done = false;
  if ((before_all || size == 0) && is_last(level) && creates()) {
    writer.next() += part_;
    done = true;
  }
  int32_t i = 0;
  for (JsonMembers members(json); members.next(); ++i) {
    if (before_all || i != index) {
      writer.next() += members.value();
      continue;
    }
    done = true;
    if (!is_last(level)) {
      if (!edit(members.value(), level + 1, writer.next())) return false;
      continue;
    }
    if (change_ == Change::kInsertBefore || change_ == Change::kCreate) writer.next() += part_;
    if (inserts()) writer.next() += members.value();
    if (change_ == Change::kInsertAfter || change_ == Change::kReplace) writer.next() += part_;
  }
  if (creates() && !done && is_last(level)) writer.next() += part_;
  writer.finish();
  return true;
}

bool Editor::edit_object(std::string_view json, size_t level, std::string& out) {
  const std::string& wanted = *path_[level];
  JsonObjectWriter writer;
  bool found = false;
  for (JsonMembers members(json); members.next();) {
    std::string key = key_of(members);
    if (key != wanted) {
      writer.add(std::move(key), std::string(members.value()));
      continue;
    }
    found = true;
    if (!is_last(level)) {
      std::string edited;
      if (!edit(members.value(), level + 1, edited)) return false;
      writer.add(std::move(key), std::move(edited));
    } else if (inserts()) {
      context_.fail(ErrorCode::kInvalidParameterValue, "cannot replace existing key");
      return false;
    } else if (change_ != Change::kDelete) {
      writer.add(std::move(key), std::string(part_));
    }
  }
  if (!found && is_last(level) && creates()) writer.add(wanted, std::string(part_));
  writer.append_to(out);
  return true;
}

Jsonb edited(Context& context, const Jsonb& value, const Array& path, Change change, std::string_view part) {
  const auto texts = texts_of(context, path);
  if (!texts) return {};
  if (refuses_scalar(
          context, value,
          change == Change::kDelete ? "cannot delete path in scalar" : "cannot set path in scalar"))
    return {};
  const bool is_empty = count_members(value.text.view()) == 0;
  if (texts->empty() || (is_empty && (change == Change::kDelete || change == Change::kReplace))) return value;
  std::string out;
  if (!Editor(context, *texts, change, part).edit(value.text.view(), 0, out)) return {};
  return jsonb_result(context.arena(), out);
}

void append_without_nulls(std::string_view json, std::string& out) {
  switch (json_kind(json)) {
    case JsonKind::kObject: {
      out += '{';
      bool first = true;
      for (JsonMembers members(json); members.next();) {
        if (json_kind(members.value()) == JsonKind::kNull) continue;
        if (!first) out += ", ";
        first = false;
        out += members.key();
        out += ": ";
        append_without_nulls(members.value(), out);
      }
      out += '}';
      return;
    }
    case JsonKind::kArray: {
      JsonArrayWriter writer(out);
      for (JsonMembers members(json); members.next();) append_without_nulls(members.value(), writer.next());
      writer.finish();
      return;
    }
    default:
      out += json;
  }
}

}  // namespace

Jsonb jsonb_concat(Arena& arena, Jsonb a, Jsonb b) {
  const std::string_view left = a.text.view();
  const std::string_view right = b.text.view();
  std::string out;
  if (json_kind(left) == JsonKind::kObject && json_kind(right) == JsonKind::kObject) {
    JsonObjectWriter writer;
    for (const std::string_view json : {left, right}) {
      for (JsonMembers members(json); members.next();)
        writer.add(key_of(members), std::string(members.value()));
    }
    writer.append_to(out);
    return jsonb_result(arena, out);
  }
  JsonArrayWriter writer(out);
  for (const std::string_view json : {left, right}) {
    if (json_kind(json) != JsonKind::kArray) {
      writer.next() += json;
      continue;
    }
    for (JsonMembers members(json); members.next();) writer.next() += members.value();
  }
  writer.finish();
  return jsonb_result(arena, out);
}

Jsonb jsonb_delete(Context& context, Jsonb value, Text key) {
  if (refuses_scalar(context, value, "cannot delete from scalar")) return {};
  return without(context.arena(), value, [&](std::string_view name) { return name == key.view(); });
}

Jsonb jsonb_delete_keys(Context& context, Jsonb value, ArrayOf<Text> keys) {
  const auto texts = texts_of(context, keys);
  if (!texts || refuses_scalar(context, value, "cannot delete from scalar")) return {};
  return without(context.arena(), value, [&](std::string_view name) {
    for (const auto& text : *texts) {
      if (text && *text == name) return true;
    }
    return false;
  });
}

Jsonb jsonb_delete_index(Context& context, Jsonb value, int32_t index) {
  const std::string_view json = value.text.view();
  if (json_kind(json) == JsonKind::kObject) {
    context.fail(ErrorCode::kInvalidParameterValue, "cannot delete from object using integer index");
    return {};
  }
  if (refuses_scalar(context, value, "cannot delete from scalar")) return {};
  const int64_t wanted = index < 0 ? int64_t{index} + count_members(json) : index;
  std::string out;
  JsonArrayWriter writer(out);
  int64_t i = 0;
  for (JsonMembers members(json); members.next(); ++i) {
    if (i != wanted) writer.next() += members.value();
  }
  writer.finish();
  return jsonb_result(context.arena(), out);
}

Jsonb jsonb_delete_path(Context& context, Jsonb value, ArrayOf<Text> path) {
  return edited(context, value, path, Change::kDelete, "");
}

Jsonb jsonb_set_if(Context& context, Jsonb value, ArrayOf<Text> path, Jsonb part, bool create) {
  return edited(context, value, path, create ? Change::kCreate : Change::kReplace, part.text.view());
}
Jsonb jsonb_set(Context& context, Jsonb value, ArrayOf<Text> path, Jsonb part) {
  return jsonb_set_if(context, value, path, part, true);
}

Jsonb jsonb_insert_at(Context& context, Jsonb value, ArrayOf<Text> path, Jsonb part, bool after) {
  return edited(context, value, path, after ? Change::kInsertAfter : Change::kInsertBefore, part.text.view());
}
Jsonb jsonb_insert(Context& context, Jsonb value, ArrayOf<Text> path, Jsonb part) {
  return jsonb_insert_at(context, value, path, part, false);
}

Jsonb jsonb_strip_nulls(Arena& arena, Jsonb value) {
  std::string out;
  append_without_nulls(value.text.view(), out);
  return jsonb_result(arena, out);
}

Nullable<Jsonb> jsonb_set_lax(Context& context, Nullable<Jsonb> value, Nullable<ArrayOf<Text>> path,
                              Nullable<Jsonb> part) {
  return jsonb_set_lax_if(context, value, path, part, true);
}

Nullable<Jsonb> jsonb_set_lax_if(Context& context, Nullable<Jsonb> value, Nullable<ArrayOf<Text>> path,
                                 Nullable<Jsonb> part, Nullable<bool> create) {
  return jsonb_set_lax_treated(context, value, path, part, create, Text(std::string_view("use_json_null")));
}

Nullable<Jsonb> jsonb_set_lax_treated(Context& context, Nullable<Jsonb> value, Nullable<ArrayOf<Text>> path,
                                      Nullable<Jsonb> part, Nullable<bool> create, Nullable<Text> treatment) {
  if (!value.has_value() || !path.has_value() || !create.has_value()) return {};
  if (part.has_value() && treatment.has_value())
    return jsonb_set_if(context, value.value(), path.value(), part.value(), create.value());
  const Text given = treatment.has_value() ? treatment.value() : Text();
  const std::string_view word = given.view();
  if (word == "use_json_null")
    return jsonb_set_if(context, value.value(), path.value(), Jsonb{Text(std::string_view("null"))},
                        create.value());
  if (word == "delete_key") return jsonb_delete_path(context, value.value(), path.value());
  if (word == "return_target") return value;
  if (word == "raise_exception") {
    context.fail(ErrorCode::kNullValueNotAllowed, "JSON value must not be null");
  } else {
    context.fail(ErrorCode::kInvalidParameterValue,
                 "null_value_treatment must be \"delete_key\", \"return_target\", \"use_json_null\", or "
                 "\"raise_exception\"");
  }
  return {};
}

}  // namespace sqlmill::rt::sql
