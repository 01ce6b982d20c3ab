// Dialogues of two clients with a server that have no socket between them: those that the protocol fuzzer
// begins with, and those by which it has found something.
#if __has_include(<catch2/catch_test_macros.hpp>)
#include <catch2/catch_test_macros.hpp>
#else
#include <catch2/catch.hpp>
#endif

#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "tests/fuzz/protocol/dialogue.h"
#include "tests/fuzz/protocol/server_room.h"

using namespace sqlmill::fuzz;

namespace {

std::string read(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

size_t hold_all(ServerRoom& room, const std::filesystem::path& folder) {
  size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    room.hold(Dialogue::read(read(entry.path())));
    ++count;
  }
  return count;
}

}  // namespace

TEST_CASE("dialogues are answered", "[pgwire]") {
  ServerRoom room(std::chrono::minutes(1));
  CHECK(hold_all(room, CORPUS) > 300);
  CHECK(room.answers() > 5'000);
  CHECK(room.rows() > 1'000);
}

TEST_CASE("any bytes are a dialogue", "[pgwire]") {
  Dialogue dialogue;
  dialogue.openings[1].bits = 3;
  dialogue.frames = {{1, 'Q', "select 1"}, {0, 'S', ""}};
  CHECK(Dialogue::read(dialogue.bytes()).bytes() == dialogue.bytes());
  CHECK(Dialogue::read("").frames.empty());
  CHECK(Dialogue::read("abQ").frames.empty());
  const Dialogue cut = Dialogue::read(dialogue.bytes().substr(0, 10));
  CHECK(cut.frames.size() == 1);
  CHECK(cut.frames[0].body == "sele");
  CHECK(Frame{0, 'S', ""}.bytes() == std::string("S\0\0\0\4", 5));
  CHECK(Frame{static_cast<uint8_t>(Frame::Head::kGigabyte) << 1, 'Q', "x"}.bytes() ==
        std::string("Q\x40\0\0\0x", 6));
}
