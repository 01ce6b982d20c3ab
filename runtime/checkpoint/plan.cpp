#include "runtime/checkpoint/plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace sqlmill::rt::checkpoint {

namespace {

using engine::StateOrigin;
using Kind = engine::StateOrigin::Kind;

/// Views of equal states have different names.
const StateTable* find(const Metadata& found, const engine::StateInfo& state) {
  const auto at = std::find_if(found.tables.begin(), found.tables.end(), [&](const StateTable& table) {
    return table.fingerprint == state.fingerprint && table.name == state.name;
  });
  return at == found.tables.end() ? nullptr : &*at;
}

/// What refers to the numbers of what is made anew is made anew with it.
void spread(const engine::PipelineInfo& pipeline, std::vector<bool>& missing) {
  for (bool has_changed = true; std::exchange(has_changed, false);) {
    for (const StateOrigin& origin : pipeline.state_origins) {
      if (origin.kind != Kind::kNumbersOf || !missing[origin.from] || missing[origin.state]) continue;
      missing[origin.state] = true;
      has_changed = true;
    }
  }
}

bool has_connector(const engine::InputInfo& input) {
  return std::any_of(input.options.begin(), input.options.end(),
                     [](const engine::Option& option) { return option.key == "connector"; });
}

/// The rows of a table that is filled by statements only are nowhere else.
bool is_lost(const Metadata& found, const engine::PipelineInfo& pipeline, const StateOrigin& origin) {
  if (origin.kind != Kind::kInput) return false;
  const engine::InputInfo& input = pipeline.inputs[origin.from];
  const std::string_view name = pipeline.states[origin.state].name;
  return input.kind == engine::InputKind::kTable && input.name == name && !has_connector(input) &&
         std::any_of(found.tables.begin(), found.tables.end(),
                     [&](const StateTable& table) { return table.name == name; });
}

}  // namespace

bool Plan::keeps_all() const {
  return std::none_of(missing.begin(), missing.end(), [](bool is_missing) { return is_missing; });
}

Plan plan(const Metadata& found, const engine::PipelineInfo& pipeline) {
  Plan plan;
  for (const engine::StateInfo& state : pipeline.states)
    plan.missing.push_back(find(found, state) == nullptr);
  spread(pipeline, plan.missing);
  std::set<uint32_t> kept;
  for (size_t i = 0; i < pipeline.states.size(); ++i) {
    plan.table_of_state.push_back(plan.missing[i] ? 0 : find(found, pipeline.states[i])->number);
    kept.insert(plan.table_of_state.back());
  }
  for (const StateTable& table : found.tables) {
    if (!kept.contains(table.number)) plan.dropped.push_back(table);
  }
  std::set<size_t> announced;
  std::set<size_t> replayed;
  for (const StateOrigin& origin : pipeline.state_origins) {
    if (!plan.missing[origin.state]) continue;
    if (origin.kind == Kind::kState && !plan.missing[origin.from]) announced.insert(origin.from);
    // What the directory has never read is read from its beginning anyway.
    if (origin.kind == Kind::kInput && found.positions.contains(pipeline.inputs[origin.from].name))
      replayed.insert(origin.from);
    if (is_lost(found, pipeline, origin)) plan.lost.push_back(origin.state);
  }
  plan.announced.assign(announced.begin(), announced.end());
  plan.replayed.assign(replayed.begin(), replayed.end());
  return plan;
}

std::string rebuilding(const Plan& plan, const engine::PipelineInfo& pipeline, size_t state) {
  std::vector<std::string> from;
  for (const StateOrigin& origin : pipeline.state_origins) {
    if (origin.state != state || origin.kind == Kind::kNumbersOf) continue;
    if (origin.kind == Kind::kState) {
      from.push_back(fmt::format("the rows of {}", pipeline.states[origin.from].name));
    } else if (std::count(plan.replayed.begin(), plan.replayed.end(), origin.from) != 0) {
      from.push_back(fmt::format("all that {} has held", pipeline.inputs[origin.from].name));
    } else {
      from.push_back(fmt::format("what comes from {}", pipeline.inputs[origin.from].name));
    }
  }
  return fmt::format("{}{}{}", pipeline.states[state].name, from.empty() ? "" : ": from ",
                     fmt::join(from, ", "));
}

}  // namespace sqlmill::rt::checkpoint
