// NDJSON lines to events: a scanner for the lines that look as expected, simdjson for all others, with the
// same result.
#pragma once

#include <simdjson.h>

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "bench/baseline/event.h"
#include "bench/baseline/mark_index.h"
#include "bench/baseline/memory.h"
#include "bench/baseline/timestamp.h"
#include "bench/baseline/views.h"

namespace sqlmill::bench::baseline {

/// Reads the lines from `begin` to `end`; EventFile::kPadding zero bytes behind `end` are readable.
class Decoder {
 public:
  Decoder(const char* begin, const char* end, Views& views) : at_(begin), end_(end), views_(views) {}

  /// Decodes up to kBatchEvents events, makes the views expect them, and returns their number, 0 at the end.
  /// Their texts live until the next call.
  size_t decode(Event* events);

  /// Lines that are no JSON object, or have a column that is neither a string nor null, or a time that is
  /// none.
  uint64_t rejected_lines() const { return rejected_lines_; }
  /// Lines that took the general way.
  uint64_t general_lines() const { return general_lines_; }

 private:
  void announce(Event* events, size_t i);
  /// The nine columns in declaration order, compact, plain ASCII, all of them strings. Moves behind the line
  /// if so.
  bool decode_expected(Event& event);
  void skip_marks();
  bool decode_general(std::string_view line, Event& event);
  bool read_column(std::string_view name, simdjson::ondemand::value value, Event& event);
  Text batch_text(std::string_view text);
  uint32_t page_number(const char* p, size_t size) { return views_.pages().number(p, size); }

  const char* at_;
  const char* end_;
  Views& views_;
  MarkIndex marks_;
  const char* stretch_ = nullptr;  // where marks_ begins
  size_t mark_ = 0;                // the first mark at or behind at_
  TimestampReader timestamps_;
  simdjson::ondemand::parser parser_;
  TextArena batch_texts_;
  uint64_t rejected_lines_ = 0;
  uint64_t general_lines_ = 0;
};

}  // namespace sqlmill::bench::baseline
