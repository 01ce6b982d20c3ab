// SHA-256 of bytes and files, in hexadecimal digits.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace sqlmill::rt::object_store {

class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(const Sha256&) = delete;
  Sha256& operator=(const Sha256&) = delete;

  void add(std::string_view bytes);
  /// Of all that was added; once.
  std::string digits();

 private:
  struct Implementation;
  const std::unique_ptr<Implementation> implementation_;
};

std::string sha256(std::string_view bytes);

struct FileDigest {
  uint64_t size;
  std::string sha256;
};
/// Throws std::runtime_error if it cannot be read.
FileDigest digest_of(const std::string& path);

}  // namespace sqlmill::rt::object_store
