// Which overload of a function or operator is meant: PostgreSQL's rules (documentation, chapter "Type
// Conversion").
#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <set>

#include "compiler/bind/binder.h"
#include "compiler/plan/evaluate.h"

namespace sqlmill::bind {

namespace {

using Candidates = std::vector<const sql::Function*>;

/// PostgreSQL and RisingWave have these; SQLMill does not yet.
constexpr std::string_view kNotYet[] = {"first_value",
                                        "last_value",
                                        "nth_value",
                                        "approx_percentile",
                                        "mode",
                                        "arg_min",
                                        "arg_max",
                                        "grouping",
                                        "internal_last_seen_value",
                                        "row_number",
                                        "rank",
                                        "dense_rank",
                                        "percent_rank",
                                        "cume_dist",
                                        "ntile",
                                        "lag",
                                        "lead",
                                        "regexp_matches",
                                        "unnest",
                                        "jsonb_array_elements",
                                        "jsonb_each",
                                        "jsonb_object_keys",
                                        "jsonb_populate_record",
                                        "setseed"};

bool is_unknown(const ExprRef& e) {
  return e->type.id == sql::TypeId::kUnknown;
}

bool is_preferred(sql::TypeId id) {
  return id == sql::TypeId::kBoolean || id == sql::TypeId::kDouble || id == sql::TypeId::kText ||
         id == sql::TypeId::kTimestamptz || id == sql::TypeId::kInterval;
}

bool is_implicit(sql::Type from, sql::Type to) {
  if (from.id == to.id && from.element == to.element) return true;
  const sql::Cast* cast = sql::find_cast(from, to);
  return cast && cast->context == sql::CastContext::kImplicit;
}

/// What anyelement stands for in a call: the type that the elements of the arrays and the anyelement
/// arguments have in common. kUnknown if no argument tells, nothing if they cannot agree.
std::optional<sql::TypeId> common_element(const sql::Function& f, const std::vector<ExprRef>& arguments) {
  sql::TypeId common = sql::TypeId::kUnknown;
  for (size_t i = 0; i < arguments.size(); ++i) {
    const sql::Type type = arguments[i]->type;
    const sql::Type parameter = f.argument(i);
    const bool is_array = parameter.element == sql::kAnyElement;
    if (type.id == sql::TypeId::kUnknown || (!is_array && parameter.id != sql::kAnyElement)) continue;
    if (is_array && type.id != sql::TypeId::kArray) return std::nullopt;
    const sql::TypeId element = is_array ? type.element : type.id;
    if (common == sql::TypeId::kUnknown || is_implicit({common}, {element})) {
      common = element;
    } else if (!is_implicit({element}, {common})) {
      return std::nullopt;
    }
  }
  // An array of arrays is an array of more dimensions, which is none of its elements.
  if (common == sql::TypeId::kArray) return std::nullopt;
  return common;
}

/// The type that an argument is to have; `element` is what anyelement stands for.
sql::Type argument_type(const sql::Function& f, size_t i, sql::Type given, sql::TypeId element) {
  const sql::Type parameter = f.argument(i);
  if (parameter.id == sql::kAnyType)
    return given.id == sql::TypeId::kUnknown ? sql::Type{sql::TypeId::kText} : given;
  if (parameter.id == sql::kAnyElement) return {element};
  return parameter.element == sql::kAnyElement ? sql::array_of(element) : parameter;
}

/// What clients see the elements of polymorphic arguments as, if all are of one type of the catalogs.
int32_t common_tag(const sql::Function& f, const std::vector<ExprRef>& arguments) {
  std::optional<int32_t> common;
  for (size_t i = 0; i < arguments.size(); ++i) {
    const sql::Type parameter = f.argument(i);
    if (parameter.id != sql::kAnyElement && parameter.element != sql::kAnyElement) continue;
    const int32_t tag = std::min(arguments[i]->type.modifier, -1);
    if (common.value_or(tag) != tag) return -1;
    common = tag;
  }
  return common.value_or(-1);
}

sql::Type result_type(const sql::Function& f, sql::TypeId element, int32_t tag) {
  if (f.result == sql::kAnyElement) return {element, tag};
  if (f.result != sql::TypeId::kArray) return {f.result};
  return f.result_element == sql::kAnyElement ? sql::array_of(element, tag) : sql::array_of(f.result_element);
}

bool accepts(const sql::Function& f, const std::vector<ExprRef>& arguments) {
  if (!f.takes(arguments.size())) return false;
  const std::optional<sql::TypeId> element = common_element(f, arguments);
  if (!element || (*element == sql::TypeId::kUnknown && f.is_polymorphic())) return false;
  for (size_t i = 0; i < arguments.size(); ++i) {
    const sql::Type from = arguments[i]->type;
    if (!is_unknown(arguments[i]) && !is_implicit(from, argument_type(f, i, from, *element))) return false;
  }
  return true;
}

/// Keeps the candidates with the highest score.
template <class Score>
void keep_best(Candidates& candidates, Score score) {
  int best = 0;
  for (const sql::Function* f : candidates) best = std::max(best, score(*f));
  std::erase_if(candidates, [&](const sql::Function* f) { return score(*f) != best; });
}

void narrow_by_known(Candidates& candidates, const std::vector<ExprRef>& arguments) {
  const auto count = [&](const sql::Function& f, bool preferred_too) {
    int n = 0;
    for (size_t i = 0; i < arguments.size(); ++i) {
      if (is_unknown(arguments[i])) continue;
      const sql::TypeId from = arguments[i]->type.id;
      const sql::TypeId to = f.argument(i).id;
      if (from == to ||
          (preferred_too && is_preferred(to) && sql::type_category(to) == sql::type_category(from)))
        ++n;
    }
    return n;
  };
  keep_best(candidates, [&](const sql::Function& f) { return count(f, false); });
  if (candidates.size() > 1) keep_best(candidates, [&](const sql::Function& f) { return count(f, true); });
}

/// What is preferred at the place of an unknown argument.
struct UnknownPlace {
  size_t argument;
  char category;
  bool has_preferred;
};

/// The category that candidates take at place i: that of strings if one takes it, else that of all of them.
std::optional<UnknownPlace> unknown_place(const Candidates& candidates, size_t i) {
  std::set<char> categories;
  for (const sql::Function* f : candidates) categories.insert(sql::type_category(f->argument(i).id));
  if (!categories.contains('S') && categories.size() > 1) return std::nullopt;
  const char category = categories.contains('S') ? 'S' : *categories.begin();
  const bool has_preferred = std::any_of(candidates.begin(), candidates.end(), [&](const auto* f) {
    const sql::TypeId id = f->argument(i).id;
    return sql::type_category(id) == category && is_preferred(id);
  });
  return UnknownPlace{i, category, has_preferred};
}

/// All places are judged by the same candidates; if one has no category, or nothing fits all, none goes.
void narrow_by_unknown(Candidates& candidates, const std::vector<ExprRef>& arguments) {
  std::vector<UnknownPlace> places;
  for (size_t i = 0; i < arguments.size(); ++i) {
    if (!is_unknown(arguments[i])) continue;
    const std::optional<UnknownPlace> place = unknown_place(candidates, i);
    if (!place) return;
    places.push_back(*place);
  }
  Candidates kept;
  for (const sql::Function* f : candidates) {
    const bool fits = std::all_of(places.begin(), places.end(), [&](const UnknownPlace& place) {
      const sql::TypeId id = f->argument(place.argument).id;
      return sql::type_category(id) == place.category && (!place.has_preferred || is_preferred(id));
    });
    if (fits) kept.push_back(f);
  }
  if (!kept.empty()) candidates = std::move(kept);
}

/// The last rule: if all known arguments have one type, the unknown ones have it too.
void narrow_by_same_type(Candidates& candidates, const std::vector<ExprRef>& arguments) {
  std::set<sql::TypeId> known;
  for (const ExprRef& a : arguments) {
    if (!is_unknown(a)) known.insert(a->type.id);
  }
  if (known.size() != 1) return;
  Candidates same;
  for (const sql::Function* f : candidates) {
    const bool all = std::all_of(f->arguments.begin(), f->arguments.end(),
                                 [&](sql::TypeId t) { return t == *known.begin(); });
    if (all) same.push_back(f);
  }
  if (same.size() == 1) candidates = same;
}

/// Some value of a type of time.
sql::Datum zero_of(sql::TypeId type) {
  rt::base::Arena arena(256);
  sql::Context evaluation(arena);
  const std::string_view text = type == sql::TypeId::kTime       ? "00:00"
                                : type == sql::TypeId::kInterval ? "1 day"
                                                                 : "2000-01-01";
  return sql::from_text(evaluation, type, text);
}

std::string signature(std::string_view name, const std::vector<ExprRef>& arguments, bool is_operator) {
  std::vector<std::string> types;
  for (const ExprRef& a : arguments)
    types.push_back(sql::type_name(sql::Type{a->type.id, -1, a->type.element}));
  if (is_operator && types.size() == 2) return fmt::format("{} {} {}", types[0], name, types[1]);
  if (is_operator) return fmt::format("{} {}", name, types[0]);
  return fmt::format("{}({})", name, fmt::join(types, ", "));
}

}  // namespace

const sql::Function* Binder::resolve(std::string_view name, const std::vector<ExprRef>& arguments, Span span,
                                     bool is_operator) {
  Candidates named;
  // Operators and modifiers of types stand in the same list; a quoted name must not reach them.
  const auto is_callable = [](const sql::Function& f) {
    return !f.name.empty() && std::isalpha(static_cast<unsigned char>(f.name[0])) &&
           f.name.find_first_of("([") == std::string_view::npos;
  };
  const auto add = [&](const sql::Function& f) {
    if (f.name == name && (is_operator || is_callable(f))) named.push_back(&f);
  };
  for (const sql::Function& f : sql::functions()) add(f);
  if (is_ad_hoc()) {
    for (const sql::Function& f : catalog().session_functions()) add(f);
    // There is one type for JSON here.
    if (named.empty() && name.starts_with("json_"))
      return resolve(fmt::format("jsonb_{}", name.substr(5)), arguments, span, is_operator);
    if (name == "to_json" || name == "row_to_json" || name == "array_to_json")
      return resolve("to_jsonb", arguments, span, is_operator);
  }
  if (named.empty() && std::find(std::begin(kNotYet), std::end(kNotYet), name) != std::end(kNotYet)) {
    not_supported(fmt::format("the {} {}", is_operator ? "operator" : "function", name),
                  is_operator ? "use LIKE" : "docs/sql.md lists the functions that there are", span);
    return nullptr;
  }
  if (named.empty()) {
    std::vector<std::string> names;
    const auto add_name = [&](const sql::Function& f) {
      if (is_callable(f)) names.emplace_back(f.name);
    };
    for (const sql::Function& f : sql::functions()) add_name(f);
    if (is_ad_hoc()) {
      for (const sql::Function& f : catalog().session_functions()) add_name(f);
    }
    sink_.report(diag::Code::kUnknownFunction, span,
                 fmt::format("{} \"{}\" does not exist", is_operator ? "operator" : "function", name),
                 is_operator ? "" : diag::did_you_mean(name, names));
    return nullptr;
  }
  return choose(std::move(named), name, arguments, span, is_operator);
}

const sql::Function* Binder::choose(std::vector<const sql::Function*> named, std::string_view name,
                                    const std::vector<ExprRef>& arguments, Span span, bool is_operator) {
  // An unknown operand of a binary operator is first taken to have the type of the other.
  if (is_operator && arguments.size() == 2 && is_unknown(arguments[0]) != is_unknown(arguments[1])) {
    const sql::TypeId known = arguments[is_unknown(arguments[0]) ? 1 : 0]->type.id;
    for (const sql::Function* f : named) {
      if (f->arguments == std::vector<sql::TypeId>{known, known}) return f;
    }
  }
  Candidates candidates = named;
  std::erase_if(candidates, [&](const sql::Function* f) { return !accepts(*f, arguments); });
  if (candidates.size() > 1) narrow_by_known(candidates, arguments);
  if (candidates.size() > 1) narrow_by_unknown(candidates, arguments);
  if (candidates.size() > 1) narrow_by_same_type(candidates, arguments);
  if (candidates.size() == 1) return candidates.front();

  const std::string what = signature(name, arguments, is_operator);
  if (candidates.empty()) {
    std::vector<std::string> known;
    for (const sql::Function* f : named) {
      std::vector<std::string> types;
      for (size_t i = 0; i < f->arguments.size(); ++i) types.push_back(sql::type_name(f->argument(i)));
      if (f->variadic) types.back() += ", …";
      if (known.size() < 4) known.push_back(fmt::format("{}({})", name, fmt::join(types, ", ")));
    }
    sink_.report(diag::Code::kUnknownFunction, span,
                 fmt::format("{} does not exist: {}", is_operator ? "operator" : "function", what),
                 is_operator ? "cast one of the operands: expression::type"
                             : fmt::format("there is {}", fmt::join(known, ", ")));
  } else {
    sink_.report(diag::Code::kAmbiguousFunction, span,
                 fmt::format("{} is not unique: {}", is_operator ? "operator" : "function", what),
                 "cast an argument to the type that you mean: expression::type");
  }
  return nullptr;
}

ExprRef Binder::make_call(std::string_view name, std::vector<ExprRef> arguments, Span span,
                          bool is_operator) {
  if (!bind_path_argument(name, arguments, span)) return nullptr;
  const sql::Function* function = resolve(name, arguments, span, is_operator);
  if (!function) return nullptr;
  constexpr std::string_view kComparisons[] = {"=", "<>", "<", "<=", ">", ">="};
  const bool compares =
      std::find(std::begin(kComparisons), std::end(kComparisons), name) != std::end(kComparisons);
  const sql::TypeId element = common_element(*function, arguments).value_or(sql::TypeId::kUnknown);
  const int32_t tag = common_tag(*function, arguments);
  for (size_t i = 0; i < arguments.size(); ++i) {
    const sql::Type type = argument_type(*function, i, arguments[i]->type, element);
    arguments[i] =
        compares ? coerce_compared(arguments[i], type)
                 : coerce(arguments[i], type, sql::CastContext::kImplicit, arguments[i]->span, "an argument");
    if (!arguments[i]) return nullptr;
  }
  if (!check_unit(*function, arguments)) return nullptr;
  return plan::call(function, std::move(arguments), result_type(*function, element, tag), span);
}

/// A unit of time or a zone that does not exist fails on every row. Where it is a constant, it is an error of
/// the file.
bool Binder::check_unit(const sql::Function& function, const std::vector<ExprRef>& arguments) {
  constexpr std::string_view kTakeUnit[] = {"extract", "date_part", "date_trunc", "timezone"};
  if (std::find(std::begin(kTakeUnit), std::end(kTakeUnit), function.name) == std::end(kTakeUnit))
    return true;
  std::vector<ExprRef> probe = arguments;
  for (size_t i = 0; i < probe.size(); ++i) {
    probe[i] = plan::fold_constants(probe[i]);
    if (plan::as_constant(probe[i])) continue;
    if (i != 1) return true;
    probe[1] = plan::constant(zero_of(probe[1]->type.id), probe[1]->type, probe[1]->span);
  }
  rt::base::Arena arena(256);
  sql::Context evaluation(arena);
  plan::evaluate(evaluation, plan::call(&function, std::move(probe), {function.result}, arguments[0]->span),
                 {});
  if (!evaluation.failed() || plan::as_constant(arguments[1])) return true;
  sink_.report(diag::Code::kInvalidValue, arguments[0]->span, evaluation.error().message, "",
               sql::sqlstate(evaluation.error().code));
  return false;
}

ExprRef Binder::compare(std::string_view op, ExprRef left, ExprRef right, Span span) {
  return make_call(op, {std::move(left), std::move(right)}, span, true);
}

}  // namespace sqlmill::bind
