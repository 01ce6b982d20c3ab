// For tests: a replay that is stopped and goes on after every so many epochs, with a new engine that has only
// what the old one has written for checkpoints. Nothing may change by that. SQLMILL_RESTART_EVERY says after
// how many.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "runtime/engine/engine.h"

namespace sqlmill::rt::main {

class Restarts {
 public:
  /// Of what the environment says.
  explicit Restarts(const engine::PipelineInfo& pipeline);

  bool are_wanted() const { return every_ != 0; }
  bool is_time(const engine::Engine& engine) const { return every_ != 0 && engine.epochs() % every_ == 0; }
  /// Takes what the engine has changed since the last call.
  void save(engine::Engine& engine);
  /// Into a new engine, all of it.
  void load(engine::Engine& engine, uint64_t epochs) const;

 private:
  uint64_t every_ = 0;
  std::vector<uint32_t> tables_;
  std::map<std::string, std::string, std::less<>> entries_;
};

}  // namespace sqlmill::rt::main
