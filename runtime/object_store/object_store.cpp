#include "runtime/object_store/object_store.h"

#include <curl/curl.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <functional>
#include <utility>
#include <vector>

#include "runtime/object_store/sha256.h"

namespace sqlmill::rt::object_store {

namespace {

using Kind = ObjectError::Kind;

constexpr long kConnectSeconds = 10;
/// A transfer that stands still for so long is over.
constexpr long kStillSeconds = 30;
constexpr size_t kMostOfAnError = 64 << 10;

struct CloseFile {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
using File = std::unique_ptr<std::FILE, CloseFile>;

struct FreeList {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};

File open_file(const std::string& path, const char* mode) {
  File file(std::fopen(path.c_str(), mode));
  if (!file) throw ObjectError(Kind::kRefused, fmt::format("cannot open {}: {}", path, std::strerror(errno)));
  return file;
}

/// What `<name>…</name>` holds in an answer that says what is wrong.
std::string_view element(std::string_view xml, std::string_view name) {
  const std::string open = fmt::format("<{}>", name);
  const size_t begin = xml.find(open);
  if (begin == std::string_view::npos) return "";
  const std::string_view rest = xml.substr(begin + open.size());
  return rest.substr(0, rest.find('<'));
}

bool may_pass(long status) {
  return status == 408 || status == 409 || status == 429 || (status >= 500 && status != 501);
}

/// One exchange with the storage.
struct Exchange {
  const char* method;  // Null: GET or PUT, as there is something to send or not.
  std::vector<std::string> headers = {};
  bool sends = false;
  std::string sha256 = {};         // Of what is sent.
  std::string_view bytes = {};     // What is sent,
  std::FILE* sent_file = nullptr;  // or this.
  uint64_t size = 0;
  size_t position = 0;
  std::FILE* file = nullptr;  // Where the answer goes, if it is no error.
  std::string answer = {};
  std::string tag = {};
  long status = 0;
  CURL* handle = nullptr;
};

size_t take_body(char* data, size_t, size_t size, void* target) {
  auto& exchange = *static_cast<Exchange*>(target);
  curl_easy_getinfo(exchange.handle, CURLINFO_RESPONSE_CODE, &exchange.status);
  const bool is_error = exchange.status >= 300;
  if (exchange.file != nullptr && !is_error) return std::fwrite(data, 1, size, exchange.file);
  if (!is_error || exchange.answer.size() < kMostOfAnError) exchange.answer.append(data, size);
  return size;
}

size_t take_header(char* data, size_t, size_t size, void* target) {
  auto& exchange = *static_cast<Exchange*>(target);
  constexpr std::string_view kTag = "etag:";
  std::string line(data, size);
  std::string lower = line.substr(0, kTag.size());
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 'a' - 'A') : c; });
  if (lower == kTag) {
    const size_t begin = std::min(line.find_first_not_of(' ', kTag.size()), line.size());
    exchange.tag = line.substr(begin, line.find_last_not_of("\r\n ") + 1 - begin);
  }
  return size;
}

size_t give_body(char* data, size_t, size_t size, void* source) {
  auto& exchange = *static_cast<Exchange*>(source);
  if (exchange.sent_file != nullptr) return std::fread(data, 1, size, exchange.sent_file);
  const std::string_view part = exchange.bytes.substr(exchange.position, size);
  std::memcpy(data, part.data(), part.size());
  exchange.position += part.size();
  return part.size();
}

int seek_body(void* source, curl_off_t offset, int) {
  auto& exchange = *static_cast<Exchange*>(source);
  if (exchange.sent_file != nullptr &&
      std::fseek(exchange.sent_file, static_cast<long>(offset), SEEK_SET) != 0)
    return CURL_SEEKFUNC_FAIL;
  exchange.position = static_cast<size_t>(offset);
  return CURL_SEEKFUNC_OK;
}

}  // namespace

class ObjectStore::Client {
 public:
  Client(Place place, Access access, std::stop_token stop)
      : place_(std::move(place)), access_(std::move(access)), stop_(std::move(stop)) {
    // Counted by libcurl, and the first call is made before there are other threads that use it.
    curl_global_init(CURL_GLOBAL_DEFAULT);
    handle_ = curl_easy_init();
    if (handle_ == nullptr) throw std::bad_alloc();
  }
  ~Client() {
    curl_easy_cleanup(handle_);
    curl_global_cleanup();
  }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  const Place& place() const { return place_; }
  void stop_with(std::stop_token stop) { stop_ = std::move(stop); }

  /// False: there is no such object. Throws if anything else is wrong.
  bool run(std::string_view name, Exchange& exchange) {
    if (stop_.stop_requested()) throw ObjectError(Kind::kStopped, "stopped");
    curl_easy_reset(handle_);  // Connections stay.
    exchange.handle = handle_;
    const std::string url = url_of(place_, access_, name);
    const std::string signature = fmt::format("aws:amz:{}:s3", access_.region);
    std::array<char, CURL_ERROR_SIZE> error{};
    set(CURLOPT_URL, url.c_str());
    set(CURLOPT_PATH_AS_IS, 1L);
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_ERRORBUFFER, error.data());
    set(CURLOPT_CONNECTTIMEOUT, kConnectSeconds);
    set(CURLOPT_LOW_SPEED_LIMIT, 1L);
    set(CURLOPT_LOW_SPEED_TIME, kStillSeconds);
    set(CURLOPT_AWS_SIGV4, signature.c_str());
    set(CURLOPT_USERNAME, access_.key_id.c_str());
    set(CURLOPT_PASSWORD, access_.secret_key.c_str());
    if (!access_.ca_bundle.empty()) set(CURLOPT_CAINFO, access_.ca_bundle.c_str());
    set(CURLOPT_NOPROGRESS, 0L);
    set(CURLOPT_XFERINFODATA, this);
    set(
        CURLOPT_XFERINFOFUNCTION, +[](void* client, curl_off_t, curl_off_t, curl_off_t, curl_off_t) -> int {
          return static_cast<Client*>(client)->stop_.stop_requested() ? 1 : 0;
        });
    const std::unique_ptr<curl_slist, FreeList> headers = say_what(exchange);
    const CURLcode code = curl_easy_perform(handle_);
    curl_easy_getinfo(handle_, CURLINFO_RESPONSE_CODE, &exchange.status);
    if (code != CURLE_OK) fail(code, error.data());
    return check(exchange);
  }

 private:
  template <class Value>
  void set(CURLoption option, Value value) {
    curl_easy_setopt(handle_, option, value);
  }

  std::unique_ptr<curl_slist, FreeList> say_what(Exchange& exchange) {
    std::unique_ptr<curl_slist, FreeList> headers;
    const auto add = [&](const std::string& header) {
      curl_slist* longer = curl_slist_append(headers.get(), header.c_str());
      if (longer == nullptr) throw std::bad_alloc();
      if (!headers) headers.reset(longer);  // Later it stays the first one of them.
    };
    // S3 asks for it, and libcurl 7.88 signs what is given but adds nothing.
    static const std::string of_nothing = sha256("");
    add("x-amz-content-sha256: " + (exchange.sends ? exchange.sha256 : of_nothing));
    for (const std::string& header : exchange.headers) add(header);
    if (!access_.session_token.empty()) add("x-amz-security-token: " + access_.session_token);
    set(CURLOPT_HTTPHEADER, headers.get());
    set(CURLOPT_WRITEFUNCTION, &take_body);
    set(CURLOPT_WRITEDATA, &exchange);
    set(CURLOPT_HEADERFUNCTION, &take_header);
    set(CURLOPT_HEADERDATA, &exchange);
    if (exchange.method != nullptr) set(CURLOPT_CUSTOMREQUEST, exchange.method);
    if (exchange.sends) {
      set(CURLOPT_UPLOAD, 1L);
      set(CURLOPT_READFUNCTION, &give_body);
      set(CURLOPT_READDATA, &exchange);
      set(CURLOPT_SEEKFUNCTION, &seek_body);
      set(CURLOPT_SEEKDATA, &exchange);
      set(CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(exchange.size));
    }
    return headers;
  }

  /// Where that is, for messages.
  std::string where() const {
    return access_.endpoint.empty() ? place_.text()
                                    : fmt::format("{} at {}", place_.text(), access_.endpoint);
  }

  [[noreturn]] void fail(CURLcode code, const char* detail) const {
    if (code == CURLE_ABORTED_BY_CALLBACK) throw ObjectError(Kind::kStopped, "stopped");
    const std::string text =
        fmt::format("{}: {}", where(), *detail != '\0' ? detail : curl_easy_strerror(code));
    const bool is_hopeless = code == CURLE_URL_MALFORMAT || code == CURLE_UNSUPPORTED_PROTOCOL ||
                             code == CURLE_SSL_CACERT_BADFILE || code == CURLE_WRITE_ERROR;
    throw ObjectError(is_hopeless ? Kind::kRefused : Kind::kAway, text);
  }

  bool check(const Exchange& exchange) const {
    if (exchange.status >= 200 && exchange.status < 300) return true;
    const std::string_view code = element(exchange.answer, "Code");
    if (exchange.status == 404 && code != "NoSuchBucket") return false;
    std::string text = fmt::format("{}: HTTP {}", where(), exchange.status);
    if (!code.empty()) text += fmt::format(", {}", code);
    if (const std::string_view message = element(exchange.answer, "Message"); !message.empty())
      text += fmt::format(": {}", message);
    if (exchange.status == 301 || exchange.status == 307)
      text += fmt::format(" (the bucket may be in another region than {}: set AWS_REGION)", access_.region);
    if (exchange.status == 412) throw ObjectError(Kind::kChanged, text);
    throw ObjectError(may_pass(exchange.status) ? Kind::kAway : Kind::kRefused, text);
  }

  const Place place_;
  const Access access_;
  std::stop_token stop_;
  CURL* handle_ = nullptr;
};

ObjectStore::ObjectStore(Place place, Access access, std::stop_token stop)
    : client_(std::make_unique<Client>(std::move(place), std::move(access), std::move(stop))) {}

ObjectStore::~ObjectStore() = default;

const Place& ObjectStore::place() const {
  return client_->place();
}

void ObjectStore::stop_with(std::stop_token stop) {
  client_->stop_with(std::move(stop));
}

std::optional<Object> ObjectStore::get(std::string_view name) {
  Exchange exchange{nullptr};
  if (!client_->run(name, exchange)) return std::nullopt;
  return Object{std::move(exchange.answer), std::move(exchange.tag)};
}

bool ObjectStore::get_file(std::string_view name, const std::string& path) {
  const File file = open_file(path, "wb");
  Exchange exchange{nullptr};
  exchange.file = file.get();
  if (!client_->run(name, exchange)) return false;
  if (std::fflush(file.get()) != 0)
    throw ObjectError(Kind::kRefused, fmt::format("cannot write {}: {}", path, std::strerror(errno)));
  return true;
}

std::string ObjectStore::put(std::string_view name, std::string_view bytes, const Expected& expected) {
  Exchange exchange{nullptr, {}, true, sha256(bytes), bytes};
  exchange.size = bytes.size();
  if (expected.what == Expected::What::kNothing) exchange.headers.emplace_back("if-none-match: *");
  if (expected.what == Expected::What::kTag) exchange.headers.push_back("if-match: " + expected.tag);
  if (!client_->run(name, exchange))
    throw ObjectError(Kind::kChanged, fmt::format("{} is gone", name));  // What was to be replaced.
  return exchange.tag;
}

void ObjectStore::put_file(std::string_view name, const std::string& path, uint64_t size,
                           const std::string& sha256) {
  const File file = open_file(path, "rb");
  Exchange exchange{nullptr, {}, true, sha256};
  exchange.sent_file = file.get();
  exchange.size = size;
  if (!client_->run(name, exchange))
    throw ObjectError(Kind::kAway, fmt::format("{} could not be made", name));
}

void ObjectStore::remove(std::string_view name) {
  Exchange exchange{"DELETE"};
  client_->run(name, exchange);
}

}  // namespace sqlmill::rt::object_store
