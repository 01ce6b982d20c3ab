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

bool is_numbered(const StateOrigin& origin) {
  return origin.kind == Kind::kNumbersOf || origin.kind == Kind::kFeederOf;
}

/// What refers to the numbers of what is made anew is made anew with it.
void spread(const engine::PipelineInfo& pipeline, std::vector<bool>& missing) {
  for (bool has_changed = true; std::exchange(has_changed, false);) {
    for (const StateOrigin& origin : pipeline.state_origins) {
      if (!is_numbered(origin) || !missing[origin.from] || missing[origin.state]) continue;
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

/// What is made anew, and from what.
void list(const Metadata& found, const engine::PipelineInfo& pipeline, Plan& plan) {
  std::set<size_t> announced;
  std::set<size_t> replayed;
  plan.lost.clear();
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
}

/// Which of what is made anew can be made while the rest is served. There sources are read a second time, by
/// what is not finished alone, and in their order; until it has caught up, it and the rest have nothing to do
/// with each other. So what reads something of the rest, too, is made before anything is served.
class Division {
 public:
  Division(const engine::PipelineInfo& pipeline, Plan& plan, const std::set<size_t>& before)
      : pipeline_(pipeline), plan_(plan) {
    plan.beside.clear();
    for (const size_t input : plan.replayed) {
      if (!before.contains(input)) plan.beside.push_back(input);
    }
    find_unfinished();
  }

  /// The inputs of what reads something of the rest.
  std::set<size_t> mixed() const {
    std::set<size_t> inputs;
    for (const StateOrigin& origin : pipeline_.state_origins) {
      if (plan_.unfinished[origin.state] && !is_numbered(origin) && !is_beside(origin.kind, origin.from))
        add_inputs(origin.state, inputs);
    }
    for (const engine::OutputOrigin& origin : pipeline_.output_origins) {
      if (!plan_.hidden[origin.output] || is_beside(origin.kind, origin.from)) continue;
      for (const engine::OutputOrigin& other : pipeline_.output_origins) {
        if (other.output == origin.output && other.kind == Kind::kState && plan_.unfinished[other.from])
          add_inputs(other.from, inputs);
      }
    }
    return inputs;
  }

  /// What is kept and reads what is not finished would miss changes: it is made anew as well.
  bool take_in_readers() {
    bool has_changed = false;
    for (const StateOrigin& origin : pipeline_.state_origins) {
      const bool reads = origin.kind == Kind::kState && plan_.unfinished[origin.from];
      const bool is_fed = origin.kind == Kind::kFeederOf && plan_.unfinished[origin.state];
      const size_t reader = is_fed ? origin.from : origin.state;
      if ((!reads && !is_fed) || plan_.missing[reader]) continue;
      plan_.missing[reader] = true;
      has_changed = true;
    }
    return has_changed;
  }

 private:
  bool is_beside(Kind kind, size_t from) const {
    return kind == Kind::kInput ? plan_.is_beside(from) : plan_.unfinished[from];
  }

  void find_unfinished() {
    plan_.unfinished.assign(pipeline_.states.size(), false);
    for (bool has_changed = true; std::exchange(has_changed, false);) {
      for (const StateOrigin& origin : pipeline_.state_origins) {
        if (is_numbered(origin) || !plan_.missing[origin.state] || plan_.unfinished[origin.state] ||
            !is_beside(origin.kind, origin.from))
          continue;
        plan_.unfinished[origin.state] = true;
        has_changed = true;
      }
    }
    plan_.hidden.assign(pipeline_.outputs.size(), false);
    for (const engine::OutputOrigin& origin : pipeline_.output_origins) {
      if (origin.kind == Kind::kState && plan_.unfinished[origin.from]) plan_.hidden[origin.output] = true;
    }
  }

  /// All that a state is made from in the end.
  void add_inputs(size_t state, std::set<size_t>& inputs) const {
    for (const StateOrigin& origin : pipeline_.state_origins) {
      if (origin.state != state || is_numbered(origin)) continue;
      if (origin.kind == Kind::kInput) inputs.insert(origin.from);
      if (origin.kind == Kind::kState && plan_.unfinished[origin.from]) add_inputs(origin.from, inputs);
    }
  }

  const engine::PipelineInfo& pipeline_;
  Plan& plan_;
};

void divide(const Metadata& found, const engine::PipelineInfo& pipeline, Plan& plan) {
  std::set<size_t> before;
  while (true) {
    list(found, pipeline, plan);
    Division division(pipeline, plan, before);
    std::set<size_t> mixed = division.mixed();
    if (!mixed.empty()) {
      before.merge(mixed);
    } else if (division.take_in_readers()) {
      spread(pipeline, plan.missing);
    } else {
      return;
    }
  }
}

}  // namespace

bool Plan::keeps_all() const {
  return std::none_of(missing.begin(), missing.end(), [](bool is_missing) { return is_missing; });
}

bool Plan::is_beside(size_t input) const {
  return std::find(beside.begin(), beside.end(), input) != beside.end();
}

Plan plan(const Metadata& found, const engine::PipelineInfo& pipeline) {
  Plan plan;
  for (const engine::StateInfo& state : pipeline.states)
    plan.missing.push_back(find(found, state) == nullptr);
  spread(pipeline, plan.missing);
  divide(found, pipeline, plan);
  std::set<uint32_t> kept;
  for (size_t i = 0; i < pipeline.states.size(); ++i) {
    plan.table_of_state.push_back(plan.missing[i] ? 0 : find(found, pipeline.states[i])->number);
    kept.insert(plan.table_of_state.back());
  }
  for (const StateTable& table : found.tables) {
    if (!kept.contains(table.number)) plan.dropped.push_back(table);
  }
  return plan;
}

std::string rebuilding(const Plan& plan, const engine::PipelineInfo& pipeline, size_t state) {
  std::vector<std::string> from;
  for (const StateOrigin& origin : pipeline.state_origins) {
    if (origin.state != state || is_numbered(origin)) continue;
    if (origin.kind == Kind::kState) {
      from.push_back(fmt::format("the rows of {}", pipeline.states[origin.from].name));
    } else if (std::count(plan.replayed.begin(), plan.replayed.end(), origin.from) != 0) {
      from.push_back(fmt::format("all that {} has held", pipeline.inputs[origin.from].name));
    } else {
      from.push_back(fmt::format("what comes from {}", pipeline.inputs[origin.from].name));
    }
  }
  return fmt::format("{}{}{}{}", pipeline.states[state].name, from.empty() ? "" : ": from ",
                     fmt::join(from, ", "), plan.unfinished[state] ? ", while the rest is served" : "");
}

}  // namespace sqlmill::rt::checkpoint
