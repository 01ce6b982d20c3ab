// Types, literals of types, names.
#include <fmt/format.h>

#include <charconv>

#include "compiler/parse/builder.h"

namespace sqlmill::parse {

using source::Span;

std::string folded_words(std::string_view text) {
  std::string words;
  for (const char c : text) {
    const bool space = c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v';
    if (!space) {
      words += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    } else if (!words.empty() && words.back() != ' ') {
      words += ' ';
    }
  }
  return words;
}

ast::Identifier Builder::identifier(const Tree* tree) const {
  return {name_value(text(tree)), span(tree)};
}

std::vector<ast::Identifier> Builder::identifiers(P::ColumnListContext* tree) const {
  std::vector<ast::Identifier> names;
  if (tree == nullptr) return names;
  for (P::IdentifierContext* name : tree->identifier()) names.push_back(identifier(name));
  return names;
}

ast::Identifier Builder::relation_name(P::QualifiedNameContext* tree) {
  const std::vector<P::IdentifierContext*> parts = tree->identifier();
  if (parts.size() > 2 || (parts.size() == 2 && identifier(parts[0]).name != "public")) {
    const ast::Identifier schema = identifier(parts[parts.size() - 2]);
    sink_.report(diag::Code::kNotSupported, span(tree),
                 fmt::format("schema \"{}\" is not supported", schema.name),
                 "all relations are in schema public: leave the schema out");
  }
  return identifier(parts.back());
}

ast::RelationName Builder::relation(P::QualifiedNameContext* tree) {
  const std::vector<P::IdentifierContext*> parts = tree->identifier();
  if (parts.size() > 3) fail(span(tree), "a name of more than three parts", "write schema.relation");
  ast::RelationName name{std::nullopt, identifier(parts.back()), span(tree)};
  // The part before the schema is the database, of which there is one.
  if (parts.size() > 1) name.schema = identifier(parts[parts.size() - 2]);
  return name;
}

ast::TypeName Builder::type_name(P::TypeNameContext* tree) {
  ast::TypeName type = scalar_type(tree->scalarType());
  type.span = span(tree);
  for (size_t arrays = tree->arraySuffix().size(); arrays != 0; --arrays) type.name += "[]";
  return type;
}

ast::TypeName Builder::scalar_type(P::ScalarTypeContext* tree) {
  ast::TypeName type;
  type.span = span(tree);
  if (tree->STRUCT() != nullptr) {
    type.name = folded_words(text(tree));
    return type;
  }
  const std::vector<P::TypeWordContext*> words = tree->typeWord();
  if (!words.empty()) {
    // pg_catalog.int4, or a schema of the user's, which has no types.
    const std::string first = identifier(words[0]).name;
    const bool plain = words.size() == 1 || first == "pg_catalog" || first == "public";
    type.name = plain ? identifier(words.back()).name : first + "." + identifier(words.back()).name;
    // "char" is a type of the catalogs, another one than char.
    if (type.name == "char" && !text(words.back()).starts_with('"')) type.name = "character";
    if (tree->VARYING() != nullptr) type.name += " varying";
  } else {
    for (antlr4::tree::ParseTree* child : tree->children) {
      if (auto* word = dynamic_cast<Terminal*>(child))
        type.name += (type.name.empty() ? "" : " ") + folded_words(text(word));
    }
  }
  if (P::TypeModifiersContext* modifiers = tree->typeModifiers()) type_modifiers(modifiers, type);
  if (P::TimeZoneContext* zone = tree->timeZone())
    type.name += zone->WITH() != nullptr ? " with time zone" : " without time zone";
  if (P::IntervalFieldsContext* fields = tree->intervalFields())
    type.name += " " + folded_words(text(fields));
  return type;
}

void Builder::type_modifiers(P::TypeModifiersContext* tree, ast::TypeName& type) {
  for (P::TypeModifierContext* modifier : tree->typeModifier()) {
    if (modifier->typeName() != nullptr) {
      // map(varchar, int): a type of types, which the name carries.
      type.name += folded_words(text(tree));
      type.modifiers.clear();
      return;
    }
    const std::string_view digits = text(modifier->NUMBER());
    int64_t number = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    if (error != std::errc() || end != digits.data() + digits.size()) {
      fail(span(modifier), fmt::format("\"{}\" is not a type modifier", text(modifier)),
           "type modifiers are whole numbers");
    }
    type.modifiers.push_back(modifier->MINUS() != nullptr ? -number : number);
  }
}

ast::ExprPtr Builder::time_literal(P::TimeLiteralContext* tree) {
  if (tree->string() == nullptr) {
    // Alone, the word is a column.
    return make(span(tree), ast::ColumnName{{identifier(tree)}});
  }
  if (tree->INTERVAL() != nullptr) return interval_literal(tree);
  ast::TypeName type;
  type.span = {span(tree).begin, span(tree->string()).begin};
  type.name = tree->DOUBLE() != nullptr ? "double precision" : tree->TIME() != nullptr ? "time" : "timestamp";
  Span end = span_of(*tree->getStart());
  if (P::TypeModifiersContext* modifiers = tree->typeModifiers()) {
    type_modifiers(modifiers, type);
    end = span(modifiers);
  }
  if (P::TimeZoneContext* zone = tree->timeZone()) {
    type.name += zone->WITH() != nullptr ? " with time zone" : " without time zone";
    end = span(zone);
  }
  if (tree->PRECISION() != nullptr) end = span(tree->PRECISION());
  type.span.end = end.end;
  return make(span(tree), ast::TypedLiteral{std::move(type), string(tree->string())});
}

/// With fields behind the string (`INTERVAL '1' DAY`) they are part of the type's name.
ast::ExprPtr Builder::interval_literal(P::TimeLiteralContext* tree) {
  ast::TypeName type{"interval", {}, span(tree->INTERVAL())};
  if (P::IntervalFieldsContext* fields = tree->intervalFields()) {
    type.name += " " + folded_words(text(fields));
    if (type.name.find('(') != std::string::npos)
      return unsupported_expr(span(tree), "a precision of the seconds of an interval", "leave it out");
  }
  return make(span(tree), ast::TypedLiteral{std::move(type), string(tree->string())});
}

}  // namespace sqlmill::parse
