// A disk of checkpoints: what was synced is there after a crash, what was written but not synced may be,
// whole or not at all.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "runtime/checkpoint/checkpoint_store.h"
#include "runtime/checkpoint/sorted_entries.h"
#include "tests/simulation/world.h"

namespace simulation {

using namespace sqlmill::rt;

struct Disk {
  std::optional<std::string> metadata;
  std::map<std::string, std::string, std::less<>> entries;
};

class StoreOfDisk final : public checkpoint::CheckpointStore {
 public:
  StoreOfDisk(World& world, Disk& disk) : world_(world), disk_(disk) {
    if (!disk.metadata) return;
    found_ = checkpoint::Metadata::decode(*disk.metadata);
    newest_ = found_->number;
  }

  const std::string& path() const override { return path_; }
  const std::optional<checkpoint::Metadata>& found() const override { return found_; }
  bool went_back() const override { return false; }
  std::unique_ptr<state::StoredEntries> entries() const override { return std::make_unique<Scan>(disk_); }
  void keep() override {}
  uint64_t newest() const override { return newest_; }

  size_t write(const checkpoint::Metadata& metadata, std::span<const state::ChangedEntries> changed,
               std::span<const uint32_t> dropped) override {
    if (!dropped.empty()) throw Wrong("a state is dropped");
    if (metadata.number != newest_ + 1) throw Wrong("a checkpoint is left out, or comes twice");
    if (world_.fails_once_in(20)) throw checkpoint::StateError("no room");
    world_.wait_outside("before a checkpoint is written");
    std::vector<std::pair<std::string, std::optional<std::string>>> batch;
    size_t bytes = 0;
    for (const state::ChangedEntries& share : changed) {
      checkpoint::for_each_sorted(share, [&](std::string_view key, std::string_view value, bool is_removed) {
        bytes += key.size() + value.size();
        batch.emplace_back(key, is_removed ? std::nullopt : std::optional<std::string>(value));
      });
    }
    const auto arrive = [&] {
      disk_.metadata = metadata.encode();
      for (auto& [key, value] : batch) {
        if (value) {
          disk_.entries.insert_or_assign(key, *value);
        } else {
          disk_.entries.erase(key);
        }
      }
    };
    try {
      world_.wait_outside("while a checkpoint is synced");
    } catch (const Crash&) {
      if (world_.one_in(2)) arrive();
      throw;
    }
    arrive();
    newest_ = metadata.number;
    world_.say("checkpoint " + std::to_string(newest_));
    world_.wait_outside("behind a checkpoint");
    return bytes;
  }

 private:
  class Scan final : public state::StoredEntries {
   public:
    explicit Scan(const Disk& disk) : disk_(disk) {}
    void seek(std::string_view prefix) override {
      prefix_ = prefix;
      at_ = disk_.entries.lower_bound(prefix);
    }
    bool next(std::string_view& key, std::string_view& value) override {
      if (at_ == disk_.entries.end() || !at_->first.starts_with(prefix_)) return false;
      key = at_->first;
      value = at_->second;
      ++at_;
      return true;
    }

   private:
    const Disk& disk_;
    std::string prefix_;
    std::map<std::string, std::string, std::less<>>::const_iterator at_;
  };

  World& world_;
  Disk& disk_;
  const std::string path_ = "the disk";
  std::optional<checkpoint::Metadata> found_;
  uint64_t newest_ = 0;
};

}  // namespace simulation
