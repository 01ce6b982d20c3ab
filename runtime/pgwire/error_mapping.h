// What the layers below throw, as the protocol says it.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "runtime/pgwire/errors.h"
#include "runtime/query/database.h"

namespace sqlmill::rt::pgwire {

/// Characters before that byte.
uint32_t characters_before(std::string_view text, size_t byte);

/// Of a statement that begins at that byte of `text`, which is what the client has sent.
WireError wire_error(const query::StatementError& error, std::string_view text, size_t begin);

/// Of the exception that is being handled.
WireError current_wire_error();

}  // namespace sqlmill::rt::pgwire
