// Memory for what grows large: from 2 MiB on it lies on huge pages where the system grants them, because a
// record that is looked up at random otherwise costs a walk through the page tables besides the cache miss.
#pragma once

#include <cstddef>
#include <memory>

namespace sqlmill::rt::base {

inline constexpr size_t kHugePageBytes = size_t{2} << 20;

class PagedFile;
/// From now on large pieces lie in this file, which lives as long as the process. Before there is state.
void page_large_pieces(PagedFile& file);

/// Zeroed memory; see allocate_pages() for where it lies. A large piece is what the system gives, whose pages
/// are zero when they are first touched: nothing is written ahead.
class ZeroedPages {
 public:
  ZeroedPages() = default;
  explicit ZeroedPages(size_t bytes);
  ~ZeroedPages();
  ZeroedPages(ZeroedPages&& other) noexcept;
  ZeroedPages& operator=(ZeroedPages&& other) noexcept;

  char* data() const { return data_; }
  /// Gives whole huge pages back to the system; they read as zeros from then on. `begin` is a multiple of
  /// kHugePageBytes.
  void give_back(size_t begin, size_t bytes);

 private:
  char* data_ = nullptr;
  void* mapped_ = nullptr;  // None: data_ is of the allocator.
  size_t mapped_bytes_ = 0;
};

/// Has the system provide the pages of this memory, which may be in use by another thread meanwhile.
void touch_pages(char* data, size_t bytes);

/// Not initialised; aligned to 64 bytes. Never null: without memory, or room in the file, it throws.
void* allocate_pages(size_t bytes);

struct FreePages {
  void operator()(void* pages) const noexcept;
};
template <class T>
using Pages = std::unique_ptr<T, FreePages>;

}  // namespace sqlmill::rt::base
