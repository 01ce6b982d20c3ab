// Asking for memory ahead of its use.
#pragma once

#include <cstddef>

namespace sqlmill::rt::base {

inline constexpr size_t kCacheLineBytes = 64;

/// GCC takes a function that does nothing but prefetch for one without an effect and drops the calls to it.
/// The empty assembler statement is an effect. There is no form for memory that will be written: it is one
/// worker's anyway, and prefetchw was slower.
[[gnu::always_inline]] inline void prefetch(const void* address) {
  __builtin_prefetch(address);
  asm volatile("");
}
/// All lines of at least one byte.
[[gnu::always_inline]] inline void prefetch(const void* address, size_t bytes) {
  const char* p = static_cast<const char*>(address);
  const char* const last = p + bytes - 1;
  for (; p < last; p += kCacheLineBytes) prefetch(p);
  prefetch(last);
}

}  // namespace sqlmill::rt::base
