// C++ identifiers from SQL names: the only way by which a user's name reaches generated code.
#pragma once

#include <initializer_list>
#include <set>
#include <string>
#include <string_view>
#include <utility>

namespace sqlmill::codegen {

/// `click_events` → `click_events`; what C++ does not allow is spelled out: `x;y` → `x_u3b_y`, `class` →
/// `class_`.
std::string snake_name(std::string_view sql_name);
/// `click_events` → `ClickEvents`.
std::string pascal_name(std::string_view sql_name);
/// A C++ string literal of any bytes, pure ASCII, on one line.
std::string string_literal(std::string_view bytes);
/// Text for a `//` comment: no line break, no backslash at the end, control characters as `?`.
std::string comment_text(std::string_view text);

/// Names of one C++ scope; a name that is taken gets a number.
class Scope {
 public:
  std::string unique(std::string name) { return unique(std::move(name), {""}); }
  /// With every one of the endings, "" among them, the name is free; all of them are taken from then on.
  std::string unique(std::string name, std::initializer_list<std::string_view> endings);

 private:
  std::set<std::string> taken_;
};

}  // namespace sqlmill::codegen
