#include "runtime/object_store/place.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

namespace sqlmill::rt::object_store {

namespace {

constexpr std::string_view kScheme = "s3://";

bool is_bucket_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_' ||
         (c >= 'A' && c <= 'Z');
}

}  // namespace

bool is_place(std::string_view text) {
  return text.find("://") != std::string_view::npos;
}

std::string Place::text() const {
  return fmt::format("{}{}{}{}", kScheme, bucket, prefix.empty() ? "" : "/", prefix);
}

Place parse_place(std::string_view text) {
  if (!text.starts_with(kScheme)) throw PlaceError(fmt::format("\"{}\" is not s3://BUCKET/PREFIX", text));
  const std::string_view rest = text.substr(kScheme.size());
  const size_t slash = std::min(rest.find('/'), rest.size());
  Place place{std::string(rest.substr(0, slash)), std::string(rest.substr(slash))};
  if (place.bucket.empty() || !std::all_of(place.bucket.begin(), place.bucket.end(), is_bucket_character))
    throw PlaceError(fmt::format("\"{}\" is not s3://BUCKET/PREFIX: that is no bucket's name", text));
  while (place.prefix.starts_with('/')) place.prefix.erase(0, 1);
  while (place.prefix.ends_with('/')) place.prefix.pop_back();
  return place;
}

std::optional<std::string> process_environment(const char* name) {
  const char* value = std::getenv(name);
  if (value == nullptr || *value == '\0') return std::nullopt;
  return value;
}

Access access_from(const Environment& environment) {
  const auto first_of = [&](std::initializer_list<const char*> names, std::string otherwise) {
    for (const char* name : names) {
      if (std::optional<std::string> value = environment(name)) return std::move(*value);
    }
    return otherwise;
  };
  Access access;
  access.endpoint = first_of({"AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"}, "");
  while (access.endpoint.ends_with('/')) access.endpoint.pop_back();
  if (!access.endpoint.empty() && !access.endpoint.starts_with("http://") &&
      !access.endpoint.starts_with("https://"))
    throw PlaceError(fmt::format("AWS_ENDPOINT_URL: \"{}\" is not http://… or https://…", access.endpoint));
  access.region = first_of({"AWS_REGION", "AWS_DEFAULT_REGION"}, "us-east-1");
  access.key_id = first_of({"AWS_ACCESS_KEY_ID"}, "");
  access.secret_key = first_of({"AWS_SECRET_ACCESS_KEY"}, "");
  access.session_token = first_of({"AWS_SESSION_TOKEN"}, "");
  access.ca_bundle = first_of({"AWS_CA_BUNDLE"}, "");
  if (access.key_id.empty() || access.secret_key.empty()) {
    throw PlaceError(
        "there are no credentials for object storage: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in the "
        "environment");
  }
  return access;
}

std::string percent_encoded(std::string_view path) {
  std::string text;
  for (const char c : path) {
    const bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                          c == '-' || c == '.' || c == '_' || c == '~' || c == '/';
    if (is_plain) {
      text += c;
    } else {
      text += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return text;
}

std::string url_of(const Place& place, const Access& access, std::string_view name) {
  const std::string key =
      percent_encoded(place.prefix.empty() ? std::string(name) : fmt::format("{}/{}", place.prefix, name));
  if (!access.endpoint.empty()) return fmt::format("{}/{}/{}", access.endpoint, place.bucket, key);
  // A certificate of AWS's is for one name below s3.REGION only.
  if (place.bucket.find('.') != std::string::npos)
    return fmt::format("https://s3.{}.amazonaws.com/{}/{}", access.region, place.bucket, key);
  return fmt::format("https://{}.s3.{}.amazonaws.com/{}", place.bucket, access.region, key);
}

}  // namespace sqlmill::rt::object_store
