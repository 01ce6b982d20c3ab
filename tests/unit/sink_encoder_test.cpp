#if __has_include(<catch2/catch_test_macros.hpp>)
#include <catch2/catch_test_macros.hpp>
#else
#include <catch2/catch.hpp>
#endif

#include <cstdint>
#include <initializer_list>
#include <string>
#include <vector>

#include "runtime/formats/sink_encoder.h"

using namespace sqlmill::rt;
using formats::SinkEncoder;
using formats::SinkFormat;
using formats::SinkLayout;
using formats::WeightedRow;
using sql::Datum;

namespace {

const engine::Column kColumns[] = {{"id", {sql::TypeId::kInteger}}, {"name", {sql::TypeId::kText}}};
const uint32_t kId[] = {0};

struct Change {
  int64_t weight;
  int32_t id;
  const char* name;
};

SinkLayout layout(SinkFormat format, bool key_is_unique = true) {
  SinkLayout layout;
  layout.format = format;
  layout.columns = kColumns;
  layout.primary_key = kId;
  layout.key_is_unique = key_is_unique;
  layout.names = {"shop", "names"};
  return layout;
}

struct Rows {
  explicit Rows(std::initializer_list<Change> changes) {
    for (const Change& change : changes) {
      cells.push_back({Datum(change.id), Datum(sql::Text(change.name))});
      rows.push_back({change.weight, {}});
    }
    for (size_t i = 0; i < rows.size(); ++i) rows[i].row = cells[i];
  }
  std::vector<std::vector<Datum>> cells;
  std::vector<WeightedRow> rows;
};

/// `key=value` lines, `-` for what is not there.
std::string encode(SinkEncoder& encoder, std::initializer_list<Change> changes) {
  const Rows rows(changes);
  std::vector<engine::SinkMessage> messages;
  encoder.encode(rows.rows, messages);
  std::string out;
  for (const auto& message : messages)
    out += message.key.value_or("-") + '=' + message.value.value_or("-") + '\n';
  return out;
}

}  // namespace

TEST_CASE("plain: what came, as often as it came") {
  SinkLayout plain = layout(SinkFormat::kPlain);
  plain.primary_key = {};
  SinkEncoder encoder(plain);
  CHECK(encode(encoder, {{1, 1, "a"}, {2, 2, "b"}, {-1, 3, "c"}}) ==
        "-={\"id\":1,\"name\":\"a\"}\n-={\"id\":2,\"name\":\"b\"}\n-={\"id\":2,\"name\":\"b\"}\n");
  CHECK(encode(encoder, {{1, 1, "a"}, {-1, 1, "a"}}) == "");
  CHECK(encode(encoder, {{-1, 1, "a"}, {1, 2, "b"}, {1, 1, "a"}}) == "-={\"id\":2,\"name\":\"b\"}\n");
  SinkEncoder keyed(layout(SinkFormat::kPlain));
  CHECK(encode(keyed, {{1, 1, "a"}}) == "{\"id\":1}={\"id\":1,\"name\":\"a\"}\n");
}

TEST_CASE("upsert: one net message a key and epoch") {
  SinkEncoder encoder(layout(SinkFormat::kUpsert));
  CHECK(encode(encoder, {{1, 1, "a"}, {1, 2, "b"}}) ==
        "{\"id\":1}={\"id\":1,\"name\":\"a\"}\n{\"id\":2}={\"id\":2,\"name\":\"b\"}\n");
  CHECK(encode(encoder, {{1, 1, "c"}, {-1, 1, "a"}, {-1, 2, "b"}}) ==
        "{\"id\":1}={\"id\":1,\"name\":\"c\"}\n{\"id\":2}=-\n");
  CHECK(encode(encoder, {{1, 1, "x"}, {-1, 1, "x"}}) == "");
  CHECK(encode(encoder, {{1, 1, "x"}, {-1, 1, "c"}, {-1, 1, "x"}, {1, 1, "c"}}) == "");
}

TEST_CASE("upsert: a key that is not unique shows its least row") {
  SinkEncoder encoder(layout(SinkFormat::kUpsert, false));
  CHECK(encode(encoder, {{1, 1, "b"}, {1, 1, "a"}}) == "{\"id\":1}={\"id\":1,\"name\":\"a\"}\n");
  CHECK(encode(encoder, {{1, 1, "c"}}) == "");
  CHECK(encode(encoder, {{-1, 1, "a"}}) == "{\"id\":1}={\"id\":1,\"name\":\"b\"}\n");
  CHECK(encode(encoder, {{-1, 1, "b"}, {1, 1, "c"}}) == "{\"id\":1}={\"id\":1,\"name\":\"c\"}\n");
  CHECK(encode(encoder, {{-1, 1, "c"}}) == "");
  CHECK(encode(encoder, {{-1, 1, "c"}}) == "{\"id\":1}=-\n");
  CHECK(encode(encoder, {{1, 1, "z"}}) == "{\"id\":1}={\"id\":1,\"name\":\"z\"}\n");
}

TEST_CASE("upsert: rows of an earlier run are known after restore") {
  SinkEncoder encoder(layout(SinkFormat::kUpsert, false));
  const Rows rows({{1, 1, "a"}, {1, 1, "b"}});
  encoder.restore(rows.rows);
  CHECK(encode(encoder, {{-1, 1, "a"}}) == "{\"id\":1}={\"id\":1,\"name\":\"b\"}\n");
}

TEST_CASE("debezium: change events with before and after, a tombstone after a delete") {
  SinkEncoder encoder(layout(SinkFormat::kDebezium), [] { return int64_t{1234}; });
  const std::string created = encode(encoder, {{1, 1, "a"}});
  CHECK(created.starts_with(
      R"({"schema":{"type":"struct","fields":[{"field":"id","optional":true,"type":"int32"}],"optional":false,)"
      R"("name":"SQLMill.shop.names.Key"},"payload":{"id":1}}={"schema":{"type":"struct","fields":[)"));
  CHECK(created.ends_with(
      R"("name":"SQLMill.shop.names.Envelope"},"payload":{"before":null,"after":{"id":1,"name":"a"},"op":"c",)"
      R"("ts_ms":1234,"source":{"db":"shop","table":"names","ts_ms":1234}}})"
      "\n"));
  CHECK(encode(encoder, {{-1, 1, "a"}, {1, 1, "b"}})
            .find(R"("payload":{"before":{"id":1,"name":"a"},"after":{"id":1,"name":"b"},"op":"u")") !=
        std::string::npos);
  const std::string deleted = encode(encoder, {{-1, 1, "b"}});
  CHECK(deleted.find(R"("payload":{"before":{"id":1,"name":"b"},"after":null,"op":"d")") !=
        std::string::npos);
  CHECK(deleted.ends_with("\"payload\":{\"id\":1}}=-\n"));
}
