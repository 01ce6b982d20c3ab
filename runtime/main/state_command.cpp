#include "runtime/main/state_command.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

#include "runtime/checkpoint/backup.h"
#include "runtime/checkpoint/plan.h"
#include "runtime/checkpoint/state_directory.h"
#include "runtime/main/output_stream.h"
#include "runtime/main/summary.h"
#include "runtime/object_store/place.h"

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

std::string plan_text(const checkpoint::Plan& plan, const engine::PipelineInfo& pipeline) {
  std::string text;
  for (size_t i = 0; i < pipeline.states.size(); ++i) {
    if (std::count(plan.lost.begin(), plan.lost.end(), i) != 0) {
      text += fmt::format("lost     {}: its rows are nowhere else\n", pipeline.states[i].name);
    } else if (plan.missing[i]) {
      text += fmt::format("rebuilt  {}\n", rebuilding(plan, pipeline, i));
    } else {
      text += fmt::format("kept     {}\n", pipeline.states[i].name);
    }
  }
  for (const checkpoint::StateTable& table : plan.dropped) {
    // What sinks have still to write is no state of the pipeline's.
    if (!table.fingerprint.starts_with("outbox")) text += fmt::format("dropped  {}\n", table.name);
  }
  if (!plan.lost.empty()) text += "The program does so with --allow-partial-rebuild only.\n";
  return text;
}

int copy(const engine::PipelineInfo& pipeline, const std::string& from, const std::string& to) {
  const checkpoint::Copied copied = object_store::is_place(to) ? checkpoint::copy_to_store(from, to)
                                    : object_store::is_place(from)
                                        ? checkpoint::copy_from_store(std::string(pipeline.name), from, to)
                                        : checkpoint::copy_directory(from, to);
  OutputStream out(STDOUT_FILENO);
  out.write(fmt::format("checkpoint {} of {} is in {}, and whole{}\n", copied.checkpoint, from, to,
                        copied.is_newest ? "" : "; a program runs on the directory, and is ahead of it"));
  out.flush();
  return 0;
}

}  // namespace

int look_at_state(const engine::PipelineInfo& pipeline, const StateCommand& command) {
  using Action = StateCommand::Action;
  if (command.action == Action::kBackup) return copy(pipeline, command.directory, command.other);
  if (command.action == Action::kRestore) return copy(pipeline, command.other, command.directory);
  const StateDirectory directory(command.directory, checkpoint::Access::kLook);
  OutputStream out(STDOUT_FILENO);
  int exit_code = 0;
  if (!directory.found()) {
    out.write("there is no checkpoint yet\n");
  } else if (command.action == Action::kInspect) {
    out.write(inspect(directory));
  } else if (command.action == Action::kPlan) {
    const checkpoint::Plan plan = checkpoint::plan(*directory.found(), pipeline);
    out.write(plan_text(plan, pipeline));
    if (!plan.lost.empty()) exit_code = 1;
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
