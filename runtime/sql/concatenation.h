// a || b || c … as one function: the result is NULL if any part is, and it is put together once. A part that
// cannot fail by itself can come deferred, so that it is computed only where no other part is NULL.
#pragma once

#include <cstring>
#include <tuple>

#include "runtime/sql/call.h"

namespace sqlmill::rt::sql {

/// A call of a strict function that cannot fail and gives no NULL, with arguments that are there.
template <auto f, class... Args>
class Deferred {
 public:
  explicit Deferred(const Args&... args) : args_(args...) {}
  bool has_value() const {
    return std::apply([](const auto&... args) { return (sql::has_value(args) && ...); }, args_);
  }
  auto compute(Context& context) const {
    return std::apply([&](const auto&... args) { return sql::call<f>(context, value_of(args)...); }, args_);
  }

 private:
  std::tuple<Args...> args_;
};
template <auto f, class... Args>
Deferred<f, Args...> defer(const Args&... args) {
  return Deferred<f, Args...>(args...);
}

namespace concatenation {

inline bool has_value(const Text&) {
  return true;
}
inline bool has_value(const Nullable<Text>& part) {
  return part.has_value();
}
template <auto f, class... Args>
bool has_value(const Deferred<f, Args...>& part) {
  return part.has_value();
}
inline const Text& text_of(Context&, const Text& part) {
  return part;
}
inline const Text& text_of(Context&, const Nullable<Text>& part) {
  return part.value();
}
template <auto f, class... Args>
Text text_of(Context& context, const Deferred<f, Args...>& part) {
  return part.compute(context);
}

template <size_t n>
Text join(Arena& arena, const Text (&parts)[n]) {
  size_t size = 0;
  for (const Text& part : parts) size += part.size();
  char inline_bytes[Text::kInlineBytes + 1];
  char* const begin = size <= Text::kInlineBytes ? inline_bytes : arena.allocate_chars(size);
  char* at = begin;
  for (const Text& part : parts) {
    const std::string_view bytes = part.view();
    std::memcpy(at, bytes.data(), bytes.size());
    at += bytes.size();
  }
  return Text(std::string_view(begin, size));
}

}  // namespace concatenation

template <class... Parts>
Nullable<Text> concatenate_all(Context& context, const Parts&... parts) {
  if (!(concatenation::has_value(parts) && ...)) return {};
  const Text texts[] = {Text(concatenation::text_of(context, parts))...};
  return concatenation::join(context.arena(), texts);
}

}  // namespace sqlmill::rt::sql
