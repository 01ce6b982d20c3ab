#include "runtime/query/overlay_relations.h"

#include <fmt/format.h>

#include <array>
#include <set>
#include <utility>

#include "runtime/ops/reading.h"

namespace sqlmill::rt::query {

namespace {

using State = Overlay::State;

Chunk chunk_of(const catalog::Relation& table, std::span<const uint32_t> columns) {
  Chunk chunk;
  for (const uint32_t column : columns)
    chunk.columns.emplace_back(column == ops::kRowNumber ? TypeId::kBigint : table.columns[column].type.id);
  return chunk;
}

/// The rows of the table that the transaction has not touched, then those that it has put there.
class OverlayScan : public Operator {
 public:
  /// `rows` gives the columns, then those of the overlay's identity().
  OverlayScan(Overlay& overlay, uint32_t version, std::vector<uint32_t> columns, OperatorPtr rows)
      : overlay_(overlay),
        version_(version),
        columns_(std::move(columns)),
        rows_(std::move(rows)),
        out_(chunk_of(overlay.table(), columns_)) {}

  const Chunk* next() override {
    while (!at_end_) {
      const Chunk* in = rows_->next();
      if (!in) {
        at_end_ = true;
        break;
      }
      if (const Chunk* rest = untouched(*in)) return rest;
    }
    out_.rows = 0;
    for (; entry_ < overlay_.entries() && out_.rows < sql::kVectorRows; ++entry_) {
      const Overlay::Sight sight = overlay_.sight(entry_, version_);
      if (sight.state == State::kPut) overlay_.read(entry_, sight.row, columns_, out_, out_.rows++);
    }
    return out_.rows > 0 ? &out_ : nullptr;
  }
  void rewind() override {
    rows_->rewind();
    at_end_ = false;
    entry_ = 0;
  }

 private:
  const Chunk* untouched(const Chunk& in) {
    std::vector<const Vector*> identity;
    for (size_t c = columns_.size(); c < in.columns.size(); ++c) identity.push_back(&in.columns[c]);
    std::array<uint32_t, sql::kVectorRows> entries;
    overlay_.find(identity, in.rows, entries.data());
    std::array<uint32_t, sql::kVectorRows> selected;
    uint32_t count = 0;
    for (uint32_t i = 0; i < in.rows; ++i) {
      if (entries[i] == Overlay::kNone || overlay_.sight(entries[i], version_).state == State::kAsItIs)
        selected[count++] = i;
    }
    for (size_t c = 0; c < columns_.size(); ++c)
      gather(in.columns[c], selected.data(), count, out_.columns[c]);
    out_.rows = count;
    return count > 0 ? &out_ : nullptr;
  }

  Overlay& overlay_;
  const uint32_t version_;
  const std::vector<uint32_t> columns_;
  const OperatorPtr rows_;
  Chunk out_;
  bool at_end_ = false;
  uint32_t entry_ = 0;
};

}  // namespace

OverlayRelations::OverlayRelations(std::unique_ptr<Relations> base,
                                   const std::vector<std::shared_ptr<Overlay>>& overlays)
    : base_(std::move(base)) {
  for (const std::shared_ptr<Overlay>& overlay : overlays) {
    if (overlay->is_changed()) seen_.emplace(&overlay->table(), Seen{overlay, overlay->version()});
  }
}

const OverlayRelations::Seen* OverlayRelations::seen(const catalog::Relation& relation) const {
  const auto found = seen_.find(&relation);
  return found == seen_.end() ? nullptr : &found->second;
}

/// A view has its rows from the epochs, and the transaction's changes are in none yet.
void OverlayRelations::check_readable(const catalog::Relation& view) const {
  if (seen_.empty() || view.kind != catalog::RelationKind::kMaterializedView) return;
  std::set<const plan::Node*> known;
  std::vector<plan::NodeRef> open = {view.plan};
  while (!open.empty()) {
    const plan::NodeRef node = std::move(open.back());
    open.pop_back();
    if (!node || !known.insert(node.get()).second) continue;
    const auto* scan = std::get_if<plan::Scan>(&node->op);
    if (scan && seen(*scan->relation)) {
      throw QueryError(
          ErrorCode::kFeatureNotSupported,
          fmt::format("the view \"{}\" cannot be read in a transaction that has changed the table \"{}\": "
                      "views follow when it is committed",
                      view.name, scan->relation->name));
    }
    for (plan::NodeRef& child : plan::children(node)) open.push_back(std::move(child));
  }
}

OperatorPtr OverlayRelations::scan(const catalog::Relation& relation, std::vector<uint32_t> columns,
                                   Execution& execution) {
  check_readable(relation);
  const Seen* changed = seen(relation);
  if (!changed) return base_->scan(relation, std::move(columns), execution);
  std::vector<uint32_t> wanted = columns;
  for (const uint32_t column : changed->overlay->identity()) wanted.push_back(column);
  return std::make_unique<OverlayScan>(*changed->overlay, changed->version, std::move(columns),
                                       base_->scan(relation, std::move(wanted), execution));
}

std::span<const RelationIndex> OverlayRelations::indexes(const catalog::Relation& relation) const {
  return seen(relation) ? std::span<const RelationIndex>() : base_->indexes(relation);
}

Chunk OverlayRelations::find(const catalog::Relation& relation, const std::vector<uint32_t>& columns,
                             std::span<const Datum> keys) {
  check_readable(relation);
  const Seen* changed = seen(relation);
  if (!changed) return base_->find(relation, columns, keys);
  Overlay& overlay = *changed->overlay;
  const std::vector<uint32_t> identity = overlay.identity();
  const auto count = static_cast<uint32_t>(keys.size() / identity.size());
  Chunk wanted = chunk_of(relation, identity);
  std::vector<const Vector*> key_columns;
  for (size_t c = 0; c < identity.size(); ++c) {
    for (uint32_t i = 0; i < count; ++i) wanted.columns[c].set_datum(i, keys[i * identity.size() + c]);
    key_columns.push_back(&wanted.columns[c]);
  }
  std::array<uint32_t, sql::kVectorRows> entries;
  overlay.find(key_columns, count, entries.data());
  std::vector<Datum> others;  // Keys that the transaction has not touched.
  std::vector<std::pair<uint32_t, uint32_t>> own;
  for (uint32_t i = 0; i < count; ++i) {
    const Overlay::Sight sight =
        entries[i] == Overlay::kNone ? Overlay::Sight{} : overlay.sight(entries[i], changed->version);
    if (sight.state == State::kPut) own.emplace_back(entries[i], sight.row);
    if (sight.state != State::kAsItIs) continue;
    const std::span<const Datum> key = keys.subspan(i * identity.size(), identity.size());
    others.insert(others.end(), key.begin(), key.end());
  }
  Chunk rows = others.empty() ? Chunk() : base_->find(relation, columns, others);
  if (own.empty()) return others.empty() ? chunk_of(relation, columns) : rows;
  Chunk found = std::exchange(rows, chunk_of(relation, columns));  // Which has no room for more.
  for (size_t c = 0; c < found.columns.size(); ++c)
    copy_rows(found.columns[c], 0, found.rows, rows.columns[c], 0);
  rows.rows = found.rows;
  for (const auto& [entry, row] : own) overlay.read(entry, row, columns, rows, rows.rows++);
  return rows;
}

}  // namespace sqlmill::rt::query
