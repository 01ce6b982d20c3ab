// Where a text that has been refused stops being a JSON object, for people to read: simdjson does not tell.
#pragma once

#include <string>
#include <string_view>

namespace sqlmill::rt::formats {

/// `invalid JSON at byte 17: expected ':' after a key` (the first byte is 1).
std::string json_error(std::string_view text);

}  // namespace sqlmill::rt::formats
