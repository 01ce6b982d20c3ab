#include "runtime/main/csv.h"

namespace sqlmill::rt::main {

void append_csv_field(std::string_view text, bool only_column, std::string& out) {
  const bool quoted = text.empty() || text.find_first_of(",\"\r\n") != std::string_view::npos ||
                      (only_column && text == "\\.");
  if (!quoted) {
    out += text;
    return;
  }
  out += '"';
  for (const char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  out += '"';
}

}  // namespace sqlmill::rt::main
