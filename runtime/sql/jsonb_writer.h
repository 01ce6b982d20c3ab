// Canonical jsonb put together from parts that are canonical already.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "runtime/sql/context.h"
#include "runtime/sql/datum.h"
#include "runtime/sql/jsonb.h"

namespace sqlmill::rt::sql {

/// The members of an object in any order; of equal keys the last one stays.
class JsonObjectWriter {
 public:
  /// `key` without quotes and escapes.
  void add(std::string key, std::string value) { members_.push_back({std::move(key), std::move(value)}); }
  void append_to(std::string& out);

 private:
  struct Member {
    std::string key;
    std::string value;
  };
  std::vector<Member> members_;
};

class JsonArrayWriter {
 public:
  explicit JsonArrayWriter(std::string& out) : out_(out) { out_ += '['; }
  /// For the caller to append the next element to.
  std::string& next() {
    if (!first_) out_ += ", ";
    first_ = false;
    return out_;
  }
  void finish() { out_ += ']'; }

 private:
  std::string& out_;
  bool first_ = true;
};

/// A value of any type as to_jsonb has it; NULL is null.
void append_as_json(Context& context, const Datum& value, std::string& out);
/// The text that a value has as a key of an object, without quotes. Not NULL, no array and no jsonb.
std::string json_key(const Datum& value);

Jsonb jsonb_result(Arena& arena, std::string_view canonical);

}  // namespace sqlmill::rt::sql
