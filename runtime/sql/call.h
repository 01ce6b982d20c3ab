// How generated code calls a scalar function: `call<sql::lower>(context, row.page_url)`. Decides at compile
// time whether the arguments can be NULL, and whether the function wants the context, the arena or neither.
#pragma once

#include <array>
#include <tuple>

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

/// The arguments from the variadic one on become Datums.
template <auto f, size_t... Fixed, size_t... Rest, class... Args>
auto call_variadic(Context& context, std::index_sequence<Fixed...>, std::index_sequence<Rest...>,
                   const std::tuple<const Args&...>& args) {
  using S = Signature_<decltype(f)>;
  const std::array<Datum, sizeof...(Rest)> rest = {Datum(std::get<sizeof...(Fixed) + Rest>(args))...};
  const VariadicValues values{rest};
  const auto invoke = [&](const auto&... fixed) {
    return plain(Environment_<decltype(f)>::template invoke<f>(context, fixed..., values));
  };
  if constexpr (!S::strict) {
    return invoke(std::get<Fixed>(args)...);
  } else if constexpr ((false || ... || kIsNullable<std::tuple_element_t<Fixed, std::tuple<Args...>>>)) {
    using R = decltype(invoke(value_of(std::get<Fixed>(args))...));
    using Result = Nullable<ValueOf<std::remove_cvref_t<R>>>;
    if (!(sql::has_value(std::get<Fixed>(args)) && ...)) return Result();
    return Result(invoke(value_of(std::get<Fixed>(args))...));
  } else {
    return invoke(value_of(std::get<Fixed>(args))...);
  }
}

/// The result is Nullable when an argument or the function's result is; a strict function is not called with
/// NULLs.
template <auto f, class... Args>
[[gnu::always_inline]] inline auto call(Context& context, const Args&... args) {
  using S = Signature_<decltype(f)>;
  if constexpr (S::variadic) {
    return call_variadic<f>(context, std::make_index_sequence<S::fixed>{},
                            std::make_index_sequence<sizeof...(Args) - S::fixed>{}, std::tie(args...));
  } else {
    using R = std::remove_cvref_t<decltype(plain(
        Environment_<decltype(f)>::template invoke<f>(context, value_of(args)...)))>;
    if constexpr (!S::strict) {
      return R(plain(Environment_<decltype(f)>::template invoke<f>(context, args...)));
    } else if constexpr ((kIsNullable<Args> || ...)) {
      using Result = Nullable<ValueOf<R>>;
      if (!(sql::has_value(args) && ...)) return Result();
      return Result(plain(Environment_<decltype(f)>::template invoke<f>(context, value_of(args)...)));
    } else {
      return R(plain(Environment_<decltype(f)>::template invoke<f>(context, value_of(args)...)));
    }
  }
}

}  // namespace sqlmill::rt::sql
