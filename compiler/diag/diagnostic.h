// Errors and warnings about the user's SQL: a stable code, its SQLSTATE, a place, a message and what to do
// instead.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "compiler/source/source.h"

namespace sqlmill::diag {

enum class Code : uint16_t {
#define SQLMILL_DIAGNOSTIC(name, number, severity, sqlstate) name,
#include "compiler/diag/diagnostics.def"
#undef SQLMILL_DIAGNOSTIC
};

enum class Severity : uint8_t { kError, kWarning };

struct Diagnostic {
  Code code;
  source::Span span;
  std::string message;
  std::string hint;  // Empty: none.
  std::string_view sqlstate;
};

/// `E0203`.
std::string code_name(Code code);
Severity severity(Code code);
std::string_view sqlstate(Code code);

/// Collects what the stages report; a stage goes on after an error as far as it can.
class Sink {
 public:
  /// `state`: another SQLSTATE than the code's.
  void report(Code code, source::Span span, std::string message, std::string hint = "",
              std::string_view state = "");
  bool has_errors() const { return error_count_ != 0; }
  size_t error_count() const { return error_count_; }
  /// In order of place, duplicates removed.
  std::vector<Diagnostic> sorted() const;

 private:
  std::vector<Diagnostic> diagnostics_;
  size_t error_count_ = 0;
};

/// `name` among `candidates` within a small edit distance: `did you mean "session_id"?`, or empty.
std::string did_you_mean(std::string_view name, const std::vector<std::string>& candidates);

struct TextOptions {
  bool color = false;
};
/// `error[E0203]: column "sesion_id" does not exist`, `  --> file:line:column`, the line with carets, the
/// hint.
std::string render_text(const source::Source& source, const std::vector<Diagnostic>& diagnostics,
                        TextOptions options);
/// One JSON array; each element has code, severity, sqlstate, message, hint, file, line, column, end_line,
/// end_column.
std::string render_json(const source::Source& source, const std::vector<Diagnostic>& diagnostics);

}  // namespace sqlmill::diag
