// States that the state directory does not have are made anew from what it has, before the pipeline goes on:
// from the rows of tables and operators that are kept, and from what sources have held up to the checkpoint.
#pragma once

#include <span>
#include <stop_token>

#include "runtime/connectors/connector.h"
#include "runtime/engine/fault.h"
#include "runtime/main/durable_state.h"

namespace sqlmill::rt::main {

/// A source or table of the pipeline, and where its records come from.
struct ConnectedInput {
  size_t input;
  connectors::ResolvedInput resolved;
};

/// Throws UserError if it has no connector.
const ConnectedInput& connected(const engine::PipelineInfo& pipeline, std::span<const ConnectedInput> inputs,
                                size_t input);
/// A source no longer has what is needed.
[[noreturn]] void refuse_partial(const engine::Fault& fault);

/// All but what is made while the rest is served (main/rebuild_beside.h). What is there stays as it is: it
/// ignores what the others read. Nothing reaches the directory before the next checkpoint. False: it was
/// stopped. Throws UserError if a source no longer has what is needed, unless `allows_partial`.
bool rebuild(const engine::PipelineInfo& pipeline, engine::Engine& engine, const DurableState& durable,
             std::span<const ConnectedInput> inputs, bool allows_partial, const std::stop_token& stop);

}  // namespace sqlmill::rt::main
