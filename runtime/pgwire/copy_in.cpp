#include "runtime/pgwire/copy_in.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "runtime/pgwire/copy_out.h"
#include "runtime/pgwire/messages.h"
#include "runtime/pgwire/values.h"

namespace sqlmill::rt::pgwire {

namespace {

using command::CopyFormat;

bool is_octal(char c) {
  return c >= '0' && c <= '7';
}

int hex_value(char c) {
  return c >= '0' && c <= '9'   ? c - '0'
         : c >= 'a' && c <= 'f' ? c - 'a' + 10
         : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                : -1;
}

/// What is behind a backslash, from `i` on, which goes to the last character of it.
char unescaped(std::string_view text, size_t& i) {
  const char c = text[i];
  if (is_octal(c)) {
    int value = 0;
    size_t end = i;
    for (; end < text.size() && end < i + 3 && is_octal(text[end]); ++end)
      value = value * 8 + (text[end] - '0');
    i = end - 1;
    return static_cast<char>(value);
  }
  if (c == 'x' && i + 1 < text.size() && hex_value(text[i + 1]) >= 0) {
    int value = hex_value(text[++i]);
    if (i + 1 < text.size() && hex_value(text[i + 1]) >= 0) value = value * 16 + hex_value(text[++i]);
    return static_cast<char>(value);
  }
  return c == 'b'   ? '\b'
         : c == 'f' ? '\f'
         : c == 'n' ? '\n'
         : c == 'r' ? '\r'
         : c == 't' ? '\t'
         : c == 'v' ? '\v'
                    : c;
}

}  // namespace

CopyIn::CopyIn(std::string table, std::vector<std::string> columns, std::vector<sql::Type> types,
               command::CopyOptions options)
    : table_(std::move(table)),
      columns_(std::move(columns)),
      types_(std::move(types)),
      options_(std::move(options)),
      at_header_(options_.header) {}

char CopyIn::delimiter() const {
  return options_.delimiter.value_or(is_csv() ? ',' : '\t');
}

std::string_view CopyIn::null() const {
  if (options_.null) return *options_.null;
  return is_csv() ? "" : "\\N";
}

void CopyIn::add(std::string_view bytes) {
  if (has_ended_ && options_.format != CopyFormat::kBinary) return;
  pending_.append(bytes);
  switch (options_.format) {
    case CopyFormat::kText:
      return read_text();
    case CopyFormat::kCsv:
      return read_csv(false);
    case CopyFormat::kBinary:
      return read_binary();
  }
}

void CopyIn::finish() {
  switch (options_.format) {
    case CopyFormat::kText:
      if (!pending_.empty() && !has_ended_) {
        pending_ += '\n';
        read_text();
      }
      return;
    case CopyFormat::kCsv:
      if (in_quotes_) {
        ++line_;
        fail("22P04", "unterminated CSV quoted field");
      }
      return read_csv(true);
    case CopyFormat::kBinary:
      // Without a trailer it ends behind a row, as in PostgreSQL.
      if (!has_ended_ && (!has_signature_ || !pending_.empty())) fail("22P04", "unexpected EOF in COPY data");
      return;
  }
}

// ---- Text and CSV ----

void CopyIn::read_text() {
  size_t begin = 0;
  for (size_t end;
       !has_ended_ && (end = pending_.find('\n', std::max(begin, scanned_))) != std::string::npos;) {
    // A line break that is part of a value is written with a backslash before it.
    size_t backslashes = 0;
    while (end - backslashes > begin && pending_[end - backslashes - 1] == '\\') ++backslashes;
    scanned_ = end + 1;
    if (backslashes % 2 == 1) continue;
    read_line(std::string_view(pending_).substr(begin, end - begin));
    begin = end + 1;
  }
  pending_.erase(0, begin);
  scanned_ = pending_.size();
  if (!pending_.empty() && pending_.back() == '\\') --scanned_;
}

void CopyIn::read_csv(bool is_last) {
  const char quote = options_.quote;
  const char escape = options_.escape.value_or(quote);
  size_t begin = 0;
  size_t i = scanned_;
  for (; i < pending_.size() && !has_ended_; ++i) {
    const char c = pending_[i];
    if (in_quotes_ && c == escape && escape != quote) {
      if (i + 1 >= pending_.size() && !is_last) break;  // What it escapes has not come.
      ++i;
    } else if (c == quote) {
      in_quotes_ = !in_quotes_;  // A doubled one changes nothing.
    } else if (c == '\n' && !in_quotes_) {
      read_line(std::string_view(pending_).substr(begin, i - begin));
      begin = i + 1;
    }
  }
  if (is_last && begin < pending_.size() && !has_ended_) {
    read_line(std::string_view(pending_).substr(begin));
    begin = i = pending_.size();
  }
  pending_.erase(0, begin);
  scanned_ = i - begin;
}

void CopyIn::read_line(std::string_view line) {
  if (line.ends_with('\r')) line.remove_suffix(1);
  ++line_;
  if (std::exchange(at_header_, false)) return;
  if (line == "\\.") {
    has_ended_ = true;
    return;
  }
  fields_.clear();
  if (is_csv())
    split_csv(line);
  else
    split_text(line);
  take_fields();
}

void CopyIn::split_text(std::string_view line) {
  for (size_t begin = 0;;) {
    size_t end = begin;
    bool has_escape = false;
    while (end < line.size() && line[end] != delimiter()) {
      has_escape |= line[end] == '\\';
      end += line[end] == '\\' && end + 1 < line.size() ? 2 : 1;
    }
    const std::string_view raw = line.substr(begin, end - begin);
    if (raw == null()) {
      fields_.emplace_back();
    } else if (!has_escape) {
      fields_.emplace_back(raw);
    } else {
      std::string& text = fields_.emplace_back(std::in_place).value();
      for (size_t i = 0; i < raw.size(); ++i) {
        if (raw[i] == '\\' && i + 1 < raw.size())
          text += unescaped(raw, ++i);
        else
          text += raw[i];
      }
    }
    if (end >= line.size()) return;
    begin = end + 1;
  }
}

void CopyIn::split_csv(std::string_view line) {
  const char quote = options_.quote;
  const char escape = options_.escape.value_or(quote);
  for (size_t i = 0;;) {
    std::string text;
    bool was_quoted = false;
    bool in_quotes = false;
    for (; i < line.size() && (in_quotes || line[i] != delimiter()); ++i) {
      const char c = line[i];
      const bool has_next = i + 1 < line.size();
      if (in_quotes && c == escape && has_next && (line[i + 1] == quote || line[i + 1] == escape)) {
        text += line[++i];
      } else if (c == quote) {
        in_quotes = !in_quotes;
        was_quoted = true;
      } else {
        text += c;
      }
    }
    if (!was_quoted && text == null())
      fields_.emplace_back();
    else
      fields_.emplace_back(std::move(text));
    if (i >= line.size()) return;
    ++i;
  }
}

void CopyIn::take_fields() {
  if (columns_.empty() && fields_.size() == 1 && fields_[0].value_or("").empty()) {
    ++empty_rows_;
    return;
  }
  if (fields_.size() < columns_.size())
    fail("22P04", fmt::format("missing data for column \"{}\"", columns_[fields_.size()]));
  if (fields_.size() > columns_.size()) fail("22P04", "extra data after last expected column");
  for (size_t i = 0; i < fields_.size(); ++i) take_value(i, fields_[i]);
}

void CopyIn::take_value(size_t column, const Field& field) {
  if (memory_.capacity_bytes() + values_.size() * sizeof(sql::Datum) > kMaxBytes) {
    throw WireError("53200", fmt::format("the rows of one COPY need more than {} MiB", kMaxBytes >> 20),
                    "Send the data in several COPYs.");
  }
  if (!field) {
    values_.push_back(sql::Datum::null(types_[column].id));
    return;
  }
  try {
    values_.push_back(read_value(context_, types_[column], WireFormat::kText, *field));
  } catch (const WireError& error) {
    fail(error, column);
  }
}

// ---- Binary ----

void CopyIn::read_binary() {
  constexpr size_t kHeaderBytes = 19;
  size_t begin = 0;
  if (!has_signature_) {
    if (pending_.size() < kHeaderBytes) return;
    FieldReader header(pending_);
    if (header.read_bytes(kCopySignature.size()) != kCopySignature)
      fail("22P04", "COPY file signature not recognized");
    if (header.read_int32() != 0) fail("22P04", "unrecognized critical flags in COPY file header");
    const int32_t extension = header.read_int32();
    if (extension < 0) fail("22P04", "invalid COPY file header");
    if (pending_.size() < kHeaderBytes + static_cast<size_t>(extension)) return;
    begin = kHeaderBytes + static_cast<size_t>(extension);
    has_signature_ = true;
  }
  while (begin < pending_.size() && !has_ended_) {
    FieldReader row(std::string_view(pending_).substr(begin));
    const size_t first = values_.size();
    try {
      const int16_t count = row.read_int16();
      if (count == -1) {
        has_ended_ = true;
        break;
      }
      if (static_cast<size_t>(count) != columns_.size())
        fail("22P04", fmt::format("row field count is {}, expected {}", count, columns_.size()));
      for (size_t i = 0; i < columns_.size(); ++i) {
        const int32_t size = row.read_int32();
        if (size < 0) {
          values_.push_back(sql::Datum::null(types_[i].id));
          continue;
        }
        const std::string_view bytes = row.read_bytes(static_cast<size_t>(size));
        values_.push_back(read_value(context_, types_[i], WireFormat::kBinary, bytes));
      }
    } catch (const ProtocolError&) {  // The row has not come whole.
      values_.resize(first);
      break;
    }
    ++line_;
    begin = pending_.size() - row.rest().size();
  }
  pending_.erase(0, begin);
  if (memory_.capacity_bytes() > kMaxBytes)
    throw WireError("53200", "the rows of one COPY need too much memory");
}

// ---- Failures ----

void CopyIn::fail(WireError error, size_t column) const {
  error.set_context(fmt::format("COPY {}, line {}, column {}", table_, line_, columns_[column]));
  throw error;
}

void CopyIn::fail(std::string_view sqlstate, const std::string& message) const {
  WireError error(sqlstate, message);
  error.set_context(fmt::format("COPY {}, line {}", table_, line_));
  throw error;
}

}  // namespace sqlmill::rt::pgwire
