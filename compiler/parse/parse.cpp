#include "compiler/parse/parse.h"

#include <SqlMillParser.h>

#include "compiler/parse/builder.h"
#include "compiler/parse/secret_values.h"
#include "compiler/parse/syntax_error.h"
#include "compiler/parse/tokens.h"

namespace sqlmill::parse {
namespace {

using antlr4::Token;
using antlr4::atn::PredictionMode;

/// The parser, set up once: its tables are shared by all statements of the process.
class StatementParser {
 public:
  StatementParser(const source::Source& source, diag::Sink& sink)
      : source_(source), sink_(sink), builder_(source, sink) {
    errors_ = std::make_shared<FirstError>();
    parser_.removeErrorListeners();
    parser_.setErrorHandler(errors_);
  }

  std::optional<ast::Statement> parse(StatementTokens statement) {
    antlr4::ListTokenSource words(std::move(statement.tokens));
    antlr4::CommonTokenStream stream(&words);
    // SLL is faster and right but for a statement that it rejects; LL has the last word on that.
    SqlMillParser::StatementContext* tree = run(stream, PredictionMode::SLL, FirstError::kNone);
    if (tree == nullptr) tree = run(stream, PredictionMode::LL, FirstError::kNone);
    std::optional<ast::Statement> result;
    if (tree != nullptr) {
      result = builder_.statement(tree);
    } else {
      report(stream, statement.span);
    }
    parser_.setTokenStream(nullptr);
    return result;
  }

 private:
  /// Null after an error, which errors_ has.
  SqlMillParser::StatementContext* run(antlr4::CommonTokenStream& stream, PredictionMode mode,
                                       size_t collect_at) {
    stream.seek(0);
    parser_.setTokenStream(&stream);
    parser_.getInterpreter<antlr4::atn::ParserATNSimulator>()->setPredictionMode(mode);
    errors_->begin(collect_at);
    try {
      return parser_.statement();
    } catch (const antlr4::ParseCancellationException&) {
      return nullptr;
    }
  }

  void report(antlr4::CommonTokenStream& stream, source::Span span) {
    SyntaxError error{errors_->index(), errors_->expected()};
    // Once more, to see all that could have stood there; not while parsing, because it is slow.
    run(stream, PredictionMode::LL, error.index);
    error.expected.addAll(errors_->expected());
    stream.fill();
    report_syntax_error(source_, parser_, span, error, sink_);
  }

  const source::Source& source_;
  diag::Sink& sink_;
  Builder builder_;
  std::shared_ptr<FirstError> errors_;
  SqlMillParser parser_{nullptr};
};

/// The name that a CREATE statement with an error would have defined; empty if none can be seen.
std::string defined_name(const source::Source& source, const std::vector<std::unique_ptr<Token>>& tokens) {
  size_t i = 0;
  const auto type = [&](size_t at) { return at < tokens.size() ? tokens[at]->getType() : Token::EOF; };
  if (type(i++) != SqlMillParser::CREATE) return "";
  if (type(i) == SqlMillParser::OR) i += 2;
  if (type(i) == SqlMillParser::MATERIALIZED) ++i;
  switch (type(i++)) {
    case SqlMillParser::SOURCE:
    case SqlMillParser::TABLE:
    case SqlMillParser::VIEW:
      break;
    default:
      return "";
  }
  if (type(i) == SqlMillParser::IF) i += 3;
  // A schema goes before the name.
  while (type(i + 1) == SqlMillParser::DOT) i += 2;
  const size_t name = type(i);
  const bool quoted = name == SqlMillParser::QUOTED_IDENT;
  if (!quoted && name != SqlMillParser::IDENT) return "";
  return name_value(source.text(span_of(*tokens[i])));
}

}  // namespace

ast::Script parse_script(const source::Source& source, diag::Sink& sink) {
  ast::Script script;
  ScriptTokens tokens = split_statements(source, sink);
  StatementParser parser(source, sink);
  for (StatementTokens& words : tokens.statements) {
    std::string name = defined_name(source, words.tokens);
    const std::vector<source::Span> secrets = secret_values(source, words.tokens);
    script.secrets.insert(script.secrets.end(), secrets.begin(), secrets.end());
    std::optional<ast::Statement> statement;
    if (!words.broken) statement = parser.parse(std::move(words));
    if (statement.has_value()) {
      script.statements.push_back(std::move(*statement));
    } else if (!name.empty()) {
      script.unparsed_relations.push_back(std::move(name));
    }
  }
  return script;
}

std::vector<ast::Statement> parse_statements(const source::Source& source, diag::Sink& sink) {
  const size_t errors = sink.error_count();
  std::vector<ast::Statement> statements;
  ScriptTokens tokens = split_statements(source, sink);
  StatementParser parser(source, sink);
  for (StatementTokens& words : tokens.statements) {
    std::optional<ast::Statement> statement;
    if (!words.broken) statement = parser.parse(std::move(words));
    if (sink.error_count() != errors) return {};
    if (statement) statements.push_back(std::move(*statement));
  }
  return statements;
}

}  // namespace sqlmill::parse
