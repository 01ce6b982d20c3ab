// Statements, and the places and reports that all of the builder uses.
#include <fmt/format.h>

#include "compiler/parse/builder.h"

namespace sqlmill::parse {

using source::Span;

namespace {

std::string upper(std::string_view text) {
  std::string result(text);
  for (char& c : result) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return result;
}

constexpr const char* kNoReplaceHint =
    "leave it out: the file is the whole pipeline, a changed file is compiled again";

}  // namespace

Span Builder::span(const Tree* tree) const {
  const antlr4::Token* first = tree->start;
  const antlr4::Token* last = tree->stop;
  const Span begin = span_of(*first);
  // A rule that matched nothing stops before it starts.
  if (last == nullptr || last->getStopIndex() < first->getStartIndex()) return {begin.begin, begin.begin};
  return {begin.begin, span_of(*last).end};
}

void Builder::report_too_deep(Span place) {
  sink_.report(diag::Code::kTooDeep, place,
               fmt::format("the expression is more than {} levels deep", kDeepestTree),
               "split it, or group a long chain of operators with parentheses");
  throw Abandoned{};
}

void Builder::fail(Span place, std::string message, std::string hint) {
  sink_.report(diag::Code::kSyntaxError, place, std::move(message), std::move(hint));
  throw Abandoned{};
}

ast::UnsupportedClause Builder::unsupported(const Tree* tree, std::string feature, std::string hint) const {
  return {std::move(feature), std::move(hint), span(tree)};
}

std::optional<ast::Statement> Builder::statement(P::StatementContext* tree) {
  depth_ = 0;
  try {
    return ast::Statement{span(tree->statementBody()), statement_body(tree->statementBody())};
  } catch (const Abandoned&) {
    return std::nullopt;
  }
}

decltype(ast::Statement::node) Builder::statement_body(P::StatementBodyContext* tree) {
  if (P::CreateStatementContext* inner = tree->createStatement()) return create(inner);
  if (P::QueryStatementContext* inner = tree->queryStatement()) return query_statement(inner);
  if (P::ExplainStatementContext* inner = tree->explainStatement()) return explain(inner);
  return other_statement(tree->otherStatement());
}

decltype(ast::Statement::node) Builder::query_statement(P::QueryStatementContext* tree) {
  P::WithClauseContext* with = tree->withClause();
  if (tree->queryWithoutWith() != nullptr) return ast::SelectStatement{query(with, tree->queryWithoutWith())};
  const auto with_tables = [&](auto statement) -> decltype(ast::Statement::node) {
    if (with == nullptr) return statement;
    with_clause(with, statement);
    statement.only_ad_hoc.insert(statement.only_ad_hoc.begin(),
                                 unsupported(with, "WITH before INSERT, UPDATE or DELETE",
                                             "write a view with the query, and read that"));
    return statement;
  };
  if (P::InsertStatementContext* inner = tree->insertStatement()) return with_tables(insert(inner));
  if (P::UpdateStatementContext* inner = tree->updateStatement()) return with_tables(update(inner));
  return with_tables(delete_from(tree->deleteStatement()));
}

ast::Explain Builder::explain(P::ExplainStatementContext* tree) {
  ast::Explain result;
  if (tree->ANALYZE() != nullptr) result.options.push_back({"analyze", "", span(tree->ANALYZE())});
  if (tree->IDENT() != nullptr) {
    if (folded_words(text(tree->IDENT())) != "verbose")
      fail(span(tree->IDENT()), fmt::format("syntax error at \"{}\"", text(tree->IDENT())));
    result.options.push_back({"verbose", "", span(tree->IDENT())});
  }
  for (P::ExplainOptionContext* option : tree->explainOption()) {
    P::ExplainValueContext* given = option->explainValue();
    std::string setting;
    if (given != nullptr)
      setting = given->string() != nullptr ? string(given->string()) : folded_words(text(given));
    result.options.push_back({folded_words(text(option->word())), std::move(setting), span(option)});
  }
  P::QueryStatementContext* inner = tree->queryStatement();
  result.statement = std::make_unique<ast::Statement>(ast::Statement{span(inner), query_statement(inner)});
  return result;
}

decltype(ast::Statement::node) Builder::create(P::CreateStatementContext* tree) {
  std::vector<ast::UnsupportedClause> clauses;
  const auto clause = [&](Terminal* word, const char* feature, const char* hint) {
    if (word != nullptr) clauses.push_back({feature, hint, span(word)});
  };
  clause(tree->REPLACE(), "OR REPLACE", kNoReplaceHint);
  clause(tree->TEMP(), "TEMP", "leave it out");
  clause(tree->TEMPORARY(), "TEMPORARY", "leave it out");
  clause(tree->UNLOGGED(), "UNLOGGED", "leave it out");
  const auto with_clauses = [&](auto node) -> decltype(ast::Statement::node) {
    for (ast::UnsupportedClause& other : clauses) node.unsupported.push_back(std::move(other));
    return node;
  };
  if (P::CreateRelationContext* inner = tree->createRelation()) return with_clauses(create_relation(inner));
  if (P::CreateViewContext* inner = tree->createView()) return with_clauses(create_view(inner));
  if (P::CreateSinkContext* inner = tree->createSink()) return with_clauses(create_sink(inner));
  if (P::CreateIndexContext* inner = tree->createIndex()) return with_clauses(create_index(inner));
  return create_other(tree->createOther());
}

ast::UnsupportedStatement Builder::create_other(P::CreateOtherContext* tree) {
  antlr4::Token* word = tree->getStart();
  switch (word->getType()) {
    case P::FUNCTION:
      return {"CREATE FUNCTION", "use the functions of docs/sql.md, or write the expression out"};
    case P::CONNECTION:
      return {"CREATE CONNECTION", "write its options into the WITH (…) of each source and sink"};
    case P::SECRET:
      return {"CREATE SECRET",
              "write '${NAME}' as the option's value: it is read from the environment at start"};
    case P::SCHEMA:
      return {"CREATE SCHEMA", "all relations are in schema public"};
    case P::DATABASE:
      return {"CREATE DATABASE", "a file is a pipeline is a database"};
    case P::TYPE:
      return {"CREATE TYPE", "use the built-in types"};
    case P::SUBSCRIPTION:
      return {"CREATE SUBSCRIPTION", "write a sink"};
    default:
      break;
  }
  const std::string what = upper(source_.text(span_of(*word)));
  if (word->getType() != P::IDENT) return {"CREATE " + what, ""};
  // An unknown word: more likely misspelt than a statement of some other database.
  static const std::vector<std::string> kObjects = {"SOURCE",       "TABLE", "VIEW",
                                                    "MATERIALIZED", "SINK",  "INDEX"};
  std::string hint = diag::did_you_mean(what, kObjects);
  if (hint.empty()) hint = "a file can CREATE SOURCE, TABLE, MATERIALIZED VIEW, VIEW, SINK and INDEX";
  fail(span_of(*word), fmt::format("syntax error at \"{}\"", source_.text(span_of(*word))), std::move(hint));
}

ast::UnsupportedStatement Builder::other_statement(P::OtherStatementContext* tree) {
  antlr4::Token* word = tree->getStart();
  std::string name = upper(source_.text(span_of(*word)));
  switch (word->getType()) {
    case P::ALTER:
    case P::DROP:
      return {name, "change the file: it is the whole pipeline, and a changed file is compiled again"};
    case P::SET:
      return {name, "give options in WITH (…), or to the binary"};
    case P::TRUNCATE:
      return {name, "write DELETE FROM table"};
    case P::COPY:
      return {name, "use INSERT, or a source"};
    case P::BEGIN:
    case P::START:
    case P::COMMIT:
    case P::ROLLBACK:
      return {name, "leave it out: there are no transactions of several statements"};
    default:
      return {name, "a pipeline has CREATE, INSERT, UPDATE and DELETE"};
  }
}

ast::CreateView Builder::create_view(P::CreateViewContext* tree) {
  ast::CreateView view;
  view.name = relation_name(tree->qualifiedName());
  view.materialized = tree->MATERIALIZED() != nullptr;
  view.if_not_exists = tree->ifNotExists() != nullptr;
  view.columns = identifiers(tree->columnList());
  if (P::WithOptionsContext* options = tree->withOptions()) {
    view.unsupported.push_back(unsupported(options, "options of a view", "leave WITH (…) out"));
  }
  view.query = query(tree->query());
  if (P::EmitClauseContext* emit = tree->emitClause()) view.unsupported.push_back(emit_clause(emit));
  if (tree->CHECK() != nullptr) {
    view.unsupported.push_back(
        {"WITH CHECK OPTION", "leave it out: views are not updated", span(tree->CHECK())});
  }
  return view;
}

ast::CreateSink Builder::create_sink(P::CreateSinkContext* tree) {
  ast::CreateSink sink;
  std::vector<P::QualifiedNameContext*> names = tree->qualifiedName();
  if (tree->FROM() != nullptr) {
    sink.from = relation_name(names.back());
    names.pop_back();
  }
  sink.name = relation_name(names.front());
  sink.if_not_exists = tree->ifNotExists() != nullptr;
  if (tree->INTO() != nullptr) {
    sink.unsupported.push_back(
        {"SINK … INTO a table", "write CREATE MATERIALIZED VIEW instead of the table", span(tree->INTO())});
  }
  if (tree->query() != nullptr) sink.query = query(tree->query());
  for (P::SinkClauseContext* clause : tree->sinkClause()) {
    if (clause->emitClause() != nullptr) {
      sink.unsupported.push_back(emit_clause(clause->emitClause()));
    } else if (clause->withOptions() != nullptr) {
      set_options(clause->withOptions(), sink.options, sink.unsupported);
    } else {
      set_format(clause->formatClause(), sink.format, sink.unsupported);
    }
  }
  return sink;
}

ast::CreateIndex Builder::create_index(P::CreateIndexContext* tree) {
  ast::CreateIndex index;
  const std::vector<P::QualifiedNameContext*> names = tree->qualifiedName();
  if (names.size() > 1) index.name = relation_name(names[0]);
  index.relation = relation_name(names.back());
  index.if_not_exists = tree->ifNotExists() != nullptr;
  if (tree->UNIQUE() != nullptr)
    index.unsupported.push_back({"UNIQUE indexes", "leave UNIQUE out", span(tree->UNIQUE())});
  if (tree->USING() != nullptr)
    index.unsupported.push_back({"index methods (USING)", "leave USING out", span(tree->USING())});
  for (P::OrderItemContext* key : tree->orderItem()) index.keys.push_back(order_item(key));
  for (P::IndexClauseContext* clause : tree->indexClause()) {
    if (clause->columnList() != nullptr) {
      for (ast::Identifier& name : identifiers(clause->columnList()))
        index.include.push_back(std::move(name));
    } else if (clause->DISTRIBUTED() != nullptr) {
      // It says where RisingWave keeps the rows, and changes no result.
      sink_.report(diag::Code::kIgnoredClause, span(clause), "DISTRIBUTED BY is ignored",
                   "the index is kept where its relation is");
    } else if (clause->WHERE() != nullptr) {
      index.unsupported.push_back(unsupported(clause, "partial indexes", "index a view that has the WHERE"));
    } else {
      index.unsupported.push_back(unsupported(clause, "options of an index", "leave WITH (…) out"));
    }
  }
  return index;
}

template <class Statement>
void Builder::returning(P::ReturningContext* tree, Statement& statement) {
  if (tree == nullptr) return;
  for (P::SelectItemContext* item : tree->selectItem()) statement.returning.push_back(select_item(item));
  statement.only_ad_hoc.push_back(unsupported(tree, "RETURNING", "leave it out, and read the table"));
}

ast::Insert Builder::insert(P::InsertStatementContext* tree) {
  ast::Insert result;
  result.table = relation(tree->qualifiedName());
  if (tree->identifier() != nullptr) result.alias = identifier(tree->identifier());
  result.columns = identifiers(tree->columnList());
  if (P::QueryContext* rows = tree->query()) {
    P::QueryWithoutWithContext* rest = rows->queryWithoutWith();
    P::QueryPrimaryContext* first = rest->queryBody()->queryPrimary()[0];
    const bool only_values = first->VALUES() != nullptr && rows->withClause() == nullptr &&
                             rest->children.size() == 1 && rest->queryBody()->children.size() == 1;
    if (only_values) {
      result.rows = values(first, true);
    } else {
      result.query = query(rows);
      result.only_ad_hoc.push_back(
          unsupported(rows, "INSERT … SELECT", "write VALUES, or a materialized view of the query"));
    }
  } else {
    result.only_ad_hoc.push_back({"DEFAULT VALUES", "write VALUES (DEFAULT, …)", span(tree->DEFAULT())});
  }
  if (P::OnConflictContext* conflict = tree->onConflict()) {
    result.on_conflict = on_conflict(conflict);
    result.only_ad_hoc.push_back(unsupported(
        conflict, "ON CONFLICT", "leave it out: a row replaces the one with the same primary key"));
  }
  returning(tree->returning(), result);
  return result;
}

ast::OnConflict Builder::on_conflict(P::OnConflictContext* tree) {
  ast::OnConflict result;
  result.span = span(tree);
  result.columns = identifiers(tree->columnList());
  std::vector<ast::UnsupportedClause> ignored;  // ON CONFLICT as a whole is not for files.
  result.assignments = assignments(tree->assignment(), ignored);
  if (tree->whereClause() != nullptr) result.where = expr(tree->whereClause()->expr());
  if (tree->UPDATE() != nullptr && result.columns.empty())
    fail(span(tree), "ON CONFLICT DO UPDATE requires the columns of a key",
         "write ON CONFLICT (column) DO UPDATE");
  return result;
}

std::vector<ast::Assignment> Builder::assignments(const std::vector<P::AssignmentContext*>& trees,
                                                  std::vector<ast::UnsupportedClause>& only_ad_hoc) {
  std::vector<ast::Assignment> result;
  for (P::AssignmentContext* tree : trees) {
    ast::Assignment assignment{identifiers(tree->columnList()), nullptr, span(tree)};
    if (tree->columnList() != nullptr) {
      only_ad_hoc.push_back(unsupported(tree, "SET (a, b) = …", "write SET a = …, b = …"));
    } else {
      assignment.columns.push_back(identifier(tree->identifier()));
    }
    if (tree->expr() != nullptr) assignment.value = expr(tree->expr());
    result.push_back(std::move(assignment));
  }
  return result;
}

ast::Update Builder::update(P::UpdateStatementContext* tree) {
  ast::Update result;
  result.table = relation(tree->qualifiedName());
  if (tree->tableAlias() != nullptr) result.alias = alias_name(tree->tableAlias());
  result.assignments = assignments(tree->assignment(), result.only_ad_hoc);
  if (tree->fromClause() != nullptr) {
    result.from = from(tree->fromClause()->fromItem());
    result.only_ad_hoc.push_back(
        unsupported(tree->fromClause(), "UPDATE … FROM", "write the values into SET"));
  }
  if (tree->whereClause() != nullptr) result.where = expr(tree->whereClause()->expr());
  returning(tree->returning(), result);
  return result;
}

ast::Delete Builder::delete_from(P::DeleteStatementContext* tree) {
  ast::Delete result;
  result.table = relation(tree->qualifiedName());
  if (tree->tableAlias() != nullptr) result.alias = alias_name(tree->tableAlias());
  if (tree->USING() != nullptr) {
    result.from = from(tree->fromItem());
    result.only_ad_hoc.push_back({"DELETE … USING", "write the condition into WHERE", span(tree->USING())});
  }
  if (tree->whereClause() != nullptr) result.where = expr(tree->whereClause()->expr());
  returning(tree->returning(), result);
  return result;
}

}  // namespace sqlmill::parse
