#include "runtime/main/shell.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string>

#include "runtime/main/user_error.h"

namespace sqlmill::rt::main {

void run_shell(const ShellCommand& command) {
  const std::string port = std::to_string(command.address.port);
  // The name of the database means nothing; psql takes the user's where none is given.
  const char* database = std::getenv("PGDATABASE") ? std::getenv("PGDATABASE") : "dev";
  ::execlp("psql", "psql", "-h", command.address.host.c_str(), "-p", port.c_str(), "-d", database,
           static_cast<char*>(nullptr));
  if (errno == ENOENT) throw UserError("psql is not there: apt-get install postgresql-client");
  throw UserError(fmt::format("psql cannot be started: {}", std::strerror(errno)));
}

}  // namespace sqlmill::rt::main
