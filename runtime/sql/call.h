// How generated code calls a scalar function: `call<sql::lower>(context, row.page_url)`. Decides at compile
// time whether the arguments can be NULL, and whether the function wants the context, the arena or neither.
#pragma once

#include "runtime/sql/function.h"

namespace sqlmill::rt::sql {

template <class Signature>
struct Environment_;
template <class R, class... A>
struct Environment_<R (*)(A...)> {
  template <auto f, class... Args>
  static R invoke(Context&, const Args&... args) {
    return f(args...);
  }
};
template <class R, class... A>
struct Environment_<R (*)(Arena&, A...)> {
  template <auto f, class... Args>
  static R invoke(Context& context, const Args&... args) {
    return f(context.arena(), args...);
  }
};
template <class R, class... A>
struct Environment_<R (*)(Context&, A...)> {
  template <auto f, class... Args>
  static R invoke(Context& context, const Args&... args) {
    return f(context, args...);
  }
};

/// The result is Nullable when an argument or the function's result is; a strict function is not called with
/// NULLs.
template <auto f, class... Args>
[[gnu::always_inline]] inline auto call(Context& context, const Args&... args) {
  using S = Signature_<decltype(f)>;
  using R = decltype(Environment_<decltype(f)>::template invoke<f>(context, value_of(args)...));
  if constexpr (!S::strict) {
    return Environment_<decltype(f)>::template invoke<f>(context, args...);
  } else if constexpr ((kIsNullable<Args> || ...)) {
    using Result = Nullable<ValueOf<R>>;
    if (!(sql::has_value(args) && ...)) return Result();
    return Result(Environment_<decltype(f)>::template invoke<f>(context, value_of(args)...));
  } else {
    return Environment_<decltype(f)>::template invoke<f>(context, args...);
  }
}

}  // namespace sqlmill::rt::sql
