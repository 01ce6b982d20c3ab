// micro_decode FILE [--events N] [--rounds R] [--records KIND]: what decoding a click event takes, from lines
// in memory to rows with the seven columns that the clickstream's views read. KIND changes the events, so
// that they leave the usual path. Prints the median of the rounds, and the least.
//
// Instructions of an event: valgrind --tool=callgrind --toggle-collect='*decode_all*' … --rounds 1
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <deque>
#include <fstream>
#include <random>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/delta/batch.h"
#include "runtime/delta/error_log.h"
#include "runtime/formats/json_input.h"

namespace {

using namespace sqlmill::rt;

constexpr size_t kPieceRows = 512;

struct Row {
  sql::Nullable<sql::Text> user_id{};
  sql::Nullable<sql::Text> session_id{};
  sql::Nullable<sql::Text> event_type{};
  sql::Nullable<sql::Text> page_url{};
  sql::Nullable<sql::Text> device_type{};
  sql::Nullable<sql::Text> country{};
  sql::Nullable<sql::Timestamptz> event_ts{};
};

constexpr formats::JsonKinds kText = formats::accepted_kinds(sql::TypeId::kText);
constexpr formats::JsonColumn kColumns[] = {
    {"event_id", kText, false},
    {"user_id", kText, true},
    {"session_id", kText, true},
    {"event_type", kText, true},
    {"page_url", kText, true},
    {"referrer_url", kText, false},
    {"device_type", kText, true},
    {"country", kText, true},
    {"event_ts", formats::accepted_kinds(sql::TypeId::kTimestamptz), true},
};

struct Words {};  // All texts stay texts here.

[[gnu::noinline]] void decode_row(sql::Context& context, Words&, const delta::RawRecord&,
                                  const formats::JsonField* fields, Row& row) {
  row.user_id = formats::json_value<sql::Text>(context, fields[1]);
  row.session_id = formats::json_value<sql::Text>(context, fields[2]);
  row.event_type = formats::json_value<sql::Text>(context, fields[3]);
  row.page_url = formats::json_value<sql::Text>(context, fields[4]);
  row.device_type = formats::json_value<sql::Text>(context, fields[6]);
  row.country = formats::json_value<sql::Text>(context, fields[7]);
  row.event_ts = formats::json_value<sql::Timestamptz>(context, fields[8]);
}

// ---- Kinds of records ----

using Members = std::vector<std::pair<std::string, std::string>>;  // Keys, and values as JSON.

/// Of an event as the generator writes it: nothing but strings, without escapes.
Members members_of(std::string_view line) {
  Members members;
  std::vector<std::string_view> strings;
  for (size_t begin = line.find('"'); begin != line.npos; begin = line.find('"', begin)) {
    const size_t end = line.find('"', begin + 1);
    strings.push_back(line.substr(begin + 1, end - begin - 1));
    begin = end + 1;
  }
  for (size_t i = 0; i + 1 < strings.size(); i += 2) {
    members.emplace_back(strings[i], fmt::format("\"{}\"", strings[i + 1]));
  }
  return members;
}

std::string to_json(const Members& members, std::string_view comma, std::string_view colon) {
  std::string text = "{";
  for (const auto& [key, value] : members) {
    if (text.size() > 1) text += comma;
    text += fmt::format("\"{}\"{}{}", key, colon, value);
  }
  return text + '}';
}

std::string_view changed(std::string_view line, std::string_view kind,
                         std::deque<std::string>& changed_lines) {
  static std::mt19937 random(1);
  if (kind == "plain") return line;
  Members members = members_of(line);
  std::string& session = members[2].second;
  if (kind == "shuffled") {
    std::shuffle(members.begin(), members.end(), random);
  } else if (kind == "two-orders") {
    if (random() % 2 == 0) std::swap(members[3], members[6]);
  } else if (kind == "without") {
    if (random() % 2 == 0) members.erase(members.begin() + 5);
  } else if (kind == "null") {
    if (random() % 2 == 0) members[5].second = "null";
  } else if (kind == "number") {
    members.insert(members.begin() + 4, {"amount", fmt::format("{}.{:02}", random() % 1000, random() % 100)});
  } else if (kind == "beyond-ascii") {
    session.insert(session.size() - 1, "é");
  } else if (kind == "escape") {
    session.insert(session.size() - 1, R"(\n)");
  } else if (kind == "nested") {
    members.insert(members.begin() + 4, {"more", R"({"a":[1,2],"b":"c"})"});
  } else if (kind == "new-key") {
    members.insert(members.begin() + 4, {fmt::format("key{}", random()), R"("value")"});
  } else if (kind != "spaces") {
    fmt::print(stderr, "unknown kind of records: {}\n", kind);
    std::exit(2);
  }
  const bool spaces = kind == "spaces";
  return changed_lines.emplace_back(to_json(members, spaces ? ", " : ",", spaces ? ": " : ":"));
}

// ---- Measuring ----

double cpu_ns() {
  timespec now;
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e9 + static_cast<double>(now.tv_nsec);
}

[[gnu::noinline]] void decode_all(formats::JsonInput<Row, Words>& input, ops::Environment& env,
                                  base::Arena& arena, std::span<const delta::RawRecord> records) {
  delta::Batch<Row, true> batch;
  for (size_t begin = 0; begin < records.size(); begin += kPieceRows) {
    input.read(env, records.subspan(begin, std::min(kPieceRows, records.size() - begin)), batch);
    asm volatile("" : : "r"(&batch) : "memory");
    batch.clear();
    input.end_epoch();
    arena.reset();
  }
}

}  // namespace

int main(int argc, char** argv) {
  size_t events = 100'000;
  size_t rounds = 15;
  std::string_view kind = "plain";
  for (int i = 2; i + 1 < argc; i += 2) {
    const std::string_view option = argv[i];
    if (option == "--events") events = std::strtoull(argv[i + 1], nullptr, 10);
    if (option == "--rounds") rounds = std::strtoull(argv[i + 1], nullptr, 10);
    if (option == "--records") kind = argv[i + 1];
  }
  std::ifstream file(argc > 1 ? argv[1] : "");
  std::deque<std::string> lines;
  std::deque<std::string> changed_lines;
  std::vector<std::string_view> payloads;
  for (std::string line; payloads.size() < events && std::getline(file, line);) {
    payloads.push_back(changed(lines.emplace_back(line), kind, changed_lines));
  }
  if (payloads.empty() || rounds == 0) {
    fmt::print(stderr, "usage: micro_decode EVENTS.ndjson [--events N] [--rounds R] [--records KIND]\n");
    return 2;
  }
  // One after the other in memory, as a file source has them.
  std::string text;
  for (const std::string_view payload : payloads) text.append(payload) += '\n';
  std::vector<delta::RawRecord> records(payloads.size());
  for (size_t i = 0, at = 0; i < payloads.size(); at += payloads[i].size() + 1, ++i) {
    records[i].payload = std::string_view(text).substr(at, payloads[i].size());
  }

  base::Arena arena;
  sql::Context context(arena);
  delta::ErrorLog errors;
  state::Pins pins;
  ops::Environment env{context, errors, 0, 1, pins};
  Words words;
  formats::JsonInput<Row, Words> input("click_events", kColumns, decode_row, words);
  std::vector<double> times;
  for (size_t round = 0; round < rounds; ++round) {
    const double start = cpu_ns();
    decode_all(input, env, arena, records);
    times.push_back((cpu_ns() - start) / static_cast<double>(records.size()));
  }
  std::sort(times.begin(), times.end());
  fmt::print("{}: {:.1f} ns/event, at least {:.1f} ({} events, {} refused)\n", kind, times[times.size() / 2],
             times.front(), records.size(), errors.count());
}
