// The connectors that a binary has. A new one: a line here, its options in base/connector_options.cpp.
#include "runtime/connectors/connector.h"
#include "runtime/connectors/datagen/datagen_source.h"
#include "runtime/connectors/file/file_sink.h"
#include "runtime/connectors/file/file_source.h"
#include "runtime/connectors/kafka/kafka_sink.h"
#include "runtime/connectors/kafka/kafka_source.h"
#include "runtime/connectors/stdout/stdout_sink.h"

namespace sqlmill::rt::connectors {

namespace {

struct Line {
  std::string_view name;
  std::unique_ptr<engine::Source> (*open_source)(const ResolvedInput&);
  std::unique_ptr<engine::Sink> (*open_sink)(const ResolvedSink&);
};

constexpr Line kLines[] = {
    {"kafka", open_kafka_source, open_kafka_sink},
    {"file", open_file_source, open_file_sink},
    {"datagen", open_datagen_source, nullptr},
    {"stdout", nullptr, open_stdout_sink},
};

}  // namespace

std::unique_ptr<engine::Source> open_source(const ResolvedInput& input) {
  for (const Line& line : kLines) {
    if (line.name == input.options.connector && line.open_source != nullptr) return line.open_source(input);
  }
  throw OptionError(input.options.relation + ": no connector \"" + input.options.connector +
                    "\" for a source");
}

std::unique_ptr<engine::Sink> open_sink(const ResolvedSink& sink) {
  for (const Line& line : kLines) {
    if (line.name == sink.options.connector && line.open_sink != nullptr) return line.open_sink(sink);
  }
  throw OptionError(sink.options.relation + ": no connector \"" + sink.options.connector + "\" for a sink");
}

}  // namespace sqlmill::rt::connectors
