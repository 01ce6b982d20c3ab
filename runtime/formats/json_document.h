// Any JSON object as its members, by simdjson's on-demand parser. On-demand checks only what is read, and a
// record must be valid as a whole: so everything is read, also what no column wants.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "runtime/formats/json_scanner.h"

namespace sqlmill::rt::formats {

struct JsonMember {
  std::string_view name;  // Escapes resolved.
  JsonField field;
};

class JsonDocument {
 public:
  JsonDocument();
  ~JsonDocument();

  /// The members of the object in their order. Texts with escapes, and names, borrow from this document until
  /// the next read(); other texts from `payload`. False: not an object, or not JSON.
  bool read(std::string_view payload, std::vector<JsonMember>& members);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace sqlmill::rt::formats
