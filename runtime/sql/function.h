// The descriptors of scalar functions, operators and casts. Each is a C++ function whose signature gives the
// SQL signature (values.h); a line in a .def list gives its SQL name and an example. From that line the
// binder takes the overload, generated code the name to call, and evaluation at compile time a wrapper over
// Datums.
//
//   R f(A, B)                strict: NULL when an argument is NULL; cannot fail
//   R f(Arena&, A, B)        the same, allocates its result
//   R f(Context&, A, B)      the same, may fail
//   Nullable<R> f(...)       may give NULL for arguments that are not
//   R f(Nullable<A>, B)      sees NULLs itself (any Nullable argument makes the function not strict)
#pragma once

#include <array>
#include <span>
#include <string_view>
#include <vector>

#include "runtime/sql/vector.h"

namespace sqlmill::rt::sql {

struct Function {
  std::string_view name;  // In SQL; operators by their sign.
  std::string_view cpp;   // As generated code calls it, within namespace sqlmill::rt: `sql::starts_with`.
  std::vector<TypeId> arguments;
  TypeId result;
  bool strict;
  bool result_nullable;  // Even if no argument is NULL.
  bool can_fail;
  Datum (*evaluate)(Context&, std::span<const Datum>);
  /// The same for the first `rows` values of vectors; ends early at a failure. `result` is none of the
  /// arguments.
  void (*evaluate_rows)(Context&, const Vector* const* arguments, uint32_t rows, Vector& result);
  std::string_view example;   // `starts_with('alphabet', 'alph')`; empty where there is none.
  std::string_view expected;  // The example's text output.
};

/// When a cast applies by itself, as in PostgreSQL's pg_cast.
enum class CastContext : uint8_t { kImplicit, kAssignment, kExplicit };

struct Cast {
  Function function;  // One argument.
  CastContext context;
};

/// All functions and operators, in the order of the lists; overloads share a name.
const std::vector<Function>& functions();
const std::vector<Cast>& casts();

// ---- How a descriptor is made from a C++ function ----

template <class T>
inline constexpr bool kIsEnvironment =
    std::is_same_v<std::remove_cvref_t<T>, Context> || std::is_same_v<std::remove_cvref_t<T>, Arena>;

/// The argument as the function wants it: its value, or Nullable if it sees NULLs itself.
template <class A>
auto argument_of(const Datum& datum) {
  using T = std::remove_cvref_t<A>;
  if constexpr (kIsNullable<T>) {
    return datum.as_nullable<ValueOf<T>>();
  } else {
    return datum.as<T>();
  }
}

template <class Signature>
struct Signature_;

template <class R, class... A>
struct Signature_<R (*)(A...)> {
  static std::vector<TypeId> arguments() { return {kTypeOf<std::remove_cvref_t<A>>...}; }
  static constexpr TypeId result = kTypeOf<R>;
  static constexpr bool strict = !(kIsNullable<std::remove_cvref_t<A>> || ...);
  static constexpr bool result_nullable = kIsNullable<R>;
  static constexpr bool can_fail = false;
  template <auto f, class... Environment, size_t... I>
  static Datum call([[maybe_unused]] std::span<const Datum> args, std::index_sequence<I...>,
                    Environment&... environment) {
    if (strict && (false || ... || args[I].is_null())) return Datum::null(result);
    return Datum(f(environment..., argument_of<A>(args[I])...));
  }
  template <auto f>
  static Datum evaluate(Context&, std::span<const Datum> args) {
    return call<f>(args, std::index_sequence_for<A...>{});
  }

  /// A column of arguments. Pointers by value, so that storing results does not reload them.
  template <class P>
  struct Argument {
    using T = std::remove_cvref_t<P>;
    const ValueOf<T>* values;
    const uint8_t* nulls;
    explicit Argument(const Vector& vector) : values(vector.values<ValueOf<T>>()), nulls(vector.nulls()) {}
    T at(uint32_t row) const {
      if constexpr (kIsNullable<T>) {
        return nulls[row] ? T() : T(values[row]);
      } else {
        return values[row];
      }
    }
  };
  template <auto f, class... Environment>
  static void call_rows([[maybe_unused]] Context& context, uint32_t rows, Vector& result,
                        Argument<A>... arguments, Environment&... environment) {
    using Value = ValueOf<R>;
    Value* const values = result.values<Value>();
    uint8_t* const nulls = result.nulls();
    for (uint32_t row = 0; row < rows; ++row) {
      if constexpr (strict && sizeof...(A) > 0) {
        nulls[row] = (arguments.nulls[row] | ...);
        if (nulls[row]) continue;
      }
      const R value = f(environment..., arguments.at(row)...);
      nulls[row] = !sql::has_value(value);
      values[row] = value_of(value);
      if constexpr ((std::is_same_v<Environment, Context> || ...)) {
        if (context.failed()) [[unlikely]]
          return;
      }
    }
  }
  template <auto f, class... Environment, size_t... I>
  static void call_rows([[maybe_unused]] Context& context, [[maybe_unused]] const Vector* const* args,
                        uint32_t rows, Vector& result, std::index_sequence<I...>,
                        Environment&... environment) {
    call_rows<f, Environment...>(context, rows, result, Argument<A>(*args[I])..., environment...);
  }
  template <auto f>
  static void evaluate_rows(Context& context, const Vector* const* args, uint32_t rows, Vector& result) {
    call_rows<f>(context, args, rows, result, std::index_sequence_for<A...>{});
  }
};

template <class R, class... A>
struct Signature_<R (*)(Arena&, A...)> : Signature_<R (*)(A...)> {
  template <auto f>
  static Datum evaluate(Context& context, std::span<const Datum> args) {
    return Signature_<R (*)(A...)>::template call<f>(args, std::index_sequence_for<A...>{}, context.arena());
  }
  template <auto f>
  static void evaluate_rows(Context& context, const Vector* const* args, uint32_t rows, Vector& result) {
    Signature_<R (*)(A...)>::template call_rows<f>(context, args, rows, result,
                                                   std::index_sequence_for<A...>{}, context.arena());
  }
};

template <class R, class... A>
struct Signature_<R (*)(Context&, A...)> : Signature_<R (*)(A...)> {
  static constexpr bool can_fail = true;
  template <auto f>
  static Datum evaluate(Context& context, std::span<const Datum> args) {
    return Signature_<R (*)(A...)>::template call<f>(args, std::index_sequence_for<A...>{}, context);
  }
  template <auto f>
  static void evaluate_rows(Context& context, const Vector* const* args, uint32_t rows, Vector& result) {
    Signature_<R (*)(A...)>::template call_rows<f>(context, args, rows, result,
                                                   std::index_sequence_for<A...>{}, context);
  }
};

template <auto f>
Function describe(std::string_view name, std::string_view cpp, std::string_view example = "",
                  std::string_view expected = "") {
  using S = Signature_<decltype(f)>;
  return Function{name,
                  cpp,
                  S::arguments(),
                  S::result,
                  S::strict,
                  S::result_nullable,
                  S::can_fail,
                  &S::template evaluate<f>,
                  &S::template evaluate_rows<f>,
                  example,
                  expected};
}

}  // namespace sqlmill::rt::sql
