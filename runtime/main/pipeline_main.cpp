#include "runtime/main/pipeline_main.h"

#include <fmt/core.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <cstdlib>
#include <new>
#include <type_traits>
#include <variant>

#include "runtime/checkpoint/state_directory.h"
#include "runtime/connectors/connector.h"
#include "runtime/engine/fault.h"
#include "runtime/main/command_line.h"
#include "runtime/main/output_stream.h"
#include "runtime/main/remote_query.h"
#include "runtime/main/replay.h"
#include "runtime/main/run.h"
#include "runtime/main/shell.h"
#include "runtime/main/state_command.h"
#include "runtime/main/stop_signal.h"
#include "runtime/main/user_error.h"

namespace sqlmill::rt::main {

namespace {

enum ExitCode { kDone = 0, kUserError = 1, kUsage = 2, kFault = 3 };

/// Log lines go to standard error, coloured only on a terminal; standard output is for results.
void set_up_log() {
  const bool no_color = std::getenv("NO_COLOR") != nullptr;
  auto sink = std::make_shared<spdlog::sinks::stderr_color_sink_mt>(no_color ? spdlog::color_mode::never
                                                                             : spdlog::color_mode::automatic);
  auto logger = std::make_shared<spdlog::logger>("", std::move(sink));
  logger->set_pattern("%Y-%m-%d %H:%M:%S.%e %^%l%$ %v");
  spdlog::set_default_logger(std::move(logger));
}

void print_text(std::string_view text, int descriptor) {
  OutputStream out(descriptor);
  out.write(text);
  out.flush();
}

int execute(const engine::PipelineInfo& pipeline, const Command& command) {
  const StopSignal signal;
  return std::visit(
      [&](const auto& chosen) -> int {
        using Chosen = std::decay_t<decltype(chosen)>;
        if constexpr (std::is_same_v<Chosen, Answer>) {
          print_text(chosen.text, chosen.exit_code == kDone ? STDOUT_FILENO : STDERR_FILENO);
          return chosen.exit_code;
        } else if constexpr (std::is_same_v<Chosen, SqlCommand>) {
          print_text(pipeline.sql, STDOUT_FILENO);
        } else if constexpr (std::is_same_v<Chosen, StateCommand>) {
          return look_at_state(pipeline, chosen);
        } else if constexpr (std::is_same_v<Chosen, ReplayCommand>) {
          replay(pipeline, chosen, signal.stop());
        } else if constexpr (std::is_same_v<Chosen, QueryCommand>) {
          run_remote_query(chosen);
        } else if constexpr (std::is_same_v<Chosen, ShellCommand>) {
          run_shell(chosen);
        } else {
          run(pipeline, chosen, signal);
        }
        return kDone;
      },
      command);
}

}  // namespace

int pipeline_main(const engine::PipelineInfo& pipeline, int argc, char** argv) {
  set_up_log();
  try {
    return execute(pipeline, parse_command_line(pipeline, argc, argv));
  } catch (const UserError& error) {
    fmt::print(stderr, "error: {}\n", error.what());
    return kUserError;
  } catch (const checkpoint::StateError& error) {
    fmt::print(stderr, "error: {}\n", error.what());
    return kUserError;
  } catch (const connectors::OptionError& error) {
    fmt::print(stderr, "error: {}\n", error.what());
    return kUserError;
  } catch (const OutputClosed&) {
    return kFault;
  } catch (const engine::Fault& fault) {
    fmt::print(stderr, "fault: {}\n", fault.what());
    return kFault;
  } catch (const std::bad_alloc&) {
    fmt::print(stderr, "fault: out of memory\n");
    return kFault;
  }
}

}  // namespace sqlmill::rt::main
