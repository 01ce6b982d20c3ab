#include "compiler/codegen/rows.h"

#include <fmt/format.h>

#include "compiler/codegen/printer.h"

namespace sqlmill::codegen {

std::string declare_fields(const std::vector<Field>& fields) {
  std::vector<std::string> out;
  for (const Field& f : fields) {
    std::string line = fmt::format("{} {}{{}};", f.type, f.name);
    if (!f.source.empty()) line += "  // " + comment_text(f.source);
    out.push_back(std::move(line));
  }
  return lines(out);
}

std::string compare_fields(const std::vector<Field>& fields, const std::string& function) {
  std::string out;
  for (const Field& f : fields) {
    // Behind `return `, a line each.
    out += fmt::format("{}{}(a.{}, b.{})", out.empty() ? "" : " &&\n       ", function, f.name, f.name);
  }
  return out.empty() ? "true" : out;
}

std::string hash_friend(const std::string& function, const std::string& type,
                        const std::vector<Field>& fields) {
  std::string value = fields.empty() ? "0" : fmt::format("sql::hash(row.{})", fields[0].name);
  for (size_t i = 1; i < fields.size(); ++i)
    value = fmt::format("sql::hash_words({}, sql::hash(row.{}))", value, fields[i].name);
  return fmt::format("friend uint64_t {}([[maybe_unused]] const {}& row) {{\n  return {};\n}}", function,
                     type, value);
}

namespace {

/// The lines behind the first two columns further in.
std::string indented(const std::string& text) {
  std::string out;
  for (const char c : text) {
    out += c;
    if (c == '\n') out += "  ";
  }
  return out;
}

}  // namespace

std::string same_friend(const std::string& function, const std::string& type,
                        const std::vector<Field>& fields, const std::string& comparison) {
  return fmt::format(
      "friend bool {}([[maybe_unused]] const {}& a, [[maybe_unused]] const {}& b) {{\n  return {};\n}}",
      function, type, type, indented(compare_fields(fields, comparison)));
}

std::string total_order_friend(const std::string& type, const std::vector<Field>& fields) {
  std::vector<std::string> out = {fmt::format(
      "friend int compare_total([[maybe_unused]] const {}& a, [[maybe_unused]] const {}& b) {{", type, type)};
  for (const Field& f : fields) {
    out.push_back(
        fmt::format("  if (const int order = sql::compare_total(a.{}, b.{})) return order;", f.name, f.name));
  }
  out.push_back("  return 0;\n}");
  return lines(out);
}

std::string ownership_friends(const std::string& type, const std::vector<Field>& fields) {
  std::vector<std::string> out = {
      fmt::format("friend {} own([[maybe_unused]] base::Heap& heap, const {}& row) {{\n  {} owned = row;",
                  type, type, type)};
  for (const Field& f : fields)
    out.push_back(fmt::format("  owned.{} = state::own(heap, row.{});", f.name, f.name));
  out.push_back("  return owned;\n}");
  out.push_back(fmt::format(
      "friend void release([[maybe_unused]] base::Heap& heap, [[maybe_unused]] const {}& row) {{", type));
  for (const Field& f : fields) out.push_back(fmt::format("  state::release(heap, row.{});", f.name));
  out.push_back("}");
  return lines(out);
}

std::string state_member(const std::vector<std::string>& names) {
  std::string fields;
  for (const std::string& name : names) fields += (fields.empty() ? "self." : ", self.") + name;
  return fmt::format(
      "template <class Self, class Visit>\n"
      "static void visit_state([[maybe_unused]] Self& self, Visit&& visit) {{\n  visit({});\n}}",
      fields);
}

std::string state_member(const std::vector<Field>& fields) {
  std::vector<std::string> names;
  for (const Field& f : fields) names.push_back(f.name);
  return state_member(names);
}

std::string prefetch_friend(const std::string& type, const std::vector<Field>& fields) {
  std::vector<std::string> out = {
      fmt::format("friend void prefetch([[maybe_unused]] const {}& row) {{", type)};
  for (const Field& f : fields) out.push_back(fmt::format("  state::prefetch(row.{});", f.name));
  out.push_back("}");
  return lines(out);
}

}  // namespace sqlmill::codegen
