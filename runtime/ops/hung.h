// Aggregates below an aggregate: the keys of a hung operator contain those of its parent and both read the
// same rows, so that the parent's look-up finds the group, or nearly, for both. They are partitioned alike,
// too: the parent's exchange brings the rows.
#pragma once

#include <cstddef>
#include <cstdint>

namespace sqlmill::rt::ops {

/// Rows of a batch and the parent's groups that they belong to.
template <class Batch>
struct Located {
  const Batch& batch;
  const uint32_t* rows;    // Positions in the batch,
  const uint32_t* groups;  // and the group of each.
  size_t size;             // At most kLocatedRows.
};
inline constexpr size_t kLocatedRows = 64;

template <class Batch>
class Hung {
 public:
  virtual void consume(const Located<Batch>& located) = 0;
  /// Its rows are of no use to it now.
  virtual bool ignores_input() const = 0;

 protected:
  ~Hung() = default;
};

/// The parent of an operator that is not hung.
struct NoParent {};

}  // namespace sqlmill::rt::ops
