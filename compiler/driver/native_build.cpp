#include "compiler/driver/native_build.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <thread>

#include "compiler/driver/build_cache.h"
#include "compiler/driver/process.h"

namespace sqlmill::driver {

namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

void write_file(const fs::path& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary);
  file << text;
  file.close();
  if (!file) throw BuildError{fmt::format("cannot write {}: {}", path.string(), std::strerror(errno))};
}

/// The signal that ended the compiler, or 0. g++ only starts the programs that do the work; when one of them
/// is killed, it ends with an ordinary exit code and a line of output.
int killed_by(const Finished& finished) {
  if (finished.exit_code < 0) return -finished.exit_code;
  for (int signal = 1; signal < 32; ++signal) {
    const std::string name = strsignal(signal);
    for (const std::string& line : {fmt::format("{} signal terminated program", name),
                                    fmt::format("terminated with signal {} [{}", signal, name)}) {
      if (finished.output.find(line) != std::string::npos) return signal;
    }
  }
  return 0;
}

/// What the C++ compiler gets: a file each, so that only what has changed is compiled again. A fast build
/// joins them, in their order, to one for each core: reading the headers and instantiating what all files
/// need takes longer there than the files' own code, and the wiring changes with every edit anyway. Long
/// pipelines have more, so that none needs much memory.
std::vector<codegen::File> units_of(const std::vector<codegen::File>& files, bool fast) {
  constexpr size_t kJoinedBytesMax = 96 << 10;
  std::vector<codegen::File> units;
  size_t bytes = 0;
  for (const codegen::File& file : files) {
    if (!file.name.ends_with(".cpp")) continue;
    bytes += file.text.size();
    units.push_back(file);
  }
  if (!fast) return units;
  const size_t count =
      std::max<size_t>(std::max(1u, std::thread::hardware_concurrency()), bytes / kJoinedBytesMax + 1);
  std::vector<codegen::File> joined;
  size_t done = 0;
  for (codegen::File& unit : units) {
    // Into the part of the whole in which its middle lies.
    const size_t part = (done + unit.text.size() / 2) * count / std::max<size_t>(bytes, 1);
    done += unit.text.size();
    const std::string name = fmt::format("part_{}.cpp", part + 1);
    if (joined.empty() || joined.back().name != name) joined.push_back({name, ""});
    joined.back().text += fmt::format("#line 1 \"{}\"\n{}", unit.name, unit.text);
  }
  return joined;
}

/// A build in a folder of its own below the cache, so that two at the same time do not meet. What is finished
/// is renamed into its place.
class Build {
 public:
  Build(const std::vector<codegen::File>& files, const BuildOptions& options, std::vector<StageTime>& times);
  ~Build() {
    std::error_code ignored;
    fs::remove_all(work_, ignored);
  }

  /// The binary in the cache.
  fs::path run();
  /// Behind the last use of what run() gave.
  void trim_cache() {
    if (has_added_) cache_.trim();
  }

 private:
  std::vector<std::string> compile_flags() const;
  std::string object_key(const codegen::File& file) const;
  fs::path object_place(const codegen::File& file) const {
    return cache_.place("objects", object_key(file) + ".o");
  }
  fs::path precompiled_header();
  void compile_missing(const std::vector<const codegen::File*>& units);
  void link(const fs::path& binary);
  void progress(const std::string& text) const;
  void check(const Finished& finished, const std::string& what) const;

  const std::vector<codegen::File>& files_;
  const std::vector<codegen::File> units_;
  const BuildOptions& options_;
  std::vector<StageTime>& times_;
  Toolchain toolchain_;
  BuildCache cache_;
  fs::path work_;
  bool has_added_ = false;
};

Build::Build(const std::vector<codegen::File>& files, const BuildOptions& options,
             std::vector<StageTime>& times)
    : files_(files),
      units_(units_of(files, options.fast)),
      options_(options),
      times_(times),
      toolchain_(find_toolchain()) {
  std::string work = cache_.place("work", "XXXXXX").string();
  if (!mkdtemp(work.data()))
    throw BuildError{fmt::format("cannot write to {}: {}", cache_.folder().string(), std::strerror(errno))};
  work_ = work;
}

void Build::progress(const std::string& text) const {
  if (options_.quiet || !isatty(STDERR_FILENO)) return;
  std::fprintf(stderr, "\r\033[K%s", text.c_str());
  std::fflush(stderr);
}

std::vector<std::string> Build::compile_flags() const {
  std::vector<std::string> flags = toolchain_.flags;
  flags.push_back(options_.fast ? "-Og" : fmt::format("-O{}", options_.optimization));
  if (options_.native) flags.push_back("-march=native");
  flags.push_back("-I" + toolchain_.include);
  return flags;
}

void Build::check(const Finished& finished, const std::string& what) const {
  if (finished.exit_code == 0) return;
  progress("");
  const int signal = killed_by(finished);
  if (signal == SIGKILL || (signal != 0 && finished.output.empty())) {
    throw BuildError{fmt::format("{} failed: the C++ compiler was killed by signal {}{}", what, signal,
                                 signal == SIGKILL ? " (out of memory?)" : "")};
  }
  const fs::path log = cache_.folder() / "last-failure.log";
  write_file(log, finished.output);
  if (signal != 0) {
    throw BuildError{fmt::format("{} failed: the C++ compiler was killed by signal {}. What it said is in {}",
                                 what, signal, log.string())};
  }
  throw BuildError{
      fmt::format("{} failed; this is a fault of SQLMill or of the machine (memory, disk), not of the SQL. "
                  "What the C++ compiler said is in {}",
                  what, log.string())};
}

fs::path Build::precompiled_header() {
  std::string key = toolchain_.identity;
  for (const std::string& flag : compile_flags()) key += flag + "\n";
  const fs::path folder = cache_.place("headers", content_hash(key));
  const fs::path header = folder / "pipeline_precompiled.h";
  if (fs::exists(folder / "pipeline_precompiled.h.gch") && cache_.use(folder)) return header;
  const auto start = Clock::now();
  if (!options_.quiet) progress("precompiling the runtime's headers (once for these flags) ...");
  const fs::path made = work_ / "header";
  fs::create_directory(made);
  write_file(made / "pipeline_precompiled.h", "#include \"runtime/pipeline.h\"\n");
  std::vector<std::string> command = {toolchain_.compiler};
  for (const std::string& flag : compile_flags()) command.push_back(flag);
  for (const char* word : {"-x", "c++-header", "-o"}) command.emplace_back(word);
  command.push_back((made / "pipeline_precompiled.h.gch").string());
  command.push_back((made / "pipeline_precompiled.h").string());
  run_all({command}, 1, [&](const Finished& f) { check(f, "precompiling the runtime's headers"); });
  std::error_code error;
  fs::rename(made, folder, error);  // Another build may have been faster: then its header serves.
  times_.push_back({"precompile runtime headers (once)", seconds_since(start)});
  return header;
}

std::string Build::object_key(const codegen::File& file) const {
  // A unit sees its own header and those of its producers; all headers together are a safe and cheap
  // stand-in.
  std::string key = toolchain_.identity + file.name + file.text;
  for (const codegen::File& f : files_) {
    if (f.name.ends_with(".h")) key += f.name + f.text;
  }
  for (const std::string& flag : compile_flags()) key += flag + "\n";
  return content_hash(key);
}

void Build::compile_missing(const std::vector<const codegen::File*>& units) {
  const fs::path header = precompiled_header();
  const auto start = Clock::now();
  for (const codegen::File& file : files_) {
    if (!file.name.ends_with(".cpp")) write_file(work_ / file.name, file.text);
  }
  for (const codegen::File* unit : units) write_file(work_ / unit->name, unit->text);
  std::vector<std::vector<std::string>> commands;
  for (const codegen::File* unit : units) {
    std::vector<std::string> command = {toolchain_.compiler};
    for (const std::string& flag : compile_flags()) command.push_back(flag);
    for (const std::string& word : {std::string("-include"), header.string(), std::string("-Winvalid-pch"),
                                    "-I" + work_.string(), std::string("-c"), (work_ / unit->name).string(),
                                    std::string("-o"), (work_ / (unit->name + ".o")).string()}) {
      command.push_back(word);
    }
    commands.push_back(std::move(command));
  }
  size_t done = 0;
  progress(fmt::format("compiling: 0 of {} files ...", units.size()));
  run_all(commands, std::max(1u, std::thread::hardware_concurrency()), [&](const Finished& f) {
    check(f, fmt::format("compiling {}", units[f.index]->name));
    const codegen::File& unit = *units[f.index];
    fs::rename(work_ / (unit.name + ".o"), object_place(unit));
    progress(fmt::format("compiling: {} of {} files ...", ++done, units.size()));
  });
  times_.push_back({fmt::format("compile {} of the C++ files", units.size()), seconds_since(start)});
}

void Build::link(const fs::path& binary) {
  const auto start = Clock::now();
  progress("linking ...");
  std::vector<std::string> command = {toolchain_.compiler};
  for (const codegen::File& unit : units_) command.push_back(object_place(unit).string());
  command.push_back("-o");
  command.push_back((work_ / "binary").string());
  for (const std::string& library : toolchain_.libraries) command.push_back(library);
  run_all({command}, 1, [&](const Finished& f) { check(f, "linking"); });
  fs::rename(work_ / "binary", binary);
  times_.push_back({"link", seconds_since(start)});
}

fs::path Build::run() {
  std::string all;
  std::vector<const codegen::File*> missing;
  for (const codegen::File& unit : units_) {
    const std::string key = object_key(unit);
    all += key;
    if (!cache_.use(cache_.place("objects", key + ".o"))) missing.push_back(&unit);
  }
  const fs::path binary = cache_.place("binaries", content_hash(all));
  if (cache_.use(binary)) return binary;
  has_added_ = true;
  // The longest first, so that the last one does not run alone.
  std::sort(missing.begin(), missing.end(),
            [](const auto* a, const auto* b) { return a->text.size() > b->text.size(); });
  if (!missing.empty()) compile_missing(missing);
  link(binary);
  progress("");
  return binary;
}

}  // namespace

namespace {

/// Builds, and lets `take` have the binary before the cache may lose it.
template <class Take>
void build_and_take(const std::vector<codegen::File>& files, const BuildOptions& options,
                    std::vector<StageTime>& times, Take take) {
  try {
    Build build(files, options, times);
    take(build.run());
    build.trim_cache();
  } catch (const std::runtime_error& error) {  // Of std::filesystem, and of starting a process.
    throw BuildError{error.what()};
  }
}

}  // namespace

std::string cached_binary(const std::vector<codegen::File>& files, const BuildOptions& options,
                          std::vector<StageTime>& times) {
  std::string binary;
  build_and_take(files, options, times, [&](const fs::path& built) { binary = built.string(); });
  return binary;
}

void build_binary(const std::vector<codegen::File>& files, const BuildOptions& options,
                  const std::string& output, std::vector<StageTime>& times) {
  const fs::path target(output);
  const fs::path temporary = target.string() + ".tmp";
  if (fs::is_directory(target))
    throw BuildError{fmt::format("{} is a directory: give the name of the binary", output)};
  // The binary takes the place of what is there, which must not be a device or a pipe.
  if (fs::exists(target) && !fs::is_regular_file(target))
    throw BuildError{fmt::format("{} is not a regular file: give the name of the binary", output)};
  build_and_take(files, options, times, [&](const fs::path& binary) {
    std::error_code error;
    fs::copy_file(binary, temporary, fs::copy_options::overwrite_existing, error);
    if (!error) fs::rename(temporary, target, error);
    if (error) {
      std::error_code ignored;
      fs::remove(temporary, ignored);
      throw BuildError{fmt::format("cannot write {}: {}", output, error.message())};
    }
  });
}

}  // namespace sqlmill::driver
