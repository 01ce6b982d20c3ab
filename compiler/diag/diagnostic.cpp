#include "compiler/diag/diagnostic.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

namespace sqlmill::diag {
namespace {

struct CodeEntry {
  int number;
  Severity severity;
  std::string_view sqlstate;
};

constexpr Severity kError = Severity::kError;
constexpr Severity kWarning = Severity::kWarning;

constexpr CodeEntry kEntries[] = {
#define SQLMILL_DIAGNOSTIC(name, number, severity, sqlstate) {number, severity, sqlstate},
#include "compiler/diag/diagnostics.def"
#undef SQLMILL_DIAGNOSTIC
};

const CodeEntry& entry(Code code) {
  return kEntries[static_cast<size_t>(code)];
}

}  // namespace

std::string code_name(Code code) {
  return fmt::format("{}{:04}", severity(code) == kError ? 'E' : 'W', entry(code).number);
}

Severity severity(Code code) {
  return entry(code).severity;
}

std::string_view sqlstate(Code code) {
  return entry(code).sqlstate;
}

void Sink::report(Code code, source::Span span, std::string message, std::string hint,
                  std::string_view state) {
  if (severity(code) == kError) ++error_count_;
  diagnostics_.push_back(
      {code, span, std::move(message), std::move(hint), state.empty() ? sqlstate(code) : state});
}

std::vector<Diagnostic> Sink::sorted() const {
  std::vector<Diagnostic> ordered = diagnostics_;
  std::stable_sort(ordered.begin(), ordered.end(), [](const Diagnostic& a, const Diagnostic& b) {
    return std::tie(a.span.begin, a.span.end) < std::tie(b.span.begin, b.span.end);
  });
  std::vector<Diagnostic> unique;
  for (Diagnostic& diagnostic : ordered) {
    bool seen = false;
    // Equal ones have the same place, so only the last few need a look.
    for (auto earlier = unique.rbegin();
         !seen && earlier != unique.rend() && earlier->span == diagnostic.span; ++earlier) {
      seen = earlier->code == diagnostic.code && earlier->message == diagnostic.message &&
             earlier->hint == diagnostic.hint;
    }
    if (!seen) unique.push_back(std::move(diagnostic));
  }
  return unique;
}

}  // namespace sqlmill::diag
