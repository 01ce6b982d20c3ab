// How much waits in a sink, what becomes of what is too much, and when the log tells of it.
#if __has_include(<catch2/catch_test_macros.hpp>)
#include <catch2/catch_test_macros.hpp>
#else
#include <catch2/catch.hpp>
#endif

#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

#include <chrono>
#include <memory>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "runtime/connectors/kafka/outbox_room.h"

namespace {

using namespace sqlmill::rt;
using namespace std::chrono_literals;

/// What is logged while it lives.
class Log {
 public:
  Log() : before_(spdlog::default_logger()) {
    auto logger =
        std::make_shared<spdlog::logger>("", std::make_shared<spdlog::sinks::ostream_sink_mt>(text_));
    logger->set_pattern("%l %v");
    spdlog::set_default_logger(std::move(logger));
  }
  ~Log() { spdlog::set_default_logger(before_); }
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;

  /// Since the last call.
  std::string take() {
    std::string text = text_.str();
    text_.str("");
    return text;
  }

 private:
  std::ostringstream text_;
  std::shared_ptr<spdlog::logger> before_;
};

connectors::OutboxRoom room(const std::string& full) {
  return connectors::OutboxRoom({"s", "kafka", {{"outbox.max.bytes", "1000"}, {"outbox.full", full}}});
}

const engine::SinkMessage kMessage{"key", std::string(300, 'x')};

}  // namespace

TEST_CASE("a sink that lags is told of every half minute") {
  Log log;
  connectors::OutboxRoom outbox = room("block");
  const auto start = connectors::OutboxRoom::Clock::now();
  outbox.take(std::vector{kMessage});
  outbox.tell(start);
  outbox.tell(start + 20s);
  CHECK(log.take().empty());
  outbox.tell(start + 61s);
  const std::string told = log.take();
  CHECK(told.starts_with("warning s: 1 messages, "));
  CHECK(told.ends_with(" bytes, wait to be written, the first for 61 s\n"));
  outbox.tell(start + 62s);
  CHECK(log.take().empty());
  outbox.tell(start + 95s);
  CHECK(log.take().ends_with("the first for 95 s\n"));
  const engine::Backlog backlog = outbox.backlog(start + 96s);
  CHECK(backlog.messages == 1);
  CHECK(backlog.bytes > 300);
  CHECK((backlog.seconds >= 96 && backlog.seconds < 97));
  // Others come and the first one goes: those have not waited for long.
  outbox.take(std::vector{kMessage});
  outbox.give_back(kMessage);
  outbox.tell(start + 130s);
  CHECK(log.take().empty());
  outbox.give_back(kMessage);
  CHECK(outbox.backlog(start + 131s).messages == 0);
  CHECK(outbox.backlog(start + 131s).seconds == 0);
}

TEST_CASE("a full sink has the pipeline wait") {
  Log log;
  connectors::OutboxRoom outbox = room("block");
  while (!outbox.blocks()) CHECK(outbox.take(std::vector{kMessage}));
  outbox.tell();
  CHECK(log.take().find("nothing more is read until there is room") != std::string::npos);
  outbox.tell();
  CHECK(log.take().empty());
  // What an epoch has begun is taken nevertheless.
  CHECK(outbox.take(std::vector{kMessage}));
  while (outbox.blocks()) outbox.give_back(kMessage);
  outbox.tell();
  CHECK(log.take() == "info s: there is room again\n");
}

TEST_CASE("a full sink that drops never waits, and counts") {
  Log log;
  connectors::OutboxRoom outbox = room("drop");
  while (outbox.take(std::vector{kMessage})) CHECK_FALSE(outbox.blocks());
  CHECK_FALSE(outbox.take(std::vector{kMessage, kMessage}));
  CHECK(outbox.backlog().dropped == 3);
  CHECK(log.take().find("messages are dropped until there is room") != std::string::npos);
  while (outbox.backlog().messages != 0) outbox.give_back(kMessage);
  outbox.tell();
  CHECK(log.take() == "error s: 3 messages were dropped; there is room again\n");
  CHECK(outbox.take(std::vector{kMessage}));
}
