// Where objects are, as the user says it: `s3://BUCKET/PREFIX`, and what AWS's tools take from the
// environment.
#pragma once

#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace sqlmill::rt::object_store {

/// What the user gave is wrong: the message says what.
class PlaceError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Whether it is meant to be such a place and no path.
bool is_place(std::string_view text);

struct Place {
  std::string bucket;
  std::string prefix;  // Without slashes at its ends; may be empty.

  std::string text() const;
};
/// Throws PlaceError.
Place parse_place(std::string_view text);

/// What an environment variable holds; nothing if it is not set, or empty.
using Environment = std::function<std::optional<std::string>(const char* name)>;
std::optional<std::string> process_environment(const char* name);

struct Access {
  std::string endpoint;  // `http://host:port`; empty: AWS's.
  std::string region;
  std::string key_id;
  std::string secret_key;
  std::string session_token;  // Often none.
  std::string ca_bundle;      // A file; empty: the system's.
};
/// AWS_ENDPOINT_URL_S3 or AWS_ENDPOINT_URL, AWS_REGION or AWS_DEFAULT_REGION, AWS_ACCESS_KEY_ID,
/// AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN, AWS_CA_BUNDLE. Throws PlaceError if there are no credentials.
Access access_from(const Environment& environment);

/// With `/` as it is.
std::string percent_encoded(std::string_view path);
/// The URL of an object; the name is below the place's prefix.
std::string url_of(const Place& place, const Access& access, std::string_view name);

}  // namespace sqlmill::rt::object_store
