#include "runtime/main/remote_query.h"

#include <fmt/format.h>
#include <pwd.h>
#include <unistd.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "runtime/main/output_stream.h"
#include "runtime/main/result_printer.h"
#include "runtime/main/user_error.h"
#include "runtime/pgwire/client.h"

namespace sqlmill::rt::main {

namespace {

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

/// As libpq has it.
std::string user_name() {
  if (const std::string name = environment("PGUSER"); !name.empty()) return name;
  const passwd* entry = ::getpwuid(::geteuid());
  return entry ? entry->pw_name : "root";
}

}  // namespace

void run_remote_query(const QueryCommand& command) {
  try {
    pgwire::Client client(
        {command.address.host, command.address.port, user_name(), environment("PGPASSWORD")});
    client.run(command.sql);
    OutputStream out(STDOUT_FILENO);
    if (client.columns().empty()) {
      while (client.next()) {
      }
      out.write(client.tag() + "\n");
    } else {
      std::vector<engine::Column> columns;
      for (const plan::OutputColumn& column : client.columns()) columns.push_back({column.name, column.type});
      ResultPrinter printer(command.format, false, out);
      printer.print_query(columns, [&] { return client.next(); });
    }
    out.flush();
  } catch (const pgwire::ClientError& error) {
    throw UserError(error.what());
  }
}

}  // namespace sqlmill::rt::main
