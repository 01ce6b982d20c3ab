#include "runtime/object_store/sha256.h"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <stdexcept>

namespace sqlmill::rt::object_store {

namespace {

constexpr size_t kStep = 1 << 20;

struct Close {
  void operator()(std::FILE* file) const { std::fclose(file); }
};

}  // namespace

struct Sha256::Implementation {
  EVP_MD_CTX* context = EVP_MD_CTX_new();
};

Sha256::Sha256() : implementation_(std::make_unique<Implementation>()) {
  EVP_DigestInit_ex(implementation_->context, EVP_sha256(), nullptr);
}

Sha256::~Sha256() {
  EVP_MD_CTX_free(implementation_->context);
}

void Sha256::add(std::string_view bytes) {
  EVP_DigestUpdate(implementation_->context, bytes.data(), bytes.size());
}

std::string Sha256::digits() {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  EVP_DigestFinal_ex(implementation_->context, digest.data(), &size);
  std::string text;
  for (unsigned int i = 0; i < size; ++i) text += fmt::format("{:02x}", digest[i]);
  return text;
}

std::string sha256(std::string_view bytes) {
  Sha256 all;
  all.add(bytes);
  return all.digits();
}

FileDigest digest_of(const std::string& path) {
  const std::unique_ptr<std::FILE, Close> file(std::fopen(path.c_str(), "rb"));
  if (!file) throw std::runtime_error(fmt::format("cannot read {}: {}", path, std::strerror(errno)));
  FileDigest digest{0, ""};
  Sha256 all;
  std::string step(kStep, '\0');
  while (const size_t size = std::fread(step.data(), 1, step.size(), file.get())) {
    all.add(std::string_view(step).substr(0, size));
    digest.size += size;
  }
  if (std::ferror(file.get()) != 0) throw std::runtime_error(fmt::format("cannot read {}", path));
  digest.sha256 = all.digits();
  return digest;
}

}  // namespace sqlmill::rt::object_store
