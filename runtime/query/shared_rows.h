// Rows that one part of a query keeps and others read.
#pragma once

#include "runtime/query/builder.h"
#include "runtime/query/rows.h"

namespace sqlmill::rt::query {

/// What WITH RECURSIVE's step reads: the rows that came last.
struct WorkingRows {
  std::unique_ptr<Rows> current;
};

/// The result of a query, made when the first one asks, and again when the row around it is another.
class SharedRows {
 public:
  SharedRows(const plan::NodeRef& node, Builder& builder);
  Rows& rows();

 private:
  OperatorPtr input_;
  Rows rows_;
  const Frame* frame_;
  uint64_t frame_version_ = 0;
  bool filled_ = false;
};

OperatorPtr build_working_table(const plan::Node& node, const plan::WorkingTable& op, Builder& builder);
OperatorPtr build_shared(const plan::Node& node, std::shared_ptr<SharedRows> rows);

}  // namespace sqlmill::rt::query
