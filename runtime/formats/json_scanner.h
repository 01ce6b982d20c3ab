// One JSON object, cut into the fields that a relation declares: any key order, every byte checked.
// Converting fields to SQL values is json_value.h's.
//
// A key belongs to the column of its name; if the object has no such key, to the column whose name differs in
// the case of ASCII letters only, as in RisingWave (SQL folds the `userId` of a declaration to `userid`).
#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace sqlmill::rt::formats {

enum class JsonKind : uint8_t { kMissing, kNull, kString, kNumber, kTrue, kFalse, kObject, kArray };

/// The kinds that a column's type accepts, as a set of bits; NULL and missing are always accepted.
using JsonKinds = uint8_t;
constexpr JsonKinds kinds(std::initializer_list<JsonKind> list) {
  JsonKinds set = 0;
  for (JsonKind kind : list) set |= static_cast<JsonKinds>(1u << static_cast<unsigned>(kind));
  return set;
}

struct JsonField {
  JsonKind kind = JsonKind::kMissing;
  std::string_view
      text;  // A string's content, escapes resolved; a number's digits; an object's or array's raw JSON.
};

struct JsonColumn {
  std::string_view name;
  JsonKinds accepted;
  bool wanted;  // Some view reads it. Others have their kind checked and nothing else.
};

class JsonScanner {
 public:
  explicit JsonScanner(std::span<const JsonColumn> columns);
  ~JsonScanner();
  JsonScanner(JsonScanner&&) noexcept;

  /// Fills `fields` (one a column, in the order of the columns; of duplicate keys the last wins). Their texts
  /// borrow from `payload` or from this scanner until forget(). False: not an object, not JSON, or a kind
  /// that a column does not accept; then error() says why. The payload needs no padding. A field that is not
  /// wanted has its kind only.
  bool scan(std::string_view payload, JsonField* fields);
  /// `invalid JSON at byte 17: expected ':' after a key` (the first byte is 1), or `column "id": expected a
  /// number, found a string`.
  const std::string& error() const { return error_; }
  /// The texts of earlier scans are no longer needed.
  void forget();

 private:
  struct Impl;
  [[gnu::noinline]] bool finish(std::string_view payload, JsonField* fields);

  std::unique_ptr<Impl> impl_;
  std::string error_;
};

}  // namespace sqlmill::rt::formats
