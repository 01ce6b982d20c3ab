#include "runtime/main/system_libraries.h"

#include <fmt/format.h>
#include <link.h>

#include <algorithm>
#include <set>

namespace sqlmill::rt::main {

namespace {

/// The DT_NEEDED entries of the program, which is the first object that the loader lists.
int read_needed(dl_phdr_info* object, size_t, void* result) {
  auto& sonames = *static_cast<std::vector<std::string>*>(result);
  for (int i = 0; i < object->dlpi_phnum; ++i) {
    if (object->dlpi_phdr[i].p_type != PT_DYNAMIC) continue;
    const auto* dynamic =
        reinterpret_cast<const ElfW(Dyn)*>(object->dlpi_addr + object->dlpi_phdr[i].p_vaddr);
    ElfW(Addr) strings = 0;
    for (const auto* entry = dynamic; entry->d_tag != DT_NULL; ++entry) {
      if (entry->d_tag == DT_STRTAB) strings = entry->d_un.d_ptr;
    }
    if (strings == 0) continue;
    if (strings < object->dlpi_addr) strings += object->dlpi_addr;  // Not every loader relocates the entry.
    for (const auto* entry = dynamic; entry->d_tag != DT_NULL; ++entry) {
      if (entry->d_tag == DT_NEEDED)
        sonames.emplace_back(reinterpret_cast<const char*>(strings + entry->d_un.d_val));
    }
  }
  return 1;  // No further object.
}

}  // namespace

std::string debian_package(std::string_view soname) {
  const auto starts = [&](std::string_view prefix) { return soname.substr(0, prefix.size()) == prefix; };
  for (const std::string_view of_libc :
       {"libc.so", "libm.so", "libpthread.so", "libdl.so", "librt.so", "libresolv.so", "ld-linux"}) {
    if (starts(of_libc)) return "libc6";
  }
  const size_t so = soname.find(".so.");
  if (so == std::string_view::npos) return std::string(soname);
  std::string package(soname.substr(0, so));
  if (package == "libcrypto") package = "libssl";  // OpenSSL's two libraries are one package.
  const std::string_view version = soname.substr(so + 4);
  if (!package.empty() && package.back() >= '0' && package.back() <= '9') package += '-';
  package += version;
  std::replace(package.begin(), package.end(), '_', '-');
  return package;
}

std::vector<SystemLibrary> system_libraries() {
  std::vector<std::string> sonames;
  dl_iterate_phdr(read_needed, &sonames);
  std::vector<SystemLibrary> libraries;
  for (const std::string& soname : sonames) libraries.push_back({soname, debian_package(soname)});
  return libraries;
}

std::string version_text(const engine::PipelineInfo& pipeline) {
  std::string text =
      fmt::format("{}, compiled by SQLMill {}\n\nShared libraries, and their Debian packages:\n",
                  pipeline.name, pipeline.version);
  std::set<std::string> packages;
  for (const SystemLibrary& library : system_libraries()) {
    text += fmt::format("  {:<24} {}\n", library.soname, library.package);
    packages.insert(library.package);
  }
  text += fmt::format("\napt-get install {}", fmt::join(packages, " "));
  return text;
}

}  // namespace sqlmill::rt::main
