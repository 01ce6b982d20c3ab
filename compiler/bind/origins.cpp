#include "compiler/bind/origins.h"

#include <unordered_map>

#include "compiler/plan/node.h"

namespace sqlmill::bind {

namespace {

class Tracer {
 public:
  explicit Tracer(const catalog::Catalog& catalog) {
    for (const catalog::Relation& relation : catalog.relations()) {
      if (relation.kind == catalog::RelationKind::kView && relation.ad_hoc_plan)
        views_.emplace(relation.ad_hoc_plan.get(), &relation);
    }
  }

  Origin trace(const plan::Node& node, uint32_t column) const {
    if (const auto view = views_.find(&node); view != views_.end()) return {view->second, column};
    return std::visit(Step{*this, column}, node.op);
  }
  Origin trace(const plan::ExprRef& expr, const plan::Node& input) const {
    const auto* column = std::get_if<plan::Column>(&expr->node);
    return column ? trace(input, column->index) : Origin{};
  }

 private:
  struct Step {
    const Tracer& tracer;
    uint32_t column;

    Origin operator()(const plan::Scan& n) const {
      const uint32_t own = n.columns ? (*n.columns)[column] : column;
      return {n.relation, own};
    }
    Origin operator()(const plan::Filter& n) const { return tracer.trace(*n.input, column); }
    Origin operator()(const plan::Sort& n) const { return tracer.trace(*n.input, column); }
    Origin operator()(const plan::Limit& n) const { return tracer.trace(*n.input, column); }
    Origin operator()(const plan::DistinctOn& n) const { return tracer.trace(*n.input, column); }
    Origin operator()(const plan::Shared& n) const { return tracer.trace(*n.input, column); }
    Origin operator()(const plan::Project& n) const { return tracer.trace(n.exprs[column], *n.input); }
    Origin operator()(const plan::Aggregate& n) const {
      return column < n.keys.size() ? tracer.trace(n.keys[column], *n.input) : Origin{};
    }
    Origin operator()(const plan::Window& n) const {
      return column < n.input->columns.size() ? tracer.trace(*n.input, column) : Origin{};
    }
    Origin operator()(const plan::Join& n) const {
      const auto left = static_cast<uint32_t>(n.left->columns.size());
      return column < left ? tracer.trace(*n.left, column) : tracer.trace(*n.right, column - left);
    }
    Origin operator()(const plan::Union&) const { return {}; }
    Origin operator()(const plan::Values&) const { return {}; }
    Origin operator()(const plan::TableFunction&) const { return {}; }
    Origin operator()(const plan::SetOperation&) const { return {}; }
    Origin operator()(const plan::Recursive&) const { return {}; }
    Origin operator()(const plan::WorkingTable&) const { return {}; }
  };

  std::unordered_map<const plan::Node*, const catalog::Relation*> views_;
};

/// What RETURNING gives is over the columns of the table and then of `from`, which may be null.
std::vector<Origin> trace_returning(const Tracer& tracer, const Returning& returning,
                                    const catalog::Relation& table, const plan::NodeRef& from) {
  std::vector<Origin> origins;
  for (const plan::ExprRef& expr : returning.exprs) {
    const auto* column = std::get_if<plan::Column>(&expr->node);
    const auto own = static_cast<uint32_t>(table.columns.size());
    if (!column)
      origins.emplace_back();
    else if (column->index < own)
      origins.push_back({&table, column->index});
    else
      origins.push_back(from ? tracer.trace(*from, column->index - own) : Origin{});
  }
  return origins;
}

}  // namespace

std::vector<Origin> origins_of(const BoundStatement& statement, const catalog::Catalog& catalog) {
  const Tracer tracer(catalog);
  struct Visitor {
    const Tracer& tracer;
    const BoundStatement& statement;
    std::vector<Origin> operator()(const QueryStatement& s) const {
      std::vector<Origin> origins;
      for (uint32_t i = 0; i < statement.columns.size(); ++i) origins.push_back(tracer.trace(*s.node, i));
      return origins;
    }
    std::vector<Origin> operator()(const InsertStatement& s) const {
      return trace_returning(tracer, s.returning, *s.table, nullptr);
    }
    std::vector<Origin> operator()(const UpdateStatement& s) const {
      return trace_returning(tracer, s.returning, *s.table, s.from);
    }
    std::vector<Origin> operator()(const DeleteStatement& s) const {
      return trace_returning(tracer, s.returning, *s.table, s.from);
    }
    std::vector<Origin> operator()(const ExplainStatement&) const { return {}; }
  };
  return std::visit(Visitor{tracer, statement}, statement.node);
}

}  // namespace sqlmill::bind
