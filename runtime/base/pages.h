// Memory for what grows large: from 2 MiB on it lies on huge pages where the system grants them, because a
// record that is looked up at random otherwise costs a walk through the page tables besides the cache miss.
#pragma once

#include <cstddef>
#include <memory>

namespace sqlmill::rt::base {

inline constexpr size_t kHugePageBytes = size_t{2} << 20;

/// Zeroed memory; see allocate_pages() for where it lies. A large piece is what the system gives, whose pages
/// are zero when they are first touched: nothing is written ahead.
class ZeroedPages {
 public:
  explicit ZeroedPages(size_t bytes);
  ~ZeroedPages();
  ZeroedPages(ZeroedPages&& other) noexcept;
  ZeroedPages& operator=(ZeroedPages&&) = delete;

  char* data() const { return data_; }

 private:
  char* data_;
  void* mapped_ = nullptr;  // None: data_ is of the allocator.
  size_t mapped_bytes_ = 0;
};

/// Not initialised; aligned to 64 bytes, from kHugePageBytes on to kHugePageBytes. Never null: without memory
/// the process ends.
void* allocate_pages(size_t bytes);

struct FreePages {
  void operator()(void* pages) const noexcept;
};
template <class T>
using Pages = std::unique_ptr<T, FreePages>;

}  // namespace sqlmill::rt::base
