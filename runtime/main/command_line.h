// What the user typed, checked as far as it can be without looking at the pipeline's relations.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "runtime/engine/dataflow.h"
#include "runtime/pgwire/server_options.h"

namespace sqlmill::rt::main {

enum class Format : uint8_t { kTable, kCsv, kJson };

struct PrintOptions {
  std::vector<std::string> relations;  // `all` stands for all views.
  bool changes = false;
  Format format = Format::kTable;
};

/// RELATION=FILE of --input.
struct InputFile {
  std::string relation;
  std::string path;  // `-`: standard input.
};

/// HOST:PORT of an option.
struct Address {
  std::string host = "127.0.0.1";
  uint16_t port = 4566;
};

/// RELATION.OPTION=VALUE of --set, as typed: where the relation's name ends is known once the relations are.
using Setting = std::string;

struct RunCommand {
  size_t workers = 1;
  std::vector<Setting> settings;
  bool until_end = false;
  PrintOptions print;
  std::optional<pgwire::ServerOptions> server;  // Nothing: it does not listen.
  std::optional<Address> admin;                 // Of /ready and /metrics; nothing: there is none.
  std::string state;                            // The state directory; empty: none.
  std::string state_copy;                       // Where it is copied to; empty: nowhere.
  std::chrono::milliseconds state_copy_interval{10'000};
  std::chrono::milliseconds checkpoint_interval{1'000};
  size_t memory_limit_bytes = 0;  // 0: none.
  bool continues_on_data_loss = false;
  bool allows_partial_rebuild = false;
};

/// `state plan|inspect|verify|backup|restore`
struct StateCommand {
  enum class Action : uint8_t { kPlan, kInspect, kVerify, kBackup, kRestore } action;
  std::string directory;
  std::string other = {};  // Of kBackup where it goes, of kRestore where it comes from.
};

struct ReplayCommand {
  std::vector<InputFile> inputs;
  size_t epoch_rows = 1024;
  bool preload = false;  // Inputs are read into memory before the first epoch.
  size_t workers = 1;
  std::vector<Setting> settings;
  PrintOptions print;
  std::vector<std::string> queries;  // Run after the inputs, in order.
};

/// One statement to a pipeline that runs.
struct QueryCommand {
  Address address;
  std::string sql;
  Format format = Format::kTable;
};

/// psql.
struct ShellCommand {
  Address address;
};

struct SqlCommand {};

/// Nothing to do but to say something (--help, --version) or to complain (exit code 2).
struct Answer {
  std::string text;
  int exit_code;
};

using Command =
    std::variant<RunCommand, ReplayCommand, StateCommand, QueryCommand, ShellCommand, SqlCommand, Answer>;

Command parse_command_line(const engine::PipelineInfo& pipeline, int argc, const char* const* argv);

}  // namespace sqlmill::rt::main
