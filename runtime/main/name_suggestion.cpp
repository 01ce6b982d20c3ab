#include "runtime/main/name_suggestion.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

namespace sqlmill::rt::main {

namespace {

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

/// Levenshtein's distance, letters' case ignored.
size_t distance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 0; i < a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i + 1;
    for (size_t j = 0; j < b.size(); ++j) {
      const size_t replaced = diagonal + (lower(a[i]) == lower(b[j]) ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row.back();
}

}  // namespace

std::string_view nearest_name(std::string_view name, std::span<const std::string_view> names) {
  std::string_view nearest;
  size_t least = std::max<size_t>(2, name.size() / 3) + 1;
  for (const std::string_view candidate : names) {
    const size_t d = distance(name, candidate);
    if (d < least && d < candidate.size()) {
      least = d;
      nearest = candidate;
    }
  }
  return nearest;
}

std::string name_hint(std::string_view name, std::span<const std::string_view> names,
                      std::string_view heading) {
  std::string hint;
  if (const std::string_view nearest = nearest_name(name, names); !nearest.empty()) {
    hint = fmt::format("; did you mean \"{}\"?", nearest);
  }
  if (!names.empty()) hint += fmt::format("\n{}: {}", heading, fmt::join(names, ", "));
  return hint;
}

}  // namespace sqlmill::rt::main
