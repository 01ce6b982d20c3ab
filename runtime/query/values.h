// What can be done with values whose type is known at run time only, and with whole columns of them.
#pragma once

#include <span>

#include "runtime/query/execution.h"

namespace sqlmill::rt::query {

using sql::TypeId;

/// Functions over single values of a type that are not NULL.
struct ValueType {
  uint32_t size;                                       // Bytes.
  int (*compare)(const void* a, const void* b);        // The order of ORDER BY.
  int (*compare_total)(const void* a, const void* b);  // 0 only if both print the same.
  bool (*equal)(const void* a, const void* b);
  uint64_t (*prefix)(const void* value);    // state/order_prefix.h
  void (*keep)(void* value, Arena& arena);  // Copies its out-of-line bytes into the arena.
  size_t (*long_bytes)(const void* value);  // Bytes that keep() copies.
};
const ValueType& value_type(TypeId type);

/// `hashes[i]` becomes the hash of value i, or is combined with it.
void hash_values(const Vector& vector, uint32_t rows, bool combine, uint64_t* hashes);
/// `out[i] = in[rows[i]]` for `count` rows.
void gather(const Vector& in, const uint32_t* rows, uint32_t count, Vector& out);
/// `out[rows[i]] = in[i]`.
void scatter(const Vector& in, const uint32_t* rows, uint32_t count, Vector& out);
/// `out[to + i] = in[from + i]`.
void copy_rows(const Vector& in, uint32_t from, uint32_t count, Vector& out, uint32_t to);
/// All rows the same.
void fill(const Datum& value, uint32_t rows, Vector& out);

/// Where a vector of booleans is true.
uint32_t select_true(const Vector& condition, uint32_t rows, uint32_t* selected);

}  // namespace sqlmill::rt::query
