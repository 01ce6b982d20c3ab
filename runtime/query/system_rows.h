// Rows of system relations: put together by column names when somebody reads them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/query/operator.h"

namespace sqlmill::rt::query {

struct SystemColumn {
  std::string name;
  sql::Type type;
  uint32_t type_oid;  // As PostgreSQL declares it: name, "char" and oid are text and bigint here.
  bool not_null;
};

/// A relation of pg_catalog or information_schema.
struct SystemDefinition {
  uint32_t oid;
  char kind;  // pg_class.relkind
  std::string schema;
  std::string name;
  std::vector<SystemColumn> columns;
};

/// All of them, PostgreSQL's and ours.
const std::vector<SystemDefinition>& system_definitions();

class SystemRows {
 public:
  explicit SystemRows(const SystemDefinition& definition) : definition_(definition) {}
  SystemRows(const SystemRows&) = delete;
  SystemRows& operator=(const SystemRows&) = delete;

  /// A new row: what is not set is NULL, or zero, false or empty in a column that is never NULL.
  SystemRows& add();
  /// A column of the last row; there must be one of that name. Numbers become the column's type.
  SystemRows& set(std::string_view column, bool value);
  SystemRows& set(std::string_view column, int64_t value);
  SystemRows& set(std::string_view column, double value);
  SystemRows& set(std::string_view column, std::string_view value);
  SystemRows& set(std::string_view column, const char* value) { return set(column, std::string_view(value)); }
  SystemRows& set(std::string_view column, char value) { return set(column, std::string_view(&value, 1)); }
  SystemRows& set(std::string_view column, const std::vector<int64_t>& values);
  SystemRows& set(std::string_view column, const std::vector<std::string>& values);
  template <class Integer>
    requires(std::is_integral_v<Integer> && !std::is_same_v<Integer, bool> &&
             !std::is_same_v<Integer, int64_t> && !std::is_same_v<Integer, char>)
  SystemRows& set(std::string_view column, Integer value) {
    return set(column, static_cast<int64_t>(value));
  }

  size_t size() const { return cells_.size() / definition_.columns.size(); }
  const Datum& at(size_t row, size_t column) const {
    return cells_[row * definition_.columns.size() + column];
  }

 private:
  Datum& cell(std::string_view column);
  Datum number(sql::TypeId type, int64_t value) const;

  const SystemDefinition& definition_;
  Arena arena_{4 * 1024};
  std::vector<Datum> cells_;
  size_t last_ = 0;  // Columns are mostly set in their order.
};

OperatorPtr scan_system_rows(std::shared_ptr<const SystemRows> rows, std::vector<uint32_t> columns,
                             std::vector<sql::TypeId> types, Execution& execution);

}  // namespace sqlmill::rt::query
