// sha224, sha256, sha384 and sha512 of bytea: the SHA-2 digests (FIPS 180-4), by OpenSSL.
#pragma once

#include "runtime/sql/context.h"
#include "runtime/sql/values.h"

namespace sqlmill::rt::sql {

Bytea sha224(Arena& arena, Bytea value);
Bytea sha256(Arena& arena, Bytea value);
Bytea sha384(Arena& arena, Bytea value);
Bytea sha512(Arena& arena, Bytea value);

}  // namespace sqlmill::rt::sql
