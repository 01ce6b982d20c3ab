// gcd and lcm of integers.
#pragma once

#include <limits>

#include "runtime/sql/functions/arithmetic.h"

namespace sqlmill::rt::sql {

template <Integer T>
T gcd(Context& context, T a, T b) {
  constexpr T kLeast = std::numeric_limits<T>::min();
  while (b != 0) {
    const T remainder = b == -1 ? T{0} : static_cast<T>(a % b);
    a = b;
    b = remainder;
  }
  if (a == kLeast) return fail_out_of_range<T>(context);
  return a < 0 ? static_cast<T>(-a) : a;
}

template <Integer T>
T lcm(Context& context, T a, T b) {
  if (a == 0 || b == 0) return 0;
  const T divisor = gcd<T>(context, a, b);
  if (context.failed()) return 0;
  const T multiple = multiply<T>(context, static_cast<T>(a / divisor), b);
  return multiple < 0 ? negate_integer<T>(context, multiple) : multiple;
}

}  // namespace sqlmill::rt::sql
