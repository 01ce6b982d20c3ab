// A file, or standard input, of one record a line: what --input gives a relation instead of its connector.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "runtime/engine/source.h"

namespace sqlmill::rt::main {

/// Records have partition 0 and offsets that count up; a last line needs no line break; empty lines are
/// skipped. Reading standard input may block for longer than poll()'s timeout, but not beyond a signal.
class RecordFile : public engine::Source {
 public:
  /// Throws UserError when the file cannot be opened. `-` is standard input.
  explicit RecordFile(const std::string& path);
  ~RecordFile() override;

  void poll(std::vector<delta::RawRecord>& records, size_t max_records, std::chrono::milliseconds timeout) override;
  void release() override;
  bool reached_end() const override { return at_end_ && begin_ == end_; }
  int64_t next_offset() const { return next_offset_; }
  void set_next_offset(int64_t offset) { next_offset_ = offset; }

 private:
  bool next_line(std::string_view& line);
  bool read_more();

  const std::string path_;
  int descriptor_;
  bool at_end_ = false;
  int64_t next_offset_ = 0;
  std::deque<std::unique_ptr<char[]>> blocks_;  // The last is being filled; those before are still borrowed from.
  size_t capacity_ = 0;                         // Of the last block.
  size_t begin_ = 0;                            // In the last block: what is not delivered yet is [begin_, end_).
  size_t end_ = 0;
};

}  // namespace sqlmill::rt::main
