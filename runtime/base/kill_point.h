// The end of the process at a chosen place, as if it had been killed there: for the tests of recovery.
#pragma once

#include <cstdint>

namespace sqlmill::rt::base {

enum class KillPoint : uint8_t {
#define SQLMILL_KILL_POINT(name) name,
#include "runtime/base/kill_points.def"
#undef SQLMILL_KILL_POINT
};

/// Kills the process with SIGKILL if SQLMILL_KILL_AT names this point.
void pass(KillPoint point);

}  // namespace sqlmill::rt::base
