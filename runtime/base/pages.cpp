#include "runtime/base/pages.h"

#include <sys/mman.h>

#include <cstdlib>
#include <new>

namespace sqlmill::rt::base {

void* allocate_pages(size_t bytes) {
  const size_t alignment = bytes >= kHugePageBytes ? kHugePageBytes : 64;
  void* pages = std::aligned_alloc(alignment, (bytes + alignment - 1) / alignment * alignment);
  if (pages == nullptr) throw std::bad_alloc();
  if (alignment == kHugePageBytes) {
    // Only whole huge pages, lest the end of a block costs 2 MiB. It is a wish: where it is not granted,
    // small pages do.
    ::madvise(pages, bytes / kHugePageBytes * kHugePageBytes, MADV_HUGEPAGE);
  }
  return pages;
}

void FreePages::operator()(void* pages) const noexcept {
  std::free(pages);
}

}  // namespace sqlmill::rt::base
