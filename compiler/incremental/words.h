// Words of a source (runtime/sql/word.h): columns with few distinct values, what is computed from one of them
// alone is computed once a value.
#pragma once

#include <string_view>

#include "compiler/incremental/dataflow.h"

namespace sqlmill::incremental {

/// Whether a column of this name is expected to have about as many values as there are things to identify:
/// session_id, email. A guess that costs time where it is wrong, never a result.
bool is_identifier(std::string_view name);

/// Fills Input::words of all sources. After everything that changes expressions.
void choose_words(Dataflow& flow);

}  // namespace sqlmill::incremental
