// PostgreSQL's text input and output of booleans, integers, floats, text and bytea. Numeric has its own in
// numeric.h, dates and times in datetime_text.h, jsonb in jsonb.h; all follow this scheme.
//
// A `<type>_from_text` allows white space around the value (but for text and bytea), and fails with
// PostgreSQL's message.
#pragma once

#include <string>
#include <string_view>

#include "runtime/sql/context.h"
#include "runtime/sql/values.h"

namespace sqlmill::rt::sql {

/// `t` or `f`, as a query prints it. (A cast to text gives `true` and `false`.)
void append_text(bool value, std::string& out);
void append_text(int16_t value, std::string& out);
void append_text(int32_t value, std::string& out);
void append_text(int64_t value, std::string& out);
/// The shortest digits that read back as the same value: `0.1`, `1e+20`, `Infinity`, `NaN`.
void append_text(float value, std::string& out);
void append_text(double value, std::string& out);
void append_text(const Text& value, std::string& out);
/// Hexadecimal: `\x6869`.
void append_text(const Bytea& value, std::string& out);

/// Any beginning of true, false, yes, no, on and off that is not ambiguous, in either case; 1 and 0.
bool boolean_from_text(Context& context, std::string_view text);
int16_t int2_from_text(Context& context, std::string_view text);
int32_t int4_from_text(Context& context, std::string_view text);
int64_t int8_from_text(Context& context, std::string_view text);
float float4_from_text(Context& context, std::string_view text);
double float8_from_text(Context& context, std::string_view text);
/// A copy in the context's arena.
Text text_from_text(Context& context, std::string_view text);
/// The hex format (`\x6869`), or bytes with `\\` and `\ooo` as escapes.
Bytea bytea_from_text(Context& context, std::string_view text);

}  // namespace sqlmill::rt::sql
