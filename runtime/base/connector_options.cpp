#include "runtime/base/connector_options.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace sqlmill::rt::base {

namespace {

using enum OptionKind;
using enum OptionUse;
using Name = std::string_view;

// ---- How a line of the lists below is written ----

constexpr ConnectorOption text(Name name, OptionUse use) {
  return {.name = name, .use = use};
}
constexpr ConnectorOption secret(Name name, OptionUse use) {
  return {.name = name, .use = use, .secret = true};
}
constexpr ConnectorOption boolean(Name name, OptionUse use) {
  return {.name = name, .kind = kBoolean, .use = use};
}
constexpr ConnectorOption integer(Name name, OptionUse use, int64_t min, int64_t max = INT64_MAX) {
  return {.name = name, .kind = kInteger, .use = use, .min = min, .max = max};
}
constexpr ConnectorOption choice(Name name, OptionUse use, std::span<const Name> choices) {
  return {.name = name, .kind = kChoice, .use = use, .choices = choices};
}
constexpr ConnectorOption required(ConnectorOption option) {
  option.required = true;
  return option;
}

constexpr ConnectorOption compiled(ConnectorOption option) {
  option.compiled = true;
  return option;
}

template <size_t... sizes>
constexpr auto joined(const std::array<ConnectorOption, sizes>&... lists) {
  std::array<ConnectorOption, (sizes + ...)> all;
  auto to = all.begin();
  ((to = std::copy(lists.begin(), lists.end(), to)), ...);
  return all;
}

// ---- What every sink takes: how rows become messages ----

constexpr Name kSinkTypes[] = {"append-only", "upsert", "debezium"};
constexpr std::array kEncoding = {
    compiled(text("primary_key", kSink)),
    compiled(boolean("force_append_only", kSink)),
    boolean("snapshot", kSink),
    compiled(choice("type", kSink, kSinkTypes)),
};

// ---- kafka ----

constexpr Name kStartupModes[] = {"earliest", "latest", "timestamp"};
constexpr Name kDeliveries[] = {"at_least_once", "exactly_once"};
constexpr Name kWhenFull[] = {"block", "drop"};
constexpr std::array kKafka = {
    required(text("topic", kBoth)),
    choice("scan.startup.mode", kSource, kStartupModes),
    integer("scan.startup.timestamp.millis", kSource, 0),
    text("group.id.prefix", kSource),
    choice("delivery", kSink, kDeliveries),
    text("progress.topic", kSink),
    integer("outbox.max.bytes", kSink, 1),
    choice("outbox.full", kSink, kWhenFull),
};

constexpr Name kSecurityProtocols[] = {"PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL",
                                       "plaintext", "ssl", "sasl_plaintext", "sasl_ssl"};
// Not GSSAPI: librdkafka runs kinit for it through a shell.
constexpr Name kSaslMechanisms[] = {"PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512", "OAUTHBEARER"};
constexpr Name kOauthMethods[] = {"oidc"};
constexpr Name kEndpointAlgorithms[] = {"none", "https"};
constexpr Name kAddressFamilies[] = {"any", "v4", "v6"};
constexpr Name kDnsLookups[] = {"use_all_dns_ips", "resolve_canonical_bootstrap_servers_only"};
constexpr Name kIsolationLevels[] = {"read_uncommitted", "read_committed"};
constexpr Name kCompressions[] = {"none", "gzip", "snappy", "lz4", "zstd"};
constexpr Name kPartitioners[] = {"random",         "consistent", "consistent_random", "murmur2",
                                  "murmur2_random", "fnv1a",      "fnv1a_random"};
constexpr int64_t kMaxMillis = 86'400'000;
constexpr int64_t kMaxBytes = 2'147'483'647;

constexpr std::array kKafkaProperties = {
    required(text("properties.bootstrap.server", kBoth)),
    // Who we are, and who the broker is.
    choice("properties.security.protocol", kBoth, kSecurityProtocols),
    choice("properties.sasl.mechanism", kBoth, kSaslMechanisms),
    text("properties.sasl.username", kBoth),
    secret("properties.sasl.password", kBoth),
    choice("properties.sasl.oauthbearer.method", kBoth, kOauthMethods),
    text("properties.sasl.oauthbearer.client.id", kBoth),
    secret("properties.sasl.oauthbearer.client.secret", kBoth),
    text("properties.sasl.oauthbearer.scope", kBoth),
    text("properties.sasl.oauthbearer.extensions", kBoth),
    text("properties.sasl.oauthbearer.token.endpoint.url", kBoth),
    text("properties.ssl.ca.location", kBoth),
    text("properties.ssl.ca.pem", kBoth),
    text("properties.ssl.certificate.location", kBoth),
    text("properties.ssl.certificate.pem", kBoth),
    text("properties.ssl.key.location", kBoth),
    secret("properties.ssl.key.pem", kBoth),
    secret("properties.ssl.key.password", kBoth),
    text("properties.ssl.keystore.location", kBoth),
    secret("properties.ssl.keystore.password", kBoth),
    text("properties.ssl.crl.location", kBoth),
    text("properties.ssl.cipher.suites", kBoth),
    text("properties.ssl.curves.list", kBoth),
    text("properties.ssl.sigalgs.list", kBoth),
    choice("properties.ssl.endpoint.identification.algorithm", kBoth, kEndpointAlgorithms),
    boolean("properties.enable.ssl.certificate.verification", kBoth),
    text("properties.client.id", kBoth),
    text("properties.client.rack", kBoth),
    // The connection.
    choice("properties.client.dns.lookup", kBoth, kDnsLookups),
    choice("properties.broker.address.family", kBoth, kAddressFamilies),
    integer("properties.broker.address.ttl", kBoth, 0, kMaxMillis),
    integer("properties.socket.timeout.ms", kBoth, 10, 300'000),
    integer("properties.socket.connection.setup.timeout.ms", kBoth, 1'000, 300'000),
    integer("properties.socket.send.buffer.bytes", kBoth, 0, 100'000'000),
    integer("properties.socket.receive.buffer.bytes", kBoth, 0, 100'000'000),
    boolean("properties.socket.keepalive.enable", kBoth),
    boolean("properties.socket.nagle.disable", kBoth),
    integer("properties.connections.max.idle.ms", kBoth, 0, kMaxBytes),
    integer("properties.reconnect.backoff.ms", kBoth, 0, 3'600'000),
    integer("properties.reconnect.backoff.max.ms", kBoth, 0, 3'600'000),
    integer("properties.metadata.max.age.ms", kBoth, 1, kMaxMillis),
    integer("properties.topic.metadata.refresh.interval.ms", kBoth, 1'000, 3'600'000),
    integer("properties.message.max.bytes", kBoth, 1'000, 1'000'000'000),
    integer("properties.receive.message.max.bytes", kBoth, 1'000, kMaxBytes),
    // Reading.
    text("properties.group.id", kSource),
    boolean("properties.enable.auto.commit", kSource),
    integer("properties.auto.commit.interval.ms", kSource, 100, kMaxMillis),
    choice("properties.isolation.level", kSource, kIsolationLevels),
    boolean("properties.check.crcs", kSource),
    integer("properties.fetch.wait.max.ms", kSource, 0, 300'000),
    integer("properties.fetch.min.bytes", kSource, 1, 100'000'000),
    integer("properties.fetch.max.bytes", kSource, 0, 2'147'483'135),
    integer("properties.fetch.message.max.bytes", kSource, 1, 1'000'000'000),
    integer("properties.max.partition.fetch.bytes", kSource, 1, 1'000'000'000),
    integer("properties.fetch.error.backoff.ms", kSource, 0, 300'000),
    integer("properties.fetch.queue.backoff.ms", kSource, 0, 300'000),
    integer("properties.queued.min.messages", kSource, 1, 10'000'000),
    integer("properties.queued.max.messages.kbytes", kSource, 1, 2'097'151),
    // Writing.
    choice("properties.compression.codec", kSink, kCompressions),
    choice("properties.compression.type", kSink, kCompressions),
    integer("properties.compression.level", kSink, -1, 12),
    choice("properties.partitioner", kSink, kPartitioners),
    integer("properties.linger.ms", kSink, 0, 900'000),
    integer("properties.queue.buffering.max.ms", kSink, 0, 900'000),
    integer("properties.queue.buffering.max.messages", kSink, 1, 10'000'000),
    integer("properties.queue.buffering.max.kbytes", kSink, 1, kMaxBytes),
    integer("properties.batch.num.messages", kSink, 1, 1'000'000),
    integer("properties.batch.size", kSink, 1, kMaxBytes),
    integer("properties.retry.backoff.ms", kSink, 1, 300'000),
    integer("properties.request.timeout.ms", kSink, 1, 900'000),
    integer("properties.max.in.flight.requests.per.connection", kSink, 1, 5),
};
constexpr auto kKafkaOptions = joined(kKafka, kKafkaProperties, kEncoding);

// ---- The others ----

constexpr std::array kFile = {required(text("path", kBoth))};
constexpr auto kFileOptions = joined(kFile, kEncoding);

constexpr Name kFieldKinds[] = {"sequence", "random"};
constexpr std::array kDatagenOptions = {
    integer("datagen.rows.per.second", kSource, 0, 1'000'000'000),  // 0: as fast as they are taken.
    integer("datagen.rows", kSource, 0),
    integer("datagen.seed", kSource, INT64_MIN),
    choice("fields.<column>.kind", kSource, kFieldKinds),
    text("fields.<column>.start", kSource),
    text("fields.<column>.end", kSource),
    text("fields.<column>.min", kSource),
    text("fields.<column>.max", kSource),
    integer("fields.<column>.length", kSource, 1, 1'000'000),
    integer("fields.<column>.seed", kSource, INT64_MIN),
    text("fields.<column>.max_past", kSource),
    text("fields.<column>.basetime", kSource),
};

constexpr Connector kConnectors[] = {
    {"kafka", kBoth, kKafkaOptions},
    {"file", kBoth, kFileOptions},
    {"datagen", kSource, kDatagenOptions},
    {"stdout", kSink, kEncoding},
};

constexpr ConnectorOption kConnectorOption = required(text("connector", kBoth));

/// Properties that are known and must not be given, with the reason.
constexpr std::pair<Name, Name> kRefused[] = {
    {"properties.plugin.library.paths", "it would load a library"},
    {"properties.ssl.engine.location", "it would load a library"},
    {"properties.ssl.engine.id", "it would load a library"},
    {"properties.ssl.providers", "it would load a library"},
    {"properties.sasl.kerberos.kinit.cmd", "it would run a program"},
    {"properties.sasl.kerberos.keytab", "Kerberos would run a program"},
    {"properties.sasl.kerberos.principal", "Kerberos would run a program"},
    {"properties.sasl.kerberos.service.name", "Kerberos would run a program"},
    {"properties.offset.store.path", "it would write a file"},
    {"properties.enable.idempotence", "sinks always write idempotently"},
    {"properties.transactional.id", "delivery = 'exactly_once' chooses it"},
    {"properties.message.timeout.ms", "sinks retry until the pipeline stops"},
    {"properties.acks", "sinks always wait for all replicas"},
    {"properties.auto.offset.reset", "use scan.startup.mode"},
    {"properties.enable.auto.offset.store", "offsets are the pipeline's own"},
};

bool is_for(OptionUse what, OptionUse use) {
  return (static_cast<unsigned>(what) & static_cast<unsigned>(use)) != 0;
}

constexpr Name kPlaceholder = "<column>";

std::string list(std::span<const Name> names) {
  std::string all;
  for (Name name : names) all += fmt::format("{}{}", all.empty() ? "" : ", ", name);
  return all;
}

}  // namespace

std::span<const Connector> connectors() {
  return kConnectors;
}

const Connector* find_connector(std::string_view name, OptionUse use) {
  for (const Connector& connector : kConnectors) {
    if (connector.name == name && is_for(connector.use, use)) return &connector;
  }
  return nullptr;
}

const ConnectorOption* find_option(const Connector& connector, OptionUse use, std::string_view name) {
  if (name == kConnectorOption.name) return &kConnectorOption;
  for (const ConnectorOption& option : connector.options) {
    if (is_for(option.use, use) && (option.name == name || option_column(option, name))) return &option;
  }
  return nullptr;
}

std::vector<std::string> connector_names(OptionUse use) {
  std::vector<std::string> names;
  for (const Connector& connector : kConnectors) {
    if (is_for(connector.use, use)) names.emplace_back(connector.name);
  }
  return names;
}

std::vector<std::string> option_names(const Connector& connector, OptionUse use) {
  std::vector<std::string> names{std::string(kConnectorOption.name)};
  for (const ConnectorOption& option : connector.options) {
    if (is_for(option.use, use)) names.emplace_back(option.name);
  }
  return names;
}

std::optional<std::string_view> option_column(const ConnectorOption& option, std::string_view name) {
  const size_t at = option.name.find(kPlaceholder);
  if (at == Name::npos) return std::nullopt;
  const Name before = option.name.substr(0, at);
  const Name after = option.name.substr(at + kPlaceholder.size());
  if (name.size() <= before.size() + after.size() || !name.starts_with(before) || !name.ends_with(after)) {
    return std::nullopt;
  }
  return name.substr(before.size(), name.size() - before.size() - after.size());
}

bool has_reference(std::string_view value) {
  const size_t at = value.find("${");
  return at != Name::npos && value.find('}', at) != Name::npos;
}

std::optional<std::string> check_value(const ConnectorOption& option, std::string_view value) {
  if (has_reference(value)) return std::nullopt;
  switch (option.kind) {
    case kText:
      if (option.required && value.empty()) return "must not be empty";
      return std::nullopt;
    case kBoolean:
      if (value == "true" || value == "false") return std::nullopt;
      return fmt::format("\"{}\" is not true or false", value);
    case kChoice:
      if (std::find(option.choices.begin(), option.choices.end(), value) != option.choices.end())
        return std::nullopt;
      return fmt::format("\"{}\" is not one of {}", value, list(option.choices));
    case kInteger:
      break;
  }
  int64_t number = 0;
  const auto [stop, error] = std::from_chars(value.data(), value.data() + value.size(), number);
  if (error == std::errc::invalid_argument || stop != value.data() + value.size()) {
    return fmt::format("\"{}\" is not an integer", value);
  }
  if (error == std::errc() && number >= option.min && number <= option.max) return std::nullopt;
  if (option.max == INT64_MAX) return fmt::format("{} is less than {}", value, option.min);
  return fmt::format("{} is not between {} and {}", value, option.min, option.max);
}

std::vector<OptionProblem> check_options(const Connector& connector, OptionUse use,
                                         std::span<const OptionPair> options) {
  using Kind = OptionProblem::Kind;
  std::vector<OptionProblem> problems;
  const auto given = [&](Name name) {
    return std::any_of(options.begin(), options.end(),
                       [&](const OptionPair& pair) { return pair.first == name; });
  };
  for (const auto& [name, value] : options) {
    const ConnectorOption* option = find_option(connector, use, name);
    if (option == nullptr) {
      const auto refused = std::find_if(std::begin(kRefused), std::end(kRefused),
                                        [&](const auto& line) { return line.first == name; });
      if (connector.name == "kafka" && refused != std::end(kRefused)) {
        problems.push_back({Kind::kInvalid,
                            std::string(name),
                            fmt::format("option \"{}\" is not allowed: {}", name, refused->second),
                            {}});
      } else {
        problems.push_back({Kind::kUnknown, std::string(name),
                            fmt::format("unknown option \"{}\" for a {} {}", name, connector.name,
                                        use == kSink ? "sink" : "source"),
                            option_names(connector, use)});
      }
    } else if (const auto wrong = check_value(*option, value)) {
      problems.push_back(
          {Kind::kInvalid, std::string(name), fmt::format("option \"{}\": {}", name, *wrong), {}});
    }
  }
  if (connector.name == "kafka") {
    for (const auto& [name, value] : options) {
      if (name == "scan.startup.mode" && value == "timestamp" && !given("scan.startup.timestamp.millis")) {
        problems.push_back(
            {Kind::kMissing,
             "scan.startup.timestamp.millis",
             "scan.startup.mode = 'timestamp' needs the option \"scan.startup.timestamp.millis\"",
             {}});
      }
    }
  }
  for (const ConnectorOption& option : connector.options) {
    if (option.required && is_for(option.use, use) && !given(option.name)) {
      problems.push_back({Kind::kMissing,
                          std::string(option.name),
                          fmt::format("a {} {} needs the option \"{}\"", connector.name,
                                      use == kSink ? "sink" : "source", option.name),
                          {}});
    }
  }
  return problems;
}

}  // namespace sqlmill::rt::base
