#if __has_include(<catch2/catch_test_macros.hpp>)
#include <catch2/catch_test_macros.hpp>
#else
#include <catch2/catch.hpp>
#endif

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "runtime/base/connector_options.h"
#include "runtime/connectors/connector.h"

using namespace sqlmill::rt;
using base::OptionPair;
using base::OptionUse;
using connectors::OptionError;

namespace {

std::string problems(std::string_view connector, OptionUse use, std::vector<OptionPair> options) {
  std::string all;
  for (const auto& problem : base::check_options(*base::find_connector(connector, use), use, options)) {
    all += problem.message + '\n';
  }
  return all;
}

std::string kafka_problem(std::string_view name, std::string_view value, OptionUse use = OptionUse::kSource) {
  return problems("kafka", use, {{"topic", "t"}, {"properties.bootstrap.server", "b:9092"}, {name, value}});
}

const connectors::Environment kNoEnvironment = [](const std::string&) { return std::nullopt; };

connectors::Options resolve(std::vector<engine::Option> options,
                            std::vector<connectors::Override> overrides = {},
                            const connectors::Environment& environment = kNoEnvironment) {
  return connectors::resolve_options("src", OptionUse::kSource, options, overrides, environment);
}

std::string resolve_error(std::vector<engine::Option> options,
                          std::vector<connectors::Override> overrides = {}) {
  try {
    resolve(std::move(options), std::move(overrides));
  } catch (const OptionError& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("the tutorial's options are fine") {
  CHECK(problems("kafka", OptionUse::kSource,
                 {{"connector", "kafka"},
                  {"topic", "clickstream-events"},
                  {"properties.bootstrap.server", "your-kafka-broker:9092"},
                  {"scan.startup.mode", "earliest"}}) == "");
}

TEST_CASE("connectors are found by what they are used for") {
  CHECK(base::find_connector("datagen", OptionUse::kSource) != nullptr);
  CHECK(base::find_connector("datagen", OptionUse::kSink) == nullptr);
  CHECK(base::find_connector("stdout", OptionUse::kSource) == nullptr);
  CHECK(base::connector_names(OptionUse::kSink) == std::vector<std::string>{"kafka", "file", "stdout"});
}

TEST_CASE("what is wrong with options is said") {
  CHECK(problems("kafka", OptionUse::kSource, {}) ==
        "a kafka source needs the option \"topic\"\na kafka source needs the option "
        "\"properties.bootstrap.server\"\n");
  CHECK(kafka_problem("scan.startup.mode", "earlist") ==
        "option \"scan.startup.mode\": \"earlist\" is not one of earliest, latest, timestamp\n");
  CHECK(kafka_problem("scan.startup.mode", "timestamp") ==
        "scan.startup.mode = 'timestamp' needs the option \"scan.startup.timestamp.millis\"\n");
  CHECK(kafka_problem("properties.fetch.min.bytes", "1k") ==
        "option \"properties.fetch.min.bytes\": \"1k\" is not an integer\n");
  CHECK(kafka_problem("properties.fetch.min.bytes", "0") ==
        "option \"properties.fetch.min.bytes\": 0 is not between 1 and 100000000\n");
  CHECK(kafka_problem("properties.fetch.min.bytes", "99999999999999999999") ==
        "option \"properties.fetch.min.bytes\": 99999999999999999999 is not between 1 and 100000000\n");
  CHECK(kafka_problem("properties.fetch.min.bytes", "${BYTES}") == "");
  CHECK(kafka_problem("properties.check.crcs", "yes") ==
        "option \"properties.check.crcs\": \"yes\" is not true or false\n");
  CHECK(kafka_problem("tpoic", "t") == "unknown option \"tpoic\" for a kafka source\n");
  CHECK(kafka_problem("primary_key", "a") == "unknown option \"primary_key\" for a kafka source\n");
  CHECK(kafka_problem("primary_key", "a", OptionUse::kSink) == "");
}

TEST_CASE("nothing that runs a program or loads a library passes") {
  for (const char* name :
       {"properties.plugin.library.paths", "properties.sasl.kerberos.kinit.cmd",
        "properties.ssl.engine.location", "properties.ssl.providers", "properties.debug",
        "properties.sasl.kerberos.principal", "properties.log_cb", "properties.offset.store.path",
        "properties.sasl.oauthbearer.config", "properties.interceptors"}) {
    INFO(name);
    CHECK(kafka_problem(name, "x") != "");
  }
  CHECK(kafka_problem("properties.sasl.mechanism", "GSSAPI") != "");
  CHECK(kafka_problem("properties.plugin.library.paths", "x") ==
        "option \"properties.plugin.library.paths\" is not allowed: it would load a library\n");
}

TEST_CASE("secrets are known as such") {
  const auto& kafka = *base::find_connector("kafka", OptionUse::kSource);
  const auto is_secret = [&](const char* name) {
    return base::find_option(kafka, OptionUse::kSource, name)->secret;
  };
  CHECK(is_secret("properties.sasl.password"));
  CHECK(is_secret("properties.ssl.key.pem"));
  CHECK(is_secret("properties.ssl.key.password"));
  CHECK(is_secret("properties.ssl.keystore.password"));
  CHECK(is_secret("properties.sasl.oauthbearer.client.secret"));
  CHECK(!is_secret("properties.sasl.username"));
}

TEST_CASE("options of columns") {
  const auto& datagen = *base::find_connector("datagen", OptionUse::kSource);
  const auto* kind = base::find_option(datagen, OptionUse::kSource, "fields.user.id.kind");
  REQUIRE(kind != nullptr);
  CHECK(base::option_column(*kind, "fields.user.id.kind") == "user.id");
  CHECK(base::find_option(datagen, OptionUse::kSource, "fields..kind") == nullptr);
  CHECK(base::find_option(datagen, OptionUse::kSource, "fields.a.knd") == nullptr);
}

TEST_CASE("references come from the environment") {
  const connectors::Environment environment = [](const std::string& name) -> std::optional<std::string> {
    if (name == "HOST") return "broker";
    if (name == "EVIL") return "${HOST}";
    return std::nullopt;
  };
  const auto options =
      resolve({{"connector", "file"}, {"path", "/data/${HOST}/${EVIL}.json"}}, {}, environment);
  CHECK(options.text("path") == "/data/broker/${HOST}.json");
  CHECK(resolve_error({{"connector", "file"}, {"path", "${NOT_SET}"}}) ==
        "src: option \"path\": environment variable NOT_SET is not set");
  CHECK(resolve_error({{"connector", "file"}, {"path", "${1x}"}}) ==
        "src: option \"path\": ${1x} does not name an environment variable");
}

TEST_CASE("a blanked secret must be supplied") {
  const std::vector<engine::Option> options = {{"connector", "kafka"},
                                               {"topic", "t"},
                                               {"properties.bootstrap.server", "b:9092"},
                                               {"properties.sasl.password", "", true}};
  CHECK(resolve_error(options) ==
        "src: option \"properties.sasl.password\" is a secret, which the binary does not hold: give it with "
        "--set "
        "src.properties.sasl.password=VALUE, or write '${NAME}' in the SQL and set the environment variable "
        "NAME");
  const auto resolved = resolve(options, {{"src", "properties.sasl.password", "pw"}});
  CHECK(resolved.text("properties.sasl.password") == "pw");
}

TEST_CASE("overrides apply to their relation, are checked, and can switch the connector") {
  const std::vector<engine::Option> options = {
      {"connector", "kafka"}, {"topic", "t"}, {"properties.bootstrap.server", "b:9092"}};
  CHECK(resolve(options, {{"src", "topic", "u"}, {"other", "topic", "v"}}).text("topic") == "u");
  CHECK(resolve(options, {{"src", "topic", "u"}, {"src", "topic", "w"}}).text("topic") == "w");
  CHECK(resolve_error(options, {{"src", "tpoic", "u"}}) ==
        "src: unknown option \"tpoic\" for a kafka source");
  const auto switched = resolve(options, {{"src", "connector", "file"}, {"src", "path", "x.json"}});
  CHECK(switched.connector == "file");
  CHECK(switched.text("path") == "x.json");
  CHECK(!switched.find("topic"));
  CHECK(resolve_error(options, {{"src", "connector", "fiel"}}) ==
        "src: there is no connector \"fiel\" for a source; there are kafka, file, datagen");
}

TEST_CASE("what is compiled into the binary cannot be set") {
  const std::vector<engine::Option> options = {{"connector", "stdout"}, {"type", "append-only"}};
  const auto set = [&](std::string_view option, std::string_view value) -> std::string {
    const connectors::Override override{"out", option, value};
    try {
      connectors::resolve_options("out", OptionUse::kSink, options, std::span(&override, 1), kNoEnvironment);
    } catch (const OptionError& error) {
      return error.what();
    }
    return "";
  };
  CHECK(set("snapshot", "false") == "");
  for (const char* option : {"type", "primary_key", "force_append_only"}) {
    CHECK(set(option, "upsert") ==
          "out: option \"" + std::string(option) + "\" is compiled into the binary: change it in the SQL");
  }
}

TEST_CASE("--set is cut at the first dot and equals sign") {
  const auto cut = connectors::parse_override("src.properties.sasl.password=a=b.c");
  CHECK(cut.relation == "src");
  CHECK(cut.option == "properties.sasl.password");
  CHECK(cut.value == "a=b.c");
  CHECK_THROWS_AS(connectors::parse_override("topic=x"), OptionError);
  CHECK_THROWS_AS(connectors::parse_override(".a=x"), OptionError);
  CHECK_THROWS_AS(connectors::parse_override("src.=x"), OptionError);
}
