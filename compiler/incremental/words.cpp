// Which columns of a source become words: texts that its records have in common.
#include "compiler/incremental/words.h"

#include <algorithm>
#include <array>
#include <functional>
#include <optional>
#include <string_view>

namespace sqlmill::incremental {

namespace {

/// Beyond this a word's facts cost more memory than they save time.
constexpr size_t kMaxFacts = 64;

/// The only column that `expr` reads, if it reads one only.
std::optional<uint32_t> only_column(const ExprRef& expr) {
  std::optional<uint32_t> only;
  bool several = false;
  plan::for_each_column(expr, [&](const plan::Column& c) {
    several = several || (only && *only != c.index);
    only = c.index;
  });
  return several ? std::nullopt : only;
}

class Chooser {
 public:
  Chooser(const Operator& source, Input& input) : input_(input) {
    for (uint32_t i = 0; i < source.columns.size(); ++i) {
      const plan::OutputColumn& c = source.columns[i];
      const bool is_word = c.type.id == sql::TypeId::kText && !is_identifier(c.name);
      if (is_word) candidates_.push_back({i, {}});
    }
  }

  /// Notes the largest parts of `expr` that one candidate decides.
  void visit(const ExprRef& expr) {
    if (!expr) return;
    const std::optional<uint32_t> column = only_column(expr);
    WordColumn* candidate = column ? find(*column) : nullptr;
    const bool is_bare = std::holds_alternative<plan::Column>(expr->node);
    if (candidate && is_bare) return;
    if (candidate && candidate->facts.size() < kMaxFacts) {
      const bool known = std::any_of(candidate->facts.begin(), candidate->facts.end(),
                                     [&](const ExprRef& fact) { return plan::equal(fact, expr); });
      if (!known) candidate->facts.push_back(expr);
      return;
    }
    for (const ExprRef& operand : plan::operands(expr)) visit(operand);
  }
  void visit_all(const std::vector<ExprRef>& exprs) {
    for (const ExprRef& e : exprs) visit(e);
  }
  /// A key is compared and hashed as a word, and so is a value of which the distinct ones count.
  void visit_key(const ExprRef& key) {
    const auto* column = std::get_if<plan::Column>(&key->node);
    if (WordColumn* candidate = column ? find(column->index) : nullptr) keys_.push_back(candidate->column);
    visit(key);
  }

  void finish() {
    for (WordColumn& candidate : candidates_) {
      const bool is_key = std::find(keys_.begin(), keys_.end(), candidate.column) != keys_.end();
      if (is_key || !candidate.facts.empty()) input_.words.push_back(std::move(candidate));
    }
  }

 private:
  WordColumn* find(uint32_t column) {
    const auto at = std::find_if(candidates_.begin(), candidates_.end(),
                                 [&](const WordColumn& c) { return c.column == column; });
    return at == candidates_.end() ? nullptr : &*at;
  }

  Input& input_;
  std::vector<WordColumn> candidates_;
  std::vector<uint32_t> keys_;
};

}  // namespace

bool is_identifier(std::string_view name) {
  constexpr std::array<std::string_view, 9> kEndings = {"id",    "uuid", "guid",  "key", "token",
                                                        "email", "ip",   "phone", "hash"};
  return std::any_of(kEndings.begin(), kEndings.end(), [&](std::string_view ending) {
    return name == ending || name == std::string(ending) + "s" || name.ends_with("_" + std::string(ending));
  });
}

void choose_words(Dataflow& flow) {
  for (Operator& source : flow.operators) {
    auto* input = std::get_if<Input>(&source.op);
    if (!input || input->relation->kind != catalog::RelationKind::kSource) continue;
    Chooser chooser(source, *input);
    const auto visit_stream = [&](const Stream& stream) {
      if (stream.producer != source.id) return;
      chooser.visit_all(stream.filters);
      chooser.visit_all(stream.exprs);
    };
    for (const Operator& op : flow.operators) {
      if (const auto* map = std::get_if<Map>(&op.op)) {
        for (const Stream& stream : map->inputs) visit_stream(stream);
      } else if (const auto* aggregate = std::get_if<Aggregate>(&op.op);
                 aggregate && aggregate->producer == source.id) {
        chooser.visit_all(aggregate->filters);
        for (const ExprRef& key : aggregate->keys) chooser.visit_key(key);
        for (const plan::AggregateCall& call : aggregate->calls) {
          if (call.distinct) {
            chooser.visit_key(call.argument);
          } else {
            chooser.visit(call.argument);
          }
          chooser.visit_all(call.more_arguments);
          chooser.visit(call.filter);
        }
      }
    }
    for (const Output& output : flow.outputs) visit_stream(output.stream);
    chooser.finish();
  }
}

}  // namespace sqlmill::incremental
