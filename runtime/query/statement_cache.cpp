#include "runtime/query/statement_cache.h"

#include <algorithm>

namespace sqlmill::rt::query {

namespace {

constexpr size_t kMaxEntries = 256;
/// Longer ones are mostly INSERTs of many values, which come once.
constexpr size_t kMaxText = 16 * 1024;

std::string key_of(std::string_view sql, const std::vector<sql::Type>& types) {
  std::string key(sql);
  for (const sql::Type type : types) {
    key += '\0';
    key += static_cast<char>(type.id);
    key += static_cast<char>(type.element);
  }
  return key;
}

/// Differences in what is small decide nothing.
bool are_alike(double rows, double before) {
  constexpr double kFew = 1'000;
  const double most = std::max(rows, before) + kFew;
  return most <= 2 * (std::min(rows, before) + kFew);
}

}  // namespace

std::shared_ptr<const Prepared> StatementCache::find(std::string_view sql,
                                                     const std::vector<sql::Type>& types, double rows) {
  if (sql.size() > kMaxText) return nullptr;
  const std::string key = key_of(sql, types);
  const std::lock_guard lock(mutex_);
  const auto found = by_key_.find(key);
  if (found == by_key_.end() || !are_alike(rows, found->second->rows)) return nullptr;
  entries_.splice(entries_.begin(), entries_, found->second);
  return found->second->statement;
}

void StatementCache::add(std::string_view sql, const std::vector<sql::Type>& types, double rows,
                         std::shared_ptr<const Prepared> statement) {
  if (sql.size() > kMaxText) return;
  Entry entry{key_of(sql, types), rows, std::move(statement)};
  const std::lock_guard lock(mutex_);
  if (const auto found = by_key_.find(entry.key); found != by_key_.end()) {
    const auto old = found->second;
    by_key_.erase(found);
    entries_.erase(old);
  }
  entries_.push_front(std::move(entry));
  by_key_.emplace(entries_.front().key, entries_.begin());
  if (entries_.size() <= kMaxEntries) return;
  by_key_.erase(entries_.back().key);
  entries_.pop_back();
}

}  // namespace sqlmill::rt::query
