// Emits text from shapes with $holes$. A hole that the shape has and the caller does not fill, or the other
// way round, is a mistake of the code generator and aborts with the shape and its line. A value of several
// lines is indented like its hole; a line that holds nothing but an empty hole disappears.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sqlmill::codegen {

using Holes = std::initializer_list<std::pair<std::string_view, std::string>>;

/// `shape` with its holes filled; `name` is for the abort message.
std::string fill(std::string_view name, std::string_view shape, Holes holes);
/// The shape of templates/NAME.
std::string fill_template(std::string_view name, Holes holes);

/// Lines joined with line breaks, without one at the end.
std::string lines(const std::vector<std::string>& all);
/// Indented, for the inside of a block.
std::string block(const std::string& text);

}  // namespace sqlmill::codegen
