// Standard output, checked: what is printed is the result, so a full disk or a closed pipe must not pass for
// success.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

namespace sqlmill::rt::main {

/// Nobody reads any more (`BIN replay … | head`): end with exit code 3, but say nothing.
class OutputClosed : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

class OutputStream {
 public:
  explicit OutputStream(int descriptor) : descriptor_(descriptor) {}

  /// Where to append. Call flush_if_large() now and then.
  std::string& buffer() { return buffer_; }
  void write(std::string_view text) { buffer_ += text; }
  void flush_if_large() {
    if (buffer_.size() >= kLargeBytes) flush();
  }
  /// Throws OutputClosed when the reader is gone, engine::Fault when writing fails.
  void flush();

 private:
  static constexpr size_t kLargeBytes = 64 * 1024;
  const int descriptor_;
  std::string buffer_;
};

}  // namespace sqlmill::rt::main
