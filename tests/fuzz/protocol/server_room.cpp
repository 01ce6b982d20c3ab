#include "tests/fuzz/protocol/server_room.h"

#include <fmt/format.h>

#include <condition_variable>
#include <cstdlib>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "runtime/main/pipeline_main.h"
#include "runtime/pgwire/entrance.h"
#include "runtime/pgwire/error_mapping.h"
#include "runtime/pgwire/errors.h"
#include "runtime/pgwire/scram.h"
#include "runtime/pgwire/session.h"
#include "runtime/pipeline.h"

// The pipeline's main() is not this program's.
namespace sqlmill::rt::program {
template <class... Any>
int pipeline_main(const Any&...) {
  return 2;
}
}  // namespace sqlmill::rt::program
#define main program
#include <pipeline.cpp>  // Generated.
#undef main

namespace sqlmill::fuzz {

using namespace rt::pgwire;

namespace {

constexpr size_t kMaxUnread = 1u << 20;  // A client that has got so much for a frame reads no more.
constexpr size_t kRoom = 128 * 1024;     // Of a buffer besides what has come.
constexpr size_t kPiece = 7;
constexpr std::chrono::milliseconds kTick(20);

constexpr std::string_view kUsers =
    "kit\n"
    "reader \"\" read-only\n"
    "scram secret\n"
    "scram_reader secret read-only\n";

[[noreturn]] void give_up(std::string_view why) {
  fmt::print(stderr, "{}\n", why);
  std::abort();
}

int64_t now() {
  return std::chrono::steady_clock::now().time_since_epoch().count();
}

class NoAlarm : public Alarm {
 public:
  void set(std::chrono::milliseconds, uint64_t) override {}
  void clear() override {}
};

std::string start_packet(std::string_view user) {
  std::string body;
  append_int32(3 << 16, body);
  body += fmt::format("user{0}{1}{0}database{0}dev{0}{0}", '\0', user);
  std::string packet;
  append_int32(static_cast<int32_t>(body.size() + 4), packet);
  return packet + body;
}

rt::engine::Engine& begun(rt::engine::Engine& engine) {
  engine.run_epoch({});
  return engine;
}

}  // namespace

/// A client with its connection.
class Guest {
 public:
  Guest(ServerRoom& room, Opening opening)
      : room_(room),
        house_{
            room.users_,       opening.is_cleartext() ? PasswordMethod::kCleartext : PasswordMethod::kScram,
            opening.has_tls(), opening.has_tls() ? "end point" : "",
            room.sessions_,    room.connections_} {
    entrance_.emplace(house_, opening.is_local());
    if (opening.kind() == Opening::Kind::kNothing) return;
    if (opening.kind() == Opening::Kind::kTls) give(std::string("\0\0\0\x08\x04\xd2\x16\x2f", 8));
    const bool has_password = opening.kind() == Opening::Kind::kPassword;
    const std::string reader = opening.is_read_only() ? "_reader" : "";
    give(start_packet(has_password ? "scram" + reader : reader.empty() ? "kit" : "reader"));
    if (!has_password || session_) return;
    if (opening.is_cleartext()) {
      std::string message;
      MessageWriter(message).begin('p').string("secret").end();
      give(message);
    } else {
      log_in();
    }
  }
  ~Guest() {
    session_.reset();
    if (key_.process != 0) room_.sessions_.remove(key_.process);
  }
  Guest(const Guest&) = delete;
  Guest& operator=(const Guest&) = delete;

  bool is_open() const { return is_open_; }
  void give(std::string_view bytes) {
    if (!is_open_) return;
    in_.append(bytes);
    given_ += bytes.size();
    said_.clear();
    room_.working_since_ = now();
    try {
      work();
    } catch (...) {
      write_error(current_wire_error(), out_);
      is_open_ = false;
    }
    room_.working_since_ = 0;
    said_ += out_;
    out_.clear();
    if (in_.room_size() > given_ + kRoom) give_up(fmt::format("{} bytes of room", in_.room_size()));
    check_answers();
  }
  void cancel() { interrupt_->interrupt(InterruptReason::kCancel); }
  void leave() { is_open_ = false; }

 private:
  void work() {
    while (entrance_) {
      switch (entrance_->work(in_, out_)) {
        case Entrance::Next::kRead:
          return;
        case Entrance::Next::kTls:
          continue;
        case Entrance::Next::kClose:
          is_open_ = false;
          return;
        case Entrance::Next::kSession:
          begin_session();
      }
    }
    while (true) {
      switch (session_->work(in_, out_)) {
        case Session::Next::kRead:
          return;
        case Session::Next::kClose:
          is_open_ = false;
          return;
        case Session::Next::kWait:
          cancel();
          break;
        case Session::Next::kWrite:
          said_ += out_;
          out_.clear();
          is_open_ = said_.size() < kMaxUnread;
          if (!is_open_) return;
      }
    }
  }
  void begin_session() {
    Settings settings = entrance_->settings();
    SessionInfo info = entrance_->info();
    key_ = room_.sessions_.add(interrupt_, info.user, info.database);
    info.process = key_.process;
    info.secret = key_.secret;
    entrance_.reset();
    session_.emplace(room_.database_, std::move(settings), std::move(info), *interrupt_, alarm_, [] {});
    session_->greet(out_);
  }
  void log_in() {
    ScramClient scram("secret");
    std::string message;
    MessageWriter writer(message);
    writer.begin('p').string("SCRAM-SHA-256").int32(static_cast<int32_t>(scram.first().size()));
    writer.bytes(scram.first()).end();
    give(message);
    constexpr size_t kHeader = 9;  // Type, length, code.
    if (said_.size() < kHeader) give_up("no answer of SCRAM");
    message.clear();
    writer.begin('p').bytes(scram.last(said_.substr(kHeader))).end();
    give(message);
    if (!session_) give_up("a right password is refused");
  }
  /// What is said is whole messages, behind the answers to SSLRequest, which are single letters.
  void check_answers() {
    std::string_view said = said_;
    if (!has_begun_) {
      const auto is_letter = [&] {
        return (said[0] == 'S' || said[0] == 'N') && (said.size() < 5 || said[1] != 0);
      };
      while (!said.empty() && is_letter()) said.remove_prefix(1);
    }
    has_begun_ = has_begun_ || !said.empty();
    MessageBuffer buffer;
    buffer.append(said);
    while (const auto next = buffer.next()) {
      ++room_.answers_;
      room_.rows_ += next->type == 'D';
    }
    // Who reads no more has got the beginning of something.
    if (!buffer.empty() && said_.size() < kMaxUnread) give_up("half a message is said");
  }

  ServerRoom& room_;
  const Entrance::House house_;
  NoAlarm alarm_;
  const std::shared_ptr<Interrupt> interrupt_ = std::make_shared<Interrupt>();
  MessageBuffer in_;
  std::string out_;
  std::string said_;  // To the last bytes that were given.
  size_t given_ = 0;
  bool has_begun_ = false;
  bool is_open_ = true;
  Sessions::Key key_{};
  std::optional<Entrance> entrance_;
  std::optional<Session> session_;
};

ServerRoom::ServerRoom(std::chrono::milliseconds patience)
    : engine_(gen::protocol::pipeline(), 1, rt::engine::ErrorTime::kNull),
      database_(gen::protocol::pipeline(), begun(engine_)),
      users_(Users::parse(kUsers, "users")),
      patience_(patience) {
  engine_.on_write([this] { is_changed_ = true; });
  epochs_ = std::thread([this] { engine_.serve_while([this] { is_over_.acquire(); }); });
  watchman_ = std::jthread([this](const std::stop_token& stop) { watch(stop); });
}

ServerRoom::~ServerRoom() {
  is_over_.release();
  epochs_.join();
}

/// Any statement that takes long can be cancelled; one that cannot is a hang, which libFuzzer's -timeout
/// finds.
void ServerRoom::watch(const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any tick;
  std::unique_lock lock(mutex);
  while (!tick.wait_for(lock, stop, kTick, [&] { return stop.stop_requested(); })) {
    const int64_t since = working_since_;
    if (since != 0 && now() - since > patience_.count()) sessions_.interrupt_all(InterruptReason::kTimeout);
  }
}

void ServerRoom::run(std::string_view sql) {
  const rt::query::Limits limits;
  const auto result = database_.run(database_.prepare(sql), {}, limits);
  while (result->next()) {
  }
}

void ServerRoom::hold(const Dialogue& dialogue) {
  if (is_changed_) {
    run("DELETE FROM t");
    run("INSERT INTO t SELECT g, 'b' || g % 3, g * 1.5, '2026-04-01 09:00:00+00'::timestamptz, ARRAY[g, "
        "NULL] "
        "FROM generate_series(1, 10) g");
    is_changed_ = false;
  }
  Guest guests[2] = {{*this, dialogue.openings[0]}, {*this, dialogue.openings[1]}};
  std::string waiting[2];
  for (const Frame& frame : dialogue.frames) {
    Guest& guest = guests[frame.client()];
    std::string& bytes = waiting[frame.client()];
    bytes += frame.bytes();
    switch (frame.delivery()) {
      case Frame::Delivery::kWithNext:
        break;
      case Frame::Delivery::kPieces:
        for (size_t at = 0; at < bytes.size(); at += kPiece)
          guest.give(std::string_view(bytes).substr(at, kPiece));
        bytes.clear();
        break;
      case Frame::Delivery::kCancelled:
        guests[1 - frame.client()].cancel();
        [[fallthrough]];
      case Frame::Delivery::kWhole:
        guest.give(bytes);
        bytes.clear();
    }
    if (frame.is_last()) guest.leave();
    if (!guests[0].is_open() && !guests[1].is_open()) break;
  }
  for (size_t i = 0; i < 2; ++i) guests[i].give(waiting[i]);
}

}  // namespace sqlmill::fuzz
