// The transactions of one sink, as far as its delivery (transactional_sink.h) needs to know of them: calls to
// the broker, what they have come to, and what is committed. Kafka's are kafka_transactions.cpp; a simulation
// of lost answers and fenced producers has others.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/connectors/connector.h"

namespace sqlmill::rt::connectors {

struct Progress {
  std::optional<uint64_t> next;  // The number of the sink's first message that is not committed.
  std::string writer;            // Who claimed the sink last.
};

/// What became of a call. Nothing is concluded from an error but what to call next.
enum class Reply : uint8_t {
  kDone,
  kAbort,   // The transaction is to be aborted; the producer can go on.
  kFenced,  // Another producer has begun, or the broker says so.
  kOver,    // It is over with this producer, or it is to stop.
};

/// Of those that were given to send(): the broker will never take it.
struct RefusedMessage {
  size_t index;
  delta::ErrorRecord error;
};

/// Used by one thread. All calls wait for the broker, until `stop` was requested.
class Transactions {
 public:
  virtual ~Transactions() = default;

  /// Makes a producer if there is none. Throws OptionError.
  virtual void open() = 0;
  /// There is none any more; what it had begun ends when the next one fences it.
  virtual void close() = 0;
  /// Fences earlier producers: their transactions are over, one way or the other, when this is done.
  virtual Reply fence(const std::stop_token& stop) = 0;
  virtual Reply begin(const std::stop_token& stop) = 0;
  /// In the transaction: who writes for the sink from now on.
  virtual bool claim(std::string_view writer) = 0;
  /// In the transaction: all of these messages, and that `next` is the number behind them. The message at an
  /// index can be left out (null).
  virtual Reply send(std::span<const engine::SinkMessage* const> messages, uint64_t next, uint64_t checkpoint,
                     const std::stop_token& stop) = 0;
  virtual Reply commit(const std::stop_token& stop) = 0;
  virtual Reply abort(const std::stop_token& stop) = 0;
  /// Of the transaction that was begun last. Also when there is no producer any more.
  virtual std::vector<RefusedMessage> refused() const = 0;
  /// What is committed, up to this claim; if it is empty: as far as there is now. Nothing: not in time.
  virtual std::optional<Progress> read_progress(std::string_view until_claim,
                                                const std::stop_token& stop) = 0;
};

/// Kafka's. `sink` outlives it. Throws OptionError.
std::unique_ptr<Transactions> kafka_transactions(const ResolvedSink& sink);

}  // namespace sqlmill::rt::connectors
