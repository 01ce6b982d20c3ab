// Relations by the names that users type, with errors that say which there are.
#pragma once

#include <string_view>
#include <vector>

#include "runtime/connectors/connector.h"
#include "runtime/main/command_line.h"

namespace sqlmill::rt::main {

/// The number of a source or table. Throws UserError, which names `option`, when there is none of that name.
size_t find_input(const engine::PipelineInfo& pipeline, std::string_view name, std::string_view option);

/// What --set gives, borrowed from `settings`. Throws UserError for a relation that is no source, table or
/// sink, OptionError for what is not RELATION.OPTION=VALUE.
std::vector<connectors::Override> overrides(const engine::PipelineInfo& pipeline,
                                            const std::vector<Setting>& settings);

}  // namespace sqlmill::rt::main
