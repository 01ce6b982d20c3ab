#include "runtime/query/rows.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace sqlmill::rt::query {

RowLayout::RowLayout(uint32_t header_bytes, std::vector<TypeId> types) : types_(std::move(types)) {
  uint32_t at = (header_bytes + 7) & ~7u;
  for (TypeId type : types_) {
    value_types_.push_back(&value_type(type));
    const uint32_t size = value_types_.back()->size;
    const uint32_t alignment = std::min(8u, size);
    at = (at + alignment - 1) & ~(alignment - 1);
    offsets_.push_back(at);
    at += size;
    has_equal_forms_ = has_equal_forms_ || sql::has_equal_forms(type);
  }
  nulls_ = at;
  // Headers hold what is aligned to 16 bytes.
  row_bytes_ =
      std::max((at + static_cast<uint32_t>(types_.size()) + 15) & ~15u, 16u);  // Also without columns.
}

Datum RowLayout::datum(const char* row, size_t column) const {
  if (is_null(row, column)) return Datum::null(types_[column]);
  return sql::visit_type(types_[column], [&]<class T>(std::type_identity<T>) {
    return Datum(*reinterpret_cast<const T*>(value(row, column)));
  });
}

namespace {

template <class Word>
void write_words(const Vector& values, const uint32_t* selected, uint32_t count, char* const* rows,
                 uint32_t offset, uint32_t nulls) {
  const Word* from = values.values<Word>();
  for (uint32_t i = 0; i < count; ++i) {
    const uint32_t at = selected ? selected[i] : i;
    std::memcpy(rows[i] + offset, &from[at], sizeof(Word));
    rows[i][nulls] = static_cast<char>(values.nulls()[at]);
  }
}

template <class Word>
void read_words(const char* const* rows, uint32_t count, uint32_t offset, uint32_t nulls, Vector& values) {
  Word* to = values.values<Word>();
  for (uint32_t i = 0; i < count; ++i) {
    std::memcpy(&to[i], rows[i] + offset, sizeof(Word));
    values.nulls()[i] = static_cast<uint8_t>(rows[i][nulls]);
  }
}

template <class Visitor>
void visit_width(uint32_t size, Visitor visit) {
  switch (size) {
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

bool may_be_long(TypeId type) {
  return sql::value_size(type) >= sizeof(sql::Text);
}

}  // namespace

void RowLayout::write(size_t column, const Vector& values, const uint32_t* selected, uint32_t count,
                      char* const* rows, Arena& arena) const {
  const uint32_t offset = offsets_[column];
  const uint32_t null_flag = nulls_ + static_cast<uint32_t>(column);
  const ValueType& type = *value_types_[column];
  visit_width(type.size,
              [&]<class Word>(Word) { write_words<Word>(values, selected, count, rows, offset, null_flag); });
  if (!may_be_long(types_[column])) return;
  for (uint32_t i = 0; i < count; ++i) {
    if (!rows[i][null_flag]) type.keep(rows[i] + offset, arena);
  }
}

void RowLayout::read(size_t column, const char* const* rows, uint32_t count, Vector& values) const {
  visit_width(value_types_[column]->size, [&]<class Word>(Word) {
    read_words<Word>(rows, count, offsets_[column], nulls_ + static_cast<uint32_t>(column), values);
  });
}

bool RowLayout::same(size_t column, const char* row, const Vector& values, uint32_t at) const {
  const bool null = is_null(row, column);
  if (null || values.nulls()[at]) return null == (values.nulls()[at] != 0);
  const ValueType& type = *value_types_[column];
  return type.equal(value(row, column), values.values<char>() + size_t{at} * type.size);
}

bool RowLayout::same(size_t column, const char* a, const char* b) const {
  const bool null = is_null(a, column);
  if (null || is_null(b, column)) return null == is_null(b, column);
  return value_types_[column]->equal(value(a, column), value(b, column));
}

void RowLayout::keep(char* row, Arena& arena) const {
  for (size_t column = 0; column < types_.size(); ++column) {
    if (!is_null(row, column)) value_types_[column]->keep(value(row, column), arena);
  }
}

void RowLayout::keep_least(size_t column, char* row, const Vector& values, uint32_t at, Arena& arena) const {
  if (is_null(row, column)) return;
  const ValueType& type = *value_types_[column];
  const char* other = values.values<char>() + size_t{at} * type.size;
  if (type.compare_total(other, value(row, column)) >= 0) return;
  std::memcpy(value(row, column), other, type.size);
  type.keep(value(row, column), arena);
}

int RowLayout::compare(size_t column, const char* a, const char* b) const {
  const bool null_a = is_null(a, column);
  const bool null_b = is_null(b, column);
  if (null_a || null_b) return static_cast<int>(null_a) - static_cast<int>(null_b);
  return value_types_[column]->compare(value(a, column), value(b, column));
}

char* Rows::add() {
  if (size_ % kBlockRows == 0 && size_ / kBlockRows == blocks_.size()) {
    if (size_ > UINT32_MAX - kBlockRows) {
      throw QueryError(ErrorCode::kProgramLimitExceeded,
                       "an operator of the query cannot keep more than 4 billion rows");
    }
    // Small at first: most queries have few rows.
    blocks_.push_back(static_cast<char*>(arena_.allocate(size_t{kBlockRows} * layout_.row_bytes(), 16)));
  }
  char* row = (*this)[size_++];
  std::memset(row, 0, layout_.row_bytes());
  return row;
}

char* Rows::add_copy(const char* row) {
  char* copy = add();
  std::memcpy(copy, row, layout_.row_bytes());
  layout_.keep(copy, arena_);
  return copy;
}

uint32_t Rows::append(std::span<const Vector* const> columns, const uint32_t* selected, uint32_t count) {
  const uint32_t first = size_;
  targets_.clear();
  for (uint32_t i = 0; i < count; ++i) targets_.push_back(add());
  for (size_t column = 0; column < columns.size(); ++column)
    layout_.write(column, *columns[column], selected, count, targets_.data(), arena_);
  account();
  return first;
}

void Rows::clear() {
  blocks_.clear();
  size_ = 0;
  arena_.reset();
  account();
}

std::vector<const Vector*> columns_of(const Chunk& chunk) {
  std::vector<const Vector*> columns;
  for (const Vector& column : chunk.columns) columns.push_back(&column);
  return columns;
}

}  // namespace sqlmill::rt::query
