// Paths of SQL/JSON over jsonb (jsonpath.h): jsonb_path_… and the operators @? and @@. `variables` is an
// object; with `silent`, what a value lacks is no error, but NULL or what was found before it.
#pragma once

#include "runtime/sql/jsonb.h"
#include "runtime/sql/polymorphic.h"

namespace sqlmill::rt::sql {

/// Reads a path, for the text that PostgreSQL prints for it. Not callable in SQL.
Text jsonpath_from_text(Context& context, Text text);

/// Whether the path finds something.
Nullable<bool> jsonb_path_exists(Context& context, Jsonb value, Text path);
Nullable<bool> jsonb_path_exists_with(Context& context, Jsonb value, Text path, Jsonb variables);
Nullable<bool> jsonb_path_exists_silent(Context& context, Jsonb value, Text path, Jsonb variables,
                                        bool silent);
Nullable<bool> jsonb_path_exists_operator(Context& context, Jsonb value, Text path);

/// The one boolean that the path finds.
Nullable<bool> jsonb_path_match(Context& context, Jsonb value, Text path);
Nullable<bool> jsonb_path_match_with(Context& context, Jsonb value, Text path, Jsonb variables);
Nullable<bool> jsonb_path_match_silent(Context& context, Jsonb value, Text path, Jsonb variables,
                                       bool silent);
Nullable<bool> jsonb_path_match_operator(Context& context, Jsonb value, Text path);

/// All that it finds, as an array in JSON.
Jsonb jsonb_path_query_array(Context& context, Jsonb value, Text path);
Jsonb jsonb_path_query_array_with(Context& context, Jsonb value, Text path, Jsonb variables);
Jsonb jsonb_path_query_array_silent(Context& context, Jsonb value, Text path, Jsonb variables, bool silent);

/// The first thing that it finds.
Nullable<Jsonb> jsonb_path_query_first(Context& context, Jsonb value, Text path);
Nullable<Jsonb> jsonb_path_query_first_with(Context& context, Jsonb value, Text path, Jsonb variables);
Nullable<Jsonb> jsonb_path_query_first_silent(Context& context, Jsonb value, Text path, Jsonb variables,
                                              bool silent);

/// What jsonb_path_query gives rows of.
ArrayOf<Jsonb> jsonb_path_all(Context& context, Jsonb value, Text path, Jsonb variables, bool silent);

}  // namespace sqlmill::rt::sql
