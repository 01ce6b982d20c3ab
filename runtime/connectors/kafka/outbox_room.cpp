#include "runtime/connectors/kafka/outbox_room.h"

#include <spdlog/spdlog.h>

namespace sqlmill::rt::connectors {

namespace {

constexpr int64_t kDefaultBytes = 256 << 20;
constexpr std::chrono::seconds kTellInterval(30);

uint64_t size_of(const engine::SinkMessage& message) {
  constexpr uint64_t kOverhead = sizeof message;
  return kOverhead + (message.key ? message.key->size() : 0) + (message.value ? message.value->size() : 0);
}

}  // namespace

OutboxRoom::OutboxRoom(const Options& options)
    : relation_(options.relation),
      max_bytes_(static_cast<uint64_t>(options.integer("outbox.max.bytes", kDefaultBytes))),
      drops_(options.text("outbox.full") == "drop"),
      marked_at_(Clock::now()),
      next_(Clock::now() + kTellInterval) {}

bool OutboxRoom::take(std::span<const engine::SinkMessage> messages) {
  if (drops_ && bytes_ >= max_bytes_) {
    if (dropped_ == told_dropped_) {
      spdlog::error("{}: {} bytes wait to be written: messages are dropped until there is room", relation_,
                    bytes_);
    }
    dropped_ += messages.size();
    return false;
  }
  for (const engine::SinkMessage& message : messages) bytes_ += size_of(message);
  messages_ += messages.size();
  taken_ += messages.size();
  return true;
}

void OutboxRoom::give_back(const engine::SinkMessage& message) {
  bytes_ -= size_of(message);
  --messages_;
}

engine::Backlog OutboxRoom::backlog(Clock::time_point now) const {
  const double seconds = messages_ == 0 ? 0 : std::chrono::duration<double>(now - marked_at_).count();
  return {messages_, bytes_, seconds, dropped_};
}

void OutboxRoom::tell(Clock::time_point now) {
  if (blocks() != told_full_) {
    told_full_ = !told_full_;
    if (told_full_) {
      spdlog::error("{}: {} bytes wait to be written: nothing more is read until there is room", relation_,
                    bytes_);
    } else {
      spdlog::info("{}: there is room again", relation_);
    }
  }
  if (dropped_ != told_dropped_ && bytes_ < max_bytes_) {
    spdlog::error("{}: {} messages were dropped; there is room again", relation_, dropped_ - told_dropped_);
    told_dropped_ = dropped_;
  }
  if (taken_ - messages_ >= marked_) {  // All that waited then has been written.
    marked_ = taken_;
    marked_at_ = now;
  }
  if (now < next_) return;
  next_ = now + kTellInterval;
  if (now - marked_at_ < kTellInterval) return;
  spdlog::warn("{}: {} messages, {} bytes, wait to be written, the first for {} s", relation_, messages_,
               bytes_, std::chrono::duration_cast<std::chrono::seconds>(now - marked_at_).count());
}

}  // namespace sqlmill::rt::connectors
