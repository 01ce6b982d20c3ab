// The last step before generated text becomes a file: what a reader would do to it by hand.
#pragma once

#include <string>
#include <string_view>

namespace sqlmill::codegen {

/// Breaks lines of more than 120 characters where that is possible, outside of literals, at the least nested
/// place, and puts comments at the end of such lines above them.
std::string break_long_lines(std::string_view text);

}  // namespace sqlmill::codegen
