// The yardstick: how fast simdjson reads the same bytes.
#pragma once

#include <cstdint>

#include "bench/baseline/event_file.h"

namespace sqlmill::bench::baseline {

/// Reads the raw strings of the nine columns of every line with simdjson's on-demand iterate_many, on one
/// core, and returns the number of lines. `length_sum` gets the lengths of all strings, so that none can be
/// skipped.
uint64_t parse_only(const EventFile& file, uint64_t* length_sum);

/// The implementation that simdjson's inlined code was compiled for. What is not inlined is the best of the
/// machine's, whatever the compiler was told.
const char* simdjson_implementation();

}  // namespace sqlmill::bench::baseline
