// Steps through the words of a statement that is read by hand.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/pgwire/commands.h"
#include "runtime/pgwire/words.h"

namespace sqlmill::rt::pgwire {

class CommandReader {
 public:
  explicit CommandReader(std::string_view sql) : sql_(sql), words_(words_of(sql)) {}

  bool at_end() const { return at_ >= words_.size(); }
  /// Null at the end.
  const Word* peek(size_t ahead = 0) const {
    return at_ + ahead < words_.size() ? &words_[at_ + ahead] : nullptr;
  }
  bool sees(std::string_view word, size_t ahead = 0) const { return peek(ahead) && peek(ahead)->is(word); }
  bool sees_symbol(char symbol) const { return peek() && peek()->is_symbol(symbol); }

  /// Take what is named if it comes next.
  bool take(std::string_view word) { return take_if(sees(word)); }
  bool take(std::string_view first, std::string_view second);
  bool take_symbol(char symbol) { return take_if(sees_symbol(symbol)); }
  bool take_any(std::initializer_list<std::string_view> words);

  // Throw the syntax error when something else comes next.

  void expect(std::string_view word) { expect_if(take(word)); }
  void expect_symbol(char symbol) { expect_if(take_symbol(symbol)); }
  /// `expected`: whether what should have come next did.
  void expect_if(bool expected) {
    if (!expected) fail();
  }
  void expect_end() { expect_if(at_end()); }
  std::string name();
  /// `public.x` too, which is `x`.
  std::string relation_name();
  /// A name, a string or a number, maybe with a sign.
  std::string value();
  int64_t integer();
  sql::Type type();
  /// The rest of the statement.
  command::InnerSql rest();
  /// What is between the parentheses that come next.
  command::InnerSql in_parentheses();

  [[noreturn]] void fail() const;

 private:
  bool take_if(bool is_next) {
    at_ += is_next;
    return is_next;
  }
  command::InnerSql between(uint32_t begin, uint32_t end) const {
    return {std::string(sql_.substr(begin, end - begin)), begin};
  }

  std::string_view sql_;
  std::vector<Word> words_;
  size_t at_ = 0;
};

}  // namespace sqlmill::rt::pgwire
