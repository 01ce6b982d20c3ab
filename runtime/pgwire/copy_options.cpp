#include "runtime/pgwire/copy_options.h"

#include <fmt/format.h>

#include "runtime/pgwire/errors.h"

namespace sqlmill::rt::pgwire {

namespace {

using command::CopyFormat;
using command::CopyOptions;

char single(const std::string& option, const std::string& value) {
  if (value.size() == 1) return value[0];
  throw WireError("0A000", fmt::format("COPY {} must be a single one-byte character", option));
}

/// ON, OFF or nothing, which is on.
bool boolean(CommandReader& words) {
  if (words.at_end() || words.sees_symbol(',') || words.sees_symbol(')')) return true;
  const std::string value = words.value();
  if (value == "on" || value == "true" || value == "1") return true;
  if (value == "off" || value == "false" || value == "0") return false;
  throw WireError("42601", fmt::format("\"{}\" is not a Boolean value", value));
}

CopyFormat format_of(const std::string& name) {
  if (name == "text") return CopyFormat::kText;
  if (name == "csv") return CopyFormat::kCsv;
  if (name == "binary") return CopyFormat::kBinary;
  throw WireError("22023", fmt::format("COPY format \"{}\" not recognized", name));
}

void read_columns(CommandReader& words) {
  if (words.take_symbol('*')) return;
  words.in_parentheses();
}

void check_encoding(const std::string& encoding) {
  if (encoding != "utf8" && encoding != "UTF8" && encoding != "utf-8" && encoding != "UTF-8")
    throw WireError("0A000", "the only encoding is UTF8");
}

void read_option(CommandReader& words, CopyOptions& options) {
  const std::string option = words.name();
  if (option == "format")
    options.format = format_of(words.value());
  else if (option == "header")
    options.header = boolean(words);
  else if (option == "delimiter")
    options.delimiter = single("delimiter", words.value());
  else if (option == "null")
    options.null = words.value();
  else if (option == "quote")
    options.quote = single("quote", words.value());
  else if (option == "escape")
    options.escape = single("escape", words.value());
  else if (option == "freeze")
    boolean(words);
  else if (option == "encoding")
    check_encoding(words.value());
  else if (option == "force_quote") {
    options.force_quote = words.sees_symbol('*');
    if (!options.force_quote) throw WireError("0A000", "FORCE_QUOTE is supported for all columns (*) only");
    read_columns(words);
  } else {
    throw WireError("42601", fmt::format("option \"{}\" not recognized", option));
  }
}

void read_old_option(CommandReader& words, CopyOptions& options) {
  if (words.take("binary")) {
    options.format = CopyFormat::kBinary;
  } else if (words.take("csv")) {
    options.format = CopyFormat::kCsv;
  } else if (words.take("header")) {
    options.header = true;
  } else if (words.take("freeze")) {
  } else if (words.take("delimiter") || words.take("delimiters")) {
    words.take("as");
    options.delimiter = single("delimiter", words.value());
  } else if (words.take("null")) {
    words.take("as");
    options.null = words.value();
  } else if (words.take("quote")) {
    words.take("as");
    options.quote = single("quote", words.value());
  } else if (words.take("escape")) {
    words.take("as");
    options.escape = single("escape", words.value());
  } else if (words.take("encoding")) {
    check_encoding(words.value());
  } else {
    words.fail();
  }
}

void check(const CopyOptions& options) {
  const bool is_binary = options.format == CopyFormat::kBinary;
  if (is_binary && options.delimiter) throw WireError("42601", "cannot specify DELIMITER in BINARY mode");
  if (is_binary && options.null) throw WireError("42601", "cannot specify NULL in BINARY mode");
  if (is_binary && options.header) throw WireError("0A000", "cannot specify HEADER in BINARY mode");
  if (options.delimiter && (*options.delimiter == '\n' || *options.delimiter == '\r'))
    throw WireError("22023", "COPY delimiter cannot be newline or carriage return");
}

}  // namespace

CopyOptions read_copy_options(CommandReader& words, bool is_from) {
  CopyOptions options;
  words.take("with");
  if (words.take_symbol('(')) {
    do read_option(words, options);
    while (words.take_symbol(','));
    words.expect_symbol(')');
  } else {
    while (!words.at_end() && !words.sees("where")) read_old_option(words, options);
  }
  if (is_from && words.sees("where")) throw WireError("0A000", "COPY FROM ... WHERE is not supported");
  check(options);
  return options;
}

}  // namespace sqlmill::rt::pgwire
