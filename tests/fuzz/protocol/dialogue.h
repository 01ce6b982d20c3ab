// What the fuzzer changes: two clients' messages in the order in which they come. Any bytes are a dialogue,
// so that nothing is lost to inputs that are not; a frame has the length that its message needs, unless it
// says otherwise.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sqlmill::fuzz {

/// How a client begins.
struct Opening {
  enum class Kind : uint8_t { kPlain, kPassword, kTls, kNothing };
  uint8_t bits = 0;

  Kind kind() const { return static_cast<Kind>(bits & 3); }
  /// Of the server, which has other options for each.
  bool has_tls() const { return (bits & 4) != 0 || kind() == Kind::kTls; }
  bool is_cleartext() const { return (bits & 8) != 0; }
  bool is_local() const { return (bits & 16) == 0; }
  bool is_read_only() const { return (bits & 32) != 0; }
};

struct Frame {
  /// What comes before the body.
  enum class Head : uint8_t { kRight, kNoType, kNone, kTooShort, kTooLong, kGigabyte, kNegative, kAlsoRight };
  enum class Delivery : uint8_t { kWhole, kPieces, kWithNext, kCancelled };

  uint8_t control = 0;
  char type = 0;
  std::string body;

  size_t client() const { return control & 1; }
  Head head() const { return static_cast<Head>(control >> 1 & 7); }
  Delivery delivery() const { return static_cast<Delivery>(control >> 4 & 3); }
  bool is_last() const { return (control & 0xc0) == 0xc0; }
  std::string bytes() const;
};

struct Dialogue {
  Opening openings[2];
  std::vector<Frame> frames;

  static Dialogue read(std::string_view bytes);
  std::string bytes() const;
};

}  // namespace sqlmill::fuzz
