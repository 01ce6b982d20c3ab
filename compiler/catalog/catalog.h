// The relations of a pipeline, by name, in the order of the file.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/plan/node.h"

namespace sqlmill::catalog {

using source::Span;
namespace sql = rt::sql;

/// kSystem: what a running pipeline knows of itself, pg_catalog and the like; never in a file.
enum class RelationKind : uint8_t { kSource, kTable, kView, kMaterializedView, kIndex, kSink, kSystem };

/// Of all that a file creates.
inline constexpr std::string_view kPublicSchema = "public";
/// Of what a session creates for itself; `pg_temp` means it, too.
inline constexpr std::string_view kTemporarySchema = "pg_temp_1";

/// `a table`, for messages.
std::string_view kind_name(RelationKind kind);

/// What an INCLUDE clause puts into a column.
enum class IncludeKind : uint8_t { kKey, kPartition, kOffset, kTimestamp, kHeader };

struct Include {
  IncludeKind kind;
  std::string header_name;  // Only for kHeader.
};

struct Column {
  std::string name;
  sql::Type type;
  bool nullable;
  plan::ExprRef default_value;     // Null: none. Constant.
  std::optional<Include> include;  // None: decoded from the record.
  Span span;
};

struct Option {
  std::string key;
  std::string value;
  Span span;
  bool secret_blanked = false;  // A literal secret: the value is not kept.
};

struct OrderKey {
  uint32_t column;
  bool descending;
  bool nulls_first;
};

struct Relation {
  RelationKind kind;
  std::string name;
  Span span;  // Of the statement.
  Span name_span;
  std::vector<Column> columns;        // Of sources and tables; views have them in their plan.
  std::vector<Option> options;        // Of WITH.
  std::string format;                 // plain, upsert, debezium; empty: none.
  std::vector<uint32_t> primary_key;  // Columns; empty: none.
  bool append_only = false;           // Never retracts.
  plan::NodeRef plan;                 // Of views and sinks.
  uint32_t visible_columns = 0;       // Of views: columns after these are for ORDER BY only.
  std::vector<OrderKey> order;        // Of views, and of indexes as they were written.
  const Relation* target = nullptr;   // Of sinks FROM a relation, and of indexes.
  std::string schema{kPublicSchema};
  plan::NodeRef ad_hoc_plan;  // Of plain views: over the relations that keep rows. Null: there is none.
};

class Catalog {
 public:
  Catalog() = default;
  /// `base`, and relations of kTemporarySchema, which are found before its own. `base` must outlive it.
  Catalog(const Catalog& base, const std::vector<std::shared_ptr<const Relation>>& temporary);

  /// Null if the name is taken in its schema.
  Relation* add(Relation relation);
  /// Among the temporary ones, in pg_catalog, then in public.
  const Relation* find(std::string_view name) const;
  const Relation* find(std::string_view schema, std::string_view name) const;
  bool has_schema(std::string_view schema) const;
  /// Without temporary ones.
  const std::deque<Relation>& relations() const { return base_ ? base_->relations() : relations_; }
  /// Names of what a query can read.
  std::vector<std::string> readable_names() const;

  /// Functions that only queries have, because they ask for the session or for what there is; operators none.
  const std::vector<sql::Function>& session_functions() const {
    return base_ ? base_->session_functions() : session_functions_;
  }
  void set_session_functions(std::vector<sql::Function> functions) {
    session_functions_ = std::move(functions);
  }

 private:
  const Catalog* base_ = nullptr;
  std::map<std::string, std::shared_ptr<const Relation>, std::less<>> temporary_;
  std::vector<sql::Function> session_functions_;
  std::deque<Relation> relations_;  // Addresses are stable.
  std::map<std::string, std::map<std::string, Relation*, std::less<>>, std::less<>> by_name_;  // Of a schema.
};

}  // namespace sqlmill::catalog
