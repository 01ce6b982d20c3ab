// What a run has done, for people: on standard error when it ends.
#pragma once

#include <string>
#include <string_view>

#include "runtime/engine/engine.h"
#include "runtime/main/epoch_times.h"

namespace sqlmill::rt::main {

/// By the clock, and of the processor by all threads.
struct Duration {
  double seconds;
  double cpu_seconds;
  static Duration now();
};

/// Events, rates, errors, how long epochs took, rows per view, and what each operator did. Reads the engine's
/// state: between epochs only.
std::string summary_text(const engine::PipelineInfo& pipeline, engine::Engine& engine,
                         const Duration& duration, const EpochTimes& epoch_times);

/// 1234567 as `1,234,567`.
std::string grouped(uint64_t number);
/// `1 event`, `1,000 events`
std::string counted(uint64_t number, std::string_view singular, std::string_view plural);
/// `1.5 MiB`.
std::string byte_size(uint64_t bytes);

}  // namespace sqlmill::rt::main
