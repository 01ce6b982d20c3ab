#include "runtime/engine/rebuilding.h"

#include <fmt/format.h>

#include <algorithm>

namespace sqlmill::rt::engine {

namespace {

/// What is not finished is not whole, however little is missing.
double share_of(uint64_t done, uint64_t total) {
  constexpr double kMost = 0.99;
  return total == 0 ? 0 : std::min(kMost, static_cast<double>(done) / static_cast<double>(total));
}

}  // namespace

Rebuilding::Rebuilding(std::vector<bool> hidden, const std::vector<std::string_view>& inputs)
    : hidden_(std::move(hidden)) {
  for (const std::string_view input : inputs) sources_.emplace_back(input);
}

double Rebuilding::share() const {
  uint64_t done = 0;
  uint64_t total = 0;
  for (const Source& source : sources_) {
    done += source.done;
    total += source.total;
  }
  return share_of(done, total);
}

std::string Rebuilding::progress() const {
  std::string text;
  for (const Source& source : sources_) {
    text += fmt::format("{}{:.0f} % of the messages of {}", text.empty() ? "" : ", ",
                        100 * share_of(source.done, source.total), source.name);
  }
  return text;
}

}  // namespace sqlmill::rt::engine
