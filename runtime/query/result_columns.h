// What a client is told of the columns of a result.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "compiler/plan/node.h"

namespace sqlmill::rt::query {

/// The column of a relation that a column of a result is, in the numbers of pg_attribute; 0: it is computed.
struct ColumnOrigin {
  uint32_t table = 0;
  uint16_t number = 0;
};

struct ResultColumns {
  std::vector<plan::OutputColumn> columns;
  std::vector<ColumnOrigin> origins = {};  // Of each; empty: all are computed.
};

}  // namespace sqlmill::rt::query
