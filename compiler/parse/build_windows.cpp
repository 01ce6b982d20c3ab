// OVER, WINDOW and the frames.
#include "compiler/parse/builder.h"

namespace sqlmill::parse {

void Builder::windows(P::WindowClauseContext* tree, ast::Select& select) {
  const std::vector<P::IdentifierContext*> names = tree->identifier();
  const std::vector<P::WindowSpecContext*> specs = tree->windowSpec();
  for (size_t i = 0; i < names.size(); ++i)
    select.windows.push_back({identifier(names[i]), window_spec(specs[i])});
}

ast::WindowSpec Builder::window_spec(P::WindowSpecContext* tree) {
  ast::WindowSpec spec;
  spec.span = span(tree);
  if (tree->identifier() != nullptr) spec.base = identifier(tree->identifier());
  spec.partition = exprs(tree->expr());
  if (tree->orderBy() != nullptr) spec.order = order_by(tree->orderBy());
  if (tree->frame() != nullptr) spec.frame = frame(tree->frame());
  return spec;
}

std::optional<ast::Frame> Builder::frame(P::FrameContext* tree) {
  const source::Span place = span(tree);
  if (tree->SESSION() != nullptr) {
    sink_.report(diag::Code::kNotSupported, place, "not supported yet: SESSION WITH GAP",
                 "GROUP BY a session id that the events carry");
    throw Abandoned{};
  }
  ast::Frame result{ast::FrameUnit::kRange, {}, {}, ast::FrameExclusion::kNone, place};
  if (tree->ROWS() != nullptr) result.unit = ast::FrameUnit::kRows;
  // EXCLUDE GROUP has a word of its own; GROUPS is the unit.
  if (tree->GROUPS() != nullptr) result.unit = ast::FrameUnit::kGroups;
  const std::vector<P::FrameBoundContext*> bounds = tree->frameBound();
  result.begin = frame_bound(bounds[0]);
  if (bounds.size() > 1) result.end = frame_bound(bounds[1]);
  using Kind = ast::FrameBoundKind;
  if (result.begin.kind == Kind::kUnboundedFollowing)
    fail(span(bounds[0]), "frame start cannot be UNBOUNDED FOLLOWING");
  if (result.end.kind == Kind::kUnboundedPreceding)
    fail(span(bounds[1]), "frame end cannot be UNBOUNDED PRECEDING");
  if (result.begin.kind > result.end.kind) {
    const bool from_current = result.begin.kind == Kind::kCurrentRow;
    fail(place, from_current ? "frame starting from current row cannot have preceding rows"
                : bounds.size() == 1 || result.end.kind == Kind::kCurrentRow
                    ? "frame starting from following row cannot end with current row"
                    : "frame starting from following row cannot have preceding rows");
  }
  if (tree->EXCLUDE() == nullptr) return result;
  if (tree->CURRENT() != nullptr) result.exclusion = ast::FrameExclusion::kCurrentRow;
  if (tree->GROUP() != nullptr) result.exclusion = ast::FrameExclusion::kGroup;
  if (tree->TIES() != nullptr) result.exclusion = ast::FrameExclusion::kTies;
  const std::vector<P::IdentifierContext*> words = tree->identifier();
  if (words.size() == 2 && (identifier(words[0]).name != "no" || identifier(words[1]).name != "others"))
    fail(span(words[0]), "syntax error at \"" + std::string(text(words[0])) + "\"",
         "write EXCLUDE NO OTHERS");
  return result;
}

ast::FrameBound Builder::frame_bound(P::FrameBoundContext* tree) {
  using Kind = ast::FrameBoundKind;
  if (tree->CURRENT() != nullptr) return {Kind::kCurrentRow, nullptr};
  const bool preceding = tree->PRECEDING() != nullptr;
  if (tree->UNBOUNDED() != nullptr)
    return {preceding ? Kind::kUnboundedPreceding : Kind::kUnboundedFollowing, nullptr};
  return {preceding ? Kind::kPreceding : Kind::kFollowing, value(tree->value())};
}

}  // namespace sqlmill::parse
