#include "runtime/pgwire/copy_out.h"

namespace sqlmill::rt::pgwire {

using command::CopyFormat;

void write_copy_response(char type, CopyFormat format, size_t columns, std::string& out) {
  const bool is_binary = format == CopyFormat::kBinary;
  MessageWriter message(out);
  message.begin(type).byte(is_binary ? '\1' : '\0').int16(static_cast<int16_t>(columns));
  for (size_t i = 0; i < columns; ++i) message.int16(is_binary ? 1 : 0);
  message.end();
}

char CopyOut::delimiter() const {
  return options_.delimiter.value_or(options_.format == CopyFormat::kCsv ? ',' : '\t');
}

std::string_view CopyOut::null() const {
  if (options_.null) return *options_.null;
  return options_.format == CopyFormat::kCsv ? "" : "\\N";
}

void CopyOut::begin(std::string& out) const {
  write_copy_response('H', options_.format, columns_.size(), out);
  MessageWriter message(out);
  if (options_.format != CopyFormat::kBinary && options_.header) {
    message.begin('d');
    for (size_t i = 0; i < columns_.size(); ++i) {
      if (i > 0) out += delimiter();
      append_field(columns_[i].name, out);
    }
    out += '\n';
    message.end();
  }
}

/// Begins a message of the binary format. What stands before the first row, or before the end if there is
/// none, is in the same message: clients read it together.
void CopyOut::begin_binary(MessageWriter& message) {
  message.begin('d');
  if (!has_signature_) message.bytes(kCopySignature).int32(0).int32(0);
  has_signature_ = true;
}

void CopyOut::write_row(const sql::Chunk& chunk, uint32_t row, std::string& out) {
  const bool is_binary = options_.format == CopyFormat::kBinary;
  MessageWriter message(out);
  if (is_binary) {
    begin_binary(message);
    message.int16(static_cast<int16_t>(chunk.columns.size()));
  } else {
    message.begin('d');
  }
  for (size_t i = 0; i < chunk.columns.size(); ++i) {
    const sql::Vector& column = chunk.columns[i];
    const bool is_null = column.nulls()[row] != 0;
    if (is_binary) {
      if (is_null) {
        message.null_field();
        continue;
      }
      append_value(column, row, columns_[i].type, WireFormat::kBinary, message.begin_field());
      message.end_field();
      continue;
    }
    if (i > 0) out += delimiter();
    if (is_null) {
      out += null();
      continue;
    }
    text_.clear();
    append_value(column, row, columns_[i].type, WireFormat::kText, text_);
    append_field(text_, out);
  }
  if (!is_binary) out += '\n';
  message.end();
}

void CopyOut::append_field(std::string_view text, std::string& out) const {
  if (options_.format == CopyFormat::kText) {
    append_escaped(text, out);
    return;
  }
  const char quote = options_.quote;
  const char escape = options_.escape.value_or(quote);
  const bool has_special =
      text.find_first_of(std::string{delimiter(), quote, '\n', '\r'}) != std::string_view::npos;
  if (!options_.force_quote && !has_special && text != null() && text != "\\.") {
    out += text;
    return;
  }
  out += quote;
  for (const char c : text) {
    if (c == quote || c == escape) out += escape;
    out += c;
  }
  out += quote;
}

void CopyOut::append_escaped(std::string_view text, std::string& out) const {
  for (const char c : text) {
    switch (c) {
      case '\b':
        out += "\\b";
        break;
      case '\f':
        out += "\\f";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\t':
        out += "\\t";
        break;
      case '\v':
        out += "\\v";
        break;
      default:
        if (c == '\\' || c == delimiter()) out += '\\';
        out += c;
    }
  }
}

void CopyOut::finish(std::string& out) {
  MessageWriter message(out);
  if (options_.format == CopyFormat::kBinary) {
    begin_binary(message);
    message.int16(-1).end();
  }
  message.put('c');
}

}  // namespace sqlmill::rt::pgwire
