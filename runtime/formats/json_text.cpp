#include "runtime/formats/json_text.h"

namespace sqlmill::rt::formats {

bool JsonCursor::take_number() {
  const auto take_digits = [&] {
    if (at_ == end_ || !is_json_digit(*at_)) return false;
    while (at_ < end_ && is_json_digit(*at_)) ++at_;
    return true;
  };
  take('-');
  if (take('0')) {
    if (is_json_digit(peek())) return false;
  } else if (!take_digits()) {
    return false;
  }
  if (take('.') && !take_digits()) return false;
  if (peek() == 'e' || peek() == 'E') {
    ++at_;
    if (!take('+')) take('-');
    if (!take_digits()) return false;
  }
  return true;
}

}  // namespace sqlmill::rt::formats
