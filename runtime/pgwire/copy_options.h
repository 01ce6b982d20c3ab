// The options of COPY: `WITH (FORMAT csv, HEADER)` and the older `CSV HEADER`.
#pragma once

#include "runtime/pgwire/command_reader.h"
#include "runtime/pgwire/commands.h"

namespace sqlmill::rt::pgwire {

/// To the end of the statement. Throws WireError.
command::CopyOptions read_copy_options(CommandReader& words, bool is_from);

}  // namespace sqlmill::rt::pgwire
