// Child processes.
#pragma once

#include <string>
#include <vector>

namespace sqlmill::driver {

struct Finished {
  size_t index;        // Of the command.
  int exit_code;       // Negative: the signal.
  std::string output;  // Standard output and error together.
};

/// Runs `commands`, at most `parallel` at a time; `done(finished)` as each ends. All run even if one fails.
template <class Done>
void run_all(const std::vector<std::vector<std::string>>& commands, size_t parallel, Done done);

/// One command: starts it with its output in a temporary file. Throws std::runtime_error if it cannot be
/// started.
class Child {
 public:
  Child(const std::vector<std::string>& command, size_t index);
  int pid() const { return pid_; }
  /// Behind waitpid(): what it wrote.
  Finished finish(int status);

 private:
  int pid_;
  int output_;
  size_t index_;
};

/// Waits for any child: its pid and status.
int wait_any(int& status);

template <class Done>
void run_all(const std::vector<std::vector<std::string>>& commands, size_t parallel, Done done) {
  std::vector<Child> running;
  size_t next = 0;
  while (next < commands.size() || !running.empty()) {
    while (next < commands.size() && running.size() < parallel) {
      running.emplace_back(commands[next], next);
      ++next;
    }
    int status = 0;
    const int pid = wait_any(status);
    for (size_t i = 0; i < running.size(); ++i) {
      if (running[i].pid() != pid) continue;
      done(running[i].finish(status));
      running.erase(running.begin() + static_cast<std::ptrdiff_t>(i));
      break;
    }
  }
}

}  // namespace sqlmill::driver
