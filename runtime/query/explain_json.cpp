#include "runtime/query/explain_json.h"

#include "runtime/sql/jsonb.h"

namespace sqlmill::rt::query {

namespace {

size_t indentation(std::string_view line) {
  return std::min(line.find_first_not_of(' '), line.size());
}

/// The node of the line `at` and those that are further in behind it; leaves `at` behind them.
void append_node(const std::vector<std::string>& lines, size_t& at, std::string& out) {
  const size_t level = indentation(lines[at]);
  out += "{\"Node Type\": ";
  sql::append_json_string(std::string_view(lines[at++]).substr(level), out);
  bool is_first = true;
  while (at < lines.size() && indentation(lines[at]) > level) {
    out += is_first ? ", \"Plans\": [" : ", ";
    is_first = false;
    append_node(lines, at, out);
  }
  out += is_first ? "}" : "]}";
}

}  // namespace

std::string explain_json(const std::vector<std::string>& lines) {
  std::string out = "[{\"Plan\": ";
  size_t at = 0;
  append_node(lines, at, out);
  for (; at < lines.size(); ++at) {
    const std::string_view line = lines[at];
    const size_t colon = std::min(line.find(": "), line.size());
    out += ", ";
    sql::append_json_string(line.substr(0, colon), out);
    out += ": ";
    sql::append_json_string(line.substr(std::min(colon + 2, line.size())), out);
  }
  return out + "}]";
}

}  // namespace sqlmill::rt::query
