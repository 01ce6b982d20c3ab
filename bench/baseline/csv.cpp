#include "bench/baseline/csv.h"

#include <fmt/format.h>

#include <algorithm>

namespace sqlmill::bench::baseline {

std::string csv(std::string_view text) {
  if (!text.empty() && text.find_first_of("\",\r\n") == std::string_view::npos) return std::string(text);
  std::string quoted = "\"";
  for (char c : text) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + '"';
}

std::string csv(const Text& text) {
  return text.is_null() ? std::string() : csv(text.view());
}

void print_view(std::FILE* out, const char* name, const char* header, std::vector<std::string>& rows) {
  std::sort(rows.begin(), rows.end());
  fmt::print(out, "{}\n{}\n", name, header);
  for (const std::string& row : rows) fmt::print(out, "{}\n", row);
  fmt::print(out, "\n");
}

std::string format_decimal(__int128 value, int scale) {
  std::string digits = fmt::format("{:0{}}", value < 0 ? -value : value, scale + 1);
  if (scale > 0) digits.insert(digits.size() - static_cast<size_t>(scale), ".");
  return value < 0 ? "-" + digits : digits;
}

}  // namespace sqlmill::bench::baseline
