#include "runtime/pgwire/command_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "runtime/pgwire/errors.h"
#include "runtime/sql/utf8.h"

namespace sqlmill::rt::pgwire {

bool CommandReader::take(std::string_view first, std::string_view second) {
  if (!sees(first) || !sees(second, 1)) return false;
  at_ += 2;
  return true;
}

bool CommandReader::take_any(std::initializer_list<std::string_view> words) {
  return std::any_of(words.begin(), words.end(), [&](std::string_view word) { return take(word); });
}

std::string CommandReader::name() {
  expect_if(peek() && peek()->is_any_name());
  return words_[at_++].text;
}

std::string CommandReader::relation_name() {
  std::string first = name();
  return take_symbol('.') ? name() : first;
}

std::string CommandReader::value() {
  std::string sign;
  if (take_symbol('-'))
    sign = "-";
  else
    take_symbol('+');
  expect_if(peek() && peek()->kind != Word::Kind::kSymbol && peek()->kind != Word::Kind::kParameter);
  return sign + words_[at_++].text;
}

int64_t CommandReader::integer() {
  const std::string text = value();
  int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc() && end == text.data() + text.size()) return number;
  --at_;
  fail();
}

sql::Type CommandReader::type() {
  if (sees("pg_catalog") && peek(1) && peek(1)->is_symbol('.')) at_ += 2;
  const size_t begin = at_;
  std::string text = name();
  if (text == "double") expect("precision"), text += " precision";
  if (text == "character" && take("varying")) text += " varying";
  const bool has_zone = text == "timestamp" || text == "time";
  if (take_symbol('(')) {
    value();
    while (take_symbol(',')) value();
    expect_symbol(')');
  }
  if (has_zone && take("with")) {
    expect("time");
    expect("zone");
    text += " with time zone";
  } else if (has_zone && take("without")) {
    expect("time");
    expect("zone");
    text += " without time zone";
  }
  while (take_symbol('[')) {
    if (!sees_symbol(']')) value();
    expect_symbol(']');
    if (!text.ends_with("[]")) text += "[]";
  }
  if (const std::optional<sql::Type> found = sql::find_any_type(text)) return *found;
  throw WireError(Severity::kError, "42704", fmt::format("type \"{}\" does not exist", text), "",
                  words_[begin].begin + 1);
}

command::InnerSql CommandReader::rest() {
  expect_if(!at_end());
  const uint32_t begin = words_[at_].begin;
  at_ = words_.size();
  return between(begin, words_.back().end);
}

command::InnerSql CommandReader::in_parentheses() {
  expect_symbol('(');
  const uint32_t begin = words_[at_ - 1].end;
  for (size_t depth = 1; !at_end(); ++at_) {
    if (words_[at_].is_symbol('(')) ++depth;
    if (words_[at_].is_symbol(')') && --depth == 0) return between(begin, words_[at_++].begin);
  }
  fail();
}

void CommandReader::fail() const {
  const Word* word = peek();
  const size_t byte = word ? word->begin : sql_.size();
  const auto position =
      static_cast<uint32_t>(std::count_if(sql_.begin(), sql_.begin() + static_cast<ptrdiff_t>(byte),
                                          [](char c) { return !sql::is_utf8_continuation(c); }) +
                            1);
  throw WireError(
      Severity::kError, "42601",
      word ? fmt::format("syntax error at or near \"{}\"", sql_.substr(word->begin, word->end - word->begin))
           : "syntax error at end of input",
      "", position);
}

}  // namespace sqlmill::rt::pgwire
