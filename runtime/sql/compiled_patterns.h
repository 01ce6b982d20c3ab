// Regular expressions and paths of JSON that were compiled before. Patterns come from few places, and mostly
// from constants, so none is compiled for every row.
#pragma once

#include <re2/re2.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "runtime/sql/error.h"

namespace sqlmill::rt::sql {

class Context;
struct JsonPath;

/// How PostgreSQL's option letters change a regular expression.
struct RegexOptions {
  bool ignore_case = false;
  bool dot_stops_at_newline = false;  // And so do [^…].
  bool anchors_at_newline = false;
  bool expanded = false;
  bool literal = false;
  /// SQL's SIMILAR TO instead of a regular expression.
  bool similar = false;

  uint8_t bits() const {
    return static_cast<uint8_t>(ignore_case | dot_stops_at_newline << 1 | anchors_at_newline << 2 |
                                expanded << 3 | literal << 4 | similar << 5);
  }
};

/// A regular expression in RE2's syntax, with what RE2 does not keep.
struct TranslatedRegex {
  std::string pattern;
  bool ignore_case = false;
  bool longest = true;  // Of the matches at a place the longest, as PostgreSQL has it; else the shortest.
  bool shortest_overall_only = false;  // A match can be told, but RE2 cannot say where PostgreSQL's ends.
  int groups = 0;
  std::string error;  // Empty if there is none.
  ErrorCode code = ErrorCode::kInvalidRegularExpression;
};
/// SIMILAR TO's pattern as a regular expression; `escape` is one character, or empty.
std::string similar_as_regex(std::string_view pattern, std::string_view escape);
TranslatedRegex translate_regex(std::string_view pattern, RegexOptions options);

struct CompiledRegex {
  explicit CompiledRegex(TranslatedRegex from);
  TranslatedRegex translated;
  std::unique_ptr<re2::RE2> program;  // Null if there is an error.
};

class CompiledPatterns {
 public:
  /// Null after a failure, with the error in the context.
  const CompiledRegex* regex(Context& context, std::string_view pattern, RegexOptions options);
  /// The same; good until the next call.
  const JsonPath* jsonpath(Context& context, std::string_view text);

 private:
  struct Entry {
    std::string pattern;
    uint8_t options;
    CompiledRegex regex;
  };
  const CompiledRegex* use(Context& context, const Entry& entry) const;

  /// When so many are known, all are forgotten.
  static constexpr size_t kMaxEntries = 1000;
  std::unordered_multimap<uint64_t, std::unique_ptr<Entry>> entries_;
  const Entry* last_ = nullptr;
  std::unordered_map<std::string, std::shared_ptr<const JsonPath>> paths_;
};

}  // namespace sqlmill::rt::sql
