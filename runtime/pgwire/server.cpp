#include "runtime/pgwire/server.h"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <spdlog/spdlog.h>
#include <sys/resource.h>

#include <algorithm>
#include <asio/post.hpp>
#include <asio/strand.hpp>
#include <asio/thread_pool.hpp>
#include <atomic>
#include <chrono>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "runtime/pgwire/connection.h"
#include "runtime/pgwire/loops.h"

namespace sqlmill::rt::pgwire {

namespace {

using asio::ip::tcp;

/// Sessions that work at a time. They mostly wait for the engine.
constexpr size_t kPlaces = 64;
/// Threads that no session can take, besides those on duty: for logins.
constexpr size_t kSpareThreads = 2;
/// Event loops for so many cores; the others are the engine's and the clients'.
constexpr size_t kCoresPerLoop = 2;
constexpr std::chrono::milliseconds kAcceptPause(100);
/// How often it is looked whether clients are still there.
constexpr std::chrono::milliseconds kClientPause(50);

size_t count_loops() {
  return std::max<size_t>(1, std::thread::hardware_concurrency() / kCoresPerLoop);
}

std::string text_of(const tcp::endpoint& endpoint) {
  const std::string address = endpoint.address().to_string();
  if (endpoint.address().is_v6()) return fmt::format("[{}]:{}", address, endpoint.port());
  return fmt::format("{}:{}", address, endpoint.port());
}

/// As many sockets as the system allows.
void raise_file_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= limit.rlim_max) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

std::optional<asio::ssl::context> make_tls(const ServerOptions& options) {
  if (options.certificate_file.empty()) return std::nullopt;
  asio::ssl::context tls(asio::ssl::context::tls_server);
  tls.set_options(asio::ssl::context::default_workarounds | asio::ssl::context::no_tlsv1 |
                  asio::ssl::context::no_tlsv1_1);
  asio::error_code error;
  tls.use_certificate_chain_file(options.certificate_file, error);
  if (error) throw ListenError(fmt::format("--tls-cert: {}: {}", options.certificate_file, error.message()));
  tls.use_private_key_file(options.key_file, asio::ssl::context::pem, error);
  if (error) throw ListenError(fmt::format("--tls-key: {}: {}", options.key_file, error.message()));
  return tls;
}

/// The hash of the certificate, by the function that its signature has (RFC 5929); empty: it has none.
std::string end_point_of(asio::ssl::context& tls) {
  X509* const certificate = ::SSL_CTX_get0_certificate(tls.native_handle());
  int digest = NID_undef;
  if (::OBJ_find_sigid_algs(::X509_get_signature_nid(certificate), &digest, nullptr) != 1) return {};
  const EVP_MD* const function =
      digest == NID_md5 || digest == NID_sha1 ? ::EVP_sha256() : ::EVP_get_digestbynid(digest);
  std::string hash(EVP_MAX_MD_SIZE, '\0');
  unsigned size = 0;
  if (!function ||
      ::X509_digest(certificate, function, reinterpret_cast<unsigned char*>(hash.data()), &size) != 1)
    return {};
  hash.resize(size);
  return hash;
}

Users read_users(const std::string& path) {
  if (path.empty()) return {};
  try {
    return Users::read(path);
  } catch (const std::runtime_error& error) {
    throw ListenError(error.what());
  }
}

}  // namespace

class Server::Implementation {
 public:
  Implementation(query::Database& database, const ServerOptions& options)
      : users_(read_users(options.users_file)),
        tls_(make_tls(options)),
        places_(kPlaces),
        hub_{database,
             {users_, options.password_method, tls_.has_value(), tls_ ? end_point_of(*tls_) : std::string(),
              sessions_, connections_count_},
             tls_ ? &*tls_ : nullptr,
             handshakes_.get_executor(),
             sessions_,
             places_,
             connections_count_},
        acceptor_(asio::make_strand(loops_.first())),
        accept_pause_(acceptor_.get_executor()),
        client_pause_(acceptor_.get_executor()) {
    listen(options);
    raise_file_limit();
    // The first statement is slow, because the parser's tables are made as they are needed.
    loops_.post([&database] { database.prepare("SELECT 1"); });
    accept();
    check_clients();
    loops_.start();
  }

  ~Implementation() {
    asio::post(acceptor_.get_executor(), [this] {
      asio::error_code ignored;
      acceptor_.close(ignored);
      accept_pause_.cancel();
      client_pause_.cancel();
    });
    sessions_.interrupt_all(InterruptReason::kShutdown);
    {
      const std::lock_guard lock(mutex_);
      is_stopping_ = true;
      for (const std::weak_ptr<Connection>& weak : connections_) {
        if (const auto connection = weak.lock()) connection->close();
      }
    }
    loops_.join();
    handshakes_.join();
  }

  const std::string& address() const { return address_; }

 private:
  void listen(const ServerOptions& options) {
    asio::error_code error;
    tcp::resolver resolver(loops_.first());
    const auto found = resolver.resolve(options.host, std::to_string(options.port),
                                        tcp::resolver::passive | tcp::resolver::numeric_service, error);
    if (error || found.empty())
      throw ListenError(
          fmt::format("--listen: \"{}\" is no address of this machine: {}", options.host, error.message()));
    tcp::endpoint endpoint = *found.begin();
    if (users_.is_open() && !endpoint.address().is_loopback()) {
      const tcp::endpoint wanted = endpoint;
      endpoint.address(asio::ip::address_v4::loopback());
      spdlog::warn(
          "no user has a password (--users FILE), so only this machine may connect: listening on {} and not "
          "on {}",
          endpoint.address().to_string(), text_of(wanted));
    }
    acceptor_.open(endpoint.protocol(), error);
    if (!error) acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
    if (!error) acceptor_.bind(endpoint, error);
    if (!error) acceptor_.listen(asio::socket_base::max_listen_connections, error);
    if (error) {
      throw ListenError(
          fmt::format("cannot listen on {}: {}; choose another place with --listen HOST:PORT (port 0: any "
                      "that is free), or none with --no-listen",
                      text_of(endpoint), error.message()));
    }
    address_ = text_of(acceptor_.local_endpoint());
  }

  void accept() {
    asio::io_context& io = loops_.next();
    acceptor_.async_accept(asio::make_strand(io),
                           [this, &io](const asio::error_code& error, tcp::socket socket) {
                             if (error == asio::error::operation_aborted || !acceptor_.is_open()) return;
                             if (error) {  // Too many open files, say.
                               accept_pause_.expires_after(kAcceptPause);
                               accept_pause_.async_wait([this](const asio::error_code& cancelled) {
                                 if (!cancelled) accept();
                               });
                               return;
                             }
                             auto connection = std::make_shared<Connection>(std::move(socket), io, hub_);
                             if (remember(connection)) asio::post(io, [connection] { connection->start(); });
                             accept();
                           });
  }

  void check_clients() {
    client_pause_.expires_after(kClientPause);
    client_pause_.async_wait([this](const asio::error_code& cancelled) {
      if (cancelled || !acceptor_.is_open()) return;
      std::vector<std::shared_ptr<Connection>> there;
      {
        const std::lock_guard lock(mutex_);
        for (const std::weak_ptr<Connection>& weak : connections_) {
          if (auto connection = weak.lock()) there.push_back(std::move(connection));
        }
      }
      for (const auto& connection : there) connection->check_client();
      there.clear();
      check_clients();
    });
  }

  /// False: it came too late.
  bool remember(const std::shared_ptr<Connection>& connection) {
    const std::lock_guard lock(mutex_);
    if (is_stopping_) return false;
    if (connections_.size() > 2 * connections_count_ + 16)
      std::erase_if(connections_, [](const auto& weak) { return weak.expired(); });
    connections_.push_back(connection);
    return true;
  }

  const Users users_;
  std::optional<asio::ssl::context> tls_;
  asio::thread_pool handshakes_{1};
  Loops loops_{count_loops(), kPlaces + kSpareThreads + count_loops()};
  Sessions sessions_;
  Places places_;
  std::atomic<size_t> connections_count_ = 0;
  Hub hub_;
  tcp::acceptor acceptor_;
  asio::steady_timer accept_pause_;
  asio::steady_timer client_pause_;
  std::string address_;
  std::mutex mutex_;  // For what follows.
  bool is_stopping_ = false;
  std::vector<std::weak_ptr<Connection>> connections_;
};

Server::Server(query::Database& database, const ServerOptions& options)
    : implementation_(std::make_unique<Implementation>(database, options)) {}

Server::~Server() = default;

const std::string& Server::address() const {
  return implementation_->address();
}

}  // namespace sqlmill::rt::pgwire
