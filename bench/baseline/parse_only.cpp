#include "bench/baseline/parse_only.h"

#include <simdjson.h>

#if defined(SIMDJSON_THREADS_ENABLED)
#error "simdjson would use a second core"
#endif

namespace sqlmill::bench::baseline {
namespace {

constexpr const char* kColumns[] = {"event_id",     "user_id",     "session_id", "event_type", "page_url",
                                    "referrer_url", "device_type", "country",    "event_ts"};

/// The length of a column's string, escapes and quotes included, or 0 when it is missing or no string.
size_t raw_size(simdjson::ondemand::object& object, const char* column) {
  simdjson::ondemand::value value;
  simdjson::ondemand::raw_json_string raw;
  if (object.find_field(column).get(value) != simdjson::SUCCESS) return 0;
  const std::string_view token = value.raw_json_token();
  if (value.get_raw_json_string().get(raw) != simdjson::SUCCESS) return 0;
  return token.size();
}

}  // namespace

uint64_t parse_only(const EventFile& file, uint64_t* length_sum) {
  simdjson::ondemand::parser parser;
  simdjson::ondemand::document_stream documents;
  uint64_t lines = 0;
  *length_sum = 0;
  if (parser.iterate_many(file.begin(), file.size(), simdjson::dom::DEFAULT_BATCH_SIZE).get(documents) !=
      simdjson::SUCCESS) {
    return 0;
  }
  for (auto document : documents) {
    simdjson::ondemand::object object;
    if (document.get_object().get(object) != simdjson::SUCCESS) continue;
    for (const char* column : kColumns) *length_sum += raw_size(object, column);
    ++lines;
  }
  return lines;
}

const char* simdjson_implementation() {
#define SQLMILL_STRING(x) #x
#define SQLMILL_STRING_OF(x) SQLMILL_STRING(x)
  return SQLMILL_STRING_OF(SIMDJSON_BUILTIN_IMPLEMENTATION);
}

}  // namespace sqlmill::bench::baseline
