#include "runtime/base/kill_point.h"

#include <atomic>
#include <charconv>
#include <csignal>
#include <cstdlib>
#include <string_view>

namespace sqlmill::rt::base {

namespace {

constexpr std::string_view kNames[] = {
#define SQLMILL_KILL_POINT(name) #name,
#include "runtime/base/kill_points.def"
#undef SQLMILL_KILL_POINT
};

struct Wanted {
  std::string_view name;
  std::atomic<int> left;

  Wanted() : left(1) {
    const char* setting = std::getenv("SQLMILL_KILL_AT");
    if (setting == nullptr) return;
    name = setting;
    const size_t colon = name.find(':');
    if (colon == std::string_view::npos) return;
    int times = 1;
    std::from_chars(name.data() + colon + 1, name.data() + name.size(), times);
    left = times;
    name = name.substr(0, colon);
  }
};

}  // namespace

void pass(KillPoint point) {
  static Wanted wanted;
  if (wanted.name.empty() || kNames[static_cast<size_t>(point)] != wanted.name) return;
  if (--wanted.left == 0) std::raise(SIGKILL);
}

}  // namespace sqlmill::rt::base
