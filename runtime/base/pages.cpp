#include "runtime/base/pages.h"

#include <sys/mman.h>

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <new>
#include <utility>

#include "runtime/base/paged_file.h"

namespace sqlmill::rt::base {

namespace {

/// Smaller pieces are the allocator's also with a file: each piece takes a few system calls.
constexpr size_t kLeastPagedBytes = size_t{1} << 20;

PagedFile* paged_file = nullptr;

}  // namespace

void page_large_pieces(PagedFile& file) {
  paged_file = &file;
}

void* allocate_pages(size_t bytes) {
  if (paged_file != nullptr && bytes >= kLeastPagedBytes) return paged_file->allocate(bytes);
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

ZeroedPages::ZeroedPages(size_t bytes) {
  if (paged_file != nullptr && bytes >= kLeastPagedBytes) {
    data_ = paged_file->allocate(bytes);
    return;
  }
  if (bytes < kHugePageBytes) {
    data_ = static_cast<char*>(allocate_pages(bytes));
    std::memset(data_, 0, bytes);
    return;
  }
  mapped_bytes_ = bytes + kHugePageBytes;
  mapped_ = ::mmap(nullptr, mapped_bytes_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (mapped_ == MAP_FAILED) throw std::bad_alloc();
  const auto address = reinterpret_cast<uintptr_t>(mapped_);
  data_ = static_cast<char*>(mapped_) + (kHugePageBytes - address % kHugePageBytes) % kHugePageBytes;
  ::madvise(data_, bytes / kHugePageBytes * kHugePageBytes, MADV_HUGEPAGE);
}

ZeroedPages::~ZeroedPages() {
  if (mapped_ != nullptr) {
    ::munmap(mapped_, mapped_bytes_);
  } else {
    FreePages()(data_);
  }
}

ZeroedPages::ZeroedPages(ZeroedPages&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)),
      mapped_(std::exchange(other.mapped_, nullptr)),
      mapped_bytes_(other.mapped_bytes_) {}

ZeroedPages& ZeroedPages::operator=(ZeroedPages&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(mapped_, other.mapped_);
  std::swap(mapped_bytes_, other.mapped_bytes_);
  return *this;
}

void ZeroedPages::give_back(size_t begin, size_t bytes) {
  if (mapped_ != nullptr) {
    ::madvise(data_ + begin, bytes, MADV_DONTNEED);
  } else if (paged_file != nullptr && paged_file->owns(data_)) {
    paged_file->give_back(data_ + begin, bytes);
  }
}

void touch_pages(char* data, size_t bytes) {
  if (paged_file != nullptr && paged_file->owns(data)) return;  // Others would have to leave for them.
  // Where the system does not know how, they are provided as they are used.
  ::madvise(data, bytes / kHugePageBytes * kHugePageBytes, MADV_POPULATE_WRITE);
}

void FreePages::operator()(void* pages) const noexcept {
  if (paged_file != nullptr && paged_file->owns(pages)) {
    paged_file->free(static_cast<char*>(pages));
  } else {
    std::free(pages);
  }
}

}  // namespace sqlmill::rt::base
