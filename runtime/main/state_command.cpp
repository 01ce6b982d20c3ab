#include "runtime/main/state_command.h"

#include <fmt/format.h>
#include <unistd.h>

#include "runtime/checkpoint/state_directory.h"
#include "runtime/main/output_stream.h"
#include "runtime/main/summary.h"

namespace sqlmill::rt::main {

namespace {

using checkpoint::Metadata;
using checkpoint::StateDirectory;

struct Size {
  uint64_t entries = 0;
  uint64_t bytes = 0;
};

Size size_of(const StateDirectory& directory, uint32_t table) {
  std::string prefix;
  state::EntryKey::append_number(table, prefix);
  const std::unique_ptr<state::StoredEntries> entries = directory.entries();
  entries->seek(prefix);
  Size size;
  std::string_view key;
  std::string_view value;
  while (entries->next(key, value)) {
    ++size.entries;
    size.bytes += key.size() + value.size();
  }
  return size;
}

std::string inspect(const StateDirectory& directory) {
  const Metadata& found = *directory.found();
  std::string text = fmt::format(
      "pipeline     {} (SQLMill {})\ncheckpoint   {}\nepochs       {}\nincarnation  {}\nworkers      {}\n",
      found.pipeline, found.version, found.number, found.epochs, found.incarnation, found.workers);
  for (const uint64_t number : directory.kept()) text += fmt::format("kept         checkpoint {}\n", number);
  for (const auto& [input, offsets] : found.positions) {
    for (const auto& [partition, offset] : offsets)
      text += fmt::format("source       {}, partition {}: next offset {}\n", input, partition, offset);
  }
  for (const checkpoint::StateTable& table : found.tables) {
    const Size size = size_of(directory, table.number);
    text += fmt::format("state        {}: {} entries, {} bytes\n", table.name, grouped(size.entries),
                        grouped(size.bytes));
  }
  return text;
}

std::string plan_text(const StateDirectory& directory, const engine::PipelineInfo& pipeline) {
  const checkpoint::Plan plan = checkpoint::plan(*directory.found(), pipeline);
  std::string text;
  for (const std::string& name : plan.kept) text += fmt::format("kept     {}\n", name);
  for (const std::string& name : plan.missing)
    text += fmt::format("missing  {}: the directory has no state for it\n", name);
  for (const checkpoint::StateTable& table : plan.dropped) {
    // What sinks have still to write is no state of the pipeline's.
    if (!table.fingerprint.starts_with("outbox")) text += fmt::format("dropped  {}\n", table.name);
  }
  if (!plan.missing.empty()) text += "The program does not run on this directory.\n";
  return text;
}

}  // namespace

int look_at_state(const engine::PipelineInfo& pipeline, const StateCommand& command) {
  const StateDirectory directory(command.directory, checkpoint::Access::kLook);
  OutputStream out(STDOUT_FILENO);
  int exit_code = 0;
  if (!directory.found()) {
    out.write("there is no checkpoint yet\n");
  } else if (command.action == StateCommand::Action::kInspect) {
    out.write(inspect(directory));
  } else if (command.action == StateCommand::Action::kPlan) {
    out.write(plan_text(directory, pipeline));
    if (!checkpoint::plan(*directory.found(), pipeline).missing.empty()) exit_code = 1;
  } else {
    const std::string damage = directory.verify();
    out.write(damage.empty()
                  ? fmt::format("checkpoint {} is whole\n", directory.found()->number)
                  : fmt::format("checkpoint {} is damaged: {}\n", directory.found()->number, damage));
    if (!damage.empty()) exit_code = 1;
  }
  out.flush();
  return exit_code;
}

}  // namespace sqlmill::rt::main
