// libFuzzer's entry points: dialogues are changed frame by frame, so that most of them stay what a server
// takes for messages.
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <random>
#include <string>

#include "tests/fuzz/protocol/dialogue.h"
#include "tests/fuzz/protocol/server_room.h"

using sqlmill::fuzz::Dialogue;
using sqlmill::fuzz::Frame;
using sqlmill::fuzz::ServerRoom;

extern "C" size_t LLVMFuzzerMutate(uint8_t* data, size_t size, size_t max_size);

namespace {

/// Much less than libFuzzer's -timeout: a statement that cannot be cancelled is a hang.
constexpr std::chrono::milliseconds kPatience(200);
constexpr size_t kMaxFrames = 32;
constexpr size_t kMaxBody = 2048;

/// What a client sends between the messages that have text.
const Frame kUsual[] = {
    {0, 'S', ""},
    {0, 'H', ""},
    {0, 'B', std::string(8, '\0')},
    {0, 'E', std::string(5, '\0')},
    {0, 'E', std::string("\0\0\0\0\2", 5)},
    {0, 'D', std::string("P\0", 2)},
    {0, 'D', std::string("S\0", 2)},
    {0, 'C', std::string("P\0", 2)},
    {0, 'c', ""},
    {0, 'd', "11\tx\t1.5\t\\N\t{1}\n"},
    {0, 'f', std::string("no\0", 3)},
    {0, 'X', ""},
    {0, 'Q', std::string("begin\0", 6)},
    {0, 'Q', std::string("commit\0", 7)},
    {0, 'Q', std::string("rollback\0", 9)},
    {0, 'Q', std::string("select * from t\0", 16)},
    {0, 'P', std::string("\0select a, b from v where b = $1\0\0\0", 35)},
};

class Changer {
 public:
  explicit Changer(unsigned seed) : random_(seed) {}

  size_t below(size_t end) { return random_() % end; }

  void change(Dialogue& dialogue) {
    std::vector<Frame>& frames = dialogue.frames;
    if (frames.empty() || below(16) == 0) insert(frames, kUsual[below(std::size(kUsual))]);
    const size_t at = below(frames.size());
    switch (below(12)) {
      case 0:
        frames.erase(frames.begin() + static_cast<ptrdiff_t>(at));
        break;
      case 1:
        insert(frames, Frame(frames[at]));
        break;
      case 2:
        std::swap(frames[at], frames[below(frames.size())]);
        break;
      case 3:
        frames[at].control ^= static_cast<uint8_t>(1u << below(8));
        break;
      case 4:
        frames[at].type = static_cast<char>(random_());
        break;
      case 5:
        dialogue.openings[below(2)].bits ^= static_cast<uint8_t>(1u << below(6));
        break;
      case 6:  // From here on the other one speaks.
        for (size_t i = at; i < frames.size(); ++i) frames[i].control ^= 1;
        break;
      default:
        change_body(frames[at].body);
    }
  }

 private:
  void insert(std::vector<Frame>& frames, Frame frame) {
    if (frames.size() >= kMaxFrames) return;
    frames.insert(frames.begin() + static_cast<ptrdiff_t>(below(frames.size() + 1)), std::move(frame));
  }
  static void change_body(std::string& body) {
    const size_t size = std::min(body.size(), kMaxBody);
    body.resize(kMaxBody);
    body.resize(LLVMFuzzerMutate(reinterpret_cast<uint8_t*>(body.data()), size, kMaxBody));
  }

  std::mt19937 random_;
};

std::string_view text_of(const uint8_t* data, size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

size_t put(const Dialogue& dialogue, uint8_t* out, size_t max_size) {
  const std::string bytes = dialogue.bytes();
  const size_t size = std::min(bytes.size(), max_size);
  std::memcpy(out, bytes.data(), size);
  return size;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static ServerRoom& room = *new ServerRoom(kPatience);  // Its threads last as long as the process.
  room.hold(Dialogue::read(text_of(data, size)));
  return 0;
}

extern "C" size_t LLVMFuzzerCustomMutator(uint8_t* data, size_t size, size_t max_size, unsigned seed) {
  Changer changer(seed);
  if (changer.below(32) == 0) return LLVMFuzzerMutate(data, size, max_size);
  Dialogue dialogue = Dialogue::read(text_of(data, size));
  changer.change(dialogue);
  return put(dialogue, data, max_size);
}

/// The first frames of one, and the last ones of the other; or both, put into each other, by two clients.
extern "C" size_t LLVMFuzzerCustomCrossOver(const uint8_t* one, size_t one_size, const uint8_t* other,
                                            size_t other_size, uint8_t* out, size_t max_size, unsigned seed) {
  Changer changer(seed);
  Dialogue dialogue = Dialogue::read(text_of(one, one_size));
  const Dialogue second = Dialogue::read(text_of(other, other_size));
  std::vector<Frame>& frames = dialogue.frames;
  if (changer.below(2) == 0) {
    frames.resize(changer.below(frames.size() + 1));
    const size_t from = changer.below(second.frames.size() + 1);
    frames.insert(frames.end(), second.frames.begin() + static_cast<ptrdiff_t>(from), second.frames.end());
  } else {
    size_t at = 0;
    for (Frame frame : second.frames) {
      frame.control |= 1;
      at += changer.below(frames.size() + 1 - at);
      frames.insert(frames.begin() + static_cast<ptrdiff_t>(at++), std::move(frame));
    }
  }
  frames.resize(std::min(frames.size(), kMaxFrames));
  return put(dialogue, out, max_size);
}
