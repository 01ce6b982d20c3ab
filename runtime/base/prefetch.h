// Asking for memory ahead of its use.
#pragma once

namespace sqlmill::rt::base {

/// GCC takes a function that does nothing but prefetch for one without an effect and drops the calls to it.
/// The empty assembler statement is an effect.
[[gnu::always_inline]] inline void prefetch(const void* address) {
  __builtin_prefetch(address);
  asm volatile("");
}
[[gnu::always_inline]] inline void prefetch_for_write(const void* address) {
  __builtin_prefetch(address, 1);
  asm volatile("");
}

}  // namespace sqlmill::rt::base
