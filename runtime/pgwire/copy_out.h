// COPY (query) TO STDOUT: rows as text, CSV or PostgreSQL's binary format.
#pragma once

#include <string>
#include <string_view>

#include "runtime/pgwire/commands.h"
#include "runtime/pgwire/messages.h"
#include "runtime/pgwire/row_writer.h"

namespace sqlmill::rt::pgwire {

/// PGCOPY and what follows it: without flags, without an extension.
inline constexpr std::string_view kCopySignature("PGCOPY\n\377\r\n\0", 11);

/// CopyInResponse (`G`) and CopyOutResponse (`H`).
void write_copy_response(char type, command::CopyFormat format, size_t columns, std::string& out);

class CopyOut {
 public:
  CopyOut(command::CopyOptions options, Columns columns)
      : options_(std::move(options)), columns_(std::move(columns)) {}

  /// CopyOutResponse, and what comes before the first row.
  void begin(std::string& out) const;
  void write_row(const sql::Chunk& chunk, uint32_t row, std::string& out);
  /// CopyDone, and what comes before it.
  void finish(std::string& out);

 private:
  void begin_binary(MessageWriter& message);
  void append_field(std::string_view text, std::string& out) const;
  void append_escaped(std::string_view text, std::string& out) const;
  char delimiter() const;
  std::string_view null() const;

  const command::CopyOptions options_;
  const Columns columns_;
  std::string text_;            // Of a field.
  bool has_signature_ = false;  // Of the binary format: it has been written.
};

}  // namespace sqlmill::rt::pgwire
