// SIGINT and SIGTERM ask for a clean stop; a second one gets what the system does by default.
#pragma once

#include <atomic>

namespace sqlmill::rt::main {

/// Handles the two signals from now on, and ignores SIGPIPE, so that writing to a closed pipe is an error to report.
/// What it returns becomes true with the first signal.
const std::atomic<bool>& watch_stop_signals();

}  // namespace sqlmill::rt::main
