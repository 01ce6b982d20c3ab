// SQL over a running pipeline: statements are parsed, bound and optimised by the compiler's front end against
// the catalog of the pipeline's own SQL, and run by the operators of this folder.
#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/bind/bind.h"
#include "compiler/diag/diagnostic.h"
#include "runtime/engine/engine.h"
#include "runtime/query/engine_relations.h"
#include "runtime/query/literals.h"
#include "runtime/query/overlay_relations.h"
#include "runtime/query/result_columns.h"
#include "runtime/query/statement_cache.h"
#include "runtime/query/statistics.h"
#include "runtime/query/system_catalog.h"
#include "runtime/query/transaction.h"

namespace sqlmill::rt::query {

/// A statement that the front end does not accept.
class StatementError : public std::runtime_error {
 public:
  StatementError(std::string_view sqlstate, const std::string& message, std::string hint,
                 std::optional<uint32_t> position)
      : std::runtime_error(message), sqlstate_(sqlstate), hint_(std::move(hint)), position_(position) {}
  std::string_view sqlstate() const { return sqlstate_; }
  const std::string& hint() const { return hint_; }
  /// The character of the statement at which it is wrong, from 1.
  std::optional<uint32_t> position() const { return position_; }

 private:
  std::string_view sqlstate_;
  std::string hint_;
  std::optional<uint32_t> position_;
};

/// A statement that can be run, any number of times and by several threads at once.
class Prepared {
 public:
  /// `catalog`: null, or what the statement is bound to, if that may go.
  explicit Prepared(bind::BoundStatement bound, std::shared_ptr<const catalog::Catalog> catalog = nullptr,
                    std::vector<ColumnOrigin> origins = {}, bool is_quick = false)
      : catalog_(std::move(catalog)),
        bound_(std::move(bound)),
        result_(std::make_shared<const ResultColumns>(bound_.columns, std::move(origins))),
        is_quick_(is_quick) {}

  /// Of the rows that it gives.
  const std::vector<plan::OutputColumn>& columns() const { return bound_.columns; }
  /// Rows without columns, too, as a SELECT of nothing gives them.
  bool gives_rows() const {
    return !bound_.columns.empty() || std::holds_alternative<bind::QueryStatement>(bound_.node);
  }
  const std::shared_ptr<const ResultColumns>& result() const { return result_; }
  const std::vector<sql::Type>& parameter_types() const { return bound_.parameters; }
  const bind::BoundStatement& bound() const { return bound_; }
  /// Whether a run takes microseconds, but for what it waits for (quick.h).
  bool is_quick() const { return is_quick_; }

 private:
  const std::shared_ptr<const catalog::Catalog> catalog_;
  const bind::BoundStatement bound_;
  const std::shared_ptr<const ResultColumns> result_;
  const bool is_quick_;
};

/// The rows of a statement as they come. For one thread.
class Result {
 public:
  virtual ~Result() = default;
  virtual const std::vector<plan::OutputColumn>& columns() const = 0;
  /// The next rows; null at the end. Valid until the next call. Throws QueryError.
  virtual const Chunk* next() = 0;
  /// PostgreSQL's command tag, once the end is reached: `SELECT 3`.
  virtual std::string tag() const = 0;
};

class ChangeResult;
class TemporaryTables;
class LiveResult;
struct LiveStart;

class Database {
 public:
  /// Binds the pipeline's SQL, and has the engine keep its indexes: to be made by the thread that runs the
  /// epochs, between them. Both must outlive this.
  Database(const engine::PipelineInfo& pipeline, engine::Engine& engine);
  ~Database();

  /// One statement; what was prepared before is remembered. Throws StatementError.
  std::shared_ptr<const Prepared> prepare(std::string_view sql, std::vector<sql::Type> parameter_types = {});
  /// One statement that may name temporary tables.
  std::shared_ptr<const Prepared> prepare(std::string_view sql, const std::vector<sql::Type>& parameter_types,
                                          TemporaryTables& temporary);
  /// The statement with parameters for the values that it compares with, if it is one for which that makes no
  /// difference.
  std::optional<PreparedLiterals> prepare_without_literals(std::string_view sql);
  /// The table of a CREATE TABLE, as a temporary one. Throws StatementError.
  static catalog::Relation bind_table(std::string_view sql);
  /// The last sealed epoch, to run several queries over. `limits` are those of what its queries wait for.
  std::shared_ptr<engine::Snapshot> pin(const Limits& limits);
  /// Runs it over the last sealed epoch, or in a transaction. `limits` must outlive the result. Throws
  /// QueryError.
  std::unique_ptr<Result> run(std::shared_ptr<const Prepared> statement, std::vector<Datum> parameters,
                              const Limits& limits, Transaction* transaction = nullptr);
  /// Applies what the transaction has changed, in one epoch. Throws QueryError or CommitError, and then
  /// nothing has changed.
  void commit(Transaction transaction, const Limits& limits);

  /// The rows of a relation, and then its changes as they come. Throws StatementError or QueryError.
  std::unique_ptr<LiveResult> follow(const catalog::Relation& relation, const LiveStart& start,
                                     const Limits& limits);

  const catalog::Catalog& catalog() const;
  /// Views that cannot be read yet, and how far they are: `countries: 43 % of the messages of clicks`.
  std::vector<std::string> rebuilding() const;
  /// The pipeline's file, to which the catalog's spans refer.
  std::string_view sql() const { return pipeline_.sql; }

 private:
  struct OwnSql;

  void add_indexes();
  bind::BoundStatement bind(std::string_view sql, const std::vector<sql::Type>& parameter_types,
                            const catalog::Catalog& catalog, const EngineStatistics& statistics) const;
  /// Queries in it have their plans optimized.
  static void optimize(bind::BoundStatement& statement, const EngineStatistics& statistics);
  std::shared_ptr<const EngineStatistics> statistics();
  std::unique_ptr<Relations> relations(const Limits& limits, const Transaction* transaction);
  /// Those of a transaction.
  std::unique_ptr<OverlayRelations> own_relations(const Limits& limits, const Transaction& transaction);
  size_t input_of(const catalog::Relation& table) const;
  engine::TableWrite write_of(ChangeResult& result, Relations& rows) const;
  std::unique_ptr<Result> change(std::shared_ptr<const Prepared> statement, std::vector<Datum> parameters,
                                 const Limits& limits);
  std::unique_ptr<Result> change_temporary(std::shared_ptr<const Prepared> statement,
                                           std::vector<Datum> parameters, const Limits& limits,
                                           const Transaction* transaction);
  std::unique_ptr<Result> stage(std::shared_ptr<const Prepared> statement, std::vector<Datum> parameters,
                                const Limits& limits, Transaction& transaction);

  const engine::PipelineInfo& pipeline_;
  engine::Engine& engine_;
  std::unique_ptr<OwnSql> own_;
  RelationIndexes indexes_;
  const EngineRelations no_rows_{pipeline_, indexes_, nullptr};  // Knows keys.
  StatementCache prepared_;
  RefusedTexts refused_;  // Without literals.
  std::unique_ptr<SystemCatalog> system_;
  std::mutex mutex_;  // For what follows.
  std::shared_ptr<const EngineStatistics> statistics_;
  std::chrono::steady_clock::time_point statistics_taken_;
};

}  // namespace sqlmill::rt::query
