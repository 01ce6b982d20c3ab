// The canonical encoding of a row: two rows are the same row exactly when their encodings are the same bytes.
// It keeps apart what SQL calls equal but shows differently (1.0 and 1.00), because retraction cancels what
// was shown.
#pragma once

#include <span>
#include <string>

#include "runtime/sql/datum.h"

namespace sqlmill::rt::engine {

/// Appends to `out`. Self-delimiting: rows of the same types never run into each other.
void append_encoding(std::span<const sql::Datum> row, std::string& out);

}  // namespace sqlmill::rt::engine
