#include "runtime/query/values.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "runtime/sql/compare.h"
#include "runtime/sql/interval.h"
#include "runtime/sql/jsonb.h"
#include "runtime/state/order_prefix.h"

namespace sqlmill::rt::query {

namespace {

using sql::compare;
using sql::compare_total;
using sql::equal;

template <class T>
const T& as(const void* value) {
  return *static_cast<const T*>(value);
}

size_t long_bytes_of(const sql::Text& value) {
  return value.is_inline() ? 0 : value.size();
}
size_t long_bytes_of(const sql::Bytea& value) {
  return long_bytes_of(value.bytes);
}
size_t long_bytes_of(const sql::Jsonb& value) {
  return long_bytes_of(value.text);
}
size_t long_bytes_of(const sql::Array& value) {
  return long_bytes_of(value.bytes);
}
size_t long_bytes_of(const sql::Numeric& value) {
  return value.kind() == sql::Numeric::Kind::kBig ? value.big_magnitude().size() : 0;
}
template <class T>
size_t long_bytes_of(const T&) {
  return 0;
}

template <class T>
ValueType describe() {
  return {
      sizeof(T),
      [](const void* a, const void* b) { return compare(as<T>(a), as<T>(b)); },
      [](const void* a, const void* b) { return compare_total(as<T>(a), as<T>(b)); },
      [](const void* a, const void* b) { return equal(as<T>(a), as<T>(b)); },
      [](const void* value) { return state::order_prefix(as<T>(value)); },
      [](void* value, Arena& arena) {
        if (long_bytes_of(as<T>(value)) == 0) return;
        *static_cast<T*>(value) = sql::copy(Datum(as<T>(value)), arena).template as<T>();
      },
      [](const void* value) { return long_bytes_of(as<T>(value)); },
  };
}

template <class Visitor>
void visit_width(TypeId type, Visitor visit) {
  switch (sql::value_size(type)) {
    case 1:
      return visit(uint8_t{});
    case 2:
      return visit(uint16_t{});
    case 4:
      return visit(uint32_t{});
    case 8:
      return visit(uint64_t{});
    case 16:
      return visit(std::array<uint64_t, 2>{});
    default:
      return visit(std::array<uint64_t, 3>{});
  }
}
static_assert(sizeof(sql::Numeric) == 24);

}  // namespace

const ValueType& value_type(TypeId type) {
  static const std::vector<ValueType> kTypes = [] {
    std::vector<ValueType> all;
    using namespace sql;  // NOLINT: types.def names them without it
#define SQLMILL_TYPE(id, cpp, name, spelled, oid, category) \
  all.push_back(describe<std::conditional_t<TypeId::id == TypeId::kUnknown, sql::Text, cpp>>());
#include "runtime/sql/types.def"
#undef SQLMILL_TYPE
    return all;
  }();
  return kTypes[static_cast<size_t>(type)];
}

void hash_values(const Vector& vector, uint32_t rows, bool combine, uint64_t* hashes) {
  const uint8_t* nulls = vector.nulls();
  sql::visit_type(vector.type(), [&]<class T>(std::type_identity<T>) {
    const T* values = vector.values<T>();
    for (uint32_t i = 0; i < rows; ++i) {
      const uint64_t h = nulls[i] ? sql::kHashOfNull : sql::hash(values[i]);
      hashes[i] = combine ? sql::hash_combine(hashes[i], h) : h;
    }
  });
}

void gather(const Vector& in, const uint32_t* rows, uint32_t count, Vector& out) {
  visit_width(in.type(), [&]<class Word>(Word) {
    const Word* from = in.values<Word>();
    Word* to = out.values<Word>();
    for (uint32_t i = 0; i < count; ++i) to[i] = from[rows[i]];
  });
  for (uint32_t i = 0; i < count; ++i) out.nulls()[i] = in.nulls()[rows[i]];
}

void scatter(const Vector& in, const uint32_t* rows, uint32_t count, Vector& out) {
  visit_width(in.type(), [&]<class Word>(Word) {
    const Word* from = in.values<Word>();
    Word* to = out.values<Word>();
    for (uint32_t i = 0; i < count; ++i) to[rows[i]] = from[i];
  });
  for (uint32_t i = 0; i < count; ++i) out.nulls()[rows[i]] = in.nulls()[i];
}

void copy_rows(const Vector& in, uint32_t from, uint32_t count, Vector& out, uint32_t to) {
  const size_t size = sql::value_size(in.type());
  std::memcpy(out.values<std::byte>() + to * size, in.values<std::byte>() + from * size, count * size);
  std::memcpy(out.nulls() + to, in.nulls() + from, count);
}

void fill(const Datum& value, uint32_t rows, Vector& out) {
  if (rows == 0) return;
  out.set_datum(0, value);
  visit_width(out.type(), [&]<class Word>(Word) {
    Word* const to = out.values<Word>();
    std::fill(to + 1, to + rows, *to);
  });
  std::memset(out.nulls(), out.nulls()[0], rows);
}

uint32_t select_true(const Vector& condition, uint32_t rows, uint32_t* selected) {
  const uint8_t* values = condition.values<uint8_t>();  // Where NULL, any byte.
  const uint8_t* nulls = condition.nulls();
  uint32_t count = 0;
  for (uint32_t i = 0; i < rows; ++i) {
    selected[count] = i;
    count += values[i] & (nulls[i] ^ 1u);
  }
  return count;
}

}  // namespace sqlmill::rt::query
