#include "compiler/driver/toolchain.h"

#include <fmt/format.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace sqlmill::driver {

namespace {

namespace fs = std::filesystem;

std::string read(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string absolute(const fs::path& folder, const std::string& path) {
  return (folder / path).lexically_normal().string();
}

std::string stamp(const std::string& file) {
  std::error_code error;
  const auto time = fs::last_write_time(file, error);
  if (error) return file;
  return fmt::format("{} {} {}", file, fs::file_size(file, error), time.time_since_epoch().count());
}

std::string identity_of(const Toolchain& toolchain) {
  std::vector<fs::path> headers;
  for (const auto& entry : fs::recursive_directory_iterator(fs::path(toolchain.include) / "runtime")) {
    const std::string extension = entry.path().extension().string();
    if (extension == ".h" || extension == ".def") headers.push_back(entry.path());
  }
  std::sort(headers.begin(), headers.end());
  std::string all = stamp(fs::canonical(toolchain.compiler).string());
  for (const fs::path& header : headers) all += header.string() + read(header);
  for (const std::string& library : toolchain.libraries) all += stamp(library);
  for (const std::string& flag : toolchain.flags) all += flag + "\n";
  return content_hash(all);
}

}  // namespace

std::string content_hash(const std::string& bytes) {
  const XXH128_hash_t h = XXH3_128bits(bytes.data(), bytes.size());
  return fmt::format("{:016x}{:016x}", h.high64, h.low64);
}

Toolchain find_toolchain() {
  const fs::path executable = fs::read_symlink("/proc/self/exe");
  const fs::path folder = executable.parent_path().parent_path() / "lib" / "sqlmill";
  const fs::path path = folder / "toolchain.conf";
  std::ifstream file(path);
  if (!file)
    throw BuildError{
        fmt::format("cannot read {}: SQLMill is not built or installed completely", path.string())};
  Toolchain toolchain;
  std::string line;
  while (std::getline(file, line)) {
    const size_t equals = line.find('=');
    if (line.empty() || line[0] == '#' || equals == std::string::npos) continue;
    const std::string key = line.substr(0, equals);
    const std::string value = line.substr(equals + 1);
    if (key == "compiler") toolchain.compiler = value;
    if (key == "flag") toolchain.flags.push_back(value);
    if (key == "include") toolchain.include = absolute(folder, value);
    if (key == "library")
      toolchain.libraries.push_back(value.starts_with("-") ? value : absolute(folder, value));
  }
  if (!fs::exists(toolchain.compiler)) {
    throw BuildError{
        fmt::format("the C++ compiler {} is not there: apt-get install g++", toolchain.compiler)};
  }
  toolchain.identity = identity_of(toolchain);
  return toolchain;
}

}  // namespace sqlmill::driver
