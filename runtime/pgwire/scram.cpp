#include "runtime/pgwire/scram.h"

#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include <algorithm>
#include <charconv>
#include <stdexcept>

#include "runtime/pgwire/messages.h"

namespace sqlmill::rt::pgwire {

namespace {

constexpr size_t kKeyBytes = 32;
constexpr size_t kSaltBytes = 16;
constexpr size_t kNonceBytes = 18;
constexpr int kIterations = 4096;

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}
unsigned char* bytes_of(std::string& text) {
  return reinterpret_cast<unsigned char*>(text.data());
}

[[noreturn]] void fail_library(const char* what) {
  throw std::runtime_error(fmt::format("OpenSSL: {} failed", what));
}

std::string hmac(std::string_view key, std::string_view message) {
  std::string result(kKeyBytes, '\0');
  unsigned int size = kKeyBytes;
  if (!HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), bytes_of(message), message.size(),
            bytes_of(result), &size))
    fail_library("HMAC");
  return result;
}

std::string sha256(std::string_view message) {
  std::string result(kKeyBytes, '\0');
  unsigned int size = kKeyBytes;
  if (EVP_Digest(message.data(), message.size(), bytes_of(result), &size, EVP_sha256(), nullptr) != 1)
    fail_library("EVP_Digest");
  return result;
}

std::string salted_password(std::string_view password, std::string_view salt, int iterations) {
  std::string result(kKeyBytes, '\0');
  if (PKCS5_PBKDF2_HMAC(password.data(), static_cast<int>(password.size()), bytes_of(salt),
                        static_cast<int>(salt.size()), iterations, EVP_sha256(), kKeyBytes,
                        bytes_of(result)) != 1)
    fail_library("PKCS5_PBKDF2_HMAC");
  return result;
}

std::string encode64(std::string_view bytes) {
  std::string text(4 * ((bytes.size() + 2) / 3) + 1, '\0');
  text.resize(
      static_cast<size_t>(EVP_EncodeBlock(bytes_of(text), bytes_of(bytes), static_cast<int>(bytes.size()))));
  return text;
}

std::optional<std::string> decode64(std::string_view text) {
  if (text.empty() || text.size() % 4 != 0) return std::nullopt;
  std::string bytes(text.size() / 4 * 3, '\0');
  const int size = EVP_DecodeBlock(bytes_of(bytes), bytes_of(text), static_cast<int>(text.size()));
  if (size < 0) return std::nullopt;
  const size_t padding = text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
  bytes.resize(static_cast<size_t>(size) - padding);
  return bytes;
}

bool equal(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

/// The attribute that begins with `name=`, up to the next comma, and what is behind that.
std::string_view take_attribute(char name, std::string_view& rest) {
  if (rest.size() < 2 || rest[0] != name || rest[1] != '=') throw ProtocolError("malformed SCRAM message");
  const size_t comma = std::min(rest.find(','), rest.size());
  const std::string_view value = rest.substr(2, comma - 2);
  rest.remove_prefix(std::min(comma + 1, rest.size()));
  return value;
}

ScramVerifier verifier_of(std::string_view password, std::string salt, int iterations) {
  const std::string salted = salted_password(password, salt, iterations);
  return {std::move(salt), iterations, sha256(hmac(salted, "Client Key")), hmac(salted, "Server Key")};
}

}  // namespace

std::string random_bytes(size_t count) {
  std::string bytes(count, '\0');
  if (RAND_bytes(bytes_of(bytes), static_cast<int>(count)) != 1) fail_library("RAND_bytes");
  return bytes;
}

ScramVerifier make_verifier(std::string_view password) {
  return verifier_of(password, random_bytes(kSaltBytes), kIterations);
}

std::optional<ScramVerifier> parse_verifier(std::string_view text) {
  constexpr std::string_view kScheme = "SCRAM-SHA-256$";
  if (!text.starts_with(kScheme)) return std::nullopt;
  text.remove_prefix(kScheme.size());
  const size_t colon = text.find(':');
  const size_t dollar = text.find('$');
  const size_t last = text.rfind(':');
  if (colon == std::string_view::npos || dollar == std::string_view::npos || colon > dollar || last < dollar)
    return std::nullopt;
  ScramVerifier verifier{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + colon, verifier.iterations);
  const std::optional<std::string> salt = decode64(text.substr(colon + 1, dollar - colon - 1));
  const std::optional<std::string> stored = decode64(text.substr(dollar + 1, last - dollar - 1));
  const std::optional<std::string> server = decode64(text.substr(last + 1));
  if (error != std::errc() || end != text.data() + colon || verifier.iterations < 1 || !salt || !stored ||
      !server || stored->size() != kKeyBytes || server->size() != kKeyBytes)
    return std::nullopt;
  verifier.salt = *salt;
  verifier.stored_key = *stored;
  verifier.server_key = *server;
  return verifier;
}

bool matches(const ScramVerifier& verifier, std::string_view password) {
  return equal(verifier_of(password, verifier.salt, verifier.iterations).stored_key, verifier.stored_key);
}

ScramExchange::ScramExchange(const ScramVerifier* verifier, std::string_view user, std::string end_point)
    : is_known_(verifier != nullptr), end_point_(std::move(end_point)) {
  if (verifier) {
    verifier_ = *verifier;
    return;
  }
  // The same salt each time, as if the user were there; of this process only.
  static const std::string secret = random_bytes(kKeyBytes);
  verifier_ = {hmac(secret, user).substr(0, kSaltBytes), kIterations, std::string(kKeyBytes, '\0'),
               std::string(kKeyBytes, '\0')};
}

std::string_view ScramExchange::take_header(std::string_view client_first, bool is_bound) {
  constexpr std::string_view kEndPoint = "p=tls-server-end-point,";
  std::string_view rest = client_first;
  if (is_bound) {
    if (!rest.starts_with("p="))
      throw ProtocolError("client selected SCRAM-SHA-256-PLUS, but its message has no channel binding");
    if (!rest.starts_with(kEndPoint)) throw ProtocolError("unsupported SCRAM channel-binding type");
    rest.remove_prefix(kEndPoint.size() - 1);
  } else {
    if (rest.starts_with("p="))
      throw ProtocolError("client requires SCRAM channel binding, but did not select SCRAM-SHA-256-PLUS");
    // Somebody has taken the offer out of what the client was told.
    if (rest.starts_with("y,") && !end_point_.empty())
      throw ProtocolError("client supports SCRAM channel binding, but thinks the server does not");
    if (!rest.starts_with("n,") && !rest.starts_with("y,")) throw ProtocolError("malformed SCRAM message");
    rest.remove_prefix(1);
  }
  if (rest.starts_with(",a="))
    throw ProtocolError("client uses authorization identity, but it is not supported");
  if (!rest.starts_with(",,")) throw ProtocolError("malformed SCRAM message");
  rest.remove_prefix(2);
  binding_ = encode64(std::string(client_first.substr(0, client_first.size() - rest.size())) +
                      (is_bound ? end_point_ : ""));
  return rest;
}

std::string ScramExchange::first(std::string_view client_first, bool is_bound) {
  std::string_view rest = take_header(client_first, is_bound);
  client_first_bare_ = rest;
  take_attribute('n', rest);  // The start-up packet has said who it is.
  const std::string_view client_nonce = take_attribute('r', rest);
  if (client_nonce.empty()) throw ProtocolError("malformed SCRAM message");
  nonce_ = std::string(client_nonce) + encode64(random_bytes(kNonceBytes));
  server_first_ = fmt::format("r={},s={},i={}", nonce_, encode64(verifier_.salt), verifier_.iterations);
  return server_first_;
}

std::optional<std::string> ScramExchange::last(std::string_view client_last) {
  std::string_view rest = client_last;
  if (take_attribute('c', rest) != binding_) throw ProtocolError("SCRAM channel binding check failed");
  if (take_attribute('r', rest) != nonce_) throw ProtocolError("SCRAM nonce does not match");
  const size_t proof_at = client_last.rfind(",p=");
  if (proof_at == std::string_view::npos) throw ProtocolError("malformed SCRAM message");
  const std::optional<std::string> proof = decode64(client_last.substr(proof_at + 3));
  if (!proof || proof->size() != kKeyBytes) throw ProtocolError("malformed SCRAM message");

  const std::string message =
      client_first_bare_ + "," + server_first_ + "," + std::string(client_last.substr(0, proof_at));
  std::string client_key = hmac(verifier_.stored_key, message);
  for (size_t i = 0; i < kKeyBytes; ++i) client_key[i] = static_cast<char>(client_key[i] ^ (*proof)[i]);
  if (!equal(sha256(client_key), verifier_.stored_key) || !is_known_) return std::nullopt;
  return "v=" + encode64(hmac(verifier_.server_key, message));
}

ScramClient::ScramClient(std::string password)
    : password_(std::move(password)),
      nonce_(encode64(random_bytes(kNonceBytes))),
      first_("n,,n=,r=" + nonce_) {}

std::string ScramClient::last(std::string_view server_first) {
  std::string_view rest = server_first;
  const std::string_view nonce = take_attribute('r', rest);
  const std::optional<std::string> salt = decode64(take_attribute('s', rest));
  const std::string_view count = take_attribute('i', rest);
  int iterations = 0;
  const auto [end, error] = std::from_chars(count.data(), count.data() + count.size(), iterations);
  if (!nonce.starts_with(nonce_) || !salt || error != std::errc() || end != count.data() + count.size() ||
      iterations < 1)
    throw ProtocolError("malformed SCRAM message");
  const std::string without_proof = fmt::format("c=biws,r={}", nonce);
  const std::string message = fmt::format("{},{},{}", first_.substr(3), server_first, without_proof);
  const std::string salted = salted_password(password_, *salt, iterations);
  std::string proof = hmac(salted, "Client Key");
  const std::string signature = hmac(sha256(proof), message);
  for (size_t i = 0; i < kKeyBytes; ++i) proof[i] = static_cast<char>(proof[i] ^ signature[i]);
  server_signature_ = encode64(hmac(hmac(salted, "Server Key"), message));
  return without_proof + ",p=" + encode64(proof);
}

bool ScramClient::is_right(std::string_view server_last) const {
  return server_last == "v=" + server_signature_;
}

}  // namespace sqlmill::rt::pgwire
