#include "runtime/query/database.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "compiler/parse/parse.h"
#include "compiler/parse/text_checks.h"
#include "runtime/base/duty.h"
#include "runtime/engine/fault.h"
#include "runtime/query/change.h"
#include "runtime/query/explain_json.h"
#include "runtime/query/live_result.h"
#include "runtime/query/profile.h"
#include "runtime/query/quick.h"
#include "runtime/query/temporary_tables.h"
#include "runtime/sql/jsonb.h"

namespace sqlmill::rt::query {

namespace {

uint32_t characters(std::string_view text) {
  uint32_t count = 0;
  for (const char c : text) count += (static_cast<unsigned char>(c) & 0xc0) != 0x80;
  return count;
}

/// Throws the first of the errors.
void raise_first(const source::Source& source, const diag::Sink& sink) {
  for (const diag::Diagnostic& diagnostic : sink.sorted()) {
    if (diag::severity(diagnostic.code) != diag::Severity::kError) continue;
    throw StatementError(diagnostic.sqlstate, diagnostic.message, diagnostic.hint,
                         characters(source.text().substr(0, diagnostic.span.begin)) + 1);
  }
}

/// Everything that the operators of one run need, in the order in which it must be made.
class RunningQuery : public Result {
 public:
  RunningQuery(std::shared_ptr<const Prepared> statement, const plan::NodeRef& plan,
               std::unique_ptr<Relations> relations, std::shared_ptr<const SystemCatalog> system,
               std::vector<Datum> parameters, const Limits& limits)
      : statement_(std::move(statement)),
        relations_(std::move(relations)),
        system_(std::move(system)),
        execution_(limits, std::move(parameters)),
        builder_(execution_, *relations_),
        root_(builder_.build(plan)) {}

  const std::vector<plan::OutputColumn>& columns() const override { return statement_->columns(); }

  const Chunk* next() override {
    execution_.check();
    const Chunk* chunk = root_->next();
    if (chunk) rows_ += chunk->rows;
    return chunk;
  }

  std::string tag() const override { return fmt::format("SELECT {}", rows_); }

 private:
  std::shared_ptr<const Prepared> statement_;
  std::unique_ptr<Relations> relations_;
  std::shared_ptr<const SystemCatalog> system_;  // Null, or what `limits` has.
  Execution execution_;
  Builder builder_;
  OperatorPtr root_;
  uint64_t rows_ = 0;
};

/// The lines of EXPLAIN.
class Explanation : public Result {
 public:
  explicit Explanation(std::shared_ptr<const Prepared> statement, const std::vector<std::string>& lines)
      : statement_(std::move(statement)) {
    for (const std::string& line : lines) lines_.push_back(memory_.copy(line));
    out_.columns.emplace_back(statement_->columns()[0].type.id);
  }
  const std::vector<plan::OutputColumn>& columns() const override { return statement_->columns(); }
  const Chunk* next() override {
    out_.rows = 0;
    for (; at_ < lines_.size() && out_.rows < sql::kVectorRows; ++at_)
      out_.columns[0].set_datum(out_.rows++, value(lines_[at_]));
    return out_.rows > 0 ? &out_ : nullptr;
  }
  std::string tag() const override { return "EXPLAIN"; }

 private:
  Datum value(std::string_view line) {
    if (out_.columns[0].type() == TypeId::kText) return Datum(sql::Text(line));
    sql::Context context(memory_);
    return Datum(sql::jsonb_from_text(context, line));
  }

  std::shared_ptr<const Prepared> statement_;
  Arena memory_{4 * 1024};
  std::vector<std::string_view> lines_;
  Chunk out_;
  size_t at_ = 0;
};

/// Which a change is to.
const catalog::Relation& table_of(const bind::BoundStatement& statement) {
  if (const auto* insert = std::get_if<bind::InsertStatement>(&statement.node)) return *insert->table;
  if (const auto* update = std::get_if<bind::UpdateStatement>(&statement.node)) return *update->table;
  return *std::get<bind::DeleteStatement>(statement.node).table;
}

bool has_temporary(const Limits& limits) {
  return limits.temporary && !limits.temporary->empty();
}

std::vector<std::string> explain(const plan::NodeRef& plan, bool analyze, Relations& relations,
                                 std::vector<Datum> parameters, const Limits& limits) {
  const auto lookup = [&](const plan::Filter& filter) { return lookup_of(filter, relations); };
  if (!analyze) return explain_lines(plan, nullptr, lookup);
  Execution execution(limits, std::move(parameters));
  Profile profile;
  Builder builder(execution, relations, &profile);
  const auto begin = std::chrono::steady_clock::now();
  const OperatorPtr root = builder.build(plan);
  while (root->next()) {
  }
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
  std::vector<std::string> lines = explain_lines(plan, &profile, lookup);
  lines.push_back(fmt::format("Memory: {} KiB at most", execution.peak_bytes() >> 10));
  lines.push_back(fmt::format("Execution Time: {:.3f} ms", seconds.count() * 1e3));
  return lines;
}

/// `Update of orders`.
std::string change_head(const bind::BoundStatement& statement) {
  if (const auto* insert = std::get_if<bind::InsertStatement>(&statement.node))
    return fmt::format("Insert into {}", insert->table->name);
  if (const auto* update = std::get_if<bind::UpdateStatement>(&statement.node))
    return fmt::format("Update of {}", update->table->name);
  return fmt::format("Delete from {}", std::get<bind::DeleteStatement>(statement.node).table->name);
}

}  // namespace

/// A statement that has changed a table: what it returns is there already.
class ChangeResult : public Result {
 public:
  ChangeResult(std::shared_ptr<const Prepared> statement, std::vector<Datum> parameters, const Limits& limits,
               bool keeps_before)
      : statement_(std::move(statement)),
        execution_(limits, std::move(parameters)),
        change_(execution_, statement_->columns(), keeps_before) {}

  const catalog::Relation& table() const { return table_of(statement_->bound()); }
  ChangedRows compute(Relations& rows) {
    const auto& node = statement_->bound().node;
    if (const auto* insert = std::get_if<bind::InsertStatement>(&node)) return change_.insert(*insert, rows);
    if (const auto* update = std::get_if<bind::UpdateStatement>(&node)) return change_.update(*update, rows);
    return change_.remove(std::get<bind::DeleteStatement>(node), rows);
  }

  const Prepared& statement() const { return *statement_; }

  const std::vector<plan::OutputColumn>& columns() const override { return statement_->columns(); }
  const Chunk* next() override {
    return at_ < change_.returned().size() ? &change_.returned()[at_++] : nullptr;
  }
  std::string tag() const override {
    const bool is_insert = std::holds_alternative<bind::InsertStatement>(statement_->bound().node);
    const bool is_update = std::holds_alternative<bind::UpdateStatement>(statement_->bound().node);
    return fmt::format("{} {}", is_insert ? "INSERT 0" : is_update ? "UPDATE" : "DELETE", change_.rows());
  }

 private:
  std::shared_ptr<const Prepared> statement_;
  Execution execution_;
  Change change_;
  size_t at_ = 0;
};

struct Database::OwnSql {
  explicit OwnSql(const engine::PipelineInfo& pipeline)
      : source(std::string(pipeline.name) + ".sql", std::string(pipeline.sql)),
        syntax(parse::parse_script(source, sink)),
        script(bind::bind(source, syntax, sink)) {}

  source::Source source;
  diag::Sink sink;
  ast::Script syntax;
  bind::Script script;
};

Database::Database(const engine::PipelineInfo& pipeline, engine::Engine& engine)
    : pipeline_(pipeline), engine_(engine), own_(std::make_unique<OwnSql>(pipeline)) {
  if (own_->sink.has_errors()) {
    throw engine::Fault(fmt::format("internal error: the program does not understand its own SQL: {}",
                                    own_->sink.sorted().front().message));
  }
  add_indexes();
  system_ = std::make_unique<SystemCatalog>(own_->script.catalog, pipeline_.sql, pipeline_, engine_);
}

Database::~Database() = default;

/// An index finds keys, so what has none is not indexed; nor is what the key finds already.
void Database::add_indexes() {
  for (const catalog::Relation& index : own_->script.catalog.relations()) {
    if (index.kind != catalog::RelationKind::kIndex || index.primary_key.empty()) continue;
    for (size_t output = 0; output < pipeline_.outputs.size(); ++output) {
      const engine::OutputInfo& info = pipeline_.outputs[output];
      if (info.name != index.target->name || !info.is_readable || info.key.empty()) continue;
      const size_t number = engine_.add_index(index.name, output, index.primary_key);
      indexes_[index.target].push_back({index.name, index.primary_key, number});
      break;
    }
  }
}

const catalog::Catalog& Database::catalog() const {
  return own_->script.catalog;
}

std::vector<std::string> Database::rebuilding() const {
  std::vector<std::string> views;
  const std::shared_ptr<engine::Rebuilding> rebuilding = engine_.rebuilding();
  for (size_t i = 0; rebuilding && i < pipeline_.outputs.size(); ++i) {
    if (rebuilding->has(i) && pipeline_.outputs[i].is_readable)
      views.push_back(fmt::format("{}: {}", pipeline_.outputs[i].name, rebuilding->progress()));
  }
  return views;
}

std::shared_ptr<const Prepared> Database::prepare(std::string_view sql,
                                                  std::vector<sql::Type> parameter_types) {
  const std::shared_ptr<const EngineStatistics> statistics = this->statistics();
  const double rows = statistics->all_rows();
  if (auto known = prepared_.find(sql, parameter_types, rows)) return known;
  base::give_duty_away();
  bind::BoundStatement bound = bind(sql, parameter_types, catalog(), *statistics);
  const auto* query = std::get_if<bind::QueryStatement>(&bound.node);
  const bool is_quick = query && query::is_quick(query->node, no_rows_);
  std::vector<ColumnOrigin> origins = system_->numbers_of(bound.origins);
  auto prepared = std::make_shared<const Prepared>(std::move(bound), nullptr, std::move(origins), is_quick);
  prepared_.add(sql, parameter_types, rows, prepared);
  return prepared;
}

std::shared_ptr<const Prepared> Database::prepare(std::string_view sql,
                                                  const std::vector<sql::Type>& parameter_types,
                                                  TemporaryTables& temporary) {
  if (temporary.empty()) return prepare(sql, parameter_types);
  base::give_duty_away();
  std::shared_ptr<const catalog::Catalog> catalog = temporary.catalog();
  bind::BoundStatement bound = bind(sql, parameter_types, *catalog, *statistics());
  std::vector<ColumnOrigin> origins = temporary.system(*system_)->numbers_of(bound.origins);
  return std::make_shared<const Prepared>(std::move(bound), std::move(catalog), std::move(origins));
}

bind::BoundStatement Database::bind(std::string_view sql, const std::vector<sql::Type>& parameter_types,
                                    const catalog::Catalog& catalog,
                                    const EngineStatistics& statistics) const {
  const source::Source source("query", std::string(sql));
  diag::Sink sink;
  const ast::Script syntax = parse::parse_script(source, sink);
  raise_first(source, sink);
  if (syntax.statements.size() != 1) {
    throw StatementError("42601",
                         syntax.statements.empty()
                             ? "there is no statement"
                             : "cannot insert multiple commands into a prepared statement",
                         "", std::nullopt);
  }
  std::optional<bind::BoundStatement> bound =
      bind::bind_statement(source, syntax.statements.front(), catalog, sink, parameter_types);
  raise_first(source, sink);
  optimize(*bound, statistics);
  return *std::move(bound);
}

catalog::Relation Database::bind_table(std::string_view sql) {
  const source::Source source("query", std::string(sql));
  diag::Sink sink;
  const ast::Script syntax = parse::parse_script(source, sink);
  raise_first(source, sink);
  const bind::Script script = bind::bind(source, syntax, sink);
  raise_first(source, sink);
  catalog::Relation relation = script.catalog.relations().front();
  relation.schema = catalog::kTemporarySchema;
  relation.append_only = false;
  return relation;
}

std::optional<PreparedLiterals> Database::prepare_without_literals(std::string_view sql) {
  std::optional<LiteralQuery> query = without_literals(sql);
  if (!query || refused_.has(query->sql)) return std::nullopt;
  try {
    std::shared_ptr<const Prepared> prepared = prepare(query->sql);
    const std::vector<sql::Type>& types = prepared->parameter_types();
    const bool fits = types.size() == query->literals.size() &&
                      std::equal(types.begin(), types.end(), query->literals.begin(),
                                 [](sql::Type type, const Literal& literal) { return literal.fits(type); });
    if (fits) return PreparedLiterals{std::move(prepared), std::move(query->literals)};
  } catch (const StatementError&) {
    refused_.add(query->sql);  // Of what was written it will be said what is wrong, and where.
    return std::nullopt;
  }
  refused_.add(query->sql);
  return std::nullopt;
}

void Database::optimize(bind::BoundStatement& statement, const EngineStatistics& statistics) {
  if (auto* explained = std::get_if<bind::ExplainStatement>(&statement.node))
    optimize(*explained->statement, statistics);
  if (auto* query = std::get_if<bind::QueryStatement>(&statement.node))
    query->node = optimize::optimize_query(query->node, statistics);
  if (auto* insert = std::get_if<bind::InsertStatement>(&statement.node))
    insert->rows = optimize::optimize_query(insert->rows, statistics);
}

std::shared_ptr<const EngineStatistics> Database::statistics() {
  constexpr std::chrono::seconds kKept(1);
  const std::lock_guard lock(mutex_);
  const auto now = std::chrono::steady_clock::now();
  if (!statistics_ || now - statistics_taken_ > kKept) {
    try {
      statistics_ = std::make_shared<const EngineStatistics>(pipeline_, engine_.readers().counters());
    } catch (const engine::ReadError& error) {
      raise(error);
    }
    statistics_taken_ = now;
  }
  return statistics_;
}

std::shared_ptr<engine::Snapshot> Database::pin(const Limits& limits) {
  try {
    return engine_.readers().pin({limits.stop, limits.deadline});
  } catch (const engine::ReadError& error) {
    raise(error);
  }
}

std::unique_ptr<Relations> Database::relations(const Limits& limits, const Transaction* transaction) {
  std::unique_ptr<Relations> rows;
  if (transaction)
    rows = own_relations(limits, *transaction);
  else
    rows = std::make_unique<EngineRelations>(pipeline_, indexes_, pin(limits));
  if (!has_temporary(limits)) return rows;
  return std::make_unique<TemporaryRelations>(std::move(rows), *limits.temporary);
}

std::unique_ptr<OverlayRelations> Database::own_relations(const Limits& limits,
                                                          const Transaction& transaction) {
  std::shared_ptr<engine::Snapshot> snapshot = transaction.snapshot;
  return std::make_unique<OverlayRelations>(
      std::make_unique<EngineRelations>(pipeline_, indexes_, snapshot ? std::move(snapshot) : pin(limits)),
      transaction.overlays());
}

size_t Database::input_of(const catalog::Relation& table) const {
  const auto& inputs = pipeline_.inputs;
  const auto found = std::find_if(inputs.begin(), inputs.end(),
                                  [&](const engine::InputInfo& input) { return input.name == table.name; });
  return static_cast<size_t>(found - inputs.begin());
}

/// Rows of an UPDATE keep their key, so the new ones overwrite the old ones.
engine::TableWrite Database::write_of(ChangeResult& result, Relations& rows) const {
  const catalog::Relation& table = result.table();
  ChangedRows changed = result.compute(rows);
  engine::TableWrite write{input_of(table), {}, std::move(changed.after)};
  if (write.inserted.empty() || table.primary_key.empty())
    write.erased.assign(changed.numbers.begin(), changed.numbers.end());
  return write;
}

std::unique_ptr<Result> Database::change(std::shared_ptr<const Prepared> statement,
                                         std::vector<Datum> parameters, const Limits& limits) {
  auto result = std::make_unique<ChangeResult>(std::move(statement), std::move(parameters), limits, false);
  const auto compute_one = [&]() -> std::vector<engine::TableWrite> {
    return {write_of(*result, *relations(limits, nullptr))};
  };
  try {
    engine_.writers().write({limits.stop, limits.deadline}, compute_one, limits.write_until);
  } catch (const engine::ReadError& error) {
    raise(error);
  }
  return result;
}

std::unique_ptr<Result> Database::stage(std::shared_ptr<const Prepared> statement,
                                        std::vector<Datum> parameters, const Limits& limits,
                                        Transaction& transaction) {
  const auto* insert = std::get_if<bind::InsertStatement>(&statement->bound().node);
  const auto insertion = insert && insert->on_conflict ? Overlay::Insertion::kOnConflict
                         : transaction.is_blind        ? Overlay::Insertion::kBlind
                                                       : Overlay::Insertion::kChecked;
  auto result = std::make_unique<ChangeResult>(std::move(statement), std::move(parameters), limits, true);
  const std::unique_ptr<OverlayRelations> rows = own_relations(limits, transaction);
  const auto compute = [&] {
    if (!has_temporary(limits)) return result->compute(*rows);
    TemporaryRelations with_temporary(*rows, *limits.temporary);
    return result->compute(with_temporary);
  };
  transaction.add(result->table(), compute(), rows->base(), insertion);
  return result;
}

std::unique_ptr<Result> Database::change_temporary(std::shared_ptr<const Prepared> statement,
                                                   std::vector<Datum> parameters, const Limits& limits,
                                                   const Transaction* transaction) {
  auto result = std::make_unique<ChangeResult>(std::move(statement), std::move(parameters), limits, false);
  const auto* insert = std::get_if<bind::InsertStatement>(&result->statement().bound().node);
  limits.temporary->apply(result->table(), result->compute(*relations(limits, transaction)),
                          insert && insert->on_conflict);
  return result;
}

std::unique_ptr<LiveResult> Database::follow(const catalog::Relation& relation, const LiveStart& start,
                                             const Limits& limits) {
  return std::make_unique<LiveResult>(pipeline_, engine_, relation, start, limits);
}

void Database::commit(Transaction transaction, const Limits& limits) {
  const auto& overlays = transaction.overlays();
  if (std::none_of(overlays.begin(), overlays.end(), [](const auto& o) { return o->is_changed(); })) return;
  // It has read what it will, and the newest rows need no second epoch that is kept.
  transaction.snapshot.reset();
  const auto collect = [&] {
    const std::unique_ptr<Relations> newest = relations(limits, nullptr);
    std::vector<engine::TableWrite> writes;
    for (const std::shared_ptr<Overlay>& overlay : overlays)
      writes.push_back(overlay->write(input_of(overlay->table()), *newest));
    return writes;
  };
  try {
    engine_.writers().write({limits.stop, limits.deadline}, collect, limits.write_until);
  } catch (const engine::ReadError& error) {
    raise(error);
  }
}

std::unique_ptr<Result> Database::run(std::shared_ptr<const Prepared> statement,
                                      std::vector<Datum> parameters, const Limits& given,
                                      Transaction* transaction) {
  Limits limits = given;
  std::shared_ptr<const SystemCatalog> own_system;
  if (has_temporary(limits)) own_system = limits.temporary->system(*system_);
  limits.system = own_system ? own_system.get() : system_.get();
  const bind::BoundStatement* bound = &statement->bound();
  const auto* explained = std::get_if<bind::ExplainStatement>(&bound->node);
  if (explained) bound = explained->statement.get();
  const auto* query = std::get_if<bind::QueryStatement>(&bound->node);
  if (explained) {
    if (!query && explained->analyze)
      throw QueryError(ErrorCode::kFeatureNotSupported, "EXPLAIN ANALYZE is for queries only");
    const std::unique_ptr<Relations> rows = relations(limits, transaction);
    std::vector<std::string> lines = explain(query ? query->node : rows_of_change(*bound), explained->analyze,
                                             *rows, std::move(parameters), limits);
    if (!query) {
      for (std::string& line : lines) line.insert(0, "  ");
      lines.insert(lines.begin(), change_head(*bound));
    }
    if (statement->columns()[0].type.id == TypeId::kJsonb) lines = {explain_json(lines)};
    return std::make_unique<Explanation>(std::move(statement), lines);
  }
  if (!query && is_temporary(table_of(*bound)))
    return change_temporary(std::move(statement), std::move(parameters), limits, transaction);
  if (!query && transaction) return stage(std::move(statement), std::move(parameters), limits, *transaction);
  if (!query) return change(std::move(statement), std::move(parameters), limits);
  std::unique_ptr<Relations> rows = relations(limits, transaction);
  const plan::NodeRef plan = query->node;
  return std::make_unique<RunningQuery>(std::move(statement), plan, std::move(rows), std::move(own_system),
                                        std::move(parameters), limits);
}

}  // namespace sqlmill::rt::query
