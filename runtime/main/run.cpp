#include "runtime/main/run.h"

#include "runtime/main/relation_names.h"
#include "runtime/main/user_error.h"

namespace sqlmill::rt::main {

void run(const engine::PipelineInfo& pipeline, const RunCommand& command, const std::atomic<bool>&) {
  check_settings(pipeline, command.settings);
  throw UserError("run is not there yet");
}

}  // namespace sqlmill::rt::main
