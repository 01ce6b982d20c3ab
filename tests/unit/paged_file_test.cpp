#if __has_include(<catch2/catch_test_macros.hpp>)
#include <catch2/catch_test_macros.hpp>
#else
#include <catch2/catch.hpp>
#endif

#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

#include "runtime/base/paged_file.h"

using sqlmill::rt::base::PagedFile;

namespace {

constexpr size_t kMiB = size_t{1} << 20;

std::string directory() {
  // Of the build, which lies on a disk; /tmp may not.
  return std::filesystem::current_path();
}

struct Resident {
  size_t all = 0;
  size_t of_files = 0;
};
Resident resident() {
  long total = 0;
  long all = 0;
  long of_files = 0;
  std::FILE* counts = std::fopen("/proc/self/statm", "r");
  const int read = std::fscanf(counts, "%ld %ld %ld", &total, &all, &of_files);
  std::fclose(counts);
  REQUIRE(read == 3);
  return {static_cast<size_t>(all) * PagedFile::kPageBytes,
          static_cast<size_t>(of_files) * PagedFile::kPageBytes};
}

void fill(char* piece, size_t bytes, uint64_t seed) {
  auto* words = reinterpret_cast<uint64_t*>(piece);
  for (size_t i = 0; i < bytes / sizeof(uint64_t); ++i) words[i] = seed + i * 0x9e3779b97f4a7c15ull;
}

bool is_filled(const char* piece, size_t bytes, uint64_t seed) {
  const auto* words = reinterpret_cast<const uint64_t*>(piece);
  for (size_t i = 0; i < bytes / sizeof(uint64_t); ++i) {
    if (words[i] != seed + i * 0x9e3779b97f4a7c15ull) return false;
  }
  return true;
}

bool is_zero(const char* piece, size_t bytes) {
  for (size_t i = 0; i < bytes; ++i) {
    if (piece[i] != 0) return false;
  }
  return true;
}

}  // namespace

TEST_CASE("pieces of a paged file keep what was written to them, and the limit is held") {
  // A quarter of the limit is left to the file, whatever else the program has.
  const size_t others = resident().all;
  const size_t limit = others / 3 * 4 + 32 * kMiB;
  const size_t count = (limit - others + 96 * kMiB) / (4 * kMiB);
  PagedFile file(directory(), limit);
  std::vector<char*> pieces;
  for (size_t i = 0; i < count; ++i) {
    pieces.push_back(file.allocate(4 * kMiB));
    fill(pieces.back(), 4 * kMiB, i);
  }
  for (size_t round = 0; round < 2; ++round) {
    for (size_t i = 0; i < count; ++i) REQUIRE(is_filled(pieces[i], 4 * kMiB, i));
  }
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  // The thread sanitizer has four bytes of its own for each that was written here. They count, too, and then
  // the quarter is all that the file may have.
  const auto is_held = [&] {
    const Resident now = resident();
    return now.all <= limit || (now.all - now.of_files > limit / 4 * 3 && now.of_files <= limit / 4);
  };
  while (!is_held() && std::chrono::steady_clock::now() < deadline) std::this_thread::yield();
  CHECK(is_held());
}

TEST_CASE("freed pieces of a paged file are zero when they are used again, also joined") {
  PagedFile file(directory(), size_t{1} << 40);
  char* first = file.allocate(2 * kMiB);
  char* second = file.allocate(kMiB + 1);
  char* third = file.allocate(3 * kMiB);
  char* last = file.allocate(kMiB);
  CHECK(second == first + 2 * kMiB);
  CHECK(third == second + kMiB + PagedFile::kPageBytes);
  fill(first, 2 * kMiB, 1);
  fill(second, kMiB, 2);
  fill(third, 3 * kMiB, 3);
  fill(last, kMiB, 4);
  SECTION("in one order") {
    file.free(first);
    file.free(third);
    file.free(second);
  }
  SECTION("in another") {
    file.free(second);
    file.free(third);
    file.free(first);
  }
  char* all = file.allocate(6 * kMiB);
  CHECK(all == first);
  CHECK(is_zero(all, 6 * kMiB));
  CHECK(is_filled(last, kMiB, 4));
  file.give_back(last, PagedFile::kPageBytes);
  CHECK(is_zero(last, PagedFile::kPageBytes));
  CHECK(file.owns(last));
  CHECK_FALSE(file.owns(&file));
}

TEST_CASE("what a paged file cannot have is an error that says so") {
  CHECK_THROWS_AS(PagedFile("/nowhere", 64 * kMiB), std::system_error);
  CHECK_THROWS_AS(PagedFile("/dev/shm", 64 * kMiB), std::system_error);
  PagedFile file(directory(), 64 * kMiB);
  CHECK_THROWS_AS(file.allocate(size_t{1} << 50), std::system_error);
}
