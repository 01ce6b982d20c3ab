#include "runtime/main/session.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "runtime/main/summary.h"
#include "runtime/main/user_error.h"

namespace sqlmill::rt::main {

namespace {

constexpr uint64_t kMaxErrorsTold = 10;

std::string describe(const delta::ErrorRecord& error) {
  std::string text(error.relation);
  if (!error.source.empty() && error.source != error.relation) text += fmt::format(", from {}", error.source);
  if (error.partition) text += fmt::format(", partition {}", *error.partition);
  if (error.offset) text += fmt::format(", offset {}", *error.offset);
  return text + ": " + error.reason;
}

/// With the line of the statement and a mark under the place.
std::string statement_error_text(const std::string& sql, const query::StatementError& error) {
  std::string text = fmt::format("{} (SQLSTATE {})", error.what(), error.sqlstate());
  if (error.position()) {
    // Characters into bytes, then the line around them.
    size_t at = 0;
    for (uint32_t left = *error.position() - 1; at < sql.size() && left > 0; ++at) {
      if (at + 1 >= sql.size() || (static_cast<unsigned char>(sql[at + 1]) & 0xc0) != 0x80) --left;
    }
    const size_t begin = at == 0 ? 0 : sql.rfind('\n', at - 1) + 1;
    const size_t end = std::min(sql.find('\n', at), sql.size());
    size_t column = 0;
    for (size_t i = begin; i < at; ++i) column += (static_cast<unsigned char>(sql[i]) & 0xc0) != 0x80;
    text += fmt::format("\n  {}\n  {:>{}}", sql.substr(begin, end - begin), "^", column + 1);
  }
  if (!error.hint().empty()) text += fmt::format("\nhint: {}", error.hint());
  return text;
}

}  // namespace

Session::Session(const engine::PipelineInfo& pipeline, size_t workers, engine::ErrorTime error_time,
                 const PrintOptions& print, size_t threads)
    : pipeline_(pipeline),
      printed_(printed_relations(pipeline, print)),
      print_changes_(print.changes),
      workers_(workers),
      threads_(threads),
      error_time_(error_time),
      out_(STDOUT_FILENO),
      printer_(print.format, printed_.size() > 1, out_) {
  make_engine();
}

void Session::make_engine() {
  engine_ = std::make_unique<engine::Engine>(pipeline_, workers_, error_time_, threads_);
  engine_->on_write([this] { after_epoch(); });
  if (restarts_ && restarts_->are_wanted()) engine_->note_touched();
  if (!print_changes_) return;
  for (const PrintedRelation& relation : printed_) engine_->watch(relation.output);
}

void Session::restart_now_and_then() {
  Restarts restarts(pipeline_);
  if (!restarts.are_wanted()) return;
  restarts_ = std::move(restarts);
  make_engine();
}

void Session::restart_if_it_is_time() {
  if (!restarts_ || !restarts_->is_time(*engine_)) return;
  const uint64_t epochs = engine_->epochs();
  restarts_->save(*engine_);
  engine_.reset();
  make_engine();
  restarts_->load(*engine_, epochs);
}

void Session::run_statements(const std::stop_token& stop) {
  for (size_t i = 0; i < pipeline_.statements.size() && !stop.stop_requested(); ++i) {
    engine_->execute(i);
    after_epoch();
    restart_if_it_is_time();
  }
}

void Session::run_epoch(std::span<const engine::InputBatch> batches) {
  size_t records = 0;
  for (const engine::InputBatch& batch : batches) records += batch.records.size();
  epoch_times_.begin(records);
  engine_->run_epoch(batches);
  after_epoch();
  epoch_times_.end();
  restart_if_it_is_time();
}

void Session::run_beside(std::span<const engine::InputBatch> batches, bool is_told) {
  engine_->run_beside(batches, is_told);
  after_epoch();
}

/// Prints the epoch's changes, warns of its errors.
void Session::after_epoch() {
  warn_of_errors();
  if (on_epoch_) on_epoch_();
  if (!print_changes_) return;
  const auto rebuilding = engine_->rebuilding();
  for (const PrintedRelation& relation : printed_) {
    if (rebuilding && rebuilding->has(relation.output)) continue;
    printer_.print_changes(relation.name, engine_->output(relation.output), engine_->epochs(),
                           engine_->changes(relation.output));
  }
  out_.flush();
}

void Session::warn_of_errors() {
  const engine::ErrorRelation& errors = engine_->errors();
  const size_t count = errors.epoch_size();
  for (size_t i = 0; i < count && errors_told_ < kMaxErrorsTold; ++i, ++errors_told_) {
    spdlog::warn("{}", describe(errors.epoch_entry(i).record));
    if (errors_told_ + 1 == kMaxErrorsTold) spdlog::warn("further errors are in sqlmill_errors only");
  }
}

size_t Session::run_queries(const std::vector<std::string>& queries, const std::stop_token& stop) {
  if (queries.empty()) return 0;
  query::Database database(pipeline_, *engine_);
  if (engine_->epochs() == 0) engine_->run_epoch({});
  size_t failed = 0;
  engine_->serve_while([&] {
    for (size_t i = 0; i < queries.size() && !stop.stop_requested(); ++i) {
      const std::string error = run_query(database, queries[i], stop);
      out_.flush();
      if (error.empty()) continue;
      ++failed;
      fmt::print(stderr, "error: --query{}: {}\n", queries.size() > 1 ? fmt::format(" {}", i + 1) : "",
                 error);
    }
  });
  return failed;
}

std::string Session::run_query(query::Database& database, const std::string& sql,
                               const std::stop_token& stop) {
  try {
    query::Limits limits;
    limits.stop = stop;
    const std::unique_ptr<query::Result> result = database.run(database.prepare(sql), {}, limits);
    std::vector<engine::Column> columns;
    for (const plan::OutputColumn& column : result->columns()) columns.push_back({column.name, column.type});
    if (columns.empty()) {
      while (result->next()) {
      }
      out_.write(result->tag() + "\n");
    } else {
      printer_.print_query(columns, [&] { return result->next(); });
    }
    return "";
  } catch (const query::StatementError& error) {
    return statement_error_text(sql, error);
  } catch (const query::QueryError& error) {
    return fmt::format("{} (SQLSTATE {})", error.what(), sql::sqlstate(error.code()));
  }
}

void Session::finish() {
  if (!print_changes_) {
    const auto rebuilding = engine_->rebuilding();
    for (const PrintedRelation& relation : printed_) {
      if (rebuilding && rebuilding->has(relation.output)) {
        spdlog::warn("{} is not printed: it is being rebuilt", relation.name);
        continue;
      }
      printer_.print_rows(relation.name, engine_->output(relation.output), engine_->scan(relation.output));
    }
  }
  out_.flush();
  const std::string summary = summary_text(pipeline_, *engine_, duration(), epoch_times_);
  std::fwrite(summary.data(), 1, summary.size(), stderr);
}

Duration Session::duration() const {
  const Duration now = Duration::now();
  return {now.seconds - started_.seconds, now.cpu_seconds - started_.cpu_seconds};
}

}  // namespace sqlmill::rt::main
