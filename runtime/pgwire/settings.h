// The settings of a session: what SET, SHOW and RESET are about, and what a client is told of them.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/engine/writers.h"

namespace sqlmill::rt::pgwire {

struct SettingRow {
  std::string name;
  std::string value;
  std::string description;
};

class Settings {
 public:
  Settings();

  /// Called with the name and value of each setting that the client is told of, when it becomes another.
  void on_report(std::function<void(std::string_view, const std::string&)> report) {
    report_ = std::move(report);
  }
  void report_all() const;

  /// As SHOW prints it. Throws WireError for one that there is not.
  std::string show(std::string_view name) const;
  /// Nothing: there is none of this name.
  std::optional<std::string> find(std::string_view name) const;
  std::vector<SettingRow> all() const;

  /// What is_local is set stays until the end of the transaction. Throws WireError. Returns what a notice
  /// should say, or nothing.
  std::string set(std::string_view name, const std::string& value, bool is_local = false);
  /// From the start-up packet: what RESET goes back to. Names that are not known are ignored, as clients
  /// send more than a server knows. Throws WireError for a value that cannot be.
  void set_default(std::string_view name, const std::string& value);
  /// What no client can change, like is_superuser.
  void set_fixed(std::string_view name, const std::string& value);
  void reset(std::string_view name);
  void reset_all();

  void begin();
  /// Gives up what was SET LOCAL, and after a failure all that was set since begin().
  void end(bool is_commit);

  /// Zero: none.
  std::chrono::milliseconds statement_timeout() const;
  std::chrono::milliseconds idle_in_transaction_timeout() const;
  bool is_on(std::string_view name) const;
  /// What `synchronous_commit` says.
  engine::WriteUntil write_until() const;

 private:
  using Values = std::map<std::string, std::string, std::less<>>;

  const std::string* value_of(std::string_view name) const;
  void change(const std::function<void()>& change);

  Values defaults_;
  Values values_;  // Those that differ from the defaults.
  Values local_;
  std::optional<Values> at_begin_;
  std::function<void(std::string_view, const std::string&)> report_;
};

}  // namespace sqlmill::rt::pgwire
