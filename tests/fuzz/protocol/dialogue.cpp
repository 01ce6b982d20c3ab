#include "tests/fuzz/protocol/dialogue.h"

#include <algorithm>

#include "runtime/pgwire/messages.h"

namespace sqlmill::fuzz {

using rt::pgwire::append_int32;

namespace {

constexpr size_t kFrameHeader = 4;  // Control, type, two bytes of the body's length.
constexpr size_t kMaxBody = 0xffff;

}  // namespace

std::string Frame::bytes() const {
  const auto right = static_cast<int32_t>(body.size() + 4);
  std::string out;
  if (head() == Head::kNone) return body;
  if (head() != Head::kNoType) out += type;
  switch (head()) {
    case Head::kTooShort:
      append_int32(right / 2, out);
      break;
    case Head::kTooLong:
      append_int32(right + 100, out);
      break;
    case Head::kGigabyte:
      append_int32(1 << 30, out);
      break;
    case Head::kNegative:
      append_int32(-right, out);
      break;
    case Head::kRight:
    case Head::kAlsoRight:
    case Head::kNoType:
    case Head::kNone:
      append_int32(right, out);
      break;
  }
  return out + body;
}

Dialogue Dialogue::read(std::string_view bytes) {
  Dialogue dialogue;
  for (Opening& opening : dialogue.openings) {
    if (bytes.empty()) return dialogue;
    opening.bits = static_cast<uint8_t>(bytes[0]);
    bytes.remove_prefix(1);
  }
  while (bytes.size() >= kFrameHeader) {
    const size_t size = static_cast<uint8_t>(bytes[2]) | static_cast<size_t>(static_cast<uint8_t>(bytes[3]))
                                                             << 8;
    dialogue.frames.push_back(
        {static_cast<uint8_t>(bytes[0]), bytes[1], std::string(bytes.substr(kFrameHeader, size))});
    bytes.remove_prefix(std::min(kFrameHeader + size, bytes.size()));
  }
  return dialogue;
}

std::string Dialogue::bytes() const {
  std::string out;
  for (const Opening& opening : openings) out += static_cast<char>(opening.bits);
  for (const Frame& frame : frames) {
    const size_t size = std::min(frame.body.size(), kMaxBody);
    out += static_cast<char>(frame.control);
    out += frame.type;
    out += static_cast<char>(size & 0xff);
    out += static_cast<char>(size >> 8);
    out.append(frame.body, 0, size);
  }
  return out;
}

}  // namespace sqlmill::fuzz
