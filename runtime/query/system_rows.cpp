#include "runtime/query/system_rows.h"

#include <cstdio>
#include <cstdlib>

#include "compiler/catalog/function_schema.h"
#include "runtime/sql/array.h"
#include "runtime/sql/postgres_types.h"

namespace sqlmill::rt::query {

namespace {

using sql::TypeId;

/// The type of a column of a catalog by its name in pg_type, and the oid that pg_attribute has for it. Types
/// of which no value here is are text.
struct DeclaredType {
  std::string_view name;
  sql::Type type;
  uint32_t oid;
};

constexpr sql::Type kOid{TypeId::kBigint, -26};

constexpr DeclaredType kDeclaredTypes[] = {
    {"regtype", kOid, 2206},
    {"varchar", {TypeId::kText, 0}, 1043},
    {"timestamptz", {TypeId::kTimestamptz}, 1184},
    {"_bool", sql::array_of(TypeId::kBoolean), 1000},
    {"_int2", sql::array_of(TypeId::kSmallint), 1005},
    {"_text", sql::array_of(TypeId::kText), 1009},
    {"_float4", sql::array_of(TypeId::kReal), 1021},
    {"_float8", sql::array_of(TypeId::kDouble), 1022},
    {"_aclitem", sql::array_of(TypeId::kText), 1034},
    {"_regtype", sql::array_of(TypeId::kBigint, -26), 2211},
};

DeclaredType declared_type(std::string_view name) {
  for (const DeclaredType& type : kDeclaredTypes) {
    if (type.name == name) return type;
  }
  std::optional<sql::Type> type = sql::find_postgres_type(name);
  if (!type) type = sql::find_any_type(name);
  if (!type) type = sql::Type{TypeId::kText};
  return {name, *type, sql::client_oid(*type)};
}

SystemDefinition define(uint32_t oid, char kind, std::string_view schema, std::string_view name,
                        std::string_view columns) {
  SystemDefinition definition{oid, kind, std::string(schema), std::string(name), {}};
  while (!columns.empty()) {
    const size_t end = std::min(columns.find(' '), columns.size());
    std::string_view word = columns.substr(0, end);
    columns.remove_prefix(std::min(end + 1, columns.size()));
    const bool not_null = word.ends_with('!');
    if (not_null) word.remove_suffix(1);
    const size_t colon = word.find(':');
    const DeclaredType type = declared_type(word.substr(colon + 1));
    definition.columns.push_back({std::string(word.substr(0, colon)), type.type, type.oid, not_null});
  }
  return definition;
}

Datum empty_value(sql::Type type, Arena& arena) {
  sql::Context context(arena);
  if (type.id == TypeId::kArray) return Datum(sql::ArrayBuilder(type.element).finish(context));
  if (type.id == TypeId::kText || type.id == TypeId::kBytea) return Datum(sql::Text(""));
  return sql::from_text(context, type.id, type.id == TypeId::kBoolean ? "false" : "0");
}

class SystemScan : public Operator {
 public:
  SystemScan(std::shared_ptr<const SystemRows> rows, std::vector<uint32_t> columns,
             const std::vector<TypeId>& types, Execution& execution)
      : rows_(std::move(rows)), columns_(std::move(columns)), execution_(execution) {
    for (const TypeId type : types) out_.columns.emplace_back(type);
  }

  const Chunk* next() override {
    execution_.check();
    out_.rows = 0;
    for (; at_ < rows_->size() && out_.rows < sql::kVectorRows; ++at_, ++out_.rows) {
      for (size_t i = 0; i < columns_.size(); ++i)
        out_.columns[i].set_datum(out_.rows, rows_->at(at_, columns_[i]));
    }
    return out_.rows > 0 ? &out_ : nullptr;
  }
  void rewind() override { at_ = 0; }

 private:
  const std::shared_ptr<const SystemRows> rows_;
  const std::vector<uint32_t> columns_;
  Execution& execution_;
  Chunk out_;
  size_t at_ = 0;
};

}  // namespace

const std::vector<SystemDefinition>& system_definitions() {
  static const std::vector<SystemDefinition> kAll = {
#define SQLMILL_SYSTEM_RELATION(oid, kind, schema, name, columns) define(oid, kind, schema, name, columns),
#include "runtime/query/system_relations.def"
#include "runtime/query/system_schema_relations.def"
#undef SQLMILL_SYSTEM_RELATION
  };
  return kAll;
}

SystemRows& SystemRows::add() {
  for (const SystemColumn& column : definition_.columns)
    cells_.push_back(column.not_null ? empty_value(column.type, arena_) : Datum::null(column.type.id));
  last_ = 0;
  return *this;
}

Datum& SystemRows::cell(std::string_view column) {
  const size_t width = definition_.columns.size();
  for (size_t i = 0; i < width; ++i) {
    const size_t at = (last_ + i) % width;
    if (definition_.columns[at].name != column) continue;
    last_ = at;
    return cells_[cells_.size() - width + at];
  }
  std::fprintf(stderr, "%s has no column %.*s\n", definition_.name.c_str(), static_cast<int>(column.size()),
               column.data());
  std::abort();
}

SystemRows& SystemRows::set(std::string_view column, bool value) {
  Datum& to = cell(column);
  // information_schema says it in words.
  to = to.type() == TypeId::kText ? Datum(sql::Text(value ? "YES" : "NO")) : Datum(value);
  return *this;
}

Datum SystemRows::number(TypeId type, int64_t value) const {
  switch (type) {
    case TypeId::kSmallint:
      return Datum(static_cast<int16_t>(value));
    case TypeId::kInteger:
      return Datum(static_cast<int32_t>(value));
    case TypeId::kReal:
      return Datum(static_cast<float>(value));
    case TypeId::kDouble:
      return Datum(static_cast<double>(value));
    default:
      return Datum(value);
  }
}

SystemRows& SystemRows::set(std::string_view column, int64_t value) {
  Datum& to = cell(column);
  to = number(to.type(), value);
  return *this;
}

SystemRows& SystemRows::set(std::string_view column, double value) {
  Datum& to = cell(column);
  to = to.type() == TypeId::kReal ? Datum(static_cast<float>(value)) : Datum(value);
  return *this;
}

SystemRows& SystemRows::set(std::string_view column, std::string_view value) {
  Datum& to = cell(column);
  sql::Context context(arena_);
  to = to.type() == TypeId::kText ? Datum(sql::Text(arena_.copy(value)))
                                  : sql::from_text(context, to.type(), value);
  return *this;
}

SystemRows& SystemRows::set(std::string_view column, const std::vector<int64_t>& values) {
  Datum& to = cell(column);
  const TypeId element = definition_.columns[last_].type.element;
  sql::ArrayBuilder builder(element);
  for (const int64_t value : values) builder.add(number(element, value));
  sql::Context context(arena_);
  to = sql::copy(Datum(builder.finish(context)), arena_);
  return *this;
}

SystemRows& SystemRows::set(std::string_view column, const std::vector<std::string>& values) {
  Datum& to = cell(column);
  sql::ArrayBuilder builder(TypeId::kText);
  for (const std::string& value : values) builder.add(Datum(sql::Text(value)));
  sql::Context context(arena_);
  to = sql::copy(Datum(builder.finish(context)), arena_);
  return *this;
}

OperatorPtr scan_system_rows(std::shared_ptr<const SystemRows> rows, std::vector<uint32_t> columns,
                             std::vector<TypeId> types, Execution& execution) {
  return std::make_unique<SystemScan>(std::move(rows), std::move(columns), types, execution);
}

}  // namespace sqlmill::rt::query
