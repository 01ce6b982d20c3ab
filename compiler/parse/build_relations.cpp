// CREATE SOURCE, CREATE TABLE and the clauses that they share with sinks: options, FORMAT … ENCODE.
#include <fmt/format.h>

#include "compiler/parse/builder.h"

namespace sqlmill::parse {

using source::Span;
using Clauses = std::vector<ast::UnsupportedClause>;

ast::CreateRelation Builder::create_relation(P::CreateRelationContext* tree) {
  ast::CreateRelation relation;
  relation.kind = tree->SOURCE() != nullptr ? ast::RelationKind::kSource : ast::RelationKind::kTable;
  relation.name = relation_name(tree->qualifiedName());
  relation.if_not_exists = tree->ifNotExists() != nullptr;
  if (P::TableElementsContext* elements = tree->tableElements()) {
    for (P::TableElementContext* element : elements->tableElement()) table_element(element, relation);
  }
  for (P::RelationClauseContext* clause : tree->relationClause()) relation_clause(clause, relation);
  return relation;
}

void Builder::table_element(P::TableElementContext* tree, ast::CreateRelation& relation) {
  if (P::ColumnDefContext* column = tree->columnDef()) {
    relation.columns.push_back(column_def(column));
  } else if (P::TableConstraintContext* constraint = tree->tableConstraint()) {
    table_constraint(constraint, relation);
  } else if (tree->watermark() != nullptr) {
    relation.unsupported.push_back(
        unsupported(tree, "watermarks (WATERMARK FOR)", "leave it out: late events update the views"));
  } else {
    relation.unsupported.push_back(
        unsupported(tree, "* in the list of columns", "list the columns with their types"));
  }
}

void Builder::table_constraint(P::TableConstraintContext* tree, ast::CreateRelation& relation) {
  if (tree->PRIMARY() != nullptr) {
    if (!relation.primary_key.empty()) fail(span(tree), "more than one PRIMARY KEY");
    relation.primary_key = identifiers(tree->columnList());
    return;
  }
  const char* feature = tree->UNIQUE() != nullptr  ? "UNIQUE"
                        : tree->CHECK() != nullptr ? "CHECK"
                                                   : "FOREIGN KEY";
  relation.unsupported.push_back(
      unsupported(tree, feature, "leave it out; PRIMARY KEY is the only constraint on the rows"));
}

ast::ColumnDef Builder::column_def(P::ColumnDefContext* tree) {
  ast::ColumnDef column;
  column.name = identifier(tree->identifier());
  column.span = span(tree);
  bool generated = false;
  for (P::ColumnConstraintContext* constraint : tree->columnConstraint()) {
    generated = generated || constraint->AS() != nullptr;
    column_constraint(constraint, column);
  }
  if (tree->typeName() != nullptr) {
    column.type = type_name(tree->typeName());
  } else if (!generated) {
    fail(column.name.span, fmt::format("column \"{}\" has no type", column.name.name),
         "write a type after the name: varchar, bigint, timestamptz, …");
  }
  return column;
}

void Builder::column_constraint(P::ColumnConstraintContext* tree, ast::ColumnDef& column) {
  const auto not_supported = [&](const char* feature, const char* hint) {
    column.unsupported.push_back(unsupported(tree, feature, hint));
  };
  // CONSTRAINT name only names what follows; NULL is what a column is anyway.
  if (tree->CONSTRAINT() != nullptr) return;
  if (tree->AS() != nullptr) {
    not_supported("generated columns", "compute the value in the view");
  } else if (tree->NOT() != nullptr) {
    column.not_null = true;
  } else if (tree->PRIMARY() != nullptr) {
    column.primary_key = true;
  } else if (tree->DEFAULT() != nullptr) {
    column.default_value = value(tree->value());
  } else if (tree->UNIQUE() != nullptr) {
    not_supported("UNIQUE", "leave it out; PRIMARY KEY is the only constraint on the rows");
  } else if (tree->CHECK() != nullptr) {
    not_supported("CHECK", "filter the rows in the view: WHERE …");
  } else if (tree->references() != nullptr) {
    not_supported("REFERENCES", "leave it out; PRIMARY KEY is the only constraint on the rows");
  }
}

void Builder::relation_clause(P::RelationClauseContext* tree, ast::CreateRelation& relation) {
  if (tree->APPEND() != nullptr) {
    relation.append_only = true;
  } else if (tree->includeClause() != nullptr) {
    relation.includes.push_back(include(tree->includeClause()));
  } else if (tree->withOptions() != nullptr) {
    set_options(tree->withOptions(), relation.options, relation.unsupported);
  } else if (tree->formatClause() != nullptr) {
    set_format(tree->formatClause(), relation.format, relation.unsupported);
  } else if (tree->CONFLICT() != nullptr) {
    relation.unsupported.push_back(
        unsupported(tree, "ON CONFLICT", "leave it out: a row replaces the one with the same primary key"));
  } else if (tree->VERSION() != nullptr) {
    relation.unsupported.push_back(unsupported(tree, "WITH VERSION COLUMN"));
  } else if (tree->ENGINE() != nullptr) {
    relation.unsupported.push_back(unsupported(tree, "ENGINE", "leave it out"));
  } else if (tree->query() != nullptr) {
    relation.unsupported.push_back(
        unsupported(tree, "CREATE TABLE … AS", "write CREATE MATERIALIZED VIEW … AS SELECT …"));
  } else {
    relation.unsupported.push_back(
        unsupported(tree, "tables of a change data capture source (FROM … TABLE)"));
  }
}

ast::Include Builder::include(P::IncludeClauseContext* tree) {
  ast::Include result;
  result.what = identifier(tree->includeWhat());
  result.span = span(tree);
  if (tree->string() != nullptr) result.header_name = string(tree->string());
  if (tree->typeName() != nullptr) result.type = type_name(tree->typeName());
  if (tree->identifier() != nullptr) result.alias = identifier(tree->identifier());
  return result;
}

void Builder::set_options(P::WithOptionsContext* tree, std::vector<ast::Option>& to,
                          Clauses& unsupported_clauses) {
  if (!to.empty()) fail(span(tree->WITH()), "more than one WITH (…)", "put all options into one list");
  to = options(tree->optionList(), unsupported_clauses);
}

void Builder::set_format(P::FormatClauseContext* tree, std::optional<ast::Format>& to,
                         Clauses& unsupported_clauses) {
  if (to.has_value()) fail(span(tree), "more than one FORMAT");
  to = format(tree, unsupported_clauses);
}

std::vector<ast::Option> Builder::options(P::OptionListContext* tree, Clauses& unsupported_clauses) {
  std::vector<ast::Option> result;
  for (P::OptionContext* inner : tree->option()) result.push_back(option(inner, unsupported_clauses));
  return result;
}

ast::Option Builder::option(P::OptionContext* tree, Clauses& unsupported_clauses) {
  ast::Option result;
  result.key.span = span(tree->optionKey());
  for (P::WordContext* word : tree->optionKey()->word()) {
    result.key.name += (result.key.name.empty() ? "" : ".") + name_value(text(word));
  }
  P::OptionValueContext* value_tree = tree->optionValue();
  result.value_span = span(value_tree);
  if (value_tree->SECRET() != nullptr) {
    unsupported_clauses.push_back(
        unsupported(value_tree, "SECRET", "write '${NAME}': it is read from the environment at start"));
  } else if (value_tree->string() != nullptr) {
    result.value = string(value_tree->string());
  } else {
    result.value = text(value_tree);
  }
  return result;
}

ast::Format Builder::format(P::FormatClauseContext* tree, Clauses& unsupported_clauses) {
  ast::Format result;
  const std::vector<P::IdentifierContext*> names = tree->identifier();
  result.format = identifier(names[0]);
  result.encode = identifier(names[1]);
  result.span = span(tree);
  const std::vector<P::OptionListContext*> lists = tree->optionList();
  // The first list is that of the value's encoding if it stands before KEY.
  const bool has_list =
      !lists.empty() && (tree->KEY() == nullptr || span(lists[0]).begin < span(tree->KEY()).begin);
  if (has_list) result.options = options(lists[0], unsupported_clauses);
  if (tree->KEY() != nullptr) {
    ast::UnsupportedClause clause{"KEY ENCODE", "leave it out", span(tree)};
    clause.span.begin = span(tree->KEY()).begin;
    unsupported_clauses.push_back(std::move(clause));
  }
  return result;
}

ast::UnsupportedClause Builder::emit_clause(P::EmitClauseContext* tree) const {
  return unsupported(tree, "EMIT ON WINDOW CLOSE", "leave it out: the view changes with each event");
}

}  // namespace sqlmill::parse
