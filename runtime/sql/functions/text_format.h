// concat, concat_ws and format, which take any number of values of any type, and the functions that quote for
// SQL. A value becomes its text output: a boolean is t or f.
#pragma once

#include "runtime/sql/polymorphic.h"

namespace sqlmill::rt::sql {

/// NULLs are left out.
Text concat(Arena& arena, Variadic<Any> values);
/// With `separator` between the values that are not NULL.
Text concat_ws(Arena& arena, Text separator, Variadic<Any> values);

/// `%[position$][flags][width]type` in `pattern`, where type is s, I, L or %: the value as it is, as an
/// identifier or as a literal.
Text format(Context& context, Text pattern, Variadic<Any> values);
Text format_without_values(Context& context, Text pattern);

/// With double quotes if it is not a plain name, or a word of SQL's.
Text quote_ident(Arena& arena, Text name);
/// With single quotes; backslashes make it E'…'.
Text quote_literal(Arena& arena, Text value);
Text quote_literal_any(Arena& arena, Any value);
/// The same, and the word NULL.
Text quote_nullable(Arena& arena, Nullable<Text> value);
Text quote_nullable_any(Arena& arena, Nullable<Any> value);

/// A row as PostgreSQL prints it: `(1,"a b",)`. Not callable in SQL.
Text row_text(Arena& arena, Variadic<Any> values);

int32_t num_nulls(Variadic<Any> values);
int32_t num_nonnulls(Variadic<Any> values);

}  // namespace sqlmill::rt::sql
