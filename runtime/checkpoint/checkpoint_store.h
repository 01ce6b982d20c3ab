// What keeps checkpoints: the newest one, found at the start, and each that is written behind it. A state
// directory is one; a simulation of crashes has another, whose disk loses what was not synced.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "runtime/checkpoint/files.h"
#include "runtime/checkpoint/metadata.h"
#include "runtime/state/entries.h"

namespace sqlmill::rt::checkpoint {

class CheckpointStore {
 public:
  virtual ~CheckpointStore() = default;

  virtual const std::string& path() const = 0;
  /// Of the checkpoint that was opened; none: there has never been one.
  virtual const std::optional<Metadata>& found() const = 0;
  /// It is older than another that the store, or the one that it is a copy of, has had; until the next one is
  /// written.
  virtual bool went_back() const = 0;
  /// Its entries; they outlive no write.
  virtual std::unique_ptr<state::StoredEntries> entries() const = 0;
  /// Makes the next checkpoint: durable when this returns. `dropped` (tables whose entries all go) may be
  /// empty. Throws StateError if there is no room, and DiskFailure, after which nothing more can be written.
  /// The bytes that were written.
  virtual size_t write(const Metadata& metadata, std::span<const state::ChangedEntries> changed,
                       std::span<const uint32_t> dropped) = 0;
  /// Keeps the checkpoint that was written last, and lets go of all but some.
  virtual void keep() = 0;
  /// The number of the checkpoint that was written last; 0: there is none. For any thread.
  virtual uint64_t newest() const = 0;
};

}  // namespace sqlmill::rt::checkpoint
