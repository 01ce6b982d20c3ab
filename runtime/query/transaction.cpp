#include "runtime/query/transaction.h"

#include <algorithm>

namespace sqlmill::rt::query {

void Transaction::keep_changes(size_t count) {
  for (; changes_.size() > count; changes_.pop_back()) changes_.back().overlay->undo(changes_.back().version);
}

void Transaction::add(const catalog::Relation& table, const ChangedRows& rows, Relations& base,
                      Overlay::Insertion insertion) {
  auto found = std::find_if(overlays_.begin(), overlays_.end(),
                            [&](const auto& overlay) { return &overlay->table() == &table; });
  if (found == overlays_.end()) found = overlays_.insert(overlays_.end(), std::make_shared<Overlay>(table));
  const uint32_t version = (*found)->version();
  (*found)->add(rows, base, insertion);
  changes_.push_back({found->get(), version});
}

}  // namespace sqlmill::rt::query
