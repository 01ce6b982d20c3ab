// The command line of the compiler.
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>

#include "compiler/driver/explain.h"
#include "compiler/driver/native_build.h"
#include "compiler/driver/stages.h"

namespace {

using namespace sqlmill;

constexpr int kOk = 0;
constexpr int kUserError = 1;
constexpr int kUsageError = 2;
constexpr int kFault = 3;

struct Arguments {
  std::string file;
  std::string format = "text";
  std::string view;
  std::string stage = "dataflow";
  std::string query;
  std::string output;
  std::string keep;
  driver::BuildOptions build;
  bool timings = false;
  std::vector<std::string> rest;
};

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

void print_diagnostics(const driver::Compilation& c) {
  const std::string text =
      diag::render_text(driver::shown_source(c), driver::shown_diagnostics(c), {isatty(STDERR_FILENO) != 0});
  std::fputs(text.c_str(), stderr);
}

/// The compilation of args.file; null after printing its errors.
std::unique_ptr<driver::Compilation> compile_or_report(const Arguments& args) {
  auto c = driver::compile(args.file);
  print_diagnostics(*c);
  if (!c->diagnostics.has_errors()) return c;
  std::fprintf(stderr, "%zu error%s in %s\n", c->diagnostics.error_count(),
               c->diagnostics.error_count() == 1 ? "" : "s", c->source->name().c_str());
  return nullptr;
}

int check(const Arguments& args) {
  const auto c = driver::compile(args.file);
  if (args.format == "json") {
    std::puts(diag::render_json(*c->source, driver::shown_diagnostics(*c)).c_str());
  } else {
    print_diagnostics(*c);
    if (!c->diagnostics.has_errors())
      std::printf("%s: ok, %s\n", c->source->name().c_str(), driver::summary(*c).c_str());
  }
  return c->diagnostics.has_errors() ? kUserError : kOk;
}

int explain(const Arguments& args) {
  if (args.format != "text" && args.stage != "dataflow") {
    std::fprintf(stderr, "error: --format %s is for --stage dataflow only; --stage %s is text\n",
                 args.format.c_str(), args.stage.c_str());
    return kUsageError;
  }
  const auto c = compile_or_report(args);
  if (!c) return kUserError;
  if (!args.query.empty()) {
    bool ok = false;
    const std::string text = driver::explain_query(*c, args.query, ok);
    (ok ? std::cout : std::cerr) << text;
    return ok ? kOk : kUserError;
  }
  std::cout << driver::explain(*c, args.stage, args.format, args.view);
  return kOk;
}

void write_files(const std::vector<codegen::File>& files, const std::string& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) throw driver::BuildError{fmt::format("cannot create {}: {}", folder, error.message())};
  for (const codegen::File& file : files) {
    std::ofstream out(std::filesystem::path(folder) / file.name, std::ios::binary);
    out << file.text;
    out.close();
    if (!out)
      throw driver::BuildError{
          fmt::format("cannot write {}/{}: {}", folder, file.name, std::strerror(errno))};
  }
}

int generate(const Arguments& args) {
  const auto c = compile_or_report(args);
  if (!c) return kUserError;
  const std::vector<codegen::File> files = driver::generate(*c);
  write_files(files, args.output);
  for (const codegen::File& file : files) std::printf("%s/%s\n", args.output.c_str(), file.name.c_str());
  return kOk;
}

int build(const Arguments& args) {
  const auto start = std::chrono::steady_clock::now();
  std::vector<driver::StageTime> times;
  const auto c = compile_or_report(args);
  if (!c) return kUserError;
  const std::vector<codegen::File> files = driver::generate(*c);
  times.push_back({"SQL to C++", seconds_since(start)});
  if (!args.keep.empty()) write_files(files, args.keep);
  driver::build_binary(files, args.build, args.output, times);
  if (args.timings) {
    for (const driver::StageTime& t : times) std::fprintf(stderr, "%8.3f s  %s\n", t.seconds, t.name.c_str());
  }
  std::fprintf(stderr, "built %s in %.2f s\n", args.output.c_str(), seconds_since(start));
  return kOk;
}

int run(const Arguments& args) {
  std::vector<driver::StageTime> times;
  const auto c = compile_or_report(args);
  if (!c) return kUserError;
  const std::string binary = driver::cached_binary(driver::generate(*c), args.build, times);
  std::vector<std::string> words = {driver::pipeline_name(*c)};
  words.insert(words.end(), args.rest.begin(), args.rest.end());
  if (args.rest.empty()) words.emplace_back("run");
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  execv(binary.c_str(), argv.data());
  throw driver::BuildError{fmt::format("cannot start {}: {}", binary, std::strerror(errno))};
}

void add_build_options(CLI::App& command, Arguments& args) {
  command.add_option("-O", args.build.optimization, "Optimization level of the C++ compiler")
      ->check(CLI::Range(0, 3))
      ->capture_default_str();
  command.add_flag("--native", args.build.native, "For the CPU of this machine only");
  command.add_flag("--fast", args.build.fast, "Compile quickly, run slower: for trying things out");
}

using Command = int (*)(const Arguments&);

/// Declares the subcommands; the one that was given ends up in `command`.
void declare(CLI::App& app, Arguments& args, Command& command) {
  const auto file = [&](CLI::App* sub) {
    sub->add_option("FILE.sql", args.file, "The pipeline; - is standard input")->required();
  };

  CLI::App* sub = app.add_subcommand("check", "Report all errors of a file");
  file(sub);
  sub->add_option("--format", args.format, "text or json")->check(CLI::IsMember({"text", "json"}));
  sub->footer("Exit code 0: no errors. 1: errors. 2: wrong usage.\nExample: sqlmill check clickstream.sql");
  sub->callback([&] { command = check; });

  sub = app.add_subcommand("explain", "Show what a file becomes");
  file(sub);
  sub->add_option("VIEW", args.view, "Only this view or sink");
  sub->add_option("--stage", args.stage, "ast, plan, dataflow or cpp")
      ->check(CLI::IsMember({"ast", "plan", "dataflow", "cpp"}))
      ->capture_default_str();
  sub->add_option("--format", args.format, "text, dot or json (dot and json: of the dataflow)")
      ->check(CLI::IsMember({"text", "dot", "json"}));
  sub->add_option("--query", args.query, "Instead: the plan of this statement over the file's relations");
  sub->footer(
      "Example: sqlmill explain clickstream.sql click_mv_page_traffic\n         sqlmill explain "
      "clickstream.sql --format dot | dot -Tsvg > flow.svg");
  sub->callback([&] { command = explain; });

  sub = app.add_subcommand("generate", "Write the C++ of a file into a folder");
  file(sub);
  sub->add_option("-o", args.output, "The folder")->required();
  sub->footer("Example: sqlmill generate clickstream.sql -o clickstream_cpp");
  sub->callback([&] { command = generate; });

  sub = app.add_subcommand("build", "Compile a file into a binary");
  file(sub);
  sub->add_option("-o", args.output, "The binary")->required();
  sub->add_option("--keep", args.keep, "Also leave the generated C++ in this folder");
  add_build_options(*sub, args);
  sub->add_flag("--timings", args.timings, "Show how long each step took");
  sub->footer("Example: sqlmill build clickstream.sql -o clickstream && ./clickstream --help");
  sub->callback([&] { command = build; });

  sub = app.add_subcommand("run", "Build a file into the cache and start it");
  file(sub);
  add_build_options(*sub, args);
  sub->add_option("ARGS", args.rest, "Arguments of the binary, behind --; without any: run");
  sub->footer(
      "Example: sqlmill run clickstream.sql -- replay --input click_events=events.ndjson --print all");
  sub->callback([&] { command = run; });
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"SQLMill compiles streaming SQL into one C++ binary for each pipeline.", "sqlmill"};
  app.set_version_flag("--version", std::string("sqlmill ") + SQLMILL_VERSION);
  app.require_subcommand(1);
  Arguments args;
  Command command = nullptr;
  declare(app, args, command);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kOk : kUsageError;
  }
  try {
    return command(args);
  } catch (const driver::FileError& error) {
    std::fprintf(stderr, "error: %s\n", error.message.c_str());
    return kUserError;
  } catch (const driver::BuildError& error) {
    std::fprintf(stderr, "error: %s\n", error.message.c_str());
    return kFault;
  }
}
