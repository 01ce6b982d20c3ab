#include "runtime/pgwire/messages.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

namespace sqlmill::rt::pgwire {

namespace {

constexpr size_t kLeastRoom = 8 * 1024;
/// A buffer that has held a large message is given back.
constexpr size_t kKeptBytes = 256 * 1024;

template <size_t kBytes>
void append_big_endian(uint64_t value, std::string& out) {
  char bytes[kBytes];
  for (size_t i = 0; i < kBytes; ++i) bytes[i] = static_cast<char>(value >> (8 * (kBytes - 1 - i)));
  out.append(bytes, kBytes);
}

void patch_length(std::string& out, size_t at, size_t length) {
  for (size_t i = 0; i < 4; ++i) out[at + i] = static_cast<char>(length >> (8 * (3 - i)));
}

}  // namespace

char* MessageBuffer::room(size_t bytes) {
  if (begin_ == end_) {
    begin_ = end_ = 0;
    if (bytes_.size() > kKeptBytes) bytes_ = std::string();
  }
  if (bytes_.size() - end_ < bytes && begin_ > 0) {
    std::memmove(bytes_.data(), bytes_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  if (bytes_.size() - end_ < bytes) bytes_.resize(std::max({end_ + bytes, 2 * end_, kLeastRoom}));
  return bytes_.data() + end_;
}

void MessageBuffer::append(std::string_view bytes) {
  if (bytes.empty()) return;
  std::memcpy(room(bytes.size()), bytes.data(), bytes.size());
  filled(bytes.size());
}

/// A message whose length is behind `header` bytes; what it returns is behind the length.
std::optional<std::string_view> MessageBuffer::take(size_t header, uint32_t max_bytes) {
  const std::string_view have(bytes_.data() + begin_, end_ - begin_);
  if (have.size() < header + 4) return std::nullopt;
  const auto length = static_cast<uint32_t>(FieldReader(have.substr(header)).read_int32());
  if (length < 4 || length > max_bytes) {
    throw ProtocolError(fmt::format("invalid message length: {} bytes are announced, {} are allowed",
                                    static_cast<int32_t>(length), max_bytes));
  }
  if (have.size() < header + length) return std::nullopt;
  begin_ += header + length;
  return have.substr(header + 4, length - 4);
}

std::optional<Message> MessageBuffer::next_startup() {
  const std::optional<std::string_view> body = take(0, kMaxStartupBytes);
  if (!body) return std::nullopt;
  return Message{0, *body};
}

std::optional<Message> MessageBuffer::next(uint32_t max_bytes) {
  if (begin_ == end_) return std::nullopt;
  const char type = bytes_[begin_];
  const std::optional<std::string_view> body = take(1, max_bytes);
  if (!body) return std::nullopt;
  return Message{type, *body};
}

std::string_view FieldReader::read_bytes(size_t size) {
  if (size > rest_.size()) throw ProtocolError("insufficient data left in message");
  const std::string_view taken = rest_.substr(0, size);
  rest_.remove_prefix(size);
  return taken;
}

std::string_view FieldReader::read_string() {
  const size_t size = rest_.find('\0');
  if (size == std::string_view::npos) throw ProtocolError("invalid string in message");
  const std::string_view taken = rest_.substr(0, size);
  rest_.remove_prefix(size + 1);
  return taken;
}

uint64_t FieldReader::read_unsigned(size_t size) {
  uint64_t value = 0;
  for (const char c : read_bytes(size)) value = value << 8 | static_cast<unsigned char>(c);
  return value;
}

void FieldReader::expect_end() const {
  if (!rest_.empty()) throw ProtocolError("invalid message format");
}

MessageWriter& MessageWriter::begin(char type) {
  out_ += type;
  start_ = out_.size();
  out_.append(4, '\0');
  return *this;
}

void MessageWriter::end() {
  patch_length(out_, start_, out_.size() - start_);
}

MessageWriter& MessageWriter::byte(char value) {
  out_ += value;
  return *this;
}

MessageWriter& MessageWriter::int16(int16_t value) {
  append_int16(value, out_);
  return *this;
}

MessageWriter& MessageWriter::int32(int32_t value) {
  append_int32(value, out_);
  return *this;
}

MessageWriter& MessageWriter::bytes(std::string_view value) {
  out_.append(value);
  return *this;
}

MessageWriter& MessageWriter::string(std::string_view value) {
  out_.append(value.substr(0, value.find('\0')));
  out_ += '\0';
  return *this;
}

std::string& MessageWriter::begin_field() {
  field_ = out_.size();
  out_.append(4, '\0');
  return out_;
}

void MessageWriter::end_field() {
  patch_length(out_, field_, out_.size() - field_ - 4);
}

void append_int16(int16_t value, std::string& out) {
  append_big_endian<2>(static_cast<uint16_t>(value), out);
}

void append_int32(int32_t value, std::string& out) {
  append_big_endian<4>(static_cast<uint32_t>(value), out);
}

void append_int64(int64_t value, std::string& out) {
  append_big_endian<8>(static_cast<uint64_t>(value), out);
}

}  // namespace sqlmill::rt::pgwire
