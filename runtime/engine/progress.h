// How far a pipeline is with the world outside: what its sources have still to give, what its sinks have
// still to write, and what of its state is kept elsewhere.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace sqlmill::rt::engine {

/// How far an input is in one of its partitions.
struct SourceProgress {
  size_t input;
  int32_t partition;
  int64_t next;                // The offset of the record that comes next.
  std::optional<int64_t> end;  // Behind the last record that is there; nothing: not known.
};

/// What a sink has taken and not yet written where it belongs.
struct Backlog {
  uint64_t messages = 0;
  uint64_t bytes = 0;
  double seconds = 0;    // Since the first of them came, or a little less; 0: there are none.
  uint64_t dropped = 0;  // Messages that were left out, since the start, because there was no room.
};

/// Of a state directory's copy elsewhere.
struct CopyProgress {
  std::string place;
  uint64_t checkpoint = 0;  // The newest one that is there; 0: none.
  double seconds = 0;       // Since the first checkpoint that is not there was made; 0: all are.
  uint64_t copies = 0;      // Made in this run.
  uint64_t bytes = 0;       // Sent for them.
};

struct StateProgress {
  std::string directory;
  uint64_t checkpoint = 0;   // The newest one that is durable.
  uint64_t checkpoints = 0;  // Written in this run.
  uint64_t bytes = 0;        // Written for them.
  std::optional<CopyProgress> copy;
};

struct Progress {
  std::vector<SourceProgress> sources;
  std::vector<Backlog> sinks;  // By PipelineInfo::sinks; empty: they are not open.
  std::optional<StateProgress> state;
};

}  // namespace sqlmill::rt::engine
