#include "runtime/main/command_line.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <string_view>
#include <utility>

#include "runtime/main/system_libraries.h"

namespace sqlmill::rt::main {

namespace {

using engine::PipelineInfo;

constexpr int kUsage = 2;
constexpr uint16_t kAdminPort = 9400;
constexpr size_t kMaxWorkers = 256;  // As many as there are shards.

/// An option's type name says what it takes; the validators' own descriptions would repeat it.
CLI::Validator between(size_t least, size_t most) {
  return CLI::Range(least, most).description("");
}

/// The options of --print as CLI11 fills them.
struct PrintArguments {
  std::vector<std::string> lists;
  bool changes = false;
  std::string format = "table";
};

std::string name_or(std::string_view name, std::string_view otherwise) {
  return std::string(name.empty() ? otherwise : name);
}

std::string example_input(const PipelineInfo& pipeline) {
  return name_or(pipeline.inputs.empty() ? "" : pipeline.inputs.front().name, "SOURCE");
}

std::string example_view(const PipelineInfo& pipeline) {
  for (const engine::OutputInfo& output : pipeline.outputs) {
    if (output.is_view) return std::string(output.name);
  }
  return "VIEW";
}

std::string names_of_pipeline(const PipelineInfo& pipeline) {
  std::string text;
  const auto append = [&](std::string_view heading, const std::vector<std::string_view>& names) {
    if (!names.empty()) text += fmt::format("  {:<9}{}\n", heading, fmt::join(names, ", "));
  };
  std::vector<std::string_view> sources, tables, views, sinks;
  for (const engine::InputInfo& input : pipeline.inputs) {
    (input.kind == engine::InputKind::kSource ? sources : tables).push_back(input.name);
  }
  for (const engine::OutputInfo& output : pipeline.outputs) {
    if (output.is_view) views.push_back(output.name);
  }
  for (const engine::SinkInfo& sink : pipeline.sinks) sinks.push_back(sink.name);
  append("Sources", sources);
  append("Tables", tables);
  append("Views", views);
  append("Sinks", sinks);
  return text;
}

std::string main_footer(const PipelineInfo& pipeline) {
  return fmt::format(
      R"(Examples:
  # Consume the sources, keep the views up to date and write the sinks, until Ctrl-C:
  {0} run

  # The same, but end when all that exists now is consumed, and show a view:
  {0} run --until-end --print {2}

  # Read a file of one record a line instead of the connector; show all views:
  {0} replay --input {1}=events.jsonl --print all

  # Watch a view change, epoch by epoch:
  {0} replay --input {1}=events.jsonl --epoch-rows 1 --print {2} --changes

`{0} run --help` and `{0} replay --help` say more.
Exit codes: 0 done, 1 something given is wrong, 2 usage, 3 a fault at run time.)",
      pipeline.name, example_input(pipeline), example_view(pipeline));
}

std::string run_footer(const PipelineInfo& pipeline) {
  return fmt::format(
      R"(Options of WITH (...) may be given anew for this run; `${{NAME}}` in a value is taken from the environment.
SIGINT or SIGTERM ends the run cleanly: the epoch is finished, sinks are flushed; a second one ends it at once.

Examples:
  {0} run
  {0} run --workers 4 --set {1}.properties.bootstrap.server=localhost:9092
  {0} run --set '{1}.properties.sasl.password=${{KAFKA_PASSWORD}}'
  {0} run --until-end --print all --format json

PostgreSQL clients connect to 127.0.0.1:4566 meanwhile; with --until-end only if --listen is given. Without passwords (--users)
only this machine may connect.
  {0} run --listen 0.0.0.0:4566 --users users.txt --tls-cert server.crt --tls-key server.key)",
      pipeline.name, example_input(pipeline));
}

std::string replay_footer(const PipelineInfo& pipeline) {
  return fmt::format(
      R"(First the INSERT, UPDATE and DELETE statements of the SQL file run, then the inputs are read, one after the other in
the order given (one relation may have several). Sources without an --input are empty: no connector is opened. An input
holds one record a line, in the encoding that its relation declares. The same inputs give the same output, whatever the
number of workers.

No sink is written. To see what a sink would get, print its changes: --print SINK --changes.

Views are printed in the order of their ORDER BY, others sorted by all columns. With --changes each epoch's net changes
are printed instead, as they happen: `weight` is how many times a row was added (or, if negative, removed). Several views
are told apart by a line with their name (table, csv) or a first member "relation" (json). --print sqlmill_errors shows
records that could not be processed, and why.

Examples:
  {0} replay --print all
  {0} replay --input {1}=events.jsonl --print {2}
  zcat events.jsonl.gz | {0} replay --input {1}=- --print {2} --format csv
  {0} replay --input {1}=monday.jsonl --input {1}=tuesday.jsonl --print {2},sqlmill_errors
  {0} replay --input {1}=events.jsonl --epoch-rows 1 --print {2} --changes)",
      pipeline.name, example_input(pipeline), example_view(pipeline));
}

std::string query_footer(const PipelineInfo& pipeline) {
  return fmt::format(
      R"(The user is $PGUSER or your own name, the password $PGPASSWORD. Any PostgreSQL client does the same, and more.

Examples:
  {0} query 'SELECT * FROM {1} LIMIT 10'
  {0} query --connect 127.0.0.1:4567 --format json 'SELECT count(*) FROM {1}'
  psql -h 127.0.0.1 -p 4566 -d dev -c 'SELECT * FROM {1}')",
      pipeline.name, example_view(pipeline));
}

void add_workers(CLI::App& command, size_t& workers) {
  command.add_option("--workers", workers, "Threads that share the state")
      ->type_name("N")
      ->check(between(1, kMaxWorkers))
      ->capture_default_str();
}

void add_settings(CLI::App& command, std::vector<Setting>& settings) {
  command.add_option("--set", settings, "An option of a relation's WITH (...), given anew; repeatable")
      ->type_name("RELATION.OPTION=VALUE")
      ->allow_extra_args(false);
}

void add_format(CLI::App& command, std::string& format) {
  command.add_option("--format", format, "table, csv or json")
      ->type_name("FORMAT")
      ->check(CLI::IsMember({"table", "csv", "json"}).description(""))
      ->capture_default_str();
}

CLI::Option* add_print(CLI::App& command, PrintArguments& print) {
  CLI::Option* option =
      command
          .add_option("--print", print.lists,
                      "What to print at the end: views, tables, sqlmill_errors; or all views")
          ->type_name("VIEW[,VIEW]|all")
          ->allow_extra_args(false);
  command.add_flag("--changes", print.changes, "Print each epoch's net changes instead")->needs(option);
  add_format(command, print.format);
  return option;
}

Format format_of(const std::string& name) {
  return name == "csv" ? Format::kCsv : name == "json" ? Format::kJson : Format::kTable;
}

PrintOptions print_options(const PrintArguments& arguments) {
  PrintOptions options;
  for (const std::string& list : arguments.lists) {
    for (size_t begin = 0; begin <= list.size();) {
      const size_t end = std::min(list.find(',', begin), list.size());
      if (end > begin) options.relations.push_back(list.substr(begin, end - begin));
      begin = end + 1;
    }
  }
  options.changes = arguments.changes;
  options.format = format_of(arguments.format);
  return options;
}

/// Units are powers of 1024. Throws CLI::ValidationError.
size_t memory_limit_of(const std::string& text) {
  constexpr size_t kLeast = size_t{64} << 20;
  std::string size = text;
  size_t bytes = 0;
  try {
    CLI::AsSizeValue(false)(size);  // Throws, or returns what is wrong; then it is no number yet.
  } catch (const CLI::ValidationError&) {
    size.clear();
  }
  if (std::from_chars(size.data(), size.data() + size.size(), bytes).ptr != size.data() + size.size() ||
      size.empty()) {
    throw CLI::ValidationError("--memory-limit",
                               fmt::format("{} is not a size; write one like 512MB or 4GB", text));
  }
  if (bytes < kLeast) {
    throw CLI::ValidationError(
        "--memory-limit",
        fmt::format("{} is too little for a program without state; give 64MB or more", text));
  }
  return bytes;
}

/// Up to an hour.
CLI::Option* add_interval(CLI::App& command, const char* name, std::chrono::milliseconds& interval,
                          const char* what) {
  return command
      .add_option_function<size_t>(
          name, [&interval](const size_t& ms) { interval = std::chrono::milliseconds(ms); }, what)
      ->type_name("MS")
      ->check(between(1, 3'600'000));
}

void add_state(CLI::App& command, RunCommand& run) {
  CLI::Option* state =
      command.add_option("--state", run.state, "Where the state is kept, so that the next run goes on")
          ->type_name("DIR");
  CLI::Option* copy =
      command
          .add_option("--state-copy", run.state_copy,
                      "Where checkpoints are copied to; an empty DIR begins with the newest copy")
          ->type_name("s3://BUCKET/PREFIX")
          ->needs(state);
  add_interval(command, "--state-copy-interval", run.state_copy_interval,
               "Milliseconds between two copies [10000]")
      ->needs(copy);
  add_interval(command, "--checkpoint-interval", run.checkpoint_interval,
               "Milliseconds between two checkpoints [1000]")
      ->needs(state);
  command
      .add_option_function<std::string>(
          "--on-data-loss",
          [&run](const std::string& policy) { run.continues_on_data_loss = policy == "continue"; },
          "If Kafka no longer has what comes behind the checkpoint: fail, or continue with what is left")
      ->type_name("POLICY")
      ->check(CLI::IsMember({"fail", "continue"}).description(""))
      ->needs(state);
  command
      .add_option_function<std::string>(
          "--memory-limit",
          [&run](const std::string& size) { run.memory_limit_bytes = memory_limit_of(size); },
          "How much of memory the program uses, like 4GB; state beyond it lies in the state directory")
      ->type_name("SIZE")
      ->needs(state);
  command
      .add_flag("--allow-partial-rebuild", run.allows_partial_rebuild,
                "Views that were changed may be made from what sources still have")
      ->needs(state);
}

/// `BIN state …`
struct StateApps {
  CLI::App* plan;
  CLI::App* inspect;
  CLI::App* verify;
  CLI::App* backup;
  CLI::App* restore;
  std::string directory;
  std::string other;
};
void add_state_command(CLI::App& app, StateApps& state) {
  CLI::App* command = app.add_subcommand("state", "Look at a state directory, or copy it");
  command->require_subcommand(1);
  const auto add = [&](const char* name, const char* what) {
    CLI::App* added = command->add_subcommand(name, what);
    added->add_option("--state", state.directory, "The state directory")->type_name("DIR")->required();
    return added;
  };
  state.plan = add("plan", "What of the state this program would keep, make anew and drop");
  state.inspect = add("inspect", "What the newest checkpoint holds");
  state.verify = add("verify", "Read all of it, and say whether it is whole");
  state.backup = add("backup", "Copy its newest checkpoint; of a directory in use, the newest that it keeps");
  state.backup->add_option("--to", state.other, "A new directory, or s3://BUCKET/PREFIX")
      ->type_name("DIR")
      ->required();
  state.restore = add("restore", "Make it from a copy");
  state.restore->add_option("--from", state.other, "What backup or --state-copy has made")
      ->type_name("DIR")
      ->required();
}

InputFile split_input(const std::string& text) {
  const size_t equals = text.find('=');
  if (equals == 0 || equals == std::string::npos || equals + 1 == text.size()) {
    throw CLI::ValidationError("--input", fmt::format("\"{}\" is not RELATION=FILE", text));
  }
  return {text.substr(0, equals), text.substr(equals + 1)};
}

/// `HOST:PORT`, `[::1]:4566`; a port or a host alone.
Address split_address(const std::string& option, const std::string& text, uint16_t port_otherwise = 4566) {
  Address address;
  address.port = port_otherwise;
  const size_t colon = text.rfind(':');
  const bool is_bare_v6 = colon != std::string::npos && text.find(':') != colon && !text.starts_with('[');
  std::string host = colon == std::string::npos || is_bare_v6 ? text : text.substr(0, colon);
  std::string port = colon == std::string::npos || is_bare_v6 ? "" : text.substr(colon + 1);
  if (colon == std::string::npos && text.find_first_not_of("0123456789") == std::string::npos)
    std::swap(host, port);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  if (!host.empty()) address.host = host;
  if (!port.empty()) {
    const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), address.port);
    if (error != std::errc() || end != port.data() + port.size())
      throw CLI::ValidationError(option, fmt::format("\"{}\" is not HOST:PORT", text));
  }
  return address;
}

/// The options of the port as CLI11 fills them.
struct ListenArguments {
  std::string listen;
  bool no_listen = false;
  pgwire::ServerOptions options;
  std::string password = "scram-sha-256";
};

void add_listen(CLI::App& command, ListenArguments& arguments) {
  CLI::Option* listen = command
                            .add_option("--listen", arguments.listen,
                                        "Where PostgreSQL clients connect; port 0 takes a free one")
                            ->type_name("HOST:PORT")
                            ->default_str("127.0.0.1:4566");
  command.add_flag("--no-listen", arguments.no_listen, "Do not listen")->excludes(listen);
  command
      .add_option("--users", arguments.options.users_file,
                  "Who may connect: a line each, name [password] [read-only]")
      ->type_name("FILE");
  command.add_option("--password-method", arguments.password, "scram-sha-256 or password")
      ->type_name("METHOD")
      ->check(CLI::IsMember({"scram-sha-256", "password"}).description(""))
      ->capture_default_str();
  CLI::Option* certificate =
      command.add_option("--tls-cert", arguments.options.certificate_file, "The certificate for TLS (PEM)")
          ->type_name("FILE");
  CLI::Option* key = command.add_option("--tls-key", arguments.options.key_file, "Its private key (PEM)")
                         ->type_name("FILE")
                         ->needs(certificate);
  certificate->needs(key);
  command
      .add_option_function<size_t>(
          "--changes-kept",
          [&arguments](const size_t& seconds) {
            arguments.options.changes.time = std::chrono::seconds(seconds);
          },
          "For how many seconds subscription cursors find a view's changes [600]")
      ->type_name("SECONDS")
      ->check(between(0, 1'000'000));
  command
      .add_option_function<size_t>(
          "--changes-memory",
          [&arguments](const size_t& mib) { arguments.options.changes.bytes = mib << 20; },
          "Memory for these changes of all views, in MiB [256]")
      ->type_name("MIB")
      ->check(between(1, 1'000'000));
}

/// A run that ends by itself listens only where that is asked for.
std::optional<pgwire::ServerOptions> server_options(const ListenArguments& arguments, bool until_end) {
  if (arguments.no_listen || (until_end && arguments.listen.empty())) return std::nullopt;
  pgwire::ServerOptions options = arguments.options;
  if (arguments.password == "password") options.password_method = pgwire::PasswordMethod::kCleartext;
  const Address address = split_address("--listen", arguments.listen);
  options.host = address.host;
  options.port = address.port;
  return options;
}

}  // namespace

Command parse_command_line(const PipelineInfo& pipeline, int argc, const char* const* argv) {
  CLI::App app(fmt::format("The streaming pipeline \"{}\", compiled by SQLMill {}.\n{}", pipeline.name,
                           pipeline.version, names_of_pipeline(pipeline)),
               std::string(pipeline.name));
  app.footer(main_footer(pipeline));
  app.get_formatter()->column_width(36);
  app.set_version_flag(
      "--version", [&] { return version_text(pipeline); },
      "Print the versions and the system libraries that this program needs");
  app.require_subcommand(0, 1);

  RunCommand run;
  PrintArguments run_print;
  CLI::App* run_app =
      app.add_subcommand("run", "Consume the sources, keep the views up to date, write the sinks");
  add_workers(*run_app, run.workers);
  add_settings(*run_app, run.settings);
  CLI::Option* until_end = run_app->add_flag("--until-end", run.until_end,
                                             "End when all that the sources held at the start is consumed");
  add_print(*run_app, run_print)->needs(until_end);
  add_state(*run_app, run);
  ListenArguments listen;
  add_listen(*run_app, listen);
  std::string admin;
  run_app->add_option("--admin", admin, "Where HTTP answers /ready and /metrics; port 0 takes a free one")
      ->type_name("HOST:PORT");
  run_app->footer(run_footer(pipeline));

  ReplayCommand replay;
  PrintArguments replay_print;
  std::vector<std::string> inputs;
  CLI::App* replay_app = app.add_subcommand("replay", "Run the pipeline over files, deterministically");
  replay_app
      ->add_option("--input", inputs,
                   "Records of a source or table, from a file or (-) standard input; repeatable")
      ->type_name("RELATION=FILE|-")
      ->allow_extra_args(false);
  replay_app->add_option("--epoch-rows", replay.epoch_rows, "Records an epoch")
      ->type_name("N")
      ->check(between(1, size_t{1} << 30))
      ->capture_default_str();
  replay_app->add_flag("--preload", replay.preload,
                       "Read the inputs into memory first: the summary's times are then without reading");
  add_workers(*replay_app, replay.workers);
  add_settings(*replay_app, replay.settings);
  add_print(*replay_app, replay_print);
  replay_app
      ->add_option("--query", replay.queries,
                   "A statement to run over the views and tables at the end; repeatable")
      ->type_name("SQL")
      ->allow_extra_args(false);
  replay_app->footer(replay_footer(pipeline));

  QueryCommand query;
  std::string connect;
  std::string query_format = "table";
  CLI::App* query_app =
      app.add_subcommand("query", "Run a statement over a pipeline that runs, and print its rows");
  query_app->add_option("--connect", connect, "Where the pipeline listens")
      ->type_name("HOST:PORT")
      ->default_str("127.0.0.1:4566");
  add_format(*query_app, query_format);
  query_app->add_option("sql", query.sql, "The statement")->type_name("SQL")->required();
  query_app->footer(query_footer(pipeline));

  ShellCommand shell;
  CLI::App* shell_app = app.add_subcommand("shell", "Start psql, connected to a pipeline that runs");
  shell_app->add_option("--connect", connect, "Where the pipeline listens")
      ->type_name("HOST:PORT")
      ->default_str("127.0.0.1:4566");

  StateApps state_apps{};
  add_state_command(app, state_apps);

  CLI::App* sql_app = app.add_subcommand("sql", "Print the SQL that this program was compiled from");

  try {
    app.parse(argc, argv);
    run.print = print_options(run_print);
    replay.print = print_options(replay_print);
    run.server = server_options(listen, run.until_end);
    if (!admin.empty()) run.admin = split_address("--admin", admin, kAdminPort);
    query.address = shell.address = split_address("--connect", connect);
    query.format = format_of(query_format);
    for (const std::string& input : inputs) replay.inputs.push_back(split_input(input));
  } catch (const CLI::CallForVersion& version) {
    return Answer{std::string(version.what()) + "\n", 0};
  } catch (const CLI::Success&) {
    // --help, of the subcommand that it was given to.
    const std::vector<CLI::App*> chosen = app.get_subcommands();
    return Answer{chosen.empty() ? app.help() : chosen.front()->help(app.get_name()), 0};
  } catch (const CLI::ParseError& error) {
    return Answer{fmt::format("error: {}\n`{} --help` shows what there is.\n", error.what(), pipeline.name),
                  kUsage};
  }
  if (run_app->parsed()) return run;
  if (replay_app->parsed()) return replay;
  using Action = StateCommand::Action;
  if (state_apps.plan->parsed()) return StateCommand{Action::kPlan, state_apps.directory};
  if (state_apps.inspect->parsed()) return StateCommand{Action::kInspect, state_apps.directory};
  if (state_apps.verify->parsed()) return StateCommand{Action::kVerify, state_apps.directory};
  if (state_apps.backup->parsed())
    return StateCommand{Action::kBackup, state_apps.directory, state_apps.other};
  if (state_apps.restore->parsed())
    return StateCommand{Action::kRestore, state_apps.directory, state_apps.other};
  if (query_app->parsed()) return query;
  if (shell_app->parsed()) return shell;
  if (sql_app->parsed()) return SqlCommand{};
  return Answer{app.help(), kUsage};
}

}  // namespace sqlmill::rt::main
