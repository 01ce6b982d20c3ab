#include "runtime/sql/functions/datetime_cast.h"

namespace sqlmill::rt::sql {

namespace {

template <class T>
Text to_text(Arena& arena, T value) {
  std::string text;
  append_text(value, text);
  const Text borrowed{std::string_view(text)};
  return borrowed.is_inline() ? borrowed : Text(arena.copy(text));
}

}  // namespace

Text date_to_text(Arena& arena, Date value) {
  return to_text(arena, value);
}
Text time_to_text(Arena& arena, Time value) {
  return to_text(arena, value);
}
Text timestamp_to_text(Arena& arena, Timestamp value) {
  return to_text(arena, value);
}
Text timestamptz_to_text(Arena& arena, Timestamptz value) {
  return to_text(arena, value);
}
Text interval_to_text(Arena& arena, Interval value) {
  return to_text(arena, value);
}

}  // namespace sqlmill::rt::sql
