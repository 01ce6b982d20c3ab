#include "runtime/query/system_privileges.h"

#include <algorithm>
#include <cctype>

#include "runtime/query/execution.h"
#include "runtime/query/session_facts.h"

namespace sqlmill::rt::query {

namespace {

using sql::Any;
using sql::Text;

bool allows(Context& context, Text privilege) {
  std::string lower(privilege.view());
  std::transform(lower.begin(), lower.end(), lower.begin(), [](unsigned char c) { return std::tolower(c); });
  const SessionFacts* session = static_cast<StatementContext&>(context).limits().session;
  const bool reads =
      lower == "select" || lower == "usage" || lower == "connect" || lower == "execute" || lower == "member";
  const bool writes = lower == "insert" || lower == "update" || lower == "delete";
  return reads || (writes && !(session && session->is_read_only()));
}

bool of_object(Context& context, Any, Text privilege) {
  return allows(context, privilege);
}
bool of_column_or_role(Context& context, Any, Any, Text privilege) {
  return allows(context, privilege);
}
bool of_column_and_role(Context& context, Any, Any, Any, Text privilege) {
  return allows(context, privilege);
}

}  // namespace

void add_privileges(std::vector<sql::Function>& functions) {
  const auto add = [&](sql::Function function) { functions.push_back(std::move(function)); };
  constexpr auto kStable = sql::Volatility::kStable;
  for (const std::string_view name :
       {"has_table_privilege", "has_schema_privilege", "has_database_privilege", "has_function_privilege",
        "has_any_column_privilege", "has_language_privilege", "has_sequence_privilege",
        "has_server_privilege", "has_tablespace_privilege", "has_type_privilege", "pg_has_role"}) {
    add(sql::describe<of_object>(name, "", "", "", kStable));
    add(sql::describe<of_column_or_role>(name, "", "", "", kStable));
  }
  add(sql::describe<of_column_or_role>("has_column_privilege", "", "", "", kStable));
  add(sql::describe<of_column_and_role>("has_column_privilege", "", "", "", kStable));
}

}  // namespace sqlmill::rt::query
