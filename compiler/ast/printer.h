// What the files print*.cpp share.
#pragma once

#include <initializer_list>
#include <string>
#include <vector>

#include "compiler/ast/ast.h"

namespace sqlmill::ast {

template <typename... Functions>
struct Overloaded : Functions... {
  using Functions::operator()...;
};

/// A text in single quotes on one line.
std::string quoted(const std::string& text);
/// `a, b`.
std::string names(const std::vector<Identifier>& identifiers);
std::string type_text(const TypeName& type);
std::string name_text(const RelationName& name);

/// One node a line, children two spaces to the right.
class Printer {
 public:
  void statement(const Statement& statement);
  std::string take() { return std::move(text_); }

 private:
  /// Indents what is printed in its scope.
  class Block {
   public:
    explicit Block(Printer& printer) : printer_(printer) { printer_.indentation_ += 2; }
    ~Block() { printer_.indentation_ -= 2; }
    Block(const Block&) = delete;
    Block& operator=(const Block&) = delete;

   private:
    Printer& printer_;
  };

  void line(const std::string& text) { text_ += std::string(indentation_, ' ') + text + "\n"; }
  /// A line and an expression below it; nothing for a null expression.
  void labelled(const std::string& label, const ExprPtr& expr) {
    if (expr == nullptr) return;
    line(label);
    const Block block(*this);
    this->expr(*expr);
  }
  void expr(const Expr& expr);
  void children(std::initializer_list<const ExprPtr*> exprs) {
    const Block block(*this);
    for (const ExprPtr* child : exprs) {
      if (*child != nullptr) expr(**child);
    }
  }
  void children(const std::vector<ExprPtr>& exprs) {
    const Block block(*this);
    for (const ExprPtr& child : exprs) expr(*child);
  }
  void case_branches(const Case& node);
  void call(const Call& node);

  void window(const WindowSpec& window);
  void bound(const std::string& label, const FrameBound& bound);
  void subquery(const Subquery& node);
  void subscript(const Subscript& node);

  void with(const std::vector<CommonTable>& tables, bool recursive);
  void query(const Query& query);
  void side(const Query& query);
  void select(const Select& select);
  void from(const FromItem& item);
  void join(const Join& node, const std::string& alias);
  void group_item(const GroupItem& item);
  void items(const std::string& label, const std::vector<SelectItem>& items);
  void order(const std::string& label, const std::vector<OrderItem>& items);
  void rows(const std::vector<std::vector<ExprPtr>>& rows);
  void unsupported(const std::vector<UnsupportedClause>& clauses);

  void relation(const CreateRelation& node);
  void column(const ColumnDef& column);
  void include(const Include& include);
  void options(const std::vector<Option>& options, const std::optional<Format>& format);
  void view(const CreateView& node);
  void sink(const CreateSink& node);
  void index(const CreateIndex& node);
  void insert(const Insert& node);
  void assignments(const std::vector<Assignment>& assignments);
  void update(const Update& node);
  void explain(const Explain& node);
  void delete_from(const Delete& node);

  std::string text_;
  size_t indentation_ = 0;
};

}  // namespace sqlmill::ast
