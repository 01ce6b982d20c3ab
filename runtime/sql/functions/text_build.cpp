#include "runtime/sql/functions/text_build.h"

#include <cstring>

#include "runtime/sql/utf8.h"

namespace sqlmill::rt::sql {

namespace {

/// Builds a text of a known size: inline if it is short, otherwise in the arena.
class Builder {
 public:
  Builder(Arena& arena, size_t size)
      : begin_(size <= Text::kInlineBytes ? inline_ : arena.allocate_chars(size)), at_(begin_) {}
  void append(std::string_view bytes) {
    if (!bytes.empty()) std::memcpy(at_, bytes.data(), bytes.size());
    at_ += bytes.size();
  }
  Text text() const { return Text(std::string_view(begin_, static_cast<size_t>(at_ - begin_))); }

 private:
  char inline_[Text::kInlineBytes];
  char* begin_;
  char* at_;
};

/// PostgreSQL counts the four bytes of a field's header.
bool is_too_long(Context& context, uint64_t bytes) {
  if (bytes + 4 <= Text::kMaxBytes) return false;
  context.fail(ErrorCode::kProgramLimitExceeded, "requested length too large");
  return true;
}

Text pad(Context& context, const Text& text, int32_t length, const Text& fill, bool left) {
  const auto wanted = static_cast<uint64_t>(length < 0 ? 0 : length);
  // The check is made for the longest characters that there are.
  if (is_too_long(context, wanted * 4)) return Text();
  const std::string_view bytes = text.view();
  const std::string_view kept = bytes.substr(0, utf8_prefix(bytes, wanted));
  size_t missing = wanted - utf8_length(kept);
  const std::string_view filler = fill.view();
  if (missing == 0 || filler.empty()) return Text(kept);
  const size_t filler_characters = utf8_length(filler);
  const size_t whole = missing / filler_characters;
  const std::string_view rest = filler.substr(0, utf8_prefix(filler, missing % filler_characters));
  Builder builder(context.arena(), kept.size() + whole * filler.size() + rest.size());
  if (!left) builder.append(kept);
  for (size_t i = 0; i < whole; ++i) builder.append(filler);
  builder.append(rest);
  if (left) builder.append(kept);
  return builder.text();
}

}  // namespace

Text concatenate(Arena& arena, Text a, Text b) {
  if (a.empty()) return b;
  if (b.empty()) return a;
  Builder builder(arena, static_cast<size_t>(a.size()) + b.size());
  builder.append(a.view());
  builder.append(b.view());
  return builder.text();
}

Text replace_text(Context& context, Text text, Text from, Text to) {
  const std::string_view bytes = text.view();
  const std::string_view sought = from.view();
  if (sought.empty()) return text;
  size_t count = 0;
  for (size_t at = 0; (at = bytes.find(sought, at)) != std::string_view::npos; at += sought.size()) ++count;
  if (count == 0) return text;
  const uint64_t size = bytes.size() - count * sought.size() + static_cast<uint64_t>(count) * to.size();
  if (is_too_long(context, size)) return Text();
  Builder builder(context.arena(), size);
  size_t begin = 0;
  for (size_t at; (at = bytes.find(sought, begin)) != std::string_view::npos; begin = at + sought.size()) {
    builder.append(bytes.substr(begin, at - begin));
    builder.append(to.view());
  }
  builder.append(bytes.substr(begin));
  return builder.text();
}

Text repeat(Context& context, Text text, int32_t count) {
  if (count <= 0) return Text();
  const uint64_t size = static_cast<uint64_t>(count) * text.size();
  if (is_too_long(context, size)) return Text();
  Builder builder(context.arena(), size);
  for (int32_t i = 0; i < count && size != 0; ++i) builder.append(text.view());
  return builder.text();
}

Text reverse(Arena& arena, Text text) {
  const std::string_view bytes = text.view();
  Builder builder(arena, bytes.size());
  for (size_t end = bytes.size(); end > 0;) {
    size_t begin = end - 1;
    while (begin > 0 && is_utf8_continuation(bytes[begin])) --begin;
    builder.append(bytes.substr(begin, end - begin));
    end = begin;
  }
  return builder.text();
}

Text lpad_with(Context& context, Text text, int32_t length, Text fill) {
  return pad(context, text, length, fill, true);
}
Text rpad_with(Context& context, Text text, int32_t length, Text fill) {
  return pad(context, text, length, fill, false);
}
Text lpad(Context& context, Text text, int32_t length) {
  return pad(context, text, length, " "_text, true);
}
Text rpad(Context& context, Text text, int32_t length) {
  return pad(context, text, length, " "_text, false);
}

}  // namespace sqlmill::rt::sql
