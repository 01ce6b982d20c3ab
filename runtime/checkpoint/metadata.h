// What a checkpoint is, besides the entries of operators: whose it is, where the sources go on, what each
// table number of its entries means. Written in the same batch as they are.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace sqlmill::rt::checkpoint {

/// The state of an operator, as the directory knows it.
struct StateTable {
  uint32_t number;
  std::string name;
  std::string fingerprint;
};

/// The next offset of each partition, by the name of the input.
using Positions = std::map<std::string, std::map<int32_t, int64_t>, std::less<>>;

struct Metadata {
  std::string pipeline;
  std::string version;  // Of the SQLMill that compiled what wrote it.
  uint64_t number = 0;  // 1 is the directory's first checkpoint.
  uint64_t incarnation = 0;
  uint64_t epochs = 0;
  uint32_t workers = 0;
  uint32_t next_table = 1;
  std::vector<StateTable> tables;
  Positions positions;
  std::vector<std::string> sinks;
  std::string identity;  // Of the directory and its copies, for ever.
  /// The number of each sink's next message, counted through all runs.
  std::map<std::string, uint64_t, std::less<>> next_messages;
  /// Where reading began, as positions.
  Positions begins;
  /// Of sinks whose relation is being made anew: the changes behind these positions have still to be written.
  std::map<std::string, Positions, std::less<>> owed;

  std::string encode() const;
  /// Throws state::Damaged.
  static Metadata decode(std::string_view bytes);
};

}  // namespace sqlmill::rt::checkpoint
