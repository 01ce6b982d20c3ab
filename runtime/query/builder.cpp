#include "runtime/query/builder.h"

#include "runtime/query/profile.h"
#include "runtime/query/shared_rows.h"

namespace sqlmill::rt::query {

OperatorPtr Builder::build(const plan::NodeRef& node) {
  struct Visitor {
    Builder& builder;
    const plan::Node& node;
    OperatorPtr operator()(const plan::Scan& n) { return build_scan(node, n, nullptr, builder); }
    OperatorPtr operator()(const plan::Filter& n) { return build_filter(n, builder); }
    OperatorPtr operator()(const plan::Project& n) { return build_project(n, builder); }
    OperatorPtr operator()(const plan::Aggregate& n) { return build_aggregate(node, n, builder); }
    OperatorPtr operator()(const plan::Union& n) { return build_union(n, builder); }
    OperatorPtr operator()(const plan::Values& n) { return build_values(node, n, builder); }
    OperatorPtr operator()(const plan::TableFunction& n) { return build_table_function(node, n, builder); }
    OperatorPtr operator()(const plan::Join& n) { return build_join(node, n, builder); }
    OperatorPtr operator()(const plan::Window& n) { return build_window(node, n, builder); }
    OperatorPtr operator()(const plan::Sort& n) { return build_sort(n, nullptr, builder); }
    OperatorPtr operator()(const plan::Limit& n) { return build_limit(n, builder); }
    OperatorPtr operator()(const plan::DistinctOn& n) { return build_distinct_on(n, builder); }
    OperatorPtr operator()(const plan::SetOperation& n) { return build_set_operation(n, builder); }
    OperatorPtr operator()(const plan::Recursive& n) { return build_recursive(node, n, builder); }
    OperatorPtr operator()(const plan::WorkingTable& n) { return build_working_table(node, n, builder); }
    OperatorPtr operator()(const plan::Shared& n) {
      std::shared_ptr<SharedRows>& rows = builder.shared_[n.input.get()];
      if (!rows) rows = std::make_shared<SharedRows>(n.input, builder);
      return build_shared(node, rows);
    }
  };
  OperatorPtr made = std::visit(Visitor{*this, *node}, node->op);
  return profile_ ? profile_->count(*node, std::move(made)) : std::move(made);
}

}  // namespace sqlmill::rt::query
