// Statements that were prepared before, by their text. A plan is right for ever, because the catalog of a
// program does not change; it is made anew when the relations have grown or shrunk so much that another one
// may be better.
#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "runtime/sql/type.h"

namespace sqlmill::rt::query {

class Prepared;

/// For any number of threads.
class StatementCache {
 public:
  /// Null: it is not there, or was made when there were many more or fewer rows.
  std::shared_ptr<const Prepared> find(std::string_view sql, const std::vector<sql::Type>& types,
                                       double rows);
  void add(std::string_view sql, const std::vector<sql::Type>& types, double rows,
           std::shared_ptr<const Prepared> statement);

 private:
  struct Entry {
    std::string key;
    double rows;  // Of all relations, when it was made.
    std::shared_ptr<const Prepared> statement;
  };

  std::mutex mutex_;
  std::list<Entry> entries_;  // The one that was used last comes first.
  std::unordered_map<std::string_view, std::list<Entry>::iterator> by_key_;
};

}  // namespace sqlmill::rt::query
