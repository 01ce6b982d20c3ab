// WITH (…) and FORMAT … ENCODE …: checked against the connectors' descriptors.
#include <fmt/format.h>

#include <algorithm>

#include "compiler/bind/binder.h"
#include "runtime/base/connector_options.h"

namespace sqlmill::bind {

namespace {

namespace base = rt::base;

diag::Code code_of(base::OptionProblem::Kind kind) {
  switch (kind) {
    case base::OptionProblem::Kind::kUnknown:
      return diag::Code::kUnknownOption;
    case base::OptionProblem::Kind::kMissing:
      return diag::Code::kMissingOption;
    case base::OptionProblem::Kind::kInvalid:
      return diag::Code::kInvalidOption;
  }
  __builtin_unreachable();
}

}  // namespace

void Binder::bind_options(const std::vector<ast::Option>& options, bool is_sink,
                          catalog::Relation& relation) {
  const base::OptionUse use = is_sink ? base::OptionUse::kSink : base::OptionUse::kSource;
  if (options.empty() && !is_sink) return;
  const auto connector_option = std::find_if(options.begin(), options.end(),
                                             [](const ast::Option& o) { return o.key.name == "connector"; });
  if (connector_option == options.end()) {
    sink_.report(diag::Code::kMissingOption, relation.name_span,
                 fmt::format("\"{}\" has no connector", relation.name),
                 fmt::format("add connector = '…' to WITH; there are {}",
                             fmt::join(base::connector_names(use), ", ")));
    return;
  }
  const base::Connector* connector = base::find_connector(connector_option->value, use);
  if (!connector) {
    const std::vector<std::string> names = base::connector_names(use);
    const std::string hint = diag::did_you_mean(connector_option->value, names);
    sink_.report(diag::Code::kUnknownConnector, connector_option->value_span,
                 fmt::format("connector \"{}\" does not exist for a {}", connector_option->value,
                             is_sink ? "sink" : "source"),
                 hint.empty() ? fmt::format("there are {}", fmt::join(names, ", ")) : hint);
    return;
  }
  std::vector<base::OptionPair> pairs;
  for (const ast::Option& option : options) pairs.emplace_back(option.key.name, option.value);
  const std::vector<base::OptionProblem> problems = base::check_options(*connector, use, pairs);
  for (const base::OptionProblem& problem : problems) {
    const auto at = std::find_if(options.begin(), options.end(),
                                 [&](const auto& o) { return o.key.name == problem.option; });
    const bool missing = at == options.end();
    if (missing && std::any_of(problems.begin(), problems.end(), [&](const base::OptionProblem& other) {
          return other.kind == base::OptionProblem::Kind::kUnknown &&
                 diag::did_you_mean(other.option, other.candidates) ==
                     diag::did_you_mean(problem.option, {problem.option});
        })) {
      continue;  // It is there, misspelt, and reported so.
    }
    const bool unknown = problem.kind == base::OptionProblem::Kind::kUnknown;
    sink_.report(code_of(problem.kind),
                 missing   ? relation.name_span
                 : unknown ? at->key.span
                           : at->value_span,
                 problem.message, unknown ? diag::did_you_mean(problem.option, problem.candidates) : "");
  }
  for (const ast::Option& option : options) {
    const base::ConnectorOption* known = base::find_option(*connector, use, option.key.name);
    catalog::Option bound{option.key.name, option.value, option.value_span, false};
    if (known && known->secret && !base::has_reference(option.value)) {
      sink_.report(
          diag::Code::kSecretBlanked, option.value_span,
          fmt::format("the value of {} is a secret and is not kept in the binary", option.key.name),
          fmt::format("write '${{NAME}}' and set NAME in the environment, or start with --set '{}.{}=…'",
                      relation.name, option.key.name));
      bound.value.clear();
      bound.secret_blanked = true;
    }
    relation.options.push_back(std::move(bound));
  }
}

/// RisingWave's older way to give a sink's format is the option `type`. Alone it is the format; beside FORMAT
/// it must say the same.
void Binder::bind_sink_type(const std::optional<ast::Format>& format, catalog::Relation& relation) {
  const auto type = std::find_if(relation.options.begin(), relation.options.end(),
                                 [](const catalog::Option& o) { return o.key == "type"; });
  if (type == relation.options.end()) return;
  if (base::has_reference(type->value)) {
    sink_.report(diag::Code::kInvalidOption, type->span,
                 "option \"type\" must be known when the file is compiled",
                 "leave it out, and write FORMAT PLAIN, UPSERT or DEBEZIUM ENCODE JSON behind WITH (…)");
    return;
  }
  const std::string meant = type->value == "append-only" ? "plain" : type->value;
  if (!format) {
    relation.format = meant;
  } else if (relation.format != meant) {
    const std::string_view word = meant == "plain" ? "PLAIN" : meant == "upsert" ? "UPSERT" : "DEBEZIUM";
    sink_.report(
        diag::Code::kInvalidOption, type->span,
        fmt::format("type = '{}' contradicts FORMAT {}", type->value, source_.text(format->format.span)),
        fmt::format("leave out the option, or write FORMAT {} ENCODE JSON", word));
  }
}

void Binder::bind_format(const std::optional<ast::Format>& format, bool is_sink,
                         catalog::Relation& relation) {
  if (!format) {
    const bool needs_format = !relation.options.empty() && !is_sink;
    if (needs_format &&
        std::any_of(relation.options.begin(), relation.options.end(),
                    [](const catalog::Option& o) { return o.key == "connector" && o.value == "kafka"; })) {
      sink_.report(diag::Code::kMissingOption, relation.name_span,
                   fmt::format("\"{}\" has no FORMAT", relation.name), "add FORMAT PLAIN ENCODE JSON");
    }
    relation.format = is_sink ? "plain" : "";
    return;
  }
  relation.format = format->format.name;
  const bool known =
      is_sink ? relation.format == "plain" || relation.format == "upsert" || relation.format == "debezium"
              : relation.format == "plain";
  if (!known) {
    not_supported(fmt::format("FORMAT {}", source_.text(format->format.span)),
                  is_sink ? "there are PLAIN, UPSERT and DEBEZIUM" : "there is FORMAT PLAIN",
                  format->format.span);
  }
  if (format->encode.name != "json") {
    not_supported(fmt::format("ENCODE {}", source_.text(format->encode.span)), "there is ENCODE JSON",
                  format->encode.span);
    return;  // Its options are not those of JSON.
  }
  for (const ast::Option& option : format->options) {
    // A format option that RisingWave's sinks have and that asks for what FORMAT PLAIN of a changing relation
    // needs.
    if (is_sink && option.key.name == "force_append_only") {
      relation.options.push_back({option.key.name, option.value, option.value_span, false});
      continue;
    }
    sink_.report(
        diag::Code::kUnknownOption, option.key.span,
        fmt::format("option \"{}\" of ENCODE JSON does not exist or is not supported yet", option.key.name));
  }
}

}  // namespace sqlmill::bind
