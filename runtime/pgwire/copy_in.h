// COPY table FROM STDIN: rows out of text, CSV or PostgreSQL's binary format, as it comes in pieces. They are
// kept until all have come, because they become visible together.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/arena.h"
#include "runtime/pgwire/commands.h"
#include "runtime/pgwire/errors.h"
#include "runtime/sql/context.h"
#include "runtime/sql/datum.h"

namespace sqlmill::rt::pgwire {

class CopyIn {
 public:
  static constexpr size_t kMaxBytes = size_t{512} << 20;

  /// `columns` and `types`: of those that come, in their order.
  CopyIn(std::string table, std::vector<std::string> columns, std::vector<sql::Type> types,
         command::CopyOptions options);

  /// Throws WireError that says in which line.
  void add(std::string_view bytes);
  /// What has come is all.
  void finish();

  const std::string& table() const { return table_; }
  const std::vector<std::string>& columns() const { return columns_; }
  size_t rows() const { return columns_.empty() ? empty_rows_ : values_.size() / columns_.size(); }
  /// Of all rows, one behind the other. They live as long as this.
  const std::vector<sql::Datum>& values() const { return values_; }

 private:
  using Field = std::optional<std::string>;

  void read_text();
  void read_csv(bool is_last);
  void read_binary();
  void read_line(std::string_view line);
  void split_text(std::string_view line);
  void split_csv(std::string_view line);
  void take_fields();
  void take_value(size_t column, const Field& field);
  [[noreturn]] void fail(WireError error, size_t column) const;
  [[noreturn]] void fail(std::string_view sqlstate, const std::string& message) const;
  char delimiter() const;
  std::string_view null() const;
  bool is_csv() const { return options_.format == command::CopyFormat::kCsv; }

  const std::string table_;
  const std::vector<std::string> columns_;
  const std::vector<sql::Type> types_;
  const command::CopyOptions options_;

  std::string pending_;  // Bytes that are no whole row yet.
  size_t scanned_ = 0;   // Of these, those that have been looked at,
  bool in_quotes_ = false;
  bool at_header_;
  bool has_signature_ = false;
  bool has_ended_ = false;  // `\.`, or the trailer of the binary format.
  size_t line_ = 0;
  std::vector<Field> fields_;  // Of the row that is being read.

  base::Arena memory_;
  sql::Context context_{memory_};
  std::vector<sql::Datum> values_;
  size_t empty_rows_ = 0;
};

}  // namespace sqlmill::rt::pgwire
