#include "runtime/query/system_privileges.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "runtime/query/execution.h"
#include "runtime/query/session_facts.h"
#include "runtime/query/system_catalog.h"
#include "runtime/sql/array.h"

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

/// What an object of this kind allows whom if nothing was said, as texts.
sql::ArrayOf<Text> acldefault(Context& context, Text kind, int64_t owner) {
  struct Default {
    char kind;
    std::string_view everybody;  // Empty: nothing.
    std::string_view owner;
  };
  constexpr Default kDefaults[] = {{'r', "", "arwdDxt"}, {'s', "", "rwU"}, {'d', "Tc", "CTc"},
                                   {'f', "X", "X"},      {'l', "U", "U"},  {'L', "", "rw"},
                                   {'n', "", "UC"},      {'t', "", "C"},   {'T', "U", "U"},
                                   {'F', "", "U"},       {'S', "", "U"},   {'p', "", "sA"}};
  sql::ArrayBuilder builder(sql::TypeId::kText);
  const std::string_view name = owner == kOwnerOid ? kOwnerName : "";
  for (const Default& one : kDefaults) {
    if (kind.view() != std::string_view(&one.kind, 1)) continue;
    const std::string all = fmt::format("={}/{}", one.everybody, name);
    const std::string own = fmt::format("{}={}/{}", name, one.owner, name);
    if (!one.everybody.empty()) builder.add(Datum(Text(all)));
    builder.add(Datum(Text(own)));
    return sql::copy(Datum(builder.finish(context)), context.arena()).as<sql::Array>();
  }
  return builder.finish(context);
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
  add(sql::describe<acldefault>("acldefault", "", "", "", kStable));
  add(sql::describe<of_column_or_role>("has_column_privilege", "", "", "", kStable));
  add(sql::describe<of_column_and_role>("has_column_privilege", "", "", "", kStable));
}

}  // namespace sqlmill::rt::query
