#include "compiler/plan/verify.h"

#include <cstdio>
#include <cstdlib>

namespace sqlmill::plan {

void abort_not_in_views(std::string_view what) {
  std::fprintf(stderr, "a view's plan holds %.*s, which only ad hoc queries may\n",
               static_cast<int>(what.size()), what.data());
  std::abort();
}

}  // namespace sqlmill::plan
