// The files of templates/, embedded when the compiler is built.
#pragma once

#include <string_view>

namespace sqlmill::codegen {

/// Aborts if there is none of this name.
std::string_view find_template(std::string_view name);

}  // namespace sqlmill::codegen
