// SELECT x + (1 + 2) FROM t  ⇒  SELECT x + 3 FROM t
#include "compiler/optimize/rule.h"
#include "compiler/plan/evaluate.h"

namespace sqlmill::optimize {

plan::ExprRef fold_constants(const plan::ExprRef& expr) {
  return plan::fold_constants(expr);
}

}  // namespace sqlmill::optimize
