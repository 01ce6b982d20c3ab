#include "compiler/parse/session.h"

#include <SqlMillLexer.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "compiler/parse/session_words.h"

namespace sqlmill::parse {

namespace {

using Lexer = SqlMillLexer;
using Node = decltype(ast::Statement::node);

class SessionParser {
 public:
  SessionParser(SessionWords& words, const ParseStatement& parse) : words_(words), parse_(parse) {}

  Node statement();

 private:
  Node set();
  Node show();
  Node show_relation(std::string what);
  Node begin();
  Node end(ast::TransactionVerb verb);
  Node rollback();
  Node prepare();
  Node execute();
  Node declare();
  Node fetch(bool is_move);
  Node copy();
  void copy_options(ast::Copy& copy);
  void copy_option(ast::Copy& copy, bool in_list);
  ast::TransactionModes modes();
  std::optional<ast::Identifier> name_or_all();
  std::unique_ptr<ast::Statement> inner(StatementTokens tokens);

  SessionWords& words_;
  const ParseStatement& parse_;
};

std::unique_ptr<ast::Statement> SessionParser::inner(StatementTokens tokens) {
  std::optional<ast::Statement> statement = parse_(std::move(tokens));
  if (!statement) throw SessionWords::Failed{};
  return std::make_unique<ast::Statement>(std::move(*statement));
}

std::optional<ast::Identifier> SessionParser::name_or_all() {
  if (words_.take("all")) return std::nullopt;
  return words_.identifier();
}

ast::TransactionModes SessionParser::modes() {
  ast::TransactionModes modes;
  while (!words_.at_end()) {
    if (words_.take("isolation")) {
      words_.expect("level");
      if (words_.take("serializable")) {
        modes.isolation = "serializable";
      } else if (words_.take("repeatable")) {
        words_.expect("read");
        modes.isolation = "repeatable read";
      } else {
        words_.expect("read");
        modes.isolation = words_.take("uncommitted") ? "read uncommitted" : "read committed";
        if (*modes.isolation == "read committed") words_.expect("committed");
      }
    } else if (words_.take("read")) {
      modes.read_only = words_.take("only");
      if (!*modes.read_only) words_.expect("write");
    } else if (words_.take("not")) {
      words_.expect("deferrable");
      modes.deferrable = false;
    } else if (words_.take("deferrable")) {
      modes.deferrable = true;
    } else {
      break;
    }
    words_.take(",");
  }
  return modes;
}

Node SessionParser::set() {
  ast::SetVariable set;
  if (words_.take("transaction"))
    return ast::Transaction{ast::TransactionVerb::kSet, modes(), std::nullopt, false};
  if (words_.take("session")) {
    if (words_.take("characteristics")) {
      words_.expect("as");
      words_.expect("transaction");
      return ast::Transaction{ast::TransactionVerb::kSetSession, modes(), std::nullopt, false};
    }
  } else {
    set.local = words_.take("local");
  }
  bool has_sign = false;
  if (words_.take("time")) {
    words_.expect("zone");
    set.name = "timezone";
  } else if (words_.take("names")) {
    set.name = "client_encoding";
  } else if (words_.take("schema")) {
    set.name = "search_path";
  } else if (words_.take("role")) {
    set.name = "role";
  } else if (words_.take("authorization")) {
    set.name = "session_authorization";
  } else {
    set.name = words_.dotted_name();
    has_sign = true;
  }
  if (has_sign && !words_.take("to")) words_.expect("=");
  if (words_.take("default") || (set.name == "timezone" && words_.take("local"))) return set;
  if (!has_sign && words_.at_end()) return set;
  do {
    set.values.push_back(words_.value());
  } while (words_.take(","));
  return set;
}

Node SessionParser::show_relation(std::string what) {
  ast::Show show;
  show.what = std::move(what);
  show.relation = words_.relation();
  return show;
}

Node SessionParser::show() {
  ast::Show show;
  if (words_.take("time")) {
    words_.expect("zone");
    show.what = "timezone";
    return show;
  }
  if (words_.take("transaction")) {
    words_.expect("isolation");
    words_.expect("level");
    show.what = "transaction_isolation";
    return show;
  }
  if (words_.take("session")) {
    words_.expect("authorization");
    show.what = "session_authorization";
    return show;
  }
  if (words_.take("create")) {
    std::string what = "create";
    do {
      what += " " + words_.word();
    } while (what == "create materialized");
    return show_relation(std::move(what));
  }
  if (words_.take("columns") || words_.take("indexes")) {
    const std::string what = words_.previous();
    if (words_.at_end()) return ast::Show{what, {}, {}, {}};
    words_.expect("from");
    return show_relation(what);
  }
  if (words_.take("materialized")) {
    words_.expect("views");
    show.what = "materialized views";
  } else {
    show.what = words_.dotted_name();
  }
  if (words_.take("from")) show.schema = words_.identifier();
  if (words_.take("like")) show.like = words_.string();
  return show;
}

Node SessionParser::begin() {
  if (!words_.take("work")) words_.take("transaction");
  return ast::Transaction{ast::TransactionVerb::kBegin, modes(), std::nullopt, false};
}

Node SessionParser::end(ast::TransactionVerb verb) {
  if (!words_.take("work")) words_.take("transaction");
  ast::Transaction transaction{verb, {}, std::nullopt, false};
  if (words_.take("and")) {
    transaction.chain = !words_.take("no");
    words_.expect("chain");
  }
  return transaction;
}

Node SessionParser::rollback() {
  if (!words_.take("work")) words_.take("transaction");
  if (!words_.take("to")) return end(ast::TransactionVerb::kRollback);
  words_.take("savepoint");
  return ast::Transaction{ast::TransactionVerb::kRollbackTo, {}, words_.identifier(), false};
}

Node SessionParser::prepare() {
  ast::Prepare prepare;
  prepare.name = words_.identifier();
  if (words_.take("(")) {
    do {
      prepare.types.push_back(words_.type());
    } while (words_.take(","));
    words_.expect(")");
  }
  words_.expect("as");
  prepare.statement = inner(words_.rest());
  return prepare;
}

Node SessionParser::execute() {
  ast::Execute execute;
  execute.name = words_.identifier();
  if (words_.at_end()) return execute;
  // A row of VALUES has the syntax of the arguments.
  const std::unique_ptr<ast::Statement> values = inner(words_.rest_as_values());
  const auto* select = std::get_if<ast::SelectStatement>(&values->node);
  auto* rows = select ? std::get_if<ast::ValuesRows>(&select->query->body) : nullptr;
  if (!rows || rows->rows.size() != 1) words_.fail("syntax error in the arguments of EXECUTE");
  execute.arguments = std::move(rows->rows.front());
  return execute;
}

Node SessionParser::declare() {
  ast::DeclareCursor declare;
  declare.name = words_.identifier();
  if (words_.take("subscription")) {
    words_.expect("cursor");
    words_.expect("for");
    declare.subscribed = words_.relation();
    return declare;
  }
  while (!words_.take("cursor")) {
    if (words_.take("binary")) {
      declare.binary = true;
    } else if (words_.take("no")) {
      words_.expect("scroll");
      declare.scroll = false;
    } else if (words_.take("scroll")) {
      declare.scroll = true;
    } else if (!words_.take("insensitive")) {
      words_.expect("asensitive");
    }
  }
  if (words_.take("with")) {
    words_.expect("hold");
    declare.hold = true;
  } else if (words_.take("without")) {
    words_.expect("hold");
  }
  words_.expect("for");
  declare.query = inner(words_.rest());
  if (!std::holds_alternative<ast::SelectStatement>(declare.query->node))
    words_.fail("a cursor is for a query: SELECT, VALUES, TABLE or WITH");
  return declare;
}

Node SessionParser::fetch(bool is_move) {
  using Direction = ast::FetchDirection;
  ast::Fetch fetch;
  fetch.is_move = is_move;
  const auto count_or_all = [&](Direction direction) {
    fetch.direction = direction;
    if (words_.take("all")) {
      fetch.count = std::nullopt;
    } else if (words_.is_number()) {
      fetch.count = words_.integer();
    }
  };
  if (words_.has_more_than_a_name()) {
    if (words_.take("next")) {
      fetch.count = 1;
    } else if (words_.take("prior")) {
      fetch.direction = Direction::kBackward;
    } else if (words_.take("first") || words_.take("last")) {
      fetch.direction = Direction::kAbsolute;
      fetch.count = words_.previous() == "first" ? 1 : -1;
    } else if (words_.take("absolute") || words_.take("relative")) {
      fetch.direction = words_.previous() == "absolute" ? Direction::kAbsolute : Direction::kRelative;
      fetch.count = words_.integer();
    } else if (words_.take("backward")) {
      count_or_all(Direction::kBackward);
    } else {
      words_.take("forward");
      count_or_all(Direction::kForward);
    }
    if (!words_.take("from")) words_.take("in");
  }
  fetch.cursor = words_.identifier();
  return fetch;
}

void SessionParser::copy_option(ast::Copy& copy, bool in_list) {
  ast::Copy::Setting setting;
  setting.span = words_.place();
  setting.name = words_.word();
  if (!in_list) {
    if (setting.name == "csv" || setting.name == "binary") {
      copy.options.push_back({"format", {setting.name}, setting.span});
      return;
    }
    if (setting.name == "force") setting.name += "_" + words_.word();
    words_.take("as");
    if (setting.name != "header" && setting.name != "freeze") setting.values.push_back(words_.value());
  } else if (words_.take("(")) {
    do {
      setting.values.push_back(words_.value());
    } while (words_.take(","));
    words_.expect(")");
  } else if (!words_.is(",") && !words_.is(")")) {
    setting.values.push_back(words_.value());
  }
  copy.options.push_back(std::move(setting));
}

void SessionParser::copy_options(ast::Copy& copy) {
  words_.take("with");
  if (!words_.take("(")) {
    while (!words_.at_end()) copy_option(copy, false);
    return;
  }
  do {
    copy_option(copy, true);
  } while (words_.take(","));
  words_.expect(")");
}

Node SessionParser::copy() {
  ast::Copy copy;
  if (words_.is("(")) {
    copy.query = inner(words_.parenthesised());
    words_.expect("to");
  } else {
    copy.table = words_.relation();
    if (words_.take("(")) {
      do {
        copy.columns.push_back(words_.identifier());
      } while (words_.take(","));
      words_.expect(")");
    }
    copy.from = words_.take("from");
    if (!copy.from) words_.expect("to");
  }
  if (!words_.take(copy.from ? "stdin" : "stdout")) copy.file = words_.string();
  copy_options(copy);
  return copy;
}

Node SessionParser::statement() {
  using Verb = ast::TransactionVerb;
  const std::string word = words_.word();
  if (word == "set") return set();
  if (word == "show") return show();
  if (word == "reset") {
    if (words_.take("all")) return ast::ResetVariable{};
    if (words_.take("time")) {
      words_.expect("zone");
      return ast::ResetVariable{"timezone"};
    }
    return ast::ResetVariable{words_.dotted_name()};
  }
  if (word == "describe") return show_relation("columns");
  if (word == "discard") return ast::Discard{words_.word()};
  if (word == "flush") return ast::Flush{};
  if (word == "begin") return begin();
  if (word == "start") {
    words_.expect("transaction");
    return ast::Transaction{Verb::kBegin, modes(), std::nullopt, false};
  }
  if (word == "commit" || word == "end") return end(Verb::kCommit);
  if (word == "rollback" || word == "abort") return rollback();
  if (word == "savepoint") return ast::Transaction{Verb::kSavepoint, {}, words_.identifier(), false};
  if (word == "release") {
    words_.take("savepoint");
    return ast::Transaction{Verb::kRelease, {}, words_.identifier(), false};
  }
  if (word == "prepare") return prepare();
  if (word == "execute") return execute();
  if (word == "deallocate") {
    words_.take("prepare");
    return ast::Deallocate{name_or_all()};
  }
  if (word == "declare") return declare();
  if (word == "fetch") return fetch(false);
  if (word == "move") return fetch(true);
  if (word == "close") return ast::CloseCursor{name_or_all()};
  return copy();
}

}  // namespace

bool is_session_statement(const source::Source& source, const StatementTokens& statement) {
  constexpr std::string_view kFirst[] = {
      "abort",   "begin",    "close",     "commit", "copy",  "deallocate", "declare", "describe",
      "discard", "end",      "execute",   "fetch",  "flush", "move",       "prepare", "release",
      "reset",   "rollback", "savepoint", "set",    "show",  "start"};
  return std::find(std::begin(kFirst), std::end(kFirst), lower_word(source, *statement.tokens.front())) !=
         std::end(kFirst);
}

std::optional<ast::Statement> parse_session_statement(const source::Source& source, StatementTokens statement,
                                                      const ParseStatement& parse, diag::Sink& sink) {
  const source::Span span = statement.span;
  SessionWords words(source, sink, std::move(statement));
  try {
    Node node = SessionParser(words, parse).statement();
    words.expect_end();
    return ast::Statement{span, std::move(node)};
  } catch (const SessionWords::Failed&) {
    return std::nullopt;
  }
}

}  // namespace sqlmill::parse
