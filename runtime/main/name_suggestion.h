// "Did you mean": the names a user could have meant by one that does not exist.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sqlmill::rt::main {

/// The name nearest to `name` by edit distance, if it is near enough to be a slip; else empty.
std::string_view nearest_name(std::string_view name, std::span<const std::string_view> names);

/// `; did you mean "click_events"?` or nothing, then a list of all names on a line of its own, headed by
/// `heading`.
std::string name_hint(std::string_view name, std::span<const std::string_view> names,
                      std::string_view heading);

}  // namespace sqlmill::rt::main
