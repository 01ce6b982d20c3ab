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
//   R f(A, Variadic<B>)      one or more B, which may be NULL; strict in A only
//
// polymorphic.h has the parameters that take more than one type: Any, AnyElement, Array.
#pragma once

#include <array>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/sql/polymorphic.h"
#include "runtime/sql/vector.h"

namespace sqlmill::rt::sql {

/// Of the same arguments an immutable function always gives the same; a stable one within a statement; a
/// volatile one never. Only immutable ones are legal in views.
enum class Volatility : uint8_t { kImmutable, kStable, kVolatile };

struct Function {
  std::string_view name;  // In SQL; operators by their sign.
  std::string_view cpp;   // As generated code calls it, within namespace sqlmill::rt: `sql::starts_with`.
  // kAnyType takes every type, kAnyElement the element type of the arrays among the arguments.
  std::vector<TypeId> arguments;
  // Of each argument that is an array its element type, kAnyElement for any; of others kUnknown. May end
  // early.
  std::vector<TypeId> elements;
  TypeId result;  // kAnyElement: the element type of the arrays among the arguments.
  TypeId result_element;
  bool variadic;  // The last argument stands for one or more of its type, and strict does not mean it.
  bool strict;
  bool result_nullable;  // Even if no argument is NULL.
  bool can_fail;
  Volatility volatility;
  Datum (*evaluate)(Context&, std::span<const Datum>);
  /// The same for the first `rows` values of vectors; ends early at a failure. `result` is none of the
  /// arguments.
  void (*evaluate_rows)(Context&, std::span<const Vector* const> arguments, uint32_t rows, Vector& result);
  std::string_view example;   // `starts_with('alphabet', 'alph')`; empty where there is none.
  std::string_view expected;  // The example's text output.

  bool takes(size_t count) const { return variadic ? count >= arguments.size() : count == arguments.size(); }
  /// The type of the i-th of the arguments of a call.
  Type argument(size_t i) const {
    const size_t at = i < arguments.size() ? i : arguments.size() - 1;
    return {arguments[at], -1, at < elements.size() ? elements[at] : TypeId::kUnknown};
  }
  /// Whether a NULL for it is NULL for the call, without a call.
  bool is_strict_in(size_t i) const { return strict && (!variadic || i + 1 < arguments.size()); }
  bool is_polymorphic() const {
    for (size_t i = 0; i < arguments.size(); ++i) {
      if (arguments[i] == kAnyElement || argument(i).element == kAnyElement) return true;
    }
    return false;
  }
};

/// When a cast applies by itself, as in PostgreSQL's pg_cast.
enum class CastContext : uint8_t { kImplicit, kAssignment, kExplicit };

struct Cast {
  Function function;  // One argument.
  CastContext context;
};

/// All functions and operators, in the order of the lists; overloads share a name.
const std::vector<Function>& functions();
/// Those from text to arrays are told apart by result_element.
const std::vector<Cast>& casts();
/// The same for each element of an array; they follow from casts().
const std::vector<Cast>& array_casts();
/// Of one of both lists; nothing if there is none, or the types are the same.
const Cast* find_cast(Type from, Type to);

// ---- How a descriptor is made from a C++ function ----

template <class T>
inline constexpr bool kIsEnvironment =
    std::is_same_v<std::remove_cvref_t<T>, Context> || std::is_same_v<std::remove_cvref_t<T>, Arena>;

/// The argument as the function wants it: its value, or Nullable if it sees NULLs itself.
template <class A, size_t kPlace>
auto argument_of(std::span<const Datum> args) {
  using T = std::remove_cvref_t<A>;
  if constexpr (kIsVariadic<T>) {
    return T{args.subspan(kPlace)};
  } else if constexpr (kIsAnyValue<T>) {
    return T(args[kPlace]);
  } else if constexpr (kIsNullable<T>) {
    return T(args[kPlace].as_nullable<typename SqlParameter<T>::Carrier>());
  } else {
    return T(args[kPlace].as<typename SqlParameter<T>::Carrier>());
  }
}

template <class R>
Datum result_of(const R& value) {
  if constexpr (kIsAnyValue<R>) {
    return value.datum;
  } else {
    return Datum(plain(value));
  }
}

template <class Signature>
struct Signature_;

template <class R, class... A>
struct Signature_<R (*)(A...)> {
  static std::vector<TypeId> arguments() { return {SqlParameter<std::remove_cvref_t<A>>::id...}; }
  static std::vector<TypeId> elements() { return {SqlParameter<std::remove_cvref_t<A>>::element...}; }
  static constexpr TypeId result = SqlParameter<R>::id;
  static constexpr TypeId result_element = SqlParameter<R>::element;
  static constexpr bool variadic = (kIsVariadic<std::remove_cvref_t<A>> || ...);
  static constexpr size_t fixed = sizeof...(A) - variadic;
  static constexpr bool strict = !(kIsNullable<std::remove_cvref_t<A>> || ...);
  static constexpr bool result_nullable = kIsNullable<R>;
  static constexpr bool can_fail = false;
  /// Every column of arguments and results has the values that the function takes and gives.
  static constexpr bool columnar = kIsColumnar<R> && (kIsColumnar<std::remove_cvref_t<A>> && ...);
  template <auto f, class... Environment, size_t... I>
  static Datum call([[maybe_unused]] std::span<const Datum> args, std::index_sequence<I...>,
                    Environment&... environment) {
    if constexpr (strict) {
      for (size_t i = 0; i < fixed; ++i) {
        if (args[i].is_null()) return Datum::null(result);
      }
    }
    return result_of(f(environment..., argument_of<A, I>(args)...));
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
  static void call_rows([[maybe_unused]] Context& context,
                        [[maybe_unused]] std::span<const Vector* const> args, uint32_t rows, Vector& result,
                        std::index_sequence<I...>, Environment&... environment) {
    if constexpr (columnar) {
      call_rows<f, Environment...>(context, rows, result, Argument<A>(*args[I])..., environment...);
    } else {
      std::vector<Datum> row_arguments(args.size());
      for (uint32_t row = 0; row < rows && !context.failed(); ++row) {
        for (size_t i = 0; i < args.size(); ++i) row_arguments[i] = args[i]->datum(row);
        result.set_datum(
            row, call<f>(std::span<const Datum>(row_arguments), std::index_sequence<I...>{}, environment...));
      }
    }
  }
  template <auto f>
  static void evaluate_rows(Context& context, std::span<const Vector* const> args, uint32_t rows,
                            Vector& result) {
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
  static void evaluate_rows(Context& context, std::span<const Vector* const> args, uint32_t rows,
                            Vector& result) {
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
  static void evaluate_rows(Context& context, std::span<const Vector* const> args, uint32_t rows,
                            Vector& result) {
    Signature_<R (*)(A...)>::template call_rows<f>(context, args, rows, result,
                                                   std::index_sequence_for<A...>{}, context);
  }
};

template <auto f>
Function describe(std::string_view name, std::string_view cpp, std::string_view example = "",
                  std::string_view expected = "", Volatility volatility = Volatility::kImmutable) {
  using S = Signature_<decltype(f)>;
  return Function{name,
                  cpp,
                  S::arguments(),
                  S::elements(),
                  S::result,
                  S::result_element,
                  S::variadic,
                  S::strict,
                  S::result_nullable,
                  S::can_fail,
                  volatility,
                  &S::template evaluate<f>,
                  &S::template evaluate_rows<f>,
                  example,
                  expected};
}

}  // namespace sqlmill::rt::sql
