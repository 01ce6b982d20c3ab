// A field as COPY … WITH (FORMAT csv) writes it: NULL is empty without quotes, an empty text is `""`.
#pragma once

#include <string>
#include <string_view>

namespace sqlmill::rt::main {

/// Appends a value that is not NULL. `only_column`: the row has no other (then `\.` would read as end of
/// data).
void append_csv_field(std::string_view text, bool only_column, std::string& out);

}  // namespace sqlmill::rt::main
