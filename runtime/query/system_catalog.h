// What pg_catalog and information_schema say of a pipeline: its relations with numbers (oids) that are the
// same after each start, and the rows of each system relation, made when somebody reads it.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/bind/bind.h"
#include "compiler/catalog/catalog.h"
#include "runtime/engine/engine.h"
#include "runtime/query/result_columns.h"
#include "runtime/query/session_facts.h"
#include "runtime/query/system_rows.h"

namespace sqlmill::rt::query {

inline constexpr uint32_t kCatalogSchemaOid = 11;
inline constexpr uint32_t kPublicSchemaOid = 2200;
inline constexpr uint32_t kInformationSchemaOid = 13246;
inline constexpr uint32_t kTemporarySchemaOid = 13900;
inline constexpr uint32_t kDatabaseOid = 5;
/// The owner of everything.
inline constexpr uint32_t kOwnerOid = 10;
inline constexpr std::string_view kOwnerName = "root";
inline constexpr uint32_t kClassOid = 1259;

/// A row of pg_type.
struct SystemType {
  uint32_t oid;
  std::string_view name;
  std::string_view sql_name;
  int16_t length;
  bool by_value;
  char kind;
  char category;
  bool preferred;
  uint32_t element;
  uint32_t array;
  char alignment;
  char storage;
  uint32_t collation;
  uint32_t input, output, receive, send, modifier_input, modifier_output;
};
const std::vector<SystemType>& system_types();
/// Null: there is none.
const SystemType* find_system_type(uint32_t oid);
/// By any name: `int4`, `integer`, `_text`, `text[]`, `pg_catalog.int4`.
const SystemType* find_system_type(std::string_view name);

/// A function, operator or aggregate as pg_proc has it.
struct SystemProcedure {
  uint32_t oid;
  std::string name;
  char kind;  // f, a, w
  uint32_t result;
  std::vector<int64_t> arguments;
  char volatility;
  bool strict;
  bool variadic;
};

/// What has a row in pg_class.
struct SystemObject {
  struct Column {
    std::string name;
    uint32_t type;
    int32_t modifier = -1;
    bool not_null = false;
    std::string default_text;  // Empty: none.
  };
  uint32_t oid = 0;
  char kind = 'r';
  std::string schema;
  std::string name;
  std::vector<Column> columns;
  std::vector<uint32_t> key;  // Columns of the primary key, of an index those that it is over.
  uint32_t key_index = 0;     // The index of the primary key, its constraint has the number behind it.
  uint32_t table = 0;         // Of an index.
  std::string definition;     // Of a view, its query.
  const catalog::Relation* relation = nullptr;  // Of the pipeline's own.

  bool is_system() const { return relation == nullptr; }
  bool is_temporary() const { return schema == catalog::kTemporarySchema; }
  uint32_t schema_oid() const;
  /// pg_class.reltype; system relations have none.
  uint32_t row_type() const { return is_system() || kind == 'i' ? 0 : oid + 1; }
};

class SystemCatalog;
/// What the rows of a system relation are made from.
struct SystemView {
  const SystemCatalog& catalog;
  SessionFacts& session;
};
using SystemFill = void (*)(const SystemView& view, SystemRows& rows);

class SystemCatalog {
 public:
  /// Adds the system relations and their functions to `catalog`; `sql` is the text that its spans are of.
  SystemCatalog(catalog::Catalog& catalog, std::string_view sql, const engine::PipelineInfo& pipeline,
                engine::Engine& engine);
  /// `of_pipeline`, and the temporary tables of a session. Both must outlive it.
  SystemCatalog(const SystemCatalog& of_pipeline, const std::vector<const catalog::Relation*>& temporary);

  /// Of one that this has added.
  std::shared_ptr<const SystemRows> rows(const catalog::Relation& relation, SessionFacts* session) const;

  const std::vector<SystemObject>& objects() const { return objects_; }
  const SystemObject* find(uint32_t oid) const;
  /// `name`, `schema.name`, quoted or not. Null: there is none.
  const SystemObject* find(std::string_view name) const;
  /// The numbers of columns.
  std::vector<ColumnOrigin> numbers_of(const std::vector<bind::Origin>& origins) const;
  const std::vector<SystemProcedure>& procedures() const { return procedures_; }
  const std::vector<SystemProcedure>& operators() const { return operators_; }
  const engine::PipelineInfo& pipeline() const { return pipeline_; }
  engine::Engine& engine() const { return engine_; }
  bool has_temporary() const { return has_temporary_; }
  /// Says what replay and tests say that have no session.
  static SessionFacts& no_session();

 private:
  void add_object(const catalog::Relation& relation, std::string_view sql);
  void add_key(SystemObject& object, const std::vector<uint32_t>& key);
  uint32_t oid_for(std::string_view text);

  const engine::PipelineInfo& pipeline_;
  engine::Engine& engine_;
  const bool has_temporary_ = false;
  std::vector<SystemObject> objects_;
  std::map<uint32_t, size_t> by_oid_;
  std::vector<SystemProcedure> procedures_;
  std::vector<SystemProcedure> operators_;
  mutable std::mutex mutex_;
  mutable std::map<std::string, std::shared_ptr<const SystemRows>> kept_;  // Of relations that never change.
};

/// The parts of a name: `"A b".c` has two.
std::vector<std::string> split_name(std::string_view name);
/// `format_type(oid, modifier)`.
std::string format_system_type(uint32_t oid, int32_t modifier);
uint32_t schema_oid(std::string_view name);
/// Null: the relation has no rows.
SystemFill find_fill(std::string_view schema, std::string_view name, bool& changes);
std::vector<sql::Function> session_functions();

}  // namespace sqlmill::rt::query
