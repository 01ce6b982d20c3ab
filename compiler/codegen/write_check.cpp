#include "compiler/codegen/write_check.h"

#include <fmt/format.h>

#include <algorithm>

#include "compiler/codegen/printer.h"

namespace sqlmill::codegen {

namespace {

/// What of the expression fails by itself: a call that cannot fail is not computed only for its arguments.
void collect_failing(const plan::ExprRef& expr, std::vector<plan::ExprRef>& failing) {
  if (!expr->can_fail) return;
  const auto* call = std::get_if<plan::Call>(&expr->node);
  if (!call || plan::fails_by_itself(*call)) {
    failing.push_back(expr);
  } else {
    for (const plan::ExprRef& argument : call->arguments) collect_failing(argument, failing);
  }
}

}  // namespace

CheckCode write_check(const Model& model, const OperatorModel& op, const std::vector<std::string>& values) {
  const size_t keys = std::get<incremental::Aggregate>(op.op->op).keys.size();
  const ExpressionWriter writer = op.writer();
  std::vector<bool> used(op.fields.size());
  std::vector<std::string> checks;
  for (const uint32_t index : op.outputs) {
    const OutputModel& output = model.outputs[index];
    if (!output.can_fail) continue;
    const incremental::Stream& stream = output.output->stream;
    const auto note = [&](const plan::ExprRef& expr) {
      plan::for_each_column(expr, [&](const plan::Column& c) { used[c.index] = true; });
    };
    std::string condition;
    for (const plan::ExprRef& filter : stream.filters) {
      note(filter);
      condition += (condition.empty() ? "" : " && ") + writer.is_true(filter);
    }
    std::vector<std::string> body;
    std::vector<plan::ExprRef> failing;
    for (const plan::ExprRef& expr : stream.exprs) collect_failing(expr, failing);
    for (const plan::ExprRef& expr : failing) {
      note(expr);
      body.push_back(fmt::format("(void){};", writer.value(expr)));
    }
    std::string text = lines(body);
    if (!condition.empty() && body.empty()) {
      text = fmt::format("(void)({});", condition);
    } else if (!condition.empty()) {
      text = fmt::format("if ({}) {{\n  {}\n}}", condition, block(text));
    }
    checks.push_back(text);
    checks.push_back(
        fmt::format("if (context.failed()) computed = env.fails({}::kName, logs);", output.type));
  }
  if (checks.empty()) return {"return true;", false};
  std::vector<std::string> out = {"sql::Context& context = env.context;", "bool computed = true;",
                                  op.type + "Row row;"};
  const bool reads_key =
      std::any_of(used.begin(), used.begin() + static_cast<std::ptrdiff_t>(keys), [](bool u) { return u; });
  if (reads_key) out.emplace_back("row.key = key;");
  const auto first_value = used.begin() + static_cast<std::ptrdiff_t>(keys);
  for (size_t i = keys; i < used.size(); ++i) {
    if (!used[i] || values[i - keys].find("outside.") == std::string::npos) continue;
    out.push_back(fmt::format("const {0}Outside outside = {0}::outside(collections, group);", op.type));
    break;
  }
  if (std::find(first_value, used.end(), true) != used.end())
    out.push_back(fmt::format("{}Values& values = row.values;", op.type));
  for (size_t i = keys; i < used.size(); ++i) {
    if (used[i]) out.push_back(values[i - keys]);
  }
  out.insert(out.end(), checks.begin(), checks.end());
  out.emplace_back("return computed;");
  return {lines(out), reads_key};
}

}  // namespace sqlmill::codegen
