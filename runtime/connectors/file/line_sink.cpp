#include "runtime/connectors/file/line_sink.h"

#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "runtime/engine/fault.h"

namespace sqlmill::rt::connectors {

namespace {

constexpr size_t kBufferBytes = 256 * 1024;

class LineSink : public engine::Sink {
 public:
  LineSink(const ResolvedSink& sink, int fd, std::string name, bool owned)
      : fd_(fd),
        owned_(owned),
        values_only_(sink.options.text("format", "plain") == "plain"),
        relation_(sink.options.relation),
        name_(std::move(name)) {}
  ~LineSink() override {
    if (owned_) ::close(fd_);
  }
  LineSink(const LineSink&) = delete;
  LineSink& operator=(const LineSink&) = delete;

  void write(std::span<const engine::SinkMessage> messages) override {
    for (const engine::SinkMessage& message : messages) {
      const std::string_view value = message.value ? std::string_view(*message.value) : "null";
      if (values_only_) {
        buffer_ += value;
      } else {
        buffer_ += "{\"key\":";
        buffer_ += message.key ? std::string_view(*message.key) : "null";
        buffer_ += ",\"value\":";
        buffer_ += value;
        buffer_ += '}';
      }
      buffer_ += '\n';
      if (buffer_.size() >= kBufferBytes) write_buffer();
    }
    write_buffer();
    written_ += messages.size();
  }

  uint64_t safe_messages() const override { return written_; }
  void visit_unsafe(uint64_t,
                    const std::function<void(uint64_t, const engine::SinkMessage&)>&) const override {}
  bool flush() override { return true; }

 private:
  void write_buffer() {
    std::string_view rest = buffer_;
    while (!rest.empty()) {
      const ssize_t bytes = ::write(fd_, rest.data(), rest.size());
      if (bytes >= 0) {
        rest.remove_prefix(static_cast<size_t>(bytes));
      } else if (errno == EAGAIN) {
        pollfd wanted{fd_, POLLOUT, 0};
        ::poll(&wanted, 1, -1);
      } else if (errno != EINTR) {
        throw engine::Fault(fmt::format("{}: cannot write {}: {}", relation_, name_, std::strerror(errno)));
      }
    }
    buffer_.clear();
  }

  int fd_;
  bool owned_;
  bool values_only_;
  std::string relation_;
  std::string name_;
  std::string buffer_;
  uint64_t written_ = 0;
};

}  // namespace

std::unique_ptr<engine::Sink> make_line_sink(const ResolvedSink& sink, int fd, std::string name, bool owned) {
  return std::make_unique<LineSink>(sink, fd, std::move(name), owned);
}

}  // namespace sqlmill::rt::connectors
