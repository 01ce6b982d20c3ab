// What may stand in WITH (…) of a source, table or sink: a descriptor for each connector and each of its
// options. The compiler checks WITH against them, the binary what `--set RELATION.OPTION=VALUE` gives. What
// is not listed is not allowed: of librdkafka's properties only those pass that can neither start a program
// nor load a library nor write a file.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sqlmill::rt::base {

enum class OptionKind : uint8_t { kText, kInteger, kBoolean, kChoice };

/// As bits: what an option is for.
enum class OptionUse : uint8_t { kSource = 1, kSink = 2, kBoth = 3 };

struct ConnectorOption {
  /// `topic`, or with one placeholder for a column: `fields.<column>.kind`.
  std::string_view name;
  OptionKind kind = OptionKind::kText;
  OptionUse use = OptionUse::kBoth;
  bool required = false;
  /// Its literal is blanked before the SQL is embedded; the value comes from `${NAME}` or --set.
  bool secret = false;
  /// Part of the compiled program: --set cannot change it.
  bool compiled = false;
  std::span<const std::string_view> choices = {};  // Of kChoice.
  int64_t min = INT64_MIN;                         // Of kInteger.
  int64_t max = INT64_MAX;
};

struct Connector {
  std::string_view name;
  OptionUse use;
  std::span<const ConnectorOption> options;
};

std::span<const Connector> connectors();
/// Null: there is none of this name that can be used so.
const Connector* find_connector(std::string_view name, OptionUse use);
/// Null: unknown, or not for this use. `connector` itself is known to every connector.
const ConnectorOption* find_option(const Connector& connector, OptionUse use, std::string_view name);
/// Names to suggest for a mistyped connector or option.
std::vector<std::string> connector_names(OptionUse use);
std::vector<std::string> option_names(const Connector& connector, OptionUse use);
/// The column that `name` speaks of if the option has a placeholder: `user_id` of `fields.user_id.kind`.
std::optional<std::string_view> option_column(const ConnectorOption& option, std::string_view name);

/// What is wrong with `value`, as the end of a sentence (`"x" is not an integer`); none: it is fine. A value
/// that holds `${NAME}` is known only when the pipeline starts, and passes.
std::optional<std::string> check_value(const ConnectorOption& option, std::string_view value);

struct OptionProblem {
  enum class Kind : uint8_t { kUnknown, kMissing, kInvalid };
  Kind kind;
  std::string option;                   // As given; the name of the missing one.
  std::string message;                  // Never holds a secret's value.
  std::vector<std::string> candidates;  // For kUnknown: what it may have been meant to be; may be empty.
};

using OptionPair = std::pair<std::string_view, std::string_view>;

/// All that is wrong with the options of one relation, in the order given, missing ones last.
std::vector<OptionProblem> check_options(const Connector& connector, OptionUse use,
                                         std::span<const OptionPair> options);

/// Whether the value holds `${NAME}`.
bool has_reference(std::string_view value);

}  // namespace sqlmill::rt::base
