// Newline-delimited JSON from a file, or from standard input (`path = '-'`): partition 0, the line number
// from 1 as offset. Lines of white space only are counted and skipped; a line may end in \r\n; the last one
// need not end at all. The source ends where the file ends: what is appended later is not followed.
#pragma once

#include <memory>

#include "runtime/connectors/connector.h"

namespace sqlmill::rt::connectors {

std::unique_ptr<engine::Source> open_file_source(const ResolvedInput& input);

}  // namespace sqlmill::rt::connectors
