// What statements ask of the session that runs them.
#include "runtime/pgwire/session.h"

namespace sqlmill::rt::pgwire {

std::optional<std::string> Session::setting(std::string_view name) const {
  return settings_.find(name);
}

std::vector<query::SessionFacts::Setting> Session::settings() const {
  std::vector<Setting> all;
  for (const SettingRow& row : settings_.all()) all.push_back({row.name, row.value, row.description});
  return all;
}

void Session::set(std::string_view name, const std::string& value, bool is_local) {
  const std::string told = settings_.set(name, value, is_local);
  if (!told.empty()) notice(WireError(Severity::kWarning, "01000", told));
}

std::vector<query::SessionFacts::Other> Session::sessions() const {
  if (info_.all) return info_.all->list();
  return {
      {info_.process, info_.user, info_.database, settings_.find("application_name").value_or(""), true, 0}};
}

}  // namespace sqlmill::rt::pgwire
