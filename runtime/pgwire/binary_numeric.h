// numeric's binary form: digits to the base of 10,000, and how many decimal places are shown.
#pragma once

#include <string>

#include "runtime/pgwire/messages.h"
#include "runtime/sql/context.h"
#include "runtime/sql/numeric.h"

namespace sqlmill::rt::pgwire {

/// Throws WireError, or leaves the failure in the context.
sql::Numeric read_binary_numeric(sql::Context& context, FieldReader& fields);

}  // namespace sqlmill::rt::pgwire
