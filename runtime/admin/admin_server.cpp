#include "runtime/admin/admin_server.h"

#include <fmt/format.h>
#include <httplib.h>

#include <chrono>
#include <shared_mutex>
#include <string_view>
#include <thread>

#include "runtime/admin/metrics.h"
#include "runtime/query/execution.h"

namespace sqlmill::rt::admin {

namespace {

constexpr size_t kThreads = 2;
/// An epoch of a loaded pipeline takes milliseconds; Prometheus waits 10 s.
constexpr std::chrono::seconds kPatience(5);

constexpr const char* kText = "text/plain; charset=utf-8";
constexpr const char* kPrometheus = "text/plain; version=0.0.4; charset=utf-8";

enum class Phase : uint8_t { kRecovering, kServing, kStopping };

std::string_view name_of(Phase phase) {
  switch (phase) {
    case Phase::kRecovering:
      return "recovering";
    case Phase::kServing:
      return "serving";
    case Phase::kStopping:
      return "stopping";
  }
  __builtin_unreachable();
}

}  // namespace

class AdminServer::Implementation {
 public:
  Implementation(const std::string& host, uint16_t port) {
    http_.new_task_queue = [] { return new httplib::ThreadPool(kThreads); };
    http_.set_keep_alive_max_count(100);
    // By default it would share the port with whoever has it.
    http_.set_socket_options([](socket_t socket) {
      const int yes = 1;
      ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    });
    http_.Get("/", [](const httplib::Request&, httplib::Response& response) {
      response.set_content("/ready\n/metrics\n", kText);
    });
    http_.Get("/ready", [this](const httplib::Request&, httplib::Response& response) { ready(response); });
    http_.Get("/metrics",
              [this](const httplib::Request&, httplib::Response& response) { metrics(response); });
    const int bound = port == 0 ? http_.bind_to_any_port(host) : http_.bind_to_port(host, port) ? port : -1;
    if (bound < 0) {
      throw ListenError(
          fmt::format("cannot listen on {}:{}; choose another place with --admin HOST:PORT (port 0: any that "
                      "is free)",
                      host, port));
    }
    const bool ipv6 = host.find(':') != std::string::npos;
    address_ = ipv6 ? fmt::format("[{}]:{}", host, bound) : fmt::format("{}:{}", host, bound);
    thread_ = std::thread([this] { http_.listen_after_bind(); });
    // Before that, stop() would have no effect. (wait_until_ready() came with 0.12; Debian 12 has 0.11.)
    while (!http_.is_running()) std::this_thread::yield();
  }
  ~Implementation() {
    stop();
    http_.stop();
    thread_.join();
  }

  const std::string& address() const { return address_; }

  void serve(query::Database& database) {
    const std::unique_lock lock(mutex_);
    phase_ = Phase::kServing;
    database_ = &database;
  }
  void stop() {
    const std::unique_lock lock(mutex_);
    phase_ = Phase::kStopping;
    database_ = nullptr;
  }

 private:
  void ready(httplib::Response& response) {
    const std::shared_lock lock(mutex_);
    response.status = phase_ == Phase::kServing ? 200 : 503;
    std::string text = fmt::format("{}\n", name_of(phase_));
    if (database_ != nullptr) {
      for (const std::string& view : database_->rebuilding()) text += fmt::format("rebuilding {}\n", view);
    }
    response.set_content(text, kText);
  }

  void metrics(httplib::Response& response) {
    const std::shared_lock lock(mutex_);
    std::string text = process_metrics();
    text += fmt::format(
        "# HELP sqlmill_ready Whether queries are answered.\n# TYPE sqlmill_ready gauge\nsqlmill_ready {}\n",
        phase_ == Phase::kServing ? 1 : 0);
    try {
      query::Limits limits;
      limits.deadline = std::chrono::steady_clock::now() + kPatience;
      if (database_ != nullptr) text += pipeline_metrics(*database_, limits);
    } catch (const query::QueryError& error) {
      response.status = 503;
      response.set_content(fmt::format("{}\n", error.what()), kText);
      return;
    }
    response.set_content(text, kPrometheus);
  }

  httplib::Server http_;
  std::string address_;
  std::shared_mutex mutex_;  // For what follows.
  Phase phase_ = Phase::kRecovering;
  query::Database* database_ = nullptr;
  std::thread thread_;
};

AdminServer::AdminServer(const std::string& host, uint16_t port)
    : implementation_(std::make_unique<Implementation>(host, port)) {}

AdminServer::~AdminServer() = default;

const std::string& AdminServer::address() const {
  return implementation_->address();
}

void AdminServer::serve(query::Database& database) {
  implementation_->serve(database);
}

void AdminServer::stop() {
  implementation_->stop();
}

}  // namespace sqlmill::rt::admin
