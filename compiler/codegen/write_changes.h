// What an aggregate asks of a row that takes another's place: an aggregate below it, or a table, takes a row
// back and gives the new one, and most of what its groups are made of is the same in both.
#pragma once

#include "compiler/codegen/model.h"

namespace sqlmill::codegen {

struct ChangeCode {
  std::string keeps_place;  // Whether filters and keys read the same values of `was` and `row`.
  std::string unchanged;    // Statements: the bits of the calls that do, in `same`.
};
/// `follows_groups`: see incremental/origins.h.
ChangeCode write_changes(const OperatorModel& producer, const incremental::Aggregate& aggregate,
                         bool follows_groups);

/// The bit of call `i`. Calls beyond the 64th share the last one.
std::string call_bit(size_t i);

}  // namespace sqlmill::codegen
