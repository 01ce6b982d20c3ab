#include "compiler/driver/process.h"

#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <stdexcept>

extern char** environ;

namespace sqlmill::driver {

Child::Child(const std::vector<std::string>& command, size_t index) : index_(index) {
  char name[] = "/tmp/sqlmill-output-XXXXXX";
  output_ = mkstemp(name);
  if (output_ < 0) throw std::runtime_error(fmt::format("cannot write to /tmp: {}", std::strerror(errno)));
  unlink(name);
  std::vector<char*> argv;
  for (const std::string& word : command) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", 0, 0);
  posix_spawn_file_actions_adddup2(&actions, output_, 1);
  posix_spawn_file_actions_adddup2(&actions, output_, 2);
  const int error = posix_spawnp(&pid_, argv[0], &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) {
    close(output_);
    throw std::runtime_error(fmt::format("cannot start {}: {}", command[0], std::strerror(error)));
  }
}

Finished Child::finish(int status) {
  Finished finished{index_, WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status), ""};
  lseek(output_, 0, SEEK_SET);
  char buffer[4096];
  for (ssize_t n = read(output_, buffer, sizeof buffer); n > 0; n = read(output_, buffer, sizeof buffer)) {
    finished.output.append(buffer, static_cast<size_t>(n));
  }
  close(output_);
  return finished;
}

int wait_any(int& status) {
  for (;;) {
    const int pid = waitpid(-1, &status, 0);
    if (pid >= 0 || errno != EINTR) return pid;
  }
}

}  // namespace sqlmill::driver
