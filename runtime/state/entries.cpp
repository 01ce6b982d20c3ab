#include "runtime/state/entries.h"

#include <utility>

namespace sqlmill::rt::state {

void ChangedEntries::begin_piece() {
  full_bytes_ += bytes_.size();
  full_.push_back(std::move(bytes_));
  bytes_ = std::string();
  bytes_.reserve(kPieceBytes + kPieceBytes / 16);
}

}  // namespace sqlmill::rt::state
