// From the options of a relation to an open source or sink. One line a connector in list.cpp; what its
// options are called is in base/connector_options.h.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <string_view>

#include "runtime/base/connector_options.h"
#include "runtime/delta/error_log.h"
#include "runtime/engine/dataflow.h"
#include "runtime/engine/sink.h"
#include "runtime/engine/source.h"

namespace sqlmill::rt::connectors {

using base::OptionUse;

/// What the user gave is wrong: an option, or a file that is not there. The binary prints it and ends with
/// exit code 1.
class OptionError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// `--set RELATION.OPTION=VALUE`.
struct Override {
  std::string_view relation;
  std::string_view option;
  std::string_view value;
};
/// Cuts the argument at its first `.` and the first `=` after it. Throws OptionError. That the relation
/// exists is for the caller to check.
Override parse_override(std::string_view argument);

/// Options of one relation as they apply: references resolved, overrides applied, secrets supplied, values
/// checked.
class Options {
 public:
  std::string relation;
  std::string connector;
  std::map<std::string, std::string, std::less<>> values;

  std::optional<std::string_view> find(std::string_view name) const;
  std::string_view text(std::string_view name, std::string_view otherwise = "") const;
  int64_t integer(std::string_view name, int64_t otherwise) const;
  bool boolean(std::string_view name, bool otherwise) const;
};

/// What an environment variable holds, or none. The process's own by default.
using Environment = std::function<std::optional<std::string>(const std::string& name)>;
std::optional<std::string> process_environment(const std::string& name);

/// Throws OptionError. An override of `connector` drops those of the file's options that the new connector
/// does not know.
Options resolve_options(std::string_view relation, OptionUse use, std::span<const engine::Option> options,
                        std::span<const Override> overrides,
                        const Environment& environment = process_environment);

struct ResolvedInput {
  Options options;
  std::span<const engine::Column> columns;  // As declared.
  /// Where to go on, by partition, instead of what the options say: a checkpoint's next offsets.
  std::map<int32_t, int64_t> start_offsets = {};
  /// If they are no longer there: the end, instead of what is left.
  bool fails_on_data_loss = false;
  bool wants_headers = true;
  /// A file is read into memory when it is opened.
  bool preload = false;
};

struct ResolvedSink {
  Options options;
  /// The pipeline goes on from a checkpoint: what is there is appended to.
  bool resumes = false;
  /// Of the state directory and the sink, for ever; empty: there is no state directory.
  std::string identity = {};
  /// The number of its first message, counted through all runs on the state directory.
  uint64_t first_message = 0;
  /// Ends retries.
  std::stop_token stop = {};
  /// Takes what cannot be written ever (a message larger than the broker allows). Called within write() and
  /// flush().
  std::function<void(delta::ErrorRecord)> on_error = {};
};

/// Throw OptionError. Neither waits for the outside world: a broker that is away is waited for in poll() and
/// write().
std::unique_ptr<engine::Source> open_source(const ResolvedInput& input);
std::unique_ptr<engine::Sink> open_sink(const ResolvedSink& sink);

}  // namespace sqlmill::rt::connectors
