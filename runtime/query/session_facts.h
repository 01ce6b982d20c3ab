// What a statement may know of the session that runs it, and of the sessions beside it: pg_backend_pid(),
// current_setting(), pg_stat_activity.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sqlmill::rt::query {

class SessionFacts {
 public:
  struct Setting {
    std::string name;
    std::string value;
    std::string description;
  };
  struct Other {
    int32_t process;
    std::string user;
    std::string database;
    std::string application;
    bool is_active;        // It runs a statement.
    int64_t begin_micros;  // Since 2000-01-01 UTC.
  };

  virtual ~SessionFacts() = default;
  virtual std::string user() const = 0;
  virtual std::string database() const = 0;
  virtual int32_t process() const = 0;
  virtual bool is_read_only() const = 0;
  virtual std::optional<std::string> setting(std::string_view name) const = 0;
  virtual std::vector<Setting> settings() const = 0;
  /// Throws what the client is to be told.
  virtual void set(std::string_view name, const std::string& value, bool is_local) = 0;
  /// All sessions of the server, this one too.
  virtual std::vector<Other> sessions() const = 0;
};

}  // namespace sqlmill::rt::query
