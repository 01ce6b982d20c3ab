#include "runtime/sql/context.h"

#include <chrono>

#include "runtime/sql/compiled_patterns.h"

namespace sqlmill::rt::sql {

int64_t current_micros() {
  constexpr int64_t kUnixMicrosOf2000 = 946'684'800'000'000;
  const auto since_1970 = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::microseconds>(since_1970).count() - kUnixMicrosOf2000;
}

CompiledPatterns& Context::compiled_patterns() {
  if (!compiled_patterns_) compiled_patterns_ = std::make_shared<CompiledPatterns>();
  return *compiled_patterns_;
}

}  // namespace sqlmill::rt::sql
