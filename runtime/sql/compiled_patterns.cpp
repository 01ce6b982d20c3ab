#include "runtime/sql/compiled_patterns.h"

#include <utility>

#include "runtime/sql/context.h"
#include "runtime/sql/hash.h"
#include "runtime/sql/jsonpath.h"

namespace sqlmill::rt::sql {

CompiledRegex::CompiledRegex(TranslatedRegex from) : translated(std::move(from)) {
  if (!translated.error.empty()) return;
  constexpr int64_t kMaxMemory = 64 << 20;
  re2::RE2::Options options(re2::RE2::Quiet);
  options.set_longest_match(translated.longest);
  options.set_case_sensitive(!translated.ignore_case);
  options.set_max_mem(kMaxMemory);
  auto compiled = std::make_unique<re2::RE2>(translated.pattern, options);
  if (compiled->ok()) {
    program = std::move(compiled);
    return;
  }
  translated.error = "regular expression is too complex";
  translated.code = ErrorCode::kStatementTooComplex;
}

const CompiledRegex* CompiledPatterns::use(Context& context, const Entry& entry) const {
  if (entry.regex.program) return &entry.regex;
  context.fail(entry.regex.translated.code, entry.regex.translated.error);
  return nullptr;
}

const CompiledRegex* CompiledPatterns::regex(Context& context, std::string_view pattern,
                                             RegexOptions options) {
  const auto is_it = [&](const Entry& entry) {
    return entry.options == options.bits() && entry.pattern == pattern;
  };
  if (last_ != nullptr && is_it(*last_)) return use(context, *last_);
  const uint64_t hash = hash_combine(hash_bytes(pattern.data(), pattern.size()), options.bits());
  const auto [begin, end] = entries_.equal_range(hash);
  for (auto at = begin; at != end; ++at) {
    if (!is_it(*at->second)) continue;
    last_ = at->second.get();
    return use(context, *last_);
  }
  if (entries_.size() >= kMaxEntries) entries_.clear();
  auto entry = std::make_unique<Entry>(
      Entry{std::string(pattern), options.bits(), CompiledRegex(translate_regex(pattern, options))});
  last_ = entries_.emplace(hash, std::move(entry))->second.get();
  return use(context, *last_);
}

const JsonPath* CompiledPatterns::jsonpath(Context& context, std::string_view text) {
  std::string key(text);
  if (const auto known = paths_.find(key); known != paths_.end()) return known->second.get();
  std::optional<JsonPath> path = parse_jsonpath(context, text);
  if (!path) return nullptr;
  if (paths_.size() >= kMaxEntries) paths_.clear();
  auto kept = std::make_shared<const JsonPath>(std::move(*path));
  return paths_.emplace(std::move(key), std::move(kept)).first->second.get();
}

}  // namespace sqlmill::rt::sql
