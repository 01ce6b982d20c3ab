// Memory for the nodes of a tree: in chunks that grow with their number, so that a large tree lies on huge
// pages and a small one costs little. Nodes are trivially destructible and go with the pool.
#pragma once

#include <algorithm>
#include <cstddef>
#include <new>
#include <type_traits>
#include <vector>

#include "runtime/base/pages.h"

namespace sqlmill::rt::state {

template <class Node>
class NodePool {
  static_assert(std::is_trivially_destructible_v<Node>);

 public:
  Node* make() {
    if (free_.empty()) add_chunk();
    void* place = free_.back();
    free_.pop_back();
    return new (place) Node;
  }
  void free(Node* node) { free_.push_back(node); }

  size_t bytes() const { return nodes_ * sizeof(Node); }

 private:
  void add_chunk() {
    constexpr size_t kMost = std::max<size_t>(1, base::kHugePageBytes / sizeof(Node));
    const size_t count = std::clamp<size_t>(nodes_ / 2, 1, kMost);
    auto* nodes = static_cast<Node*>(base::allocate_pages(count * sizeof(Node)));
    chunks_.emplace_back(reinterpret_cast<char*>(nodes));
    nodes_ += count;
    for (size_t i = count; i-- > 0;) free_.push_back(nodes + i);
  }

  std::vector<base::Pages<char>> chunks_;
  std::vector<void*> free_;
  size_t nodes_ = 0;
};

}  // namespace sqlmill::rt::state
