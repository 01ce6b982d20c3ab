// Queries that differ only in the values which they compare with are one statement with parameters, so that
// it is parsed, bound and planned once. `SELECT * FROM t WHERE id = 'x'` becomes `SELECT * FROM t WHERE id =
// $1`.
//
// Invariant: an untyped parameter becomes what an untyped literal in its place would, by the binder's same
// rule and the same conversion from text; where a literal's own type would matter (numbers), only types are
// taken for which it does not. What is not surely so is left alone.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "runtime/sql/type.h"

namespace sqlmill::rt::query {

class Prepared;

struct Literal {
  std::string text;
  bool is_number;

  /// Whether it may be a parameter of this type.
  bool fits(sql::Type type) const;
};

struct LiteralQuery {
  std::string sql;  // With parameters.
  std::vector<Literal> literals;
};

/// Nothing: it is no such query, or has no such literal.
std::optional<LiteralQuery> without_literals(std::string_view sql);

/// A statement, and what its parameters are made from.
struct PreparedLiterals {
  std::shared_ptr<const Prepared> prepared;
  std::vector<Literal> literals;
};

/// Texts with parameters that are no statements, though with literals they may be. For any number of threads.
class RefusedTexts {
 public:
  bool has(const std::string& sql) const;
  void add(const std::string& sql);

 private:
  mutable std::mutex mutex_;
  std::unordered_set<std::string> texts_;
};

}  // namespace sqlmill::rt::query
