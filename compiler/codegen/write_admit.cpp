#include "compiler/codegen/write_admit.h"

#include <fmt/format.h>

#include <algorithm>

#include "compiler/codegen/names.h"
#include "compiler/codegen/printer.h"

namespace sqlmill::codegen {

using incremental::Aggregate;

Computed write_computed(const Aggregate& aggregate, const std::vector<Field>& names,
                        const ExpressionWriter& writer) {
  Computed computed;
  Scope scope;
  for (const Field& name : names) scope.unique(name.name);
  for (size_t i = 0; i < aggregate.calls.size(); ++i) {
    for (const plan::ExprRef& argument : plan::arguments(aggregate.calls[i])) {
      if (!argument->can_fail || writer.with(computed.known).is_there(argument)) continue;
      const std::string name = scope.unique(names[i].name + "_argument");
      computed.fields.push_back(fmt::format("{} {};", value_type(argument->type, argument->nullable), name));
      computed.known.emplace_back(argument, "prepared." + name);
    }
  }
  return computed;
}

std::string write_admit(const Aggregate& aggregate, const Computed& computed,
                        const ExpressionWriter& writer) {
  std::vector<std::string> out;
  for (const plan::ExprRef& filter : aggregate.filters)
    out.push_back(fmt::format("if (!{}) return false;", writer.is_true(filter)));
  bool can_fail = std::any_of(aggregate.filters.begin(), aggregate.filters.end(),
                              [](const auto& f) { return f->can_fail; });
  const auto evaluate = [&](const plan::ExprRef& e) {
    if (!e || !e->can_fail) return;
    can_fail = true;
    out.push_back(fmt::format("(void){};", writer.value(e)));
  };
  for (const plan::ExprRef& key : aggregate.keys) evaluate(key);
  std::vector<plan::ExprRef> always;  // Arguments that each row has computed by then.
  for (const plan::AggregateCall& call : aggregate.calls) {
    evaluate(call.filter);
    for (const plan::ExprRef& argument : plan::arguments(call)) {
      if (!argument->can_fail) continue;
      can_fail = true;
      const auto is_it = [&](const plan::ExprRef& e) { return plan::equal(e, argument); };
      if (std::any_of(always.begin(), always.end(), is_it)) continue;
      if (!call.filter) always.push_back(argument);
      const auto kept = std::find_if(computed.known.begin(), computed.known.end(),
                                     [&](const auto& k) { return is_it(k.first); });
      const std::string target = kept == computed.known.end() ? "(void)" : kept->second + " = ";
      const std::string computes = target + writer.value(argument) + ";";
      out.push_back(call.filter ? fmt::format("if ({}) {}", writer.is_true(call.filter), computes)
                                : computes);
    }
  }
  out.push_back(can_fail ? "return !context.failed();" : "return true;");
  return lines(out);
}

}  // namespace sqlmill::codegen
