// Relations as a transaction sees them: those of an epoch, and in tables what it has changed itself.
#pragma once

#include <map>
#include <memory>

#include "runtime/query/overlay.h"

namespace sqlmill::rt::query {

class OverlayRelations : public Relations {
 public:
  /// As the transaction's tables are now; what is changed later is not seen.
  OverlayRelations(std::unique_ptr<Relations> base, const std::vector<std::shared_ptr<Overlay>>& overlays);

  OperatorPtr scan(const catalog::Relation& relation, std::vector<uint32_t> columns,
                   Execution& execution) override;
  std::vector<uint32_t> key(const catalog::Relation& relation) const override { return base_->key(relation); }
  Chunk find(const catalog::Relation& relation, const std::vector<uint32_t>& columns,
             std::span<const Datum> keys) override;
  /// None of a table that is changed: it is scanned.
  std::span<const RelationIndex> indexes(const catalog::Relation& relation) const override;
  std::optional<std::vector<Datum>> keys(const RelationIndex& index, std::span<const Datum> values,
                                         Arena& memory) override {
    return base_->keys(index, values, memory);
  }

  Relations& base() { return *base_; }

 private:
  struct Seen {
    std::shared_ptr<Overlay> overlay;
    uint32_t version;
  };

  /// Null: the transaction has not changed the table.
  const Seen* seen(const catalog::Relation& relation) const;
  void check_readable(const catalog::Relation& view) const;

  const std::unique_ptr<Relations> base_;
  std::map<const catalog::Relation*, Seen> seen_;
};

}  // namespace sqlmill::rt::query
