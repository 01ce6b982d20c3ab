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

void check_settings(const engine::PipelineInfo& pipeline, const std::vector<Setting>& settings) {
  std::vector<std::string_view> names;
  for (const engine::InputInfo& input : pipeline.inputs) names.push_back(input.name);
  for (const engine::SinkInfo& sink : pipeline.sinks) names.push_back(sink.name);
  for (const Setting& setting : settings) {
    const std::string_view key = std::string_view(setting).substr(0, setting.find('='));
    if (key.size() == setting.size() || key.find('.') == std::string_view::npos) {
      throw UserError(fmt::format("--set: \"{}\" is not RELATION.OPTION=VALUE", setting));
    }
    const bool known = std::any_of(names.begin(), names.end(), [&](std::string_view name) {
      return key.size() > name.size() + 1 && key.substr(0, name.size()) == name && key[name.size()] == '.';
    });
    if (known) continue;
    const std::string_view relation = key.substr(0, key.find('.'));
    throw UserError(fmt::format("--set: there is no source, table or sink \"{}\"{}", relation,
                                name_hint(relation, names, "relations with options")));
  }
}

}  // namespace sqlmill::rt::main
