// Objects in S3, or in what speaks its protocol. libcurl signs and sends
// (runtime/object_store/object_store.cpp); nothing is asked for that is answered in XML, but for errors.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <string_view>

#include "runtime/object_store/place.h"

namespace sqlmill::rt::object_store {

/// What the storage or the way to it said, without secrets.
class ObjectError : public std::runtime_error {
 public:
  enum class Kind : uint8_t {
    kAway,     // Trying again may help.
    kRefused,  // It will not: the bucket, the credentials, the request.
    kChanged,  // The object is not the one that was to be replaced.
    kStopped,  // Was told to.
  };
  ObjectError(Kind kind, const std::string& what) : std::runtime_error(what), kind(kind) {}
  const Kind kind;
};

struct Object {
  std::string bytes;
  std::string tag;  // Another one whenever it was replaced.
};

/// What must be there for put() to replace it.
struct Expected {
  enum class What : uint8_t { kAnything, kNothing, kTag } what = What::kAnything;
  std::string tag = {};
};

/// One thread at a time. All throw ObjectError.
class ObjectStore {
 public:
  ObjectStore(Place place, Access access, std::stop_token stop);
  ~ObjectStore();
  ObjectStore(const ObjectStore&) = delete;
  ObjectStore& operator=(const ObjectStore&) = delete;

  const Place& place() const;
  /// From now on `stop` ends what waits.
  void stop_with(std::stop_token stop);

  /// Nothing: it is not there.
  std::optional<Object> get(std::string_view name);
  /// Into a new file. False: it is not there.
  bool get_file(std::string_view name, const std::string& path);
  /// Replaces it. Its tag. Storage that knows no conditions takes no notice of `expected`, or refuses.
  std::string put(std::string_view name, std::string_view bytes, const Expected& expected = {});
  /// `sha256`: of the file, which the storage checks.
  void put_file(std::string_view name, const std::string& path, uint64_t size, const std::string& sha256);
  /// That it is not there is fine.
  void remove(std::string_view name);

 private:
  class Client;
  const std::unique_ptr<Client> client_;
};

}  // namespace sqlmill::rt::object_store
