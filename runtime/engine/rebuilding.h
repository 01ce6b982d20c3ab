// What is made anew while the rest is served: which outputs cannot be read yet, and how far it is.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace sqlmill::rt::engine {

/// The engine's thread says how far it is; any thread reads it.
class Rebuilding {
 public:
  struct Source {
    explicit Source(std::string_view input) : name(input) {}
    const std::string_view name;
    std::atomic<uint64_t> done = 0;   // Of the messages that it is made from,
    std::atomic<uint64_t> total = 0;  // which become more while it is made.
  };

  /// `hidden`: by PipelineInfo::outputs. `inputs`: names of what is read again.
  Rebuilding(std::vector<bool> hidden, const std::vector<std::string_view>& inputs);

  bool has(size_t output) const { return output < hidden_.size() && hidden_[output]; }
  std::deque<Source>& sources() { return sources_; }
  /// Of all messages; below 1.
  double share() const;
  /// `43 % of the messages of clicks`
  std::string progress() const;

 private:
  const std::vector<bool> hidden_;
  std::deque<Source> sources_;
};

}  // namespace sqlmill::rt::engine
