// The frames of PostgreSQL's protocol, version 3: cutting what a client sends into messages, reading their
// fields, and writing messages. Nothing here trusts a length: memory grows with the bytes that have come, not
// with those that were announced.
#pragma once

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace sqlmill::rt::pgwire {

/// The client does not keep to the protocol: SQLSTATE 08P01, and the connection ends.
class ProtocolError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// As PostgreSQL limits them.
inline constexpr uint32_t kMaxStartupBytes = 10'000;
inline constexpr uint32_t kMaxPasswordBytes = 65'535;
/// PostgreSQL allows 1 GB; a statement or a row of COPY is never near that.
inline constexpr uint32_t kMaxMessageBytes = 64u << 20;

struct Message {
  char type;              // 0: a start-up packet, which has none.
  std::string_view body;  // Valid until more bytes are taken.
};

/// What a client has sent and nobody has handled yet.
class MessageBuffer {
 public:
  /// Room for at least `bytes` more; filled() says how many have come.
  char* room(size_t bytes);
  size_t room_size() const { return bytes_.size() - end_; }
  void filled(size_t bytes) { end_ += bytes; }
  void append(std::string_view bytes);

  /// Start-up packets come first.
  std::optional<Message> next_startup();
  /// A message of at most this many bytes, its length included; nothing: it has not come whole. Throws
  /// ProtocolError for a length that is not allowed, before the message has come.
  std::optional<Message> next(uint32_t max_bytes = kMaxMessageBytes);

  bool empty() const { return begin_ == end_; }

 private:
  std::optional<std::string_view> take(size_t header, uint32_t max_bytes);

  std::string bytes_;
  size_t begin_ = 0;
  size_t end_ = 0;
};

/// The fields of a message in their order. Throws ProtocolError at its end.
class FieldReader {
 public:
  explicit FieldReader(std::string_view body) : rest_(body) {}

  uint8_t read_byte() { return static_cast<uint8_t>(read_bytes(1)[0]); }
  int16_t read_int16() { return static_cast<int16_t>(read_unsigned(2)); }
  int32_t read_int32() { return static_cast<int32_t>(read_unsigned(4)); }
  int64_t read_int64() { return static_cast<int64_t>(read_unsigned(8)); }
  std::string_view read_bytes(size_t size);
  /// Without the zero that ends it.
  std::string_view read_string();
  bool at_end() const { return rest_.empty(); }
  std::string_view rest() const { return rest_; }
  void expect_end() const;

 private:
  uint64_t read_unsigned(size_t size);

  std::string_view rest_;
};

/// Appends messages to a buffer.
class MessageWriter {
 public:
  explicit MessageWriter(std::string& out) : out_(out) {}

  MessageWriter& begin(char type);
  void end();
  /// A message without a body.
  void put(char type) { begin(type).end(); }

  MessageWriter& byte(char value);
  MessageWriter& int16(int16_t value);
  MessageWriter& int32(int32_t value);
  MessageWriter& bytes(std::string_view value);
  /// Up to a zero inside it, and a zero.
  MessageWriter& string(std::string_view value);
  /// A field of a row: its length is written by end_field().
  std::string& begin_field();
  void end_field();
  void null_field() { int32(-1); }

 private:
  std::string& out_;
  size_t start_ = 0;
  size_t field_ = 0;
};

/// Big-endian, as everything on the wire.
void append_int16(int16_t value, std::string& out);
void append_int32(int32_t value, std::string& out);
void append_int64(int64_t value, std::string& out);

}  // namespace sqlmill::rt::pgwire
