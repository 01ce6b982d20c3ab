#include "runtime/main/relation_names.h"

#include <fmt/format.h>

#include <algorithm>

#include "runtime/main/name_suggestion.h"
#include "runtime/main/user_error.h"

namespace sqlmill::rt::main {

size_t find_input(const engine::PipelineInfo& pipeline, std::string_view name, std::string_view option) {
  std::vector<std::string_view> names;
  for (size_t i = 0; i < pipeline.inputs.size(); ++i) {
    if (pipeline.inputs[i].name == name) return i;
    names.push_back(pipeline.inputs[i].name);
  }
  throw UserError(fmt::format("{}: there is no source or table \"{}\"{}", option, name,
                              name_hint(name, names, "sources and tables")));
}

std::vector<connectors::Override> overrides(const engine::PipelineInfo& pipeline,
                                            const std::vector<Setting>& settings) {
  std::vector<std::string_view> names;
  for (const engine::InputInfo& input : pipeline.inputs) names.push_back(input.name);
  for (const engine::SinkInfo& sink : pipeline.sinks) names.push_back(sink.name);
  std::vector<connectors::Override> overrides;
  for (const Setting& setting : settings) {
    overrides.push_back(connectors::parse_override(setting));
    const connectors::Override& override = overrides.back();
    if (std::find(names.begin(), names.end(), override.relation) != names.end()) continue;
    throw UserError(fmt::format("--set: there is no source, table or sink \"{}\"{}", override.relation,
                                name_hint(override.relation, names, "relations with options")));
  }
  return overrides;
}

}  // namespace sqlmill::rt::main
