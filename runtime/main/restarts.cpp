#include "runtime/main/restarts.h"

#include <cstdlib>
#include <numeric>

namespace sqlmill::rt::main {

namespace {

using Entries = std::map<std::string, std::string, std::less<>>;

class Scan final : public state::StoredEntries {
 public:
  explicit Scan(const Entries& entries) : entries_(entries) {}
  void seek(std::string_view prefix) override {
    prefix_ = prefix;
    at_ = entries_.lower_bound(prefix);
  }
  bool next(std::string_view& key, std::string_view& value) override {
    if (at_ == entries_.end() || !at_->first.starts_with(prefix_)) return false;
    key = at_->first;
    value = at_->second;
    ++at_;
    return true;
  }

 private:
  const Entries& entries_;
  std::string prefix_;
  Entries::const_iterator at_;
};

}  // namespace

Restarts::Restarts(const engine::PipelineInfo& pipeline) : tables_(pipeline.states.size()) {
  std::iota(tables_.begin(), tables_.end(), 1);
  if (const char* every = std::getenv("SQLMILL_RESTART_EVERY")) every_ = std::strtoull(every, nullptr, 10);
}

void Restarts::save(engine::Engine& engine) {
  std::vector<state::ChangedEntries> changed;
  for (size_t i = 0; i < engine.workers(); ++i) changed.emplace_back(static_cast<uint16_t>(i), tables_);
  engine.save(changed);
  for (const state::ChangedEntries& share : changed) {
    share.for_each([&](std::string_view key, std::string_view value, bool is_removed) {
      if (is_removed) {
        entries_.erase(std::string(key));
      } else {
        entries_.insert_or_assign(std::string(key), value);
      }
    });
  }
}

void Restarts::load(engine::Engine& engine, uint64_t epochs) const {
  Scan scan(entries_);
  engine.load(scan, tables_, epochs);
}

}  // namespace sqlmill::rt::main
