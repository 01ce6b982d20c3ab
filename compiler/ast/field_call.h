// `(value).field` is a call, of the value and the field's name, whose own name nobody can write.
#pragma once

#include <string_view>

namespace sqlmill::ast {

inline constexpr std::string_view kFieldCall = "field of";
inline constexpr std::string_view kNoFieldsHint = "keep the fields in columns of their own, or in a jsonb";

}  // namespace sqlmill::ast
