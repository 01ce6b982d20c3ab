// sign(number): -1, 0 or 1. Of NaN it is 0 for a double and NaN for a numeric, as in PostgreSQL.
#pragma once

#include "runtime/sql/numeric.h"

namespace sqlmill::rt::sql {

inline double sign_float8(double value) {
  return (value > 0) - (value < 0);
}
inline Numeric sign_numeric(const Numeric& value) {
  return value.kind() == Numeric::Kind::kNan ? value : numeric_from_integer(sign_of(value));
}

}  // namespace sqlmill::rt::sql
