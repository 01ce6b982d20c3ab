// The statements that make, fill and drop a session's temporary tables, recognised among those that a fixed
// pipeline refuses.
#pragma once

#include <optional>
#include <string_view>

#include "runtime/pgwire/commands.h"

namespace sqlmill::rt::pgwire {

/// `refused`: what is said of the statement if it is of no temporary table. Nothing: it is of none.
std::optional<Command> read_temporary(std::string_view sql, const command::Refused& refused);

/// Of a statement that begins with SELECT or WITH. Nothing: it has no INTO.
std::optional<Command> read_select_into(std::string_view sql);

}  // namespace sqlmill::rt::pgwire
