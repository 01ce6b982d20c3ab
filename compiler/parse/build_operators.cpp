// Flat lists of operands and operators → trees, by PostgreSQL's precedence, loosest first:
//   OR · AND · NOT · IS · < = > … (do not chain) · BETWEEN IN LIKE · other operators · + - · * / % · ^ ·
//   unary + -
#include <algorithm>
#include <bit>

#include "compiler/parse/builder.h"

namespace sqlmill::parse {

using source::Span;

namespace {

/// Up to so many operands a chain of ANDs or ORs leans to the left, as it is written; a longer one is built
/// balanced, which means the same and keeps 10,000 of them from being 10,000 levels deep.
constexpr size_t kLongestLeaningChain = 32;

size_t chain_levels(size_t operators) {
  return operators <= kLongestLeaningChain ? operators : std::bit_width(operators) + 1;
}

}  // namespace

// ---- OR, AND, NOT ----

ast::ExprPtr Builder::chain(const char* op, std::vector<ast::ExprPtr> operands,
                            const std::vector<Span>& op_spans) {
  const auto combine = [&](ast::ExprPtr left, ast::ExprPtr right, Span op_span) {
    const Span whole = join(left->span, right->span);
    return make(whole, ast::Binary{op, op_span, std::move(left), std::move(right)});
  };
  if (op_spans.size() <= kLongestLeaningChain) {
    ast::ExprPtr result = std::move(operands[0]);
    for (size_t i = 0; i < op_spans.size(); ++i)
      result = combine(std::move(result), std::move(operands[i + 1]), op_spans[i]);
    return result;
  }
  const auto balanced = [&](auto&& self, size_t begin, size_t end) -> ast::ExprPtr {
    if (end - begin == 1) return std::move(operands[begin]);
    const size_t middle = begin + (end - begin + 1) / 2;
    ast::ExprPtr left = self(self, begin, middle);
    return combine(std::move(left), self(self, middle, end), op_spans[middle - 1]);
  };
  return balanced(balanced, 0, operands.size());
}

ast::ExprPtr Builder::expr(P::ExprContext* tree) {
  if (tree->children.size() == 1) return predicate(static_cast<P::PredicateContext*>(tree->children[0]));

  size_t connectives = 0;
  size_t nots = 0;
  size_t most_nots = 0;
  for (antlr4::tree::ParseTree* child : tree->children) {
    auto* word = dynamic_cast<Terminal*>(child);
    const bool is_not = word != nullptr && word->getSymbol()->getType() == P::NOT;
    if (word != nullptr && !is_not) ++connectives;
    nots = is_not ? nots + 1 : 0;
    most_nots = std::max(most_nots, nots);
  }
  const Levels levels(*this, 2 * chain_levels(connectives) + most_nots, span(tree));

  std::vector<ast::ExprPtr> alternatives;  // Operands of OR, complete but for the last.
  std::vector<Span> ors;
  std::vector<ast::ExprPtr> conjuncts;
  std::vector<Span> ands;
  std::vector<Span> pending_nots;
  const auto end_of_conjunction = [&] {
    alternatives.push_back(chain("and", std::move(conjuncts), ands));
    conjuncts.clear();
    ands.clear();
  };
  for (antlr4::tree::ParseTree* child : tree->children) {
    if (auto* word = dynamic_cast<Terminal*>(child)) {
      const Span place = span(word);
      switch (word->getSymbol()->getType()) {
        case P::NOT:
          pending_nots.push_back(place);
          break;
        case P::AND:
          ands.push_back(place);
          break;
        default:
          end_of_conjunction();
          ors.push_back(place);
      }
      continue;
    }
    ast::ExprPtr operand = predicate(static_cast<P::PredicateContext*>(child));
    for (; !pending_nots.empty(); pending_nots.pop_back()) {
      const Span whole = join(pending_nots.back(), operand->span);
      operand = make(whole, ast::Unary{"not", std::move(operand)});
    }
    conjuncts.push_back(std::move(operand));
  }
  end_of_conjunction();
  return chain("or", std::move(alternatives), ors);
}

// ---- Comparisons and tests ----

namespace {

enum TestPrecedence { kIsTest = 1, kComparison = 2, kMatch = 3 };

}  // namespace

/// The tests after a value, consumed from the front.
struct Builder::Tests {
  std::vector<P::TestContext*> trees;
  size_t next = 0;

  static int precedence(P::TestContext* tree) {
    if (tree->compareOp() != nullptr) return kComparison;
    if (tree->IS() != nullptr || tree->ISNULL() != nullptr || tree->NOTNULL() != nullptr) return kIsTest;
    return kMatch;
  }
  /// Whether the test ends with an operand that a tighter test could take.
  static bool is_open(P::TestContext* tree) {
    return dynamic_cast<P::ValueContext*>(tree->children.back()) != nullptr;
  }
};

ast::ExprPtr Builder::predicate(P::PredicateContext* tree) {
  if (tree->children.size() == 1) return value(static_cast<P::ValueContext*>(tree->children[0]));
  Tests tests{tree->test()};
  const Levels levels(*this, tests.trees.size(), span(tree));
  return grouped_tests(tests, value(tree->value()), kIsTest);
}

ast::ExprPtr Builder::grouped_tests(Tests& tests, ast::ExprPtr left, int loosest) {
  while (tests.next < tests.trees.size() && Tests::precedence(tests.trees[tests.next]) >= loosest) {
    P::TestContext* tree = tests.trees[tests.next++];
    left = test(tests, tree, std::move(left));
    const int precedence = Tests::precedence(tree);
    const bool chained = tests.next < tests.trees.size() && Tests::is_open(tree) && precedence != kIsTest &&
                         Tests::precedence(tests.trees[tests.next]) == precedence;
    if (chained) {
      fail({span(tests.trees[tests.next]).begin, span_of(*tests.trees[tests.next]->getStart()).end},
           precedence == kComparison ? "comparisons do not chain" : "LIKE, IN and BETWEEN do not chain",
           precedence == kComparison ? "write a < b AND b < c" : "use parentheses");
    }
  }
  return left;
}

ast::ExprPtr Builder::test(Tests& tests, P::TestContext* tree, ast::ExprPtr left) {
  const Span whole = join(left->span, span(tree));
  const bool negated = tree->NOT() != nullptr;
  const std::vector<P::ValueContext*> values = tree->value();
  // The last operand takes the tighter tests that follow.
  const auto last_operand = [&] {
    return grouped_tests(tests, value(values.back()), Tests::precedence(tree) + 1);
  };
  if (tree->ANY() != nullptr || tree->SOME() != nullptr || tree->ALL() != nullptr)
    return quantified(tree, std::move(left), whole);
  if (P::CompareOpContext* compare = tree->compareOp()) {
    const std::string op(compare->NEQ() != nullptr ? "<>" : text(compare));
    ast::ExprPtr right = last_operand();
    const Span all = join(left->span, right->span);
    return make(all, ast::Binary{op, span(compare), std::move(left), std::move(right)});
  }
  if (tree->DISTINCT() != nullptr) {
    ast::ExprPtr right = last_operand();
    const Span all = join(left->span, right->span);
    return make(all, ast::IsDistinct{std::move(left), std::move(right), negated});
  }
  if (tree->ISNULL() != nullptr) return make(whole, ast::Is{std::move(left), ast::Test::kNull, false});
  if (tree->NOTNULL() != nullptr) return make(whole, ast::Is{std::move(left), ast::Test::kNull, true});
  if (tree->IS() != nullptr) {
    const ast::Test what = tree->NULL_P() != nullptr  ? ast::Test::kNull
                           : tree->TRUE() != nullptr  ? ast::Test::kTrue
                           : tree->FALSE() != nullptr ? ast::Test::kFalse
                                                      : ast::Test::kUnknown;
    return make(whole, ast::Is{std::move(left), what, negated});
  }
  if (tree->LIKE() != nullptr || tree->ILIKE() != nullptr) {
    ast::ExprPtr pattern = value(values[0]);
    ast::ExprPtr escape = values.size() > 1 ? value(values[1]) : nullptr;
    return make(whole, ast::Like{std::move(left), std::move(pattern), std::move(escape),
                                 tree->ILIKE() != nullptr, negated});
  }
  if (tree->SIMILAR() != nullptr) {
    if (values.size() > 1)
      return unsupported_expr(whole, "SIMILAR TO with ESCAPE", "escape with a backslash, or use ~");
    ast::ExprPtr pattern = value(values[0]);
    ast::ExprPtr similar =
        make(whole, ast::Binary{"SIMILAR TO", span(tree->SIMILAR()), std::move(left), std::move(pattern)});
    return negated ? make(whole, ast::Unary{"not", std::move(similar)}) : std::move(similar);
  }
  if (tree->BETWEEN() != nullptr) {
    ast::ExprPtr low = value(values[0]);
    return make(whole, ast::Between{std::move(left), std::move(low), value(values[1]),
                                    tree->SYMMETRIC() != nullptr, negated});
  }
  if (tree->OVERLAPS() != nullptr) {
    ast::Call overlaps;
    overlaps.name = {"overlaps", span(tree->OVERLAPS())};
    // (a, b) OVERLAPS (c, d) is a function of four.
    ast::ExprPtr periods[] = {std::move(left), value(values[0])};
    for (ast::ExprPtr& period : periods) {
      auto* row = std::get_if<ast::Row>(&period->node);
      if (row == nullptr || row->items.size() != 2)
        fail(period->span, "wrong number of parameters on a side of OVERLAPS", "write (start, end)");
      for (ast::ExprPtr& bound : row->items) overlaps.arguments.push_back(std::move(bound));
    }
    return make(whole, std::move(overlaps));
  }
  return in(tree, std::move(left), whole);
}

/// `x = ANY (array)`, `x LIKE ALL (SELECT …)`.
namespace {

/// Of `OPERATOR(pg_catalog.=)`.
std::string sign_of(std::string_view written) {
  const size_t begin = written.find_first_not_of(" \t\r\n", written.find_last_of(".(") + 1);
  const size_t end = written.find_first_of(" \t\r\n)", begin);
  const std::string_view sign = written.substr(begin, end - begin);
  return sign == "!=" ? "<>" : std::string(sign);
}

}  // namespace

ast::ExprPtr Builder::quantified(P::TestContext* tree, ast::ExprPtr left, Span place) {
  const Levels levels(*this, 1, place);
  std::string op;
  if (tree->compareOp() != nullptr) {
    op = tree->compareOp()->NEQ() != nullptr ? "<>" : text(tree->compareOp());
  } else if (tree->OPERATOR() != nullptr) {
    op = text(tree->OPERATOR());
  } else if (tree->qualifiedOp() != nullptr) {
    op = sign_of(text(tree->qualifiedOp()));
  } else {
    op = std::string(tree->NOT() != nullptr ? "!" : "") + (tree->ILIKE() != nullptr ? "~~*" : "~~");
  }
  const bool all = tree->ALL() != nullptr;
  if (P::QueryContext* query_tree = tree->query()) {
    return make(place, ast::Subquery{all ? ast::SubqueryForm::kAll : ast::SubqueryForm::kAny,
                                     query(query_tree), std::move(left), std::move(op)});
  }
  return make(place, ast::AnyOfArray{std::move(left), std::move(op), all, expr(tree->expr())});
}

ast::ExprPtr Builder::in(P::TestContext* tree, ast::ExprPtr left, Span place) {
  if (P::QueryContext* query_tree = tree->query()) {
    const Levels levels(*this, 1, place);
    return make(place, ast::Subquery{ast::SubqueryForm::kIn, query(query_tree), std::move(left), "=",
                                     tree->NOT() != nullptr});
  }
  const Levels levels(*this, 1, place);
  return make(place, ast::InList{std::move(left), exprs(tree->inList()->expr()), tree->NOT() != nullptr});
}

// ---- Arithmetic and other operators ----

namespace {

enum OperatorPrecedence { kOther = 1, kSum = 2, kProduct = 3, kPower = 4, kTightest = 5 };

int precedence_of(size_t type) {
  switch (type) {
    case SqlMillParser::PLUS:
    case SqlMillParser::MINUS:
      return kSum;
    case SqlMillParser::STAR:
    case SqlMillParser::SLASH:
    case SqlMillParser::PERCENT:
      return kProduct;
    case SqlMillParser::CARET:
      return kPower;
    default:
      return kOther;
  }
}

}  // namespace

/// The operands and operators of one value, consumed from the front.
struct Builder::Operators {
  const std::vector<antlr4::tree::ParseTree*>& trees;
  size_t next = 0;
};

ast::ExprPtr Builder::value(P::ValueContext* tree) {
  if (tree->children.size() == 1) return operand(static_cast<P::OperandContext*>(tree->children[0]));
  // An operator a level, at worst: a - b - c leans to the left.
  size_t count = 0;
  for (antlr4::tree::ParseTree* child : tree->children) {
    if (dynamic_cast<P::OperandContext*>(child) == nullptr) ++count;
  }
  const Levels levels(*this, count, span(tree));
  Operators operators{tree->children};
  return grouped_operators(operators, kOther);
}

/// `~`, also of OPERATOR(pg_catalog.~).
std::string Builder::operator_sign(P::BinaryOpContext* tree) const {
  P::QualifiedOpContext* qualified = tree->qualifiedOp();
  if (qualified == nullptr) return std::string(text(tree));
  antlr4::tree::ParseTree* sign = qualified->children[qualified->children.size() - 2];
  auto* terminal = dynamic_cast<Terminal*>(sign);
  const std::string_view written =
      terminal != nullptr ? source_.text(span_of(*terminal->getSymbol())) : text(static_cast<Tree*>(sign));
  return written == "!=" ? "<>" : std::string(written);
}

ast::ExprPtr Builder::grouped_operators(Operators& operators, int loosest) {
  ast::ExprPtr left = prefixed_operand(operators);
  while (operators.next < operators.trees.size()) {
    auto* tree = static_cast<Tree*>(operators.trees[operators.next]);
    const int precedence = precedence_of(tree->getStart()->getType());
    if (precedence < loosest) break;
    ++operators.next;
    ast::ExprPtr right = grouped_operators(operators, precedence + 1);
    const Span whole = join(left->span, right->span);
    left = make(whole, ast::Binary{operator_sign(static_cast<P::BinaryOpContext*>(tree)), span(tree),
                                   std::move(left), std::move(right)});
  }
  return left;
}

ast::ExprPtr Builder::prefixed_operand(Operators& operators) {
  antlr4::tree::ParseTree* child = operators.trees[operators.next++];
  if (auto* tree = dynamic_cast<P::OperandContext*>(child)) return operand(tree);
  auto* prefix = static_cast<Tree*>(child);
  // A sign binds tighter than anything else, `~` and its kin looser than + and *.
  const bool sign = precedence_of(prefix->getStart()->getType()) == kSum;
  ast::ExprPtr right = sign ? prefixed_operand(operators) : grouped_operators(operators, kOther + 1);
  const Span whole = join(span(prefix), right->span);
  return make(whole, ast::Unary{std::string(text(prefix)), std::move(right)});
}

}  // namespace sqlmill::parse
