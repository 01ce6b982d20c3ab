// jsonb: a JSON value as the text that PostgreSQL prints for it (values.h). Reading validates and brings into
// this canonical form; everything else walks the canonical text and trusts it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "runtime/sql/context.h"
#include "runtime/sql/values.h"

namespace sqlmill::rt::sql {

/// Arrays and objects in each other; PostgreSQL's limit is the size of its stack.
inline constexpr int kMaxJsonDepth = 1000;

Jsonb jsonb_from_text(Context& context, std::string_view text);
void append_text(const Jsonb& value, std::string& out);

/// PostgreSQL's btree order: Object > Array > Boolean > Number > String > Null, then by number of members,
/// then member by member. An empty array that is not inside another value is the least of all.
int compare(const Jsonb& a, const Jsonb& b);
/// Equal values hash equally, 1.0 and 1.00 too.
uint64_t hash(const Jsonb& value);

// ---- Canonical text ----

enum class JsonKind : uint8_t {
  kNull,
  kString,
  kNumber,
  kBoolean,
  kArray,
  kObject
};  // In the order of values.

JsonKind json_kind(std::string_view canonical);

/// Bytes of the value at the front of `canonical`.
size_t json_size(std::string_view canonical);

/// The characters of a canonical string with its quotes; `storage` is used only if there are escapes.
std::string_view json_string(std::string_view quoted, std::string& storage);

/// `"text"` with the escapes that PostgreSQL prints.
void append_json_string(std::string_view text, std::string& out);

/// The members of a canonical array or object, one after the other.
class JsonMembers {
 public:
  explicit JsonMembers(std::string_view container)
      : rest_(container.substr(1)), is_object_(container[0] == '{') {}
  /// False at the end.
  bool next();
  /// With its quotes; only of an object.
  std::string_view key() const { return key_; }
  std::string_view value() const { return value_; }

 private:
  std::string_view rest_;
  bool is_object_;
  std::string_view key_;
  std::string_view value_;
};

}  // namespace sqlmill::rt::sql
