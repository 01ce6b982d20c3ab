// Arrays of large pages that grow without moving, and an arena for texts.
#pragma once

#include <sys/mman.h>

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

namespace sqlmill::bench::baseline {

inline constexpr size_t kHugePageBytes = size_t{2} << 20;

inline size_t round_up(size_t value, size_t unit) {
  return (value + unit - 1) / unit * unit;
}

/// Zeroed address space, on huge pages where the system grants them. Memory is taken when it is first
/// touched.
class Mapping {
 public:
  Mapping() = default;
  explicit Mapping(size_t bytes) : reserved_(round_up(bytes, kHugePageBytes) + kHugePageBytes) {
    base_ = ::mmap(nullptr, reserved_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
                   -1, 0);
    if (base_ == MAP_FAILED) {
      std::perror("baseline: mmap");
      std::exit(3);
    }
    const size_t aligned = round_up(reinterpret_cast<uintptr_t>(base_), kHugePageBytes);
    data_ = reinterpret_cast<char*>(aligned);
    ::madvise(data_, round_up(bytes, kHugePageBytes),
              MADV_HUGEPAGE);  // a wish: without it things are slower only
  }
  Mapping(Mapping&& other) noexcept { swap(other); }
  Mapping& operator=(Mapping&& other) noexcept {
    swap(other);
    return *this;
  }
  ~Mapping() {
    if (base_ != nullptr) ::munmap(base_, reserved_);
  }

  char* data() const { return data_; }

 private:
  void swap(Mapping& other) {
    std::swap(base_, other.base_);
    std::swap(data_, other.data_);
    std::swap(reserved_, other.reserved_);
  }
  void* base_ = nullptr;
  char* data_ = nullptr;
  size_t reserved_ = 0;
};

/// Rows by number. A row's address never changes: the address space for all is reserved at once.
template <class Row>
class Slab {
 public:
  explicit Slab(size_t rows_max) : mapping_(rows_max * sizeof(Row)), rows_max_(rows_max) {}

  Row& operator[](size_t i) { return rows()[i]; }
  const Row& operator[](size_t i) const { return rows()[i]; }
  size_t size() const { return size_; }
  size_t state_bytes() const { return size_ * sizeof(Row); }

  /// A zeroed row's number.
  uint32_t append() {
    if (size_ == rows_max_) [[unlikely]] {
      std::fputs("baseline: too many rows\n", stderr);
      std::exit(3);
    }
    return static_cast<uint32_t>(size_++);
  }

 private:
  Row* rows() const { return reinterpret_cast<Row*>(mapping_.data()); }
  Mapping mapping_;
  size_t rows_max_;
  size_t size_ = 0;
};

/// Owns long texts. Every allocation is followed by kPadding readable bytes.
class TextArena {
 public:
  static constexpr size_t kPadding = 64;

  const char* copy(std::string_view text) {
    if (text.size() + kPadding > left_) [[unlikely]] {
      left_ = text.size() + kPadding > kBlockBytes ? text.size() + kPadding : kBlockBytes;
      blocks_.push_back(std::make_unique<char[]>(left_));
      cursor_ = blocks_.back().get();
    }
    char* target = cursor_;
    if (!text.empty()) std::memcpy(target, text.data(), text.size());
    cursor_ += text.size();
    left_ -= text.size();
    used_ += text.size();
    return target;
  }

  void clear() {
    if (used_ == 0) return;
    blocks_.clear();
    left_ = used_ = 0;
  }

  size_t state_bytes() const { return used_; }

 private:
  static constexpr size_t kBlockBytes = 256 * 1024;
  std::vector<std::unique_ptr<char[]>> blocks_;
  char* cursor_ = nullptr;
  size_t left_ = 0;
  size_t used_ = 0;
};

}  // namespace sqlmill::bench::baseline
