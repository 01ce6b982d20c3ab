#include "compiler/ast/printer.h"

namespace sqlmill::ast {

namespace {

std::string joined(const std::vector<std::string>& values) {
  std::string out;
  for (const std::string& value : values) out += (out.empty() ? "" : ", ") + quoted(value);
  return out;
}

std::string name_or_all(const std::optional<Identifier>& name) {
  return name ? name->name : "all";
}

std::string modes_text(const TransactionModes& modes) {
  std::string out;
  if (modes.isolation) out += " isolation " + *modes.isolation;
  if (modes.read_only) out += *modes.read_only ? " read only" : " read write";
  if (modes.deferrable) out += *modes.deferrable ? " deferrable" : " not deferrable";
  return out;
}

}  // namespace

void Printer::session(const SetVariable& node) {
  line(std::string(node.local ? "set local " : "set ") + node.name +
       (node.values.empty() ? " default" : " = " + joined(node.values)));
}

void Printer::session(const ResetVariable& node) {
  line("reset " + node.name.value_or("all"));
}

void Printer::session(const Show& node) {
  line("show " + node.what + (node.relation ? " of " + name_text(*node.relation) : "") +
       (node.schema ? " in " + node.schema->name : "") + (node.like ? " like " + quoted(*node.like) : ""));
}

void Printer::session(const Discard& node) {
  line("discard " + node.what);
}

void Printer::session(const Flush&) {
  line("flush");
}

void Printer::session(const Transaction& node) {
  constexpr const char* kVerbs[] = {"begin",   "commit",      "rollback",        "savepoint",
                                    "release", "rollback to", "set transaction", "set session transactions"};
  line(kVerbs[static_cast<size_t>(node.verb)] + (node.savepoint ? " " + node.savepoint->name : "") +
       modes_text(node.modes) + (node.chain ? " and chain" : ""));
}

void Printer::session(const Prepare& node) {
  std::string types;
  for (const TypeName& type : node.types) types += (types.empty() ? "" : ", ") + type_text(type);
  line("prepare " + node.name.name + (types.empty() ? "" : " (" + types + ")"));
  const Block block(*this);
  statement(*node.statement);
}

void Printer::session(const Execute& node) {
  line("execute " + node.name.name);
  children(node.arguments);
}

void Printer::session(const Deallocate& node) {
  line("deallocate " + name_or_all(node.name));
}

void Printer::session(const DeclareCursor& node) {
  std::string text = "declare " + node.name.name;
  if (node.binary) text += " binary";
  if (node.scroll) text += *node.scroll ? " scroll" : " no scroll";
  if (node.hold) text += " with hold";
  line(text + (node.subscribed ? " to " + name_text(*node.subscribed) : ""));
  if (!node.query) return;
  const Block block(*this);
  statement(*node.query);
}

void Printer::session(const Fetch& node) {
  constexpr const char* kDirections[] = {"forward", "backward", "absolute", "relative"};
  line(std::string(node.is_move ? "move " : "fetch ") + kDirections[static_cast<size_t>(node.direction)] +
       " " + (node.count ? std::to_string(*node.count) : "all") + " from " + node.cursor.name);
}

void Printer::session(const CloseCursor& node) {
  line("close " + name_or_all(node.name));
}

void Printer::session(const Copy& node) {
  line(std::string("copy ") + (node.table ? name_text(*node.table) : "query") +
       (node.columns.empty() ? "" : " (" + names(node.columns) + ")") + (node.from ? " from" : " to") +
       (node.file ? " " + quoted(*node.file) : ""));
  const Block block(*this);
  for (const Copy::Setting& option : node.options)
    line("option " + option.name + (option.values.empty() ? "" : " " + joined(option.values)));
  if (node.query) statement(*node.query);
}

}  // namespace sqlmill::ast
