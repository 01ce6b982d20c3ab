// The Spec of a DistinctBelow.
#include <fmt/format.h>

#include "compiler/codegen/operators.h"
#include "compiler/codegen/printer.h"

namespace sqlmill::codegen {

Code write_distinct_below(const Model& model, const OperatorModel& op) {
  const auto& below = std::get<incremental::DistinctBelow>(op.op->op);
  const OperatorModel& producer = model.operators[below.producer];
  const OperatorModel& parent = model.operators[below.parent];
  const OperatorModel& consumer = model.operators[below.consumer];
  const auto& aggregate = std::get<incremental::Aggregate>(consumer.op->op);
  const ExpressionWriter writer = producer.writer();
  std::vector<std::string> admit;
  std::string where;
  for (const plan::ExprRef& filter : below.filters) {
    admit.push_back(fmt::format("if (!{}) return false;", writer.is_true(filter)));
    where += (where.empty() ? "WHERE " : " AND ") + plan::to_string(filter);
  }
  admit.emplace_back("return true;");
  Code code;
  code.declarations = fill_template(
      "distinct_below_spec.h", {{"what", comment_text(plan::to_string(aggregate.calls[below.call]) +
                                                      " GROUP BY " + plan::to_string(below.word))},
                                {"type", op.type},
                                {"producer", producer.type},
                                {"parent", parent.type},
                                {"consumer", consumer.type},
                                {"name", string_literal(op.op->name)},
                                {"word", producer.words[std::get<plan::Column>(below.word->node).index]}});
  code.definitions =
      fill_template("distinct_below_spec.cpp", {{"type", op.type},
                                                {"where", where.empty() ? "Every row." : comment_text(where)},
                                                {"admit", lines(admit)}});
  code.instantiations = fmt::format("template class sqlmill::rt::ops::DistinctBelow<sqlmill::gen::{}::{}>;",
                                    model.space, op.type);
  return code;
}

}  // namespace sqlmill::codegen
