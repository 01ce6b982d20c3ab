// Makes the operators and expressions of one run of a query from its plan. The functions for each kind of
// node are in the file that has the operator.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <unordered_map>

#include "runtime/query/operator.h"

namespace sqlmill::rt::query {

class Profile;
class SharedRows;
struct WorkingRows;

/// Of CREATE INDEX. Finds keys by the values of some columns.
struct RelationIndex {
  std::string name;
  std::vector<uint32_t> columns;  // Of the relation.
  size_t number;                  // In the engine.
};

/// Where relations' rows come from: those of one moment.
class Relations {
 public:
  virtual ~Relations() = default;
  /// All rows, with these columns of the relation.
  virtual OperatorPtr scan(const catalog::Relation& relation, std::vector<uint32_t> columns,
                           Execution& execution) = 0;
  /// The columns by which find() finds rows. Empty: it cannot.
  virtual std::vector<uint32_t> key(const catalog::Relation& relation) const = 0;
  /// The rows with these keys: for each a value of the type of each column of key(), one key behind the
  /// other, at most kVectorRows keys.
  virtual Chunk find(const catalog::Relation& relation, const std::vector<uint32_t>& columns,
                     std::span<const Datum> keys) = 0;
  virtual std::span<const RelationIndex> indexes(const catalog::Relation&) const { return {}; }
  /// The keys of all rows that have these values, and perhaps of others; nothing: there are so many that a
  /// scan is better.
  virtual std::optional<std::vector<Datum>> keys(const RelationIndex&, std::span<const Datum>, Arena&) {
    return std::nullopt;
  }
};

class Builder {
 public:
  /// `profile`: null, or counts what the operators do.
  Builder(Execution& execution, Relations& relations, Profile* profile = nullptr)
      : execution_(execution), relations_(relations), profile_(profile) {}

  OperatorPtr build(const plan::NodeRef& node);
  ExpressionPtr build(const plan::ExprRef& expr);
  std::vector<ExpressionPtr> build(const std::vector<plan::ExprRef>& exprs);

  Execution& execution() { return execution_; }
  Relations& relations() { return relations_; }
  /// What plan::Parameter means at this place; null: there is none.
  const Frame* frame() const { return frame_; }

  /// Makes `frame` what plan::Parameter means as long as the object lives.
  class Inside {
   public:
    Inside(Builder& builder, const Frame& frame)
        : builder_(builder), outer_(std::exchange(builder.frame_, &frame)) {}
    ~Inside() { builder_.frame_ = outer_; }
    Inside(const Inside&) = delete;
    Inside& operator=(const Inside&) = delete;

   private:
    Builder& builder_;
    const Frame* outer_;
  };

  std::map<uint32_t, WorkingRows*>& working_tables() { return working_tables_; }

 private:
  friend class Inside;

  Execution& execution_;
  Relations& relations_;
  Profile* const profile_;
  const Frame* frame_ = nullptr;
  std::map<uint32_t, WorkingRows*> working_tables_;
  std::unordered_map<const plan::Node*, std::shared_ptr<SharedRows>> shared_;
};

/// How many rows a LIMIT lets through, and how many it skips first: bigints. Throw QueryError for negative
/// ones.
class RowBounds {
 public:
  RowBounds(const plan::Limit& node, Builder& builder);
  uint64_t count();  // UINT64_MAX: all.
  uint64_t offset();

 private:
  uint64_t value(const ExpressionPtr& expression, uint64_t without, ErrorCode code, const char* message);

  Evaluation evaluation_;
  ExpressionPtr count_;
  ExpressionPtr offset_;
};

// ---- One for each kind of node, in the file of its operator ----

/// `filter` is over the scan's columns; null: none.
OperatorPtr build_scan(const plan::Node& node, const plan::Scan& op, const plan::ExprRef& filter,
                       Builder& builder);
/// How the rows that the filter lets through are found, for EXPLAIN; empty: all are looked at.
std::string lookup_of(const plan::Filter& filter, const Relations& relations);
/// Whether the filter is for one key, and all are known without a row around the query.
bool finds_one_row(const plan::Filter& filter, const Relations& relations);
OperatorPtr build_filter(const plan::Filter& node, Builder& builder);
OperatorPtr build_project(const plan::Project& node, Builder& builder);
OperatorPtr build_aggregate(const plan::Node& node, const plan::Aggregate& op, Builder& builder);
OperatorPtr build_union(const plan::Union& node, Builder& builder);
OperatorPtr build_values(const plan::Node& node, const plan::Values& op, Builder& builder);
OperatorPtr build_table_function(const plan::Node& node, const plan::TableFunction& op, Builder& builder);
OperatorPtr build_join(const plan::Node& node, const plan::Join& op, Builder& builder);
OperatorPtr build_window(const plan::Node& node, const plan::Window& op, Builder& builder);
OperatorPtr build_sort(const plan::Sort& node, const plan::Limit* limit, Builder& builder);
OperatorPtr build_limit(const plan::Limit& node, Builder& builder);
OperatorPtr build_distinct_on(const plan::DistinctOn& node, Builder& builder);
OperatorPtr build_set_operation(const plan::SetOperation& node, Builder& builder);
OperatorPtr build_recursive(const plan::Node& node, const plan::Recursive& op, Builder& builder);

}  // namespace sqlmill::rt::query
