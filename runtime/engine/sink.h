// What the engine needs of a sink connector: messages, encoded already, an epoch at a time.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>

#include "runtime/engine/progress.h"

namespace sqlmill::rt::engine {

struct SinkMessage {
  std::optional<std::string> key;
  std::optional<std::string> value;  // None: a tombstone.
};

class Sink {
 public:
  virtual ~Sink() = default;

  /// Takes the messages of one epoch, in order, also when there is no room.
  virtual void write(std::span<const SinkMessage> messages) = 0;
  /// False: so much waits for the outside world that the pipeline is to take no further input for now.
  virtual bool has_room() const { return true; }
  virtual Backlog backlog() const { return {}; }
  /// Between epochs, now and then: notices trouble, tries again what failed. Does not block.
  virtual void tend() {}
  /// Of the messages that were written, in their order: so many are safe outside.
  virtual uint64_t safe_messages() const = 0;
  /// The others from number `from` on.
  virtual void visit_unsafe(uint64_t from,
                            const std::function<void(uint64_t, const SinkMessage&)>& visit) const = 0;
  /// With a state directory: so many of the messages that were written are in its checkpoint of this number,
  /// which is durable. The first call comes behind the last write() of what an earlier run has left.
  virtual void release([[maybe_unused]] uint64_t messages, [[maybe_unused]] uint64_t checkpoint) {}
  /// Returns when all that was written is safe outside, or false when `stop` was requested first.
  virtual bool flush() = 0;
};

}  // namespace sqlmill::rt::engine
