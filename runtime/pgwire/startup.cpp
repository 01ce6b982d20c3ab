#include "runtime/pgwire/startup.h"

#include <fmt/format.h>

#include "runtime/pgwire/errors.h"
#include "runtime/pgwire/messages.h"

namespace sqlmill::rt::pgwire {

namespace {

constexpr int kCancelCode = 80877102;
constexpr int kSslCode = 80877103;
constexpr int kGssCode = 80877104;
constexpr int kMajorVersion = 3;

/// The words of the parameter `options`: separated by spaces, a backslash before a character takes it as it
/// is.
std::vector<std::string> split_options(std::string_view text) {
  std::vector<std::string> words;
  bool in_word = false;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == ' ' || (text[i] >= '\t' && text[i] <= '\r')) {
      in_word = false;
      continue;
    }
    if (text[i] == '\\' && i + 1 < text.size()) ++i;
    if (!in_word) words.emplace_back();
    in_word = true;
    words.back() += text[i];
  }
  return words;
}

/// `-c name=value`, `-cname=value`, `--name=value`.
void read_options(std::string_view text, std::vector<std::pair<std::string, std::string>>& parameters) {
  const std::vector<std::string> words = split_options(text);
  for (size_t i = 0; i < words.size(); ++i) {
    std::string_view setting = words[i];
    if (setting == "-c" && i + 1 < words.size()) {
      setting = words[++i];
    } else if (setting.starts_with("-c") || setting.starts_with("--")) {
      setting.remove_prefix(2);
    } else {
      throw WireError(Severity::kFatal, "42601",
                      fmt::format("invalid command-line argument for server process: {}", setting));
    }
    const size_t equals = setting.find('=');
    if (equals == std::string_view::npos) {
      throw WireError(Severity::kFatal, "42601", fmt::format("-c {} requires a value", setting));
    }
    std::string name(setting.substr(0, equals));
    for (char& c : name) c = c == '-' ? '_' : c;
    parameters.emplace_back(std::move(name), setting.substr(equals + 1));
  }
}

}  // namespace

std::string_view StartupRequest::parameter(std::string_view name) const {
  for (const auto& [key, value] : parameters) {
    if (key == name) return value;
  }
  return {};
}

std::variant<SslRequest, GssRequest, CancelRequest, StartupRequest> read_startup(std::string_view body) {
  FieldReader fields(body);
  const int32_t code = fields.read_int32();
  if (code == kSslCode) return SslRequest{};
  if (code == kGssCode) return GssRequest{};
  if (code == kCancelCode) {
    const int32_t process = fields.read_int32();
    return CancelRequest{process, fields.read_int32()};
  }
  if (code >> 16 != kMajorVersion) {
    throw WireError(Severity::kFatal, "0A000",
                    fmt::format("unsupported frontend protocol {}.{}: server supports 3.0 to 3.0", code >> 16,
                                code & 0xffff));
  }
  StartupRequest request{code & 0xffff, {}, {}};
  while (true) {
    const std::string_view name = fields.read_string();
    if (name.empty()) break;
    const std::string_view value = fields.read_string();
    if (name.starts_with("_pq_.")) {
      request.unknown_options.emplace_back(name);
    } else if (name == "options") {
      read_options(value, request.parameters);
    } else {
      request.parameters.emplace_back(name, value);
    }
  }
  fields.expect_end();
  return request;
}

}  // namespace sqlmill::rt::pgwire
