#include <fmt/format.h>

#include <charconv>
#include <cstdlib>
#include <vector>

#include "runtime/connectors/connector.h"

namespace sqlmill::rt::connectors {

namespace {

/// Added by the compiler, no option of WITH.
constexpr std::string_view kFormat = "format";

bool is_variable_name(std::string_view name) {
  if (name.empty() || (name[0] >= '0' && name[0] <= '9')) return false;
  for (char c : name) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
    if (!letter && !(c >= '0' && c <= '9')) return false;
  }
  return true;
}

/// Replaces each `${NAME}`; the values are taken as they are, references within them are not resolved again.
std::string resolve_references(std::string_view relation, std::string_view option, std::string_view value,
                               const Environment& environment) {
  std::string resolved;
  while (!value.empty()) {
    const size_t start = value.find("${");
    const size_t end = start == value.npos ? value.npos : value.find('}', start);
    if (end == value.npos) break;
    const std::string name(value.substr(start + 2, end - start - 2));
    if (!is_variable_name(name)) {
      throw OptionError(fmt::format("{}: option \"{}\": ${{{}}} does not name an environment variable",
                                    relation, option, name));
    }
    const auto found = environment(name);
    if (!found) {
      throw OptionError(
          fmt::format("{}: option \"{}\": environment variable {} is not set", relation, option, name));
    }
    resolved += value.substr(0, start);
    resolved += *found;
    value.remove_prefix(end + 1);
  }
  return resolved += value;
}

const Override* find_override(std::span<const Override> overrides, std::string_view relation,
                              std::string_view option) {
  const Override* found = nullptr;  // The last one wins.
  for (const Override& override : overrides) {
    if (override.relation == relation && override.option == option) found = &override;
  }
  return found;
}

const base::Connector& connector_of(std::string_view relation, OptionUse use, std::string_view name) {
  if (const base::Connector* connector = base::find_connector(name, use)) return *connector;
  std::string known;
  for (const std::string& candidate : base::connector_names(use)) {
    known += known.empty() ? candidate : ", " + candidate;
  }
  throw OptionError(fmt::format("{}: there is no connector \"{}\" for a {}; there are {}", relation, name,
                                use == OptionUse::kSink ? "sink" : "source", known));
}

}  // namespace

Override parse_override(std::string_view argument) {
  const size_t dot = argument.find('.');
  const size_t equals = dot == argument.npos ? argument.npos : argument.find('=', dot);
  if (equals == argument.npos || dot == 0 || equals == dot + 1) {
    throw OptionError("--set needs RELATION.OPTION=VALUE");  // Not what was given: it may be a secret.
  }
  return {argument.substr(0, dot), argument.substr(dot + 1, equals - dot - 1), argument.substr(equals + 1)};
}

std::optional<std::string> process_environment(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  if (value == nullptr) return std::nullopt;
  return value;
}

std::optional<std::string_view> Options::find(std::string_view name) const {
  const auto found = values.find(name);
  if (found == values.end()) return std::nullopt;
  return found->second;
}

std::string_view Options::text(std::string_view name, std::string_view otherwise) const {
  return find(name).value_or(otherwise);
}

int64_t Options::integer(std::string_view name, int64_t otherwise) const {
  int64_t value = otherwise;  // Checked by resolve_options.
  if (const auto digits = find(name)) std::from_chars(digits->data(), digits->data() + digits->size(), value);
  return value;
}

bool Options::boolean(std::string_view name, bool otherwise) const {
  const auto value = find(name);
  return value ? *value == "true" : otherwise;
}

Options resolve_options(std::string_view relation, OptionUse use, std::span<const engine::Option> options,
                        std::span<const Override> overrides, const Environment& environment) {
  Options resolved;
  resolved.relation = relation;

  std::string_view given_connector;
  for (const engine::Option& option : options) {
    if (option.key == "connector") given_connector = option.value;
  }
  const Override* switched = find_override(overrides, relation, "connector");
  resolved.connector = switched != nullptr ? switched->value : given_connector;
  const base::Connector& connector = connector_of(relation, use, resolved.connector);

  for (const engine::Option& option : options) {
    if (find_override(overrides, relation, option.key) != nullptr) continue;
    if (option.key == kFormat) {
      resolved.values.emplace(option.key, option.value);
      continue;
    }
    if (switched != nullptr && base::find_option(connector, use, option.key) == nullptr) continue;
    if (option.secret) {
      throw OptionError(
          fmt::format("{0}: option \"{1}\" is a secret, which the binary does not hold: give it with --set "
                      "{0}.{1}=VALUE, or write "
                      "'${{NAME}}' in the SQL and set the environment variable NAME",
                      relation, option.key));
    }
    resolved.values.emplace(option.key, resolve_references(relation, option.key, option.value, environment));
  }
  for (const Override& override : overrides) {
    if (override.relation != relation) continue;
    const base::ConnectorOption* known = base::find_option(connector, use, override.option);
    if (known != nullptr && known->compiled) {
      throw OptionError(fmt::format("{}: option \"{}\" is compiled into the binary: change it in the SQL",
                                    relation, override.option));
    }
    resolved.values.insert_or_assign(
        std::string(override.option),
        resolve_references(relation, override.option, override.value, environment));
  }

  std::vector<base::OptionPair> pairs;
  for (const auto& [name, value] : resolved.values) {
    if (name != kFormat || find_override(overrides, relation, kFormat) != nullptr)
      pairs.emplace_back(name, value);
  }
  const auto problems = base::check_options(connector, use, pairs);
  if (!problems.empty()) {
    std::string message;
    for (const base::OptionProblem& problem : problems) {
      message += fmt::format("{}{}: {}", message.empty() ? "" : "\n", relation, problem.message);
    }
    throw OptionError(message);
  }
  return resolved;
}

}  // namespace sqlmill::rt::connectors
