#include "runtime/sql/functions/text_parts.h"

namespace sqlmill::rt::sql {

namespace {

/// The part of `text` whose first byte is at `begin` and that has `size` bytes. Inline texts own their bytes,
/// so the part of one is inline; the part of a long one borrows from the same owner.
Text part(const Text& text, size_t begin, size_t size) {
  return Text(text.view().substr(begin, size));
}

bool contains_character(std::string_view characters, std::string_view character) {
  while (!characters.empty()) {
    const size_t size = utf8_first(characters);
    if (characters.substr(0, size) == character) return true;
    characters.remove_prefix(size);
  }
  return false;
}

size_t trimmed_begin(std::string_view text, std::string_view characters) {
  size_t begin = 0;
  while (begin < text.size()) {
    const size_t size = utf8_first(text.substr(begin));
    if (!contains_character(characters, text.substr(begin, size))) break;
    begin += size;
  }
  return begin;
}

size_t trimmed_end(std::string_view text, std::string_view characters, size_t begin) {
  size_t end = text.size();
  while (end > begin) {
    size_t last = end - 1;
    while (last > begin && is_utf8_continuation(text[last])) --last;
    if (!contains_character(characters, text.substr(last, end - last))) break;
    end = last;
  }
  return end;
}

Text trim(const Text& text, std::string_view characters, bool left, bool right) {
  const std::string_view bytes = text.view();
  const size_t begin = left ? trimmed_begin(bytes, characters) : 0;
  const size_t end = right ? trimmed_end(bytes, characters, begin) : bytes.size();
  return part(text, begin, end - begin);
}

}  // namespace

int32_t strpos(Text text, Text sought) {
  const size_t at = text.view().find(sought.view());
  if (at == std::string_view::npos) return 0;
  return static_cast<int32_t>(utf8_length(text.view().substr(0, at))) + 1;
}

Text substring_from(Text text, int32_t start) {
  const size_t begin = start <= 1 ? 0 : utf8_prefix(text.view(), static_cast<size_t>(start) - 1);
  return part(text, begin, text.size() - begin);
}

Text substring_from_for(Context& context, Text text, int32_t start, int32_t count) {
  if (count < 0) {
    context.fail(ErrorCode::kSubstringError, "negative substring length not allowed");
    return text;
  }
  const int64_t end = static_cast<int64_t>(start) + count;
  const int64_t first = start > 1 ? start : 1;
  if (end <= first) return Text();
  const Text tail = substring_from(text, start);
  return part(tail, 0, utf8_prefix(tail.view(), static_cast<size_t>(end - first)));
}

Text text_left(Text text, int32_t count) {
  int64_t characters = count;
  if (count < 0) characters += static_cast<int64_t>(utf8_length(text.view()));
  return characters <= 0 ? Text() : part(text, 0, utf8_prefix(text.view(), static_cast<size_t>(characters)));
}

Text text_right(Text text, int32_t count) {
  constexpr int32_t kFew = 32;
  if (count >= 0 && count <= kFew) {
    // From the end, whatever the length of the text.
    const std::string_view bytes = text.view();
    size_t begin = bytes.size();
    for (int32_t left = count; left > 0 && begin > 0; --left) {
      do --begin;
      while (begin > 0 && is_utf8_continuation(bytes[begin]));
    }
    return part(text, begin, bytes.size() - begin);
  }
  const int64_t skipped =
      count < 0 ? -static_cast<int64_t>(count) : static_cast<int64_t>(utf8_length(text.view())) - count;
  if (skipped <= 0) return text;
  const size_t begin = utf8_prefix(text.view(), static_cast<size_t>(skipped));
  return part(text, begin, text.size() - begin);
}

Text split_part(Context& context, Text text, Text delimiter, int32_t n) {
  if (n == 0) {
    context.fail(ErrorCode::kInvalidParameterValue, "field position must not be zero");
    return Text();
  }
  const std::string_view bytes = text.view();
  const std::string_view between = delimiter.view();
  if (between.empty()) return n == 1 || n == -1 ? text : Text();
  int64_t wanted = n;
  if (wanted < 0) {
    int64_t fields = 1;
    for (size_t at = 0; (at = bytes.find(between, at)) != std::string_view::npos; at += between.size())
      ++fields;
    wanted += fields + 1;
    if (wanted <= 0) return Text();
  }
  size_t begin = 0;
  for (;;) {
    const size_t end = bytes.find(between, begin);
    if (--wanted == 0)
      return part(text, begin, end == std::string_view::npos ? bytes.size() - begin : end - begin);
    if (end == std::string_view::npos) return Text();
    begin = end + between.size();
  }
}

Text trim_both(Text text) {
  return trim(text, " ", true, true);
}
Text trim_left(Text text) {
  return trim(text, " ", true, false);
}
Text trim_right(Text text) {
  return trim(text, " ", false, true);
}
Text trim_both_of(Text text, Text characters) {
  return trim(text, characters.view(), true, true);
}
Text trim_left_of(Text text, Text characters) {
  return trim(text, characters.view(), true, false);
}
Text trim_right_of(Text text, Text characters) {
  return trim(text, characters.view(), false, true);
}

}  // namespace sqlmill::rt::sql
