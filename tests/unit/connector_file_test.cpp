#if __has_include(<catch2/catch_test_macros.hpp>)
#include <catch2/catch_test_macros.hpp>
#else
#include <catch2/catch.hpp>
#endif

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "runtime/connectors/connector.h"
#include "runtime/engine/fault.h"

using namespace sqlmill::rt;
using namespace sqlmill::rt::connectors;

namespace {

class Folder {
 public:
  Folder() {
    std::string path = (std::filesystem::temp_directory_path() / "sqlmill-XXXXXX").string();
    REQUIRE(::mkdtemp(path.data()) != nullptr);
    path_ = path;
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  std::string file(const std::string& content) const {
    const std::string path = path_ / "file";
    std::ofstream(path, std::ios::binary) << content;
    return path;
  }
  std::string read() const {
    std::ostringstream content;
    content << std::ifstream(path_ / "file", std::ios::binary).rdbuf();
    return content.str();
  }

 private:
  std::filesystem::path path_;
};

ResolvedInput input(std::string connector, std::map<std::string, std::string, std::less<>> values,
                    std::span<const engine::Column> columns = {}) {
  return {Options{"src", std::move(connector), std::move(values)}, columns};
}

/// `offset:payload` of all records, polled so many at a time.
std::vector<std::string> read_all(engine::Source& source, size_t batch) {
  std::vector<std::string> all;
  std::vector<delta::RawRecord> records;
  for (int polls = 0; !source.reached_end() && polls < 100'000; ++polls) {
    records.clear();
    source.poll(records, {batch});
    CHECK(records.size() <= batch);
    for (const auto& record : records) {
      CHECK(record.partition == 0);
      all.push_back(std::to_string(record.offset) + ':' + std::string(*record.payload));
    }
    source.release();
  }
  return all;
}

std::vector<std::string> lines_of(const std::string& content, size_t batch = 1000) {
  const Folder folder;
  return read_all(*open_source(input("file", {{"path", folder.file(content)}})), batch);
}

using Lines = std::vector<std::string>;

}  // namespace

TEST_CASE("a file's lines, with their numbers") {
  CHECK(lines_of("a\nb\n") == Lines{"1:a", "2:b"});
  CHECK(lines_of("a\r\n\r\n \t\n\nlast") == Lines{"1:a", "5:last"});
  CHECK(lines_of("") == Lines{});
  CHECK(lines_of("\n\n") == Lines{});
  CHECK(lines_of("\xef\xbb\xbf{}\n") == Lines{"1:{}"});
}

TEST_CASE("lines longer than a block, and across blocks") {
  const std::string longest(3'000'000, 'x');
  const std::string block((1 << 20) - 1, 'y');
  for (size_t batch : {1, 2, 1000}) {
    const Lines lines = lines_of(longest + "\na\n" + block + "\n" + block + "z\nlast", batch);
    REQUIRE(lines.size() == 5);
    CHECK(lines[0].size() == 2 + longest.size());
    CHECK(lines[1] == "2:a");
    CHECK(lines[2] == "3:" + block);
    CHECK(lines[3] == "4:" + block + "z");
    CHECK(lines[4] == "5:last");
  }
}

TEST_CASE("records stay valid until release") {
  std::string content;
  for (int i = 1; i <= 300'000; ++i) content += "line " + std::to_string(i) + '\n';
  const Folder folder;
  const auto source = open_source(input("file", {{"path", folder.file(content)}}));
  std::vector<delta::RawRecord> records;
  while (!source->reached_end()) source->poll(records, {1024});
  REQUIRE(records.size() == 300'000);
  bool all_right = true;
  for (size_t i = 0; i < records.size(); ++i)
    all_right &= *records[i].payload == "line " + std::to_string(i + 1);
  CHECK(all_right);
}

TEST_CASE("a file source goes on from a line") {
  const Folder folder;
  ResolvedInput resumed = input("file", {{"path", folder.file("a\nb\nc\n")}});
  resumed.start_offsets = {{0, 3}};
  CHECK(read_all(*open_source(resumed), 10) == Lines{"3:c"});
}

TEST_CASE("a pipe is not waited for, and wakes who waits") {
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  const auto source = open_source(input("file", {{"path", "/dev/fd/" + std::to_string(ends[0])}}));
  std::vector<delta::RawRecord> records;
  const auto write = [&](std::string_view text) {
    REQUIRE(::write(ends[1], text.data(), text.size()) == static_cast<ssize_t>(text.size()));
    const engine::Wake wake = source->wake();
    engine::wait_for_first({&wake, 1}, std::chrono::hours(1));  // If nothing wakes it, the test never ends.
    return source->poll(records, {10});
  };
  CHECK(source->poll(records, {10}) == 0);
  CHECK(write("half a ") == 0);
  CHECK(write("line\nnext\n") == 15);
  CHECK(records.size() == 2);
  CHECK_FALSE(source->reached_end());
  ::close(ends[1]);
  CHECK(source->poll(records, {10}) == 0);
  CHECK(source->reached_end());
  CHECK(source->wake().descriptor == -1);
  ::close(ends[0]);
}

TEST_CASE("a file that cannot be read is the user's mistake") {
  CHECK_THROWS_AS(open_source(input("file", {{"path", "/does/not/exist"}})), OptionError);
  CHECK_THROWS_AS(open_source(input("file", {{"path", "/tmp"}})), OptionError);
}

TEST_CASE("a file sink writes values, or keys and values") {
  const Folder folder;
  const std::string path = folder.file("old\n");
  const std::vector<engine::SinkMessage> messages = {{"{\"k\":1}", "{\"v\":1}"}, {"{\"k\":2}", std::nullopt}};
  const auto sink = [&](const char* format, bool resumes) {
    ResolvedSink resolved;
    resolved.options = Options{"snk", "file", {{"path", path}, {"format", format}}};
    resolved.resumes = resumes;
    return open_sink(resolved);
  };
  sink("plain", false)->write(std::span(messages).first(1));
  CHECK(folder.read() == "{\"v\":1}\n");
  sink("upsert", false)->write(messages);
  CHECK(folder.read() == "{\"key\":{\"k\":1},\"value\":{\"v\":1}}\n{\"key\":{\"k\":2},\"value\":null}\n");
  sink("plain", true)->write(std::span(messages).first(1));
  CHECK(folder.read().ends_with("null}\n{\"v\":1}\n"));
}

TEST_CASE("a full disk is a fault") {
  if (!std::filesystem::exists("/dev/full")) return;
  ResolvedSink resolved;
  resolved.options = Options{"snk", "file", {{"path", "/dev/full"}}};
  const std::vector<engine::SinkMessage> messages = {{std::nullopt, "{}"}};
  const auto sink = open_sink(resolved);
  CHECK_THROWS_AS(sink->write(messages), engine::Fault);
}

TEST_CASE("datagen makes the same rows however they are taken") {
  const engine::Column columns[] = {{"id", {sql::TypeId::kInteger}},
                                    {"name", {sql::TypeId::kText}},
                                    {"price", {sql::TypeId::kNumeric}},
                                    {"at", {sql::TypeId::kTimestamptz}}};
  const ResolvedInput datagen = input("datagen",
                                      {{"datagen.rows", "50"},
                                       {"datagen.rows.per.second", "0"},
                                       {"datagen.seed", "7"},
                                       {"fields.id.kind", "sequence"},
                                       {"fields.id.start", "5"},
                                       {"fields.id.end", "6"},
                                       {"fields.name.length", "3"},
                                       {"fields.at.basetime", "2026-04-01 09:00:00"},
                                       {"fields.at.max_past", "0s"}},
                                      columns);
  const Lines rows = read_all(*open_source(datagen), 1000);
  REQUIRE(rows.size() == 50);
  CHECK(rows == read_all(*open_source(datagen), 7));
  CHECK(rows[0].starts_with("0:{\"id\":5,\"name\":\""));
  CHECK(rows[0].ends_with("\"at\":\"2026-04-01 09:00:00+00:00\"}"));
  CHECK(rows[2].starts_with("2:{\"id\":null,"));
  ResolvedInput other = datagen;
  other.options.values["datagen.seed"] = "8";
  CHECK(rows != read_all(*open_source(other), 1000));
  other.options.values["fields.nmae.length"] = "3";
  CHECK_THROWS_AS(open_source(other), OptionError);
}
