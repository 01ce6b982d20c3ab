// What becomes of the states of a directory when a program opens it that may be of another version of the
// pipeline: which are kept, and from what the others are made anew.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "runtime/checkpoint/metadata.h"
#include "runtime/engine/dataflow.h"

namespace sqlmill::rt::checkpoint {

struct Plan {
  std::vector<uint32_t> table_of_state;  // By PipelineInfo::states; 0: it is made anew.
  std::vector<bool> missing;             // By PipelineInfo::states: made anew.
  std::vector<StateTable> dropped;       // Of the directory's.
  std::vector<size_t> announced;         // States that are kept, whose rows what is missing is made from;
  std::vector<size_t> replayed;          // inputs that are read again for it, up to the checkpoint;
  std::vector<size_t> beside;            // those of them that are read while the rest is served.
  std::vector<bool> unfinished;          // Of the missing ones those that are made from these.
  std::vector<bool> hidden;              // By PipelineInfo::outputs: of these.
  std::vector<size_t> lost;              // States that are missing: tables, whose rows are nowhere else.

  bool keeps_all() const;
  bool is_beside(size_t input) const;
};
Plan plan(const Metadata& found, const engine::PipelineInfo& pipeline);

/// `owners: from the rows of accounts`, and whether the rest is served meanwhile.
std::string rebuilding(const Plan& plan, const engine::PipelineInfo& pipeline, size_t state);

}  // namespace sqlmill::rt::checkpoint
