// Relations by the names that users type, with errors that say which there are.
#pragma once

#include <string_view>

#include "runtime/main/command_line.h"

namespace sqlmill::rt::main {

/// The number of a source or table. Throws UserError, which names `option`, when there is none of that name.
size_t find_input(const engine::PipelineInfo& pipeline, std::string_view name, std::string_view option);

/// Throws UserError when a setting is not RELATION.OPTION=VALUE of a source, table or sink of the pipeline.
void check_settings(const engine::PipelineInfo& pipeline, const std::vector<Setting>& settings);

}  // namespace sqlmill::rt::main
