// The hash aggregate of ad hoc queries over rows in memory: SELECT key, count(*), sum(v), min(v), max(v) …
// GROUP BY key. Prints milliseconds of several runs for some numbers of groups, and the statements with which
// PostgreSQL can be asked the same.
//
//   query_aggregate [ROWS]        rows: by default 1,000,000
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>

#include "compiler/bind/bind.h"
#include "compiler/parse/parse.h"
#include "runtime/query/builder.h"

namespace {

using namespace sqlmill;             // NOLINT
using namespace sqlmill::rt::query;  // NOLINT

/// Chunks that are made once.
class Memory : public Relations {
 public:
  std::vector<Chunk> chunks;

  OperatorPtr scan(const catalog::Relation&, std::vector<uint32_t> columns, Execution&) override {
    return std::make_unique<Reader>(chunks, std::move(columns));
  }
  std::vector<uint32_t> key(const catalog::Relation&) const override { return {}; }
  Chunk find(const catalog::Relation&, const std::vector<uint32_t>&, std::span<const Datum>) override {
    return {};
  }

 private:
  class Reader : public Operator {
   public:
    Reader(const std::vector<Chunk>& chunks, std::vector<uint32_t> columns)
        : chunks_(chunks), columns_(std::move(columns)) {}
    const Chunk* next() override {
      if (at_ == chunks_.size()) return nullptr;
      const Chunk& chunk = chunks_[at_++];
      out_.rows = chunk.rows;
      out_.columns.clear();
      for (const uint32_t column : columns_) out_.columns.push_back(chunk.columns[column]);
      return &out_;
    }
    void rewind() override { at_ = 0; }

   private:
    const std::vector<Chunk>& chunks_;
    const std::vector<uint32_t> columns_;
    Chunk out_;
    size_t at_ = 0;
  };
};

constexpr const char* kSql = R"(
CREATE TABLE t (k varchar, i integer, v bigint);
CREATE MATERIALIZED VIEW by_text AS SELECT k, count(*) AS c, sum(v) AS s, min(v) AS lo, max(v) AS hi FROM t GROUP BY k;
CREATE MATERIALIZED VIEW by_number AS SELECT i, count(*) AS c, sum(v) AS s, min(v) AS lo, max(v) AS hi FROM t GROUP BY i;
CREATE MATERIALIZED VIEW all_rows AS SELECT count(*) AS c, sum(v) AS s, min(v) AS lo, max(v) AS hi FROM t WHERE v % 3 = 0;
)";

}  // namespace

int main(int argc, char** argv) {
  const uint64_t rows = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 1'000'000;
  const source::Source source("bench.sql", kSql);
  diag::Sink sink;
  const ast::Script syntax = parse::parse_script(source, sink);
  const bind::Script script = bind::bind(source, syntax, sink);
  for (const uint64_t groups : {100ull, 10'000ull, 500'000ull}) {
    Memory memory;
    Arena texts;
    for (uint64_t at = 0; at < rows;) {
      Chunk chunk;
      for (const TypeId type : {TypeId::kText, TypeId::kInteger, TypeId::kBigint})
        chunk.columns.emplace_back(type);
      for (; at < rows && chunk.rows < rt::sql::kVectorRows; ++at, ++chunk.rows) {
        const uint64_t key = at * 7919 % groups;
        chunk.columns[0].set(chunk.rows, rt::sql::Text(texts.copy(fmt::format("session-{}", key))));
        chunk.columns[1].set(chunk.rows, static_cast<int32_t>(key));
        chunk.columns[2].set(chunk.rows, static_cast<int64_t>(at));
      }
      memory.chunks.push_back(std::move(chunk));
    }
    for (const char* view : {"by_text", "by_number", "all_rows"}) {
      std::vector<double> times;
      uint64_t result = 0;
      for (int run = 0; run < 7; ++run) {
        const auto begin = std::chrono::steady_clock::now();
        Execution execution({}, {});
        Builder builder(execution, memory);
        const OperatorPtr query = builder.build(script.catalog.find(view)->plan);
        result = 0;
        while (const Chunk* chunk = query->next()) result += chunk->rows;
        times.push_back(
            std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count());
      }
      std::sort(times.begin(), times.end());
      fmt::print("{:9} {:>8} groups: {:>8} rows, best {:7.1f} ms, median {:7.1f} ms\n", view, groups, result,
                 times[0], times[times.size() / 2]);
    }
    fmt::print(
        "  CREATE TABLE t AS SELECT 'session-' || x * 7919 % {0} AS k, (x * 7919 % {0})::int AS i, x AS v "
        "FROM "
        "generate_series(0::bigint, {1}) x\n",
        groups, rows - 1);
  }
}
