// One run of a query: what it may use, when it must stop, and the values that it was given.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <vector>

#include "runtime/engine/writers.h"
#include "runtime/sql/context.h"
#include "runtime/sql/vector.h"

namespace sqlmill::rt::query {

using base::Arena;
using sql::Chunk;
using sql::Context;
using sql::Datum;
using sql::ErrorCode;
using sql::Vector;

/// A statement that cannot go on. The message is PostgreSQL's where PostgreSQL has one.
class QueryError : public std::runtime_error {
 public:
  QueryError(ErrorCode code, const std::string& message) : std::runtime_error(message), code_(code) {}
  ErrorCode code() const { return code_; }

 private:
  ErrorCode code_;
};

class SessionFacts;
class SystemCatalog;
class TemporaryTables;

/// Limits of a run, and its surroundings. May be used by several threads at once.
struct Limits {
  size_t memory_bytes = size_t{1} << 30;
  std::chrono::steady_clock::time_point deadline = std::chrono::steady_clock::time_point::max();
  std::stop_token stop = {};              // Of another thread, to cancel it.
  SessionFacts* session = nullptr;        // Who runs it; null: nobody that has a session.
  const SystemCatalog* system = nullptr;  // The database sets it.
  TemporaryTables* temporary = nullptr;   // Of the session; null: it has none.
  engine::WriteUntil write_until = engine::WriteUntil::kDurable;  // Of a statement that changes tables.
  // What now() gives, in microseconds since 2000-01-01 UTC; nothing: when the run begins.
  std::optional<int64_t> now_micros = {};
};

/// What expressions are evaluated in: functions of the session and of the catalogs find both there. Those are
/// only in the plans of queries, which nothing else evaluates.
class StatementContext : public sql::Context {
 public:
  StatementContext(Arena& arena, const Limits& limits) : sql::Context(arena), limits_(limits) {}
  const Limits& limits() const { return limits_; }

 private:
  const Limits& limits_;
};

class Execution {
 public:
  Execution(const Limits& limits, std::vector<Datum> parameters)
      : limits_(limits),
        parameters_(std::move(parameters)),
        now_micros_(limits.now_micros ? *limits.now_micros : sql::current_micros()) {}
  Execution(const Execution&) = delete;
  Execution& operator=(const Execution&) = delete;

  /// `$1` is 0.
  const Datum& parameter(size_t index) const { return parameters_[index]; }

  const Limits& limits() const { return limits_; }
  int64_t now_micros() const { return now_micros_; }

  /// Operators call it between chunks; throws when the statement was cancelled or its time is over.
  void check();

  /// Memory that operators hold beyond a chunk. Throws when the budget is exceeded.
  void charge(size_t bytes);
  void give_back(size_t bytes) { used_bytes_ -= bytes; }
  size_t used_bytes() const { return used_bytes_; }
  size_t peak_bytes() const { return peak_bytes_; }

 private:
  const Limits limits_;
  const std::vector<Datum> parameters_;
  const int64_t now_micros_;
  size_t used_bytes_ = 0;
  size_t peak_bytes_ = 0;
};

/// Keeps what an operator has charged in step with what it holds, and gives it back when the operator goes.
class Charge {
 public:
  explicit Charge(Execution& execution) : execution_(execution) {}
  ~Charge() { execution_.give_back(charged_); }
  Charge(const Charge&) = delete;
  Charge& operator=(const Charge&) = delete;

  void set(size_t bytes) {
    if (bytes > charged_) execution_.charge(bytes - charged_);
    if (bytes < charged_) execution_.give_back(charged_ - bytes);
    charged_ = bytes;
  }

 private:
  Execution& execution_;
  size_t charged_ = 0;
};

/// Where an operator evaluates expressions: what they allocate lives until reset(), a chunk later.
class Evaluation {
 public:
  explicit Evaluation(Execution& execution) : execution_(execution), context_(arena_, execution.limits()) {
    context_.begin_statement(execution.now_micros());
  }

  Execution& execution() { return execution_; }
  Context& context() { return context_; }
  void reset() { arena_.reset(); }
  /// Throws what an expression has failed with.
  void check() {
    if (context_.failed()) [[unlikely]]
      raise();
  }

 private:
  [[noreturn]] void raise();

  Execution& execution_;
  Arena arena_{16 * 1024};
  StatementContext context_;
};

}  // namespace sqlmill::rt::query
