#include "runtime/sql/functions/sha2.h"

#include <openssl/sha.h>

#include "runtime/sql/text_result.h"

namespace sqlmill::rt::sql {

namespace {

template <size_t kSize>
Bytea digest(Arena& arena, const Bytea& value,
             unsigned char* (*function)(const unsigned char*, size_t, unsigned char*)) {
  unsigned char bytes[kSize];
  function(reinterpret_cast<const unsigned char*>(value.bytes.data()), value.bytes.size(), bytes);
  return {text_result(arena, {reinterpret_cast<const char*>(bytes), kSize})};
}

}  // namespace

Bytea sha224(Arena& arena, Bytea value) {
  return digest<SHA224_DIGEST_LENGTH>(arena, value, SHA224);
}
Bytea sha256(Arena& arena, Bytea value) {
  return digest<SHA256_DIGEST_LENGTH>(arena, value, SHA256);
}
Bytea sha384(Arena& arena, Bytea value) {
  return digest<SHA384_DIGEST_LENGTH>(arena, value, SHA384);
}
Bytea sha512(Arena& arena, Bytea value) {
  return digest<SHA512_DIGEST_LENGTH>(arena, value, SHA512);
}

}  // namespace sqlmill::rt::sql
