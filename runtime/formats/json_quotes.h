// Where a record's quotes are. In a record without backslashes and control characters every string ends at
// the next quote, so one pass over the bytes finds the ends of all of them; and where a string ends does not
// wait for where the one before it did.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace sqlmill::rt::formats {

struct JsonBytes {
  size_t quotes;      // How many there are.
  bool has_special;   // A backslash or a control character.
  bool beyond_ascii;  // A byte of 0x80 or more.
};

inline constexpr size_t kJsonBlockBytes = 64;
/// Writes the places of the quotes in their order, and arbitrary values behind them, at most kJsonBlockBytes.
/// `text` has kJsonBlockBytes to UINT16_MAX bytes; nothing beside it is read.
using FindJsonQuotes = JsonBytes (*)(std::string_view text, uint16_t* places);

/// Those that this processor can run, the best one first.
std::span<const FindJsonQuotes> json_quote_finders();

class JsonQuotes {
 public:
  static constexpr size_t kMaxBytes = UINT16_MAX;

  JsonQuotes() : find_(json_quote_finders().front()) {}

  /// False, and nothing is known, if `text` is longer than kMaxBytes, has backslashes or control characters,
  /// or an odd number of quotes.
  bool find(std::string_view text) {
    if (text.size() < kJsonBlockBytes || text.size() > kMaxBytes) [[unlikely]]
      return find_in_short(text);
    return find_in(text);
  }
  bool beyond_ascii() const { return beyond_ascii_; }

  /// The place of quote `i`; arbitrary if there are not so many.
  uint16_t operator[](size_t i) const { return places_[i]; }

 private:
  bool find_in(std::string_view text) {
    const JsonBytes bytes = find_(text, places_);
    beyond_ascii_ = bytes.beyond_ascii;
    return !bytes.has_special && bytes.quotes % 2 == 0;
  }
  [[gnu::noinline]] bool find_in_short(std::string_view text);

  FindJsonQuotes find_;
  bool beyond_ascii_ = false;
  uint16_t places_[kMaxBytes + kJsonBlockBytes];
};

}  // namespace sqlmill::rt::formats
