#include "runtime/sql/functions/regexp.h"

#include <optional>
#include <vector>

#include "runtime/sql/array.h"
#include "runtime/sql/compiled_patterns.h"
#include "runtime/sql/text_result.h"
#include "runtime/sql/utf8.h"

namespace sqlmill::rt::sql {

namespace {

using re2::StringPiece;

struct Flags {
  RegexOptions options;
  bool global = false;
};

/// Fails at a letter that is no flag, and at `g` unless the function takes it.
bool read_flags(Context& context, const Text& letters, std::string_view function, bool takes_global,
                Flags& flags) {
  RegexOptions& o = flags.options;
  const std::string_view text = letters.view();
  for (size_t i = 0; i < text.size(); ++i) {
    switch (text[i]) {
      case 'g':
        flags.global = true;
        break;
      case 'i':
        o.ignore_case = true;
        break;
      case 'c':
        o.ignore_case = false;
        break;
      case 'm':
      case 'n':
        o.dot_stops_at_newline = o.anchors_at_newline = true;
        break;
      case 'p':
        o.dot_stops_at_newline = true;
        o.anchors_at_newline = false;
        break;
      case 's':
        o.dot_stops_at_newline = o.anchors_at_newline = false;
        break;
      case 'w':
        o.dot_stops_at_newline = false;
        o.anchors_at_newline = true;
        break;
      case 'x':
        o.expanded = true;
        break;
      case 't':
        o.expanded = false;
        break;
      case 'q':
        o.literal = true;
        break;
      case 'e':
        break;
      case 'b':
        context.fail(ErrorCode::kFeatureNotSupported, "basic regular expressions are not supported");
        return false;
      default:
        context.fail(ErrorCode::kInvalidParameterValue,
                     "invalid regular expression option: \"" +
                         std::string(text.substr(i, utf8_first(text.substr(i)))) + "\"");
        return false;
    }
  }
  if (!flags.global || takes_global) return true;
  context.fail(ErrorCode::kInvalidParameterValue,
               std::string(function) + " does not support the \"global\" option");
  return false;
}

const CompiledRegex* compile(Context& context, const Text& pattern, const RegexOptions& options) {
  return context.compiled_patterns().regex(context, pattern.view(), options);
}

/// Where the matches are is asked, which for some expressions RE2 cannot say.
const CompiledRegex* compile_for_places(Context& context, const Text& pattern, const RegexOptions& options) {
  const CompiledRegex* regex = compile(context, pattern, options);
  if (regex != nullptr && regex->translated.shortest_overall_only) {
    context.fail(
        ErrorCode::kFeatureNotSupported,
        "regular expressions that begin with a non-greedy quantifier and go on with a greedy one are not "
        "supported here; make all of them greedy, or none");
    return nullptr;
  }
  return regex;
}

bool matches(Context& context, const Text& text, const Text& pattern, const RegexOptions& options) {
  const CompiledRegex* regex = compile(context, pattern, options);
  if (regex == nullptr) return false;
  return regex->program->Match({text.data(), text.size()}, 0, text.size(), re2::RE2::UNANCHORED, nullptr, 0);
}

constexpr RegexOptions kIgnoringCase{.ignore_case = true};

/// The matches one after the other, as PostgreSQL looks for them: behind an empty one, one character further.
class Matches {
 public:
  Matches(const CompiledRegex& regex, std::string_view text, size_t start)
      : regex_(regex), text_(text), at_(start), groups_(static_cast<size_t>(regex.translated.groups) + 1) {}

  bool next() {
    if (at_ > text_.size()) return false;
    const StringPiece subject(text_.data(), text_.size());
    if (!regex_.program->Match(subject, at_, text_.size(), re2::RE2::UNANCHORED, groups_.data(),
                               static_cast<int>(groups_.size()))) {
      at_ = text_.size() + 1;
      return false;
    }
    at_ = end();
    if (begin() == end()) at_ += at_ < text_.size() ? utf8_first(text_.substr(at_)) : 1;
    return true;
  }
  size_t begin() const { return static_cast<size_t>(groups_[0].data() - text_.data()); }
  size_t end() const { return begin() + groups_[0].size(); }
  /// Of the last match; nothing if the group took no part. 0 is the whole match.
  std::optional<std::string_view> group(size_t i) const {
    if (i >= groups_.size() || groups_[i].data() == nullptr) return std::nullopt;
    return std::string_view(groups_[i].data(), groups_[i].size());
  }
  size_t count() const { return groups_.size(); }

 private:
  const CompiledRegex& regex_;
  std::string_view text_;
  size_t at_;
  std::vector<StringPiece> groups_;
};

bool is_at_least(Context& context, std::string_view name, int32_t value, int32_t least) {
  if (value >= least) return true;
  context.fail(ErrorCode::kInvalidParameterValue,
               "invalid value for parameter \"" + std::string(name) + "\": " + std::to_string(value));
  return false;
}

/// The byte at which the `start`-th character begins; behind the end if there is none.
size_t byte_of(std::string_view text, int32_t start) {
  size_t at = 0;
  for (int32_t i = 1; i < start; ++i) {
    if (at >= text.size()) return text.size() + 1;
    at += utf8_first(text.substr(at));
  }
  return at;
}

int32_t character_of(std::string_view text, size_t byte) {
  return static_cast<int32_t>(utf8_length(text.substr(0, byte))) + 1;
}

/// A part of `text`, which shares its bytes if they are not inside of the value.
Text part_of(const Text& text, std::string_view part) {
  return part.size() == text.size() ? text : Text(part);
}

void append_replacement(std::string_view replacement, const Matches& match, std::string& out) {
  for (size_t i = 0; i < replacement.size(); ++i) {
    const char c = replacement[i];
    const char next = i + 1 < replacement.size() ? replacement[i + 1] : '\0';
    if (c == '\\' && ((next >= '1' && next <= '9') || next == '&')) {
      out += match.group(next == '&' ? 0 : static_cast<size_t>(next - '0')).value_or("");
      ++i;
    } else if (c == '\\' && next == '\\') {
      out += '\\';
      ++i;
    } else {
      out += c;
    }
  }
}

Text replace(Context& context, const Text& text, const Text& pattern, const Text& replacement, int32_t start,
             int32_t n, const RegexOptions& options) {
  const CompiledRegex* regex = compile_for_places(context, pattern, options);
  if (regex == nullptr) return Text();
  const std::string_view bytes = text.view();
  std::string out;
  size_t done = 0;
  int32_t count = 0;
  for (Matches matches(*regex, bytes, byte_of(bytes, start)); matches.next();) {
    if (n > 0 && ++count != n) continue;
    out += bytes.substr(done, matches.begin() - done);
    append_replacement(replacement.view(), matches, out);
    done = matches.end();
    if (out.size() > Text::kMaxBytes) {
      context.fail(ErrorCode::kProgramLimitExceeded, "requested length too large");
      return Text();
    }
    if (n > 0) break;
  }
  if (done == 0 && out.empty()) return text;
  out += bytes.substr(done);
  return text_result(context.arena(), out);
}

/// The n-th match from the start-th character on.
std::optional<Matches> nth_match(Context& context, const CompiledRegex* regex, const Text& text,
                                 int32_t start, int32_t n) {
  if (regex == nullptr || context.failed()) return std::nullopt;
  Matches matches(*regex, text.view(), byte_of(text.view(), start));
  for (int32_t i = 0; i < n; ++i) {
    if (!matches.next()) return std::nullopt;
  }
  return matches;
}

}  // namespace

// ---- Whether there is a match ----

bool matches_regex(Context& context, Text text, Text pattern) {
  return matches(context, text, pattern, {});
}
bool matches_regex_ignoring_case(Context& context, Text text, Text pattern) {
  return matches(context, text, pattern, kIgnoringCase);
}
bool misses_regex(Context& context, Text text, Text pattern) {
  return !matches(context, text, pattern, {});
}
bool misses_regex_ignoring_case(Context& context, Text text, Text pattern) {
  return !matches(context, text, pattern, kIgnoringCase);
}
bool regexp_like(Context& context, Text text, Text pattern) {
  return matches(context, text, pattern, {});
}
bool regexp_like_flags(Context& context, Text text, Text pattern, Text letters) {
  Flags flags;
  return read_flags(context, letters, "regexp_like()", false, flags) &&
         matches(context, text, pattern, flags.options);
}

// ---- How many, and where ----

int32_t regexp_count_flags(Context& context, Text text, Text pattern, int32_t start, Text letters) {
  Flags flags;
  if (!is_at_least(context, "start", start, 1) ||
      !read_flags(context, letters, "regexp_count()", false, flags)) {
    return 0;
  }
  const CompiledRegex* regex = compile_for_places(context, pattern, flags.options);
  if (regex == nullptr) return 0;
  int32_t count = 0;
  for (Matches matches(*regex, text.view(), byte_of(text.view(), start)); matches.next();) ++count;
  return count;
}
int32_t regexp_count_from(Context& context, Text text, Text pattern, int32_t start) {
  return regexp_count_flags(context, text, pattern, start, Text());
}
int32_t regexp_count(Context& context, Text text, Text pattern) {
  return regexp_count_flags(context, text, pattern, 1, Text());
}

int32_t regexp_instr_group(Context& context, Text text, Text pattern, int32_t start, int32_t n, int32_t end,
                           Text letters, int32_t group) {
  Flags flags;
  if (!is_at_least(context, "start", start, 1) || !is_at_least(context, "n", n, 1)) return 0;
  if (end != 0 && end != 1) {
    context.fail(ErrorCode::kInvalidParameterValue,
                 "invalid value for parameter \"endoption\": " + std::to_string(end));
    return 0;
  }
  if (!is_at_least(context, "subexpr", group, 0) ||
      !read_flags(context, letters, "regexp_instr()", false, flags)) {
    return 0;
  }
  const auto match = nth_match(context, compile_for_places(context, pattern, flags.options), text, start, n);
  if (!match) return 0;
  const auto found = match->group(static_cast<size_t>(group));
  if (!found) return 0;
  const auto byte = static_cast<size_t>(found->data() - text.data()) + (end == 1 ? found->size() : 0);
  return character_of(text.view(), byte);
}
int32_t regexp_instr_flags(Context& context, Text text, Text pattern, int32_t start, int32_t n, int32_t end,
                           Text letters) {
  return regexp_instr_group(context, text, pattern, start, n, end, letters, 0);
}
int32_t regexp_instr_end(Context& context, Text text, Text pattern, int32_t start, int32_t n, int32_t end) {
  return regexp_instr_group(context, text, pattern, start, n, end, Text(), 0);
}
int32_t regexp_instr_nth(Context& context, Text text, Text pattern, int32_t start, int32_t n) {
  return regexp_instr_group(context, text, pattern, start, n, 0, Text(), 0);
}
int32_t regexp_instr_from(Context& context, Text text, Text pattern, int32_t start) {
  return regexp_instr_group(context, text, pattern, start, 1, 0, Text(), 0);
}
int32_t regexp_instr(Context& context, Text text, Text pattern) {
  return regexp_instr_group(context, text, pattern, 1, 1, 0, Text(), 0);
}

// ---- What matches ----

Nullable<Text> substring_regex(Context& context, Text text, Text pattern) {
  const auto match = nth_match(context, compile_for_places(context, pattern, {}), text, 1, 1);
  if (!match) return kNull;
  const auto found = match->group(match->count() > 1 ? 1 : 0);
  return found ? Nullable<Text>(part_of(text, *found)) : kNull;
}

Nullable<Text> regexp_substr_group(Context& context, Text text, Text pattern, int32_t start, int32_t n,
                                   Text letters, int32_t group) {
  Flags flags;
  if (!is_at_least(context, "start", start, 1) || !is_at_least(context, "n", n, 1) ||
      !is_at_least(context, "subexpr", group, 0) ||
      !read_flags(context, letters, "regexp_substr()", false, flags)) {
    return kNull;
  }
  const auto match = nth_match(context, compile_for_places(context, pattern, flags.options), text, start, n);
  if (!match) return kNull;
  const auto found = match->group(static_cast<size_t>(group));
  return found ? Nullable<Text>(part_of(text, *found)) : kNull;
}
Nullable<Text> regexp_substr_flags(Context& context, Text text, Text pattern, int32_t start, int32_t n,
                                   Text letters) {
  return regexp_substr_group(context, text, pattern, start, n, letters, 0);
}
Nullable<Text> regexp_substr_nth(Context& context, Text text, Text pattern, int32_t start, int32_t n) {
  return regexp_substr_group(context, text, pattern, start, n, Text(), 0);
}
Nullable<Text> regexp_substr_from(Context& context, Text text, Text pattern, int32_t start) {
  return regexp_substr_group(context, text, pattern, start, 1, Text(), 0);
}
Nullable<Text> regexp_substr(Context& context, Text text, Text pattern) {
  return regexp_substr_group(context, text, pattern, 1, 1, Text(), 0);
}

Nullable<ArrayOf<Text>> regexp_match_flags(Context& context, Text text, Text pattern, Text letters) {
  Flags flags;
  if (!read_flags(context, letters, "regexp_match()", false, flags)) return kNull;
  const auto match = nth_match(context, compile_for_places(context, pattern, flags.options), text, 1, 1);
  if (!match) return kNull;
  ArrayBuilder builder(TypeId::kText);
  for (size_t i = match->count() > 1 ? 1 : 0; i < match->count(); ++i) {
    const auto found = match->group(i);
    builder.add(found ? Datum(Text(*found)) : Datum::null(TypeId::kText));
  }
  return builder.finish(context);
}
Nullable<ArrayOf<Text>> regexp_match(Context& context, Text text, Text pattern) {
  return regexp_match_flags(context, text, pattern, Text());
}

ArrayOf<Text> regexp_all_matches(Context& context, Text text, Text pattern, Text letters) {
  Flags flags;
  if (!read_flags(context, letters, "regexp_matches()", true, flags)) return {};
  const CompiledRegex* regex = compile_for_places(context, pattern, flags.options);
  if (regex == nullptr) return {};
  ArrayBuilder builder(TypeId::kText);
  Matches matches(*regex, text.view(), 0);
  const size_t first = matches.count() > 1 ? 1 : 0;
  int32_t rows = 0;
  for (bool goes_on = true; goes_on && matches.next(); goes_on = flags.global) {
    for (size_t i = first; i < matches.count(); ++i) {
      const auto found = matches.group(i);
      builder.add(found ? Datum(Text(*found)) : Datum::null(TypeId::kText));
    }
    ++rows;
  }
  if (rows == 0) return builder.finish(context);
  return builder.finish(context, {{rows, 1}, {static_cast<int32_t>(matches.count() - first), 1}});
}

ArrayOf<Text> regexp_split_to_array_flags(Context& context, Text text, Text pattern, Text letters) {
  Flags flags;
  if (!read_flags(context, letters, "regexp_split_to_array()", false, flags)) return {};
  const CompiledRegex* regex = compile_for_places(context, pattern, flags.options);
  if (regex == nullptr) return {};
  const std::string_view bytes = text.view();
  ArrayBuilder builder(TypeId::kText);
  size_t done = 0;
  size_t previous_end = 0;
  for (Matches matches(*regex, bytes, 0); matches.next();) {
    // An empty match at either end, or right behind another match, separates nothing.
    const bool separates = matches.begin() < bytes.size() && matches.end() > previous_end;
    previous_end = matches.end();
    if (!separates) continue;
    builder.add(Datum(Text(bytes.substr(done, matches.begin() - done))));
    done = matches.end();
  }
  builder.add(Datum(Text(bytes.substr(done))));
  return builder.finish(context);
}
ArrayOf<Text> regexp_split_to_array(Context& context, Text text, Text pattern) {
  return regexp_split_to_array_flags(context, text, pattern, Text());
}

// ---- Replacing ----

Text regexp_replace(Context& context, Text text, Text pattern, Text replacement) {
  return replace(context, text, pattern, replacement, 1, 1, {});
}

Text regexp_replace_flags(Context& context, Text text, Text pattern, Text replacement, Text letters) {
  Flags flags;
  if (!read_flags(context, letters, "regexp_replace()", true, flags)) return Text();
  return replace(context, text, pattern, replacement, 1, flags.global ? 0 : 1, flags.options);
}

Text regexp_replace_from(Context& context, Text text, Text pattern, Text replacement, int32_t start) {
  return regexp_replace_nth(context, text, pattern, replacement, start, 1);
}

Text regexp_replace_nth(Context& context, Text text, Text pattern, Text replacement, int32_t start,
                        int32_t n) {
  return regexp_replace_nth_flags(context, text, pattern, replacement, start, n, Text());
}

Text regexp_replace_nth_flags(Context& context, Text text, Text pattern, Text replacement, int32_t start,
                              int32_t n, Text letters) {
  Flags flags;
  if (!is_at_least(context, "start", start, 1) || !is_at_least(context, "n", n, 0) ||
      !read_flags(context, letters, "regexp_replace()", true, flags)) {
    return Text();
  }
  return replace(context, text, pattern, replacement, start, n, flags.options);
}

}  // namespace sqlmill::rt::sql
