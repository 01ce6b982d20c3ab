#include "runtime/sql/functions/jsonb_path.h"

#include "runtime/sql/array.h"
#include "runtime/sql/jsonb_writer.h"
#include "runtime/sql/jsonpath.h"
#include "runtime/sql/text_result.h"

namespace sqlmill::rt::sql {

namespace {

const Jsonb kNoVariables{Text(std::string_view("{}"))};

/// Nothing after a failure.
std::optional<PathResult> run(Context& context, const Jsonb& value, const Text& path, const Jsonb* variables,
                              bool silent, bool exists_only = false) {
  const JsonPath* compiled = context.compiled_patterns().jsonpath(context, path.view());
  if (compiled == nullptr) return std::nullopt;
  if (variables != nullptr && json_kind(variables->text.view()) != JsonKind::kObject) {
    context.fail(ErrorCode::kInvalidParameterValue, "\"vars\" argument is not an object");
    return std::nullopt;
  }
  PathResult result = evaluate_jsonpath(context, *compiled, value, {variables, silent, exists_only});
  if (context.failed()) return std::nullopt;
  return result;
}

Nullable<bool> exists(Context& context, const Jsonb& value, const Text& path, const Jsonb* variables,
                      bool silent) {
  const std::optional<PathResult> result = run(context, value, path, variables, silent, true);
  if (!result || result->status == PathResult::Status::kError) return {};
  return result->status == PathResult::Status::kFound;
}

Nullable<bool> match(Context& context, const Jsonb& value, const Text& path, const Jsonb* variables,
                     bool silent) {
  const std::optional<PathResult> result = run(context, value, path, variables, silent);
  if (!result) return {};
  if (result->items.size() == 1) {
    const JsonKind kind = json_kind(result->items[0]);
    if (kind == JsonKind::kBoolean) return result->items[0] == "true";
    if (kind == JsonKind::kNull) return {};
  }
  if (!silent) context.fail(ErrorCode::kSingletonSqlJsonItemRequired, "single boolean result is expected");
  return {};
}

Jsonb query_array(Context& context, const Jsonb& value, const Text& path, const Jsonb* variables,
                  bool silent) {
  const std::optional<PathResult> result = run(context, value, path, variables, silent);
  if (!result) return {};
  std::string out;
  JsonArrayWriter writer(out);
  for (const std::string_view item : result->items) writer.next() += item;
  writer.finish();
  return jsonb_result(context.arena(), out);
}

Nullable<Jsonb> query_first(Context& context, const Jsonb& value, const Text& path, const Jsonb* variables,
                            bool silent) {
  const std::optional<PathResult> result = run(context, value, path, variables, silent);
  if (!result || result->items.empty()) return {};
  return jsonb_result(context.arena(), result->items[0]);
}

}  // namespace

Text jsonpath_from_text(Context& context, Text text) {
  const JsonPath* path = context.compiled_patterns().jsonpath(context, text.view());
  return path != nullptr ? text_result(context.arena(), print_jsonpath(*path)) : Text();
}

Nullable<bool> jsonb_path_exists(Context& context, Jsonb value, Text path) {
  return exists(context, value, path, &kNoVariables, false);
}
Nullable<bool> jsonb_path_exists_with(Context& context, Jsonb value, Text path, Jsonb variables) {
  return exists(context, value, path, &variables, false);
}
Nullable<bool> jsonb_path_exists_silent(Context& context, Jsonb value, Text path, Jsonb variables,
                                        bool silent) {
  return exists(context, value, path, &variables, silent);
}
Nullable<bool> jsonb_path_exists_operator(Context& context, Jsonb value, Text path) {
  return exists(context, value, path, nullptr, true);
}

Nullable<bool> jsonb_path_match(Context& context, Jsonb value, Text path) {
  return match(context, value, path, &kNoVariables, false);
}
Nullable<bool> jsonb_path_match_with(Context& context, Jsonb value, Text path, Jsonb variables) {
  return match(context, value, path, &variables, false);
}
Nullable<bool> jsonb_path_match_silent(Context& context, Jsonb value, Text path, Jsonb variables,
                                       bool silent) {
  return match(context, value, path, &variables, silent);
}
Nullable<bool> jsonb_path_match_operator(Context& context, Jsonb value, Text path) {
  return match(context, value, path, nullptr, true);
}

Jsonb jsonb_path_query_array(Context& context, Jsonb value, Text path) {
  return query_array(context, value, path, &kNoVariables, false);
}
Jsonb jsonb_path_query_array_with(Context& context, Jsonb value, Text path, Jsonb variables) {
  return query_array(context, value, path, &variables, false);
}
Jsonb jsonb_path_query_array_silent(Context& context, Jsonb value, Text path, Jsonb variables, bool silent) {
  return query_array(context, value, path, &variables, silent);
}

Nullable<Jsonb> jsonb_path_query_first(Context& context, Jsonb value, Text path) {
  return query_first(context, value, path, &kNoVariables, false);
}
Nullable<Jsonb> jsonb_path_query_first_with(Context& context, Jsonb value, Text path, Jsonb variables) {
  return query_first(context, value, path, &variables, false);
}
Nullable<Jsonb> jsonb_path_query_first_silent(Context& context, Jsonb value, Text path, Jsonb variables,
                                              bool silent) {
  return query_first(context, value, path, &variables, silent);
}

ArrayOf<Jsonb> jsonb_path_all(Context& context, Jsonb value, Text path, Jsonb variables, bool silent) {
  const std::optional<PathResult> result = run(context, value, path, &variables, silent);
  ArrayBuilder builder(TypeId::kJsonb);
  if (result) {
    for (const std::string_view item : result->items) builder.add(Datum(Jsonb{Text(item)}));
  }
  return {builder.finish(context)};
}

}  // namespace sqlmill::rt::sql
