// The text of a jsonpath.
#include <fmt/format.h>

#include "runtime/sql/jsonpath.h"

namespace sqlmill::rt::sql {

namespace {

/// What binds looser is in parentheses in what binds tighter.
int priority(PathKind kind) {
  switch (kind) {
    case PathKind::kOr:
      return 0;
    case PathKind::kAnd:
      return 1;
    case PathKind::kEqual:
    case PathKind::kNotEqual:
    case PathKind::kLess:
    case PathKind::kLessOrEqual:
    case PathKind::kGreater:
    case PathKind::kGreaterOrEqual:
    case PathKind::kStartsWith:
      return 2;
    case PathKind::kAdd:
    case PathKind::kSubtract:
      return 3;
    case PathKind::kMultiply:
    case PathKind::kDivide:
    case PathKind::kModulo:
      return 4;
    case PathKind::kPlus:
    case PathKind::kMinus:
      return 5;
    default:
      return 6;
  }
}

std::string level_text(uint32_t level) {
  return level == PathItem::kLeaves ? "last" : fmt::format("{}", level);
}

class Printer {
 public:
  explicit Printer(const JsonPath& path) : path_(path) {}

  std::string print() {
    if (!path_.lax) out_ += "strict ";
    chain(path_.root, true);
    return std::move(out_);
  }

 private:
  /// An item and its steps. `brackets`: around an operation.
  void chain(uint32_t at, bool brackets) {
    const PathItem& head = path_.at(at);
    // What a step follows has to be in parentheses, even where PostgreSQL leaves them out.
    const bool is_number = head.kind == PathKind::kConstant && json_kind(head.text) == JsonKind::kNumber;
    const bool prefixes = head.kind == PathKind::kNot || head.kind == PathKind::kExists || is_number ||
                          head.kind == PathKind::kIsUnknown;
    const bool has_steps = head.next != PathItem::kNone;
    const bool enclosed = prefixes ? has_steps : is_operation(head.kind) && (brackets || has_steps);
    if (enclosed) out_ += '(';
    begin(head);
    if (enclosed) out_ += ')';
    for (uint32_t next = head.next; next != PathItem::kNone; next = path_.at(next).next) step(path_.at(next));
  }

  void operand(const PathItem& of, uint32_t at) {
    chain(at, priority(path_.at(at).kind) <= priority(of.kind));
  }

  void begin(const PathItem& item) {
    switch (item.kind) {
      case PathKind::kRoot:
        out_ += '$';
        return;
      case PathKind::kCurrent:
        out_ += '@';
        return;
      case PathKind::kVariable:
        out_ += '$';
        append_json_string(item.text, out_);
        return;
      case PathKind::kConstant:
        out_ += item.text;
        return;
      case PathKind::kLast:
        out_ += "last";
        return;
      case PathKind::kPlus:
      case PathKind::kMinus:
        out_ += path_word(item.kind);
        operand(item, item.left);
        return;
      case PathKind::kNot:
        out_ += "!(";
        chain(item.left, false);
        out_ += ')';
        return;
      case PathKind::kIsUnknown:
        out_ += '(';
        chain(item.left, false);
        out_ += ") is unknown";
        return;
      case PathKind::kExists:
        out_ += "exists (";
        chain(item.left, false);
        out_ += ')';
        return;
      case PathKind::kLikeRegex:
        operand(item, item.left);
        out_ += " like_regex ";
        append_json_string(item.text, out_);
        if (!item.flags.empty()) out_ += fmt::format(" flag \"{}\"", item.flags);
        return;
      default:
        operand(item, item.left);
        out_ += fmt::format(" {} ", path_word(item.kind));
        operand(item, item.right);
    }
  }

  void step(const PathItem& item) {
    switch (item.kind) {
      case PathKind::kKey:
        out_ += '.';
        append_json_string(item.text, out_);
        return;
      case PathKind::kAnyKey:
        out_ += ".*";
        return;
      case PathKind::kAnyElement:
        out_ += "[*]";
        return;
      case PathKind::kSubscripts:
        subscripts(item);
        return;
      case PathKind::kDescendants:
        out_ += ".**";
        if (item.first_level == 0 && item.last_level == PathItem::kLeaves) return;
        out_ += '{' + level_text(item.first_level);
        if (item.last_level != item.first_level) out_ += " to " + level_text(item.last_level);
        out_ += '}';
        return;
      case PathKind::kFilter:
        out_ += "?(";
        chain(item.left, false);
        out_ += ')';
        return;
      default:
        out_ += fmt::format(".{}()", path_word(item.kind));
    }
  }

  void subscripts(const PathItem& item) {
    out_ += '[';
    for (const PathItem::Subscript& subscript : item.subscripts) {
      if (&subscript != item.subscripts.data()) out_ += ',';
      chain(subscript.from, false);
      if (subscript.to == PathItem::kNone) continue;
      out_ += " to ";
      chain(subscript.to, false);
    }
    out_ += ']';
  }

  const JsonPath& path_;
  std::string out_;
};

}  // namespace

bool is_operation(PathKind kind) {
  return kind >= PathKind::kAdd;
}

std::string_view path_word(PathKind kind) {
  switch (kind) {
    case PathKind::kType:
      return "type";
    case PathKind::kSize:
      return "size";
    case PathKind::kDouble:
      return "double";
    case PathKind::kCeiling:
      return "ceiling";
    case PathKind::kFloor:
      return "floor";
    case PathKind::kAbs:
      return "abs";
    case PathKind::kKeyvalue:
      return "keyvalue";
    case PathKind::kAdd:
    case PathKind::kPlus:
      return "+";
    case PathKind::kSubtract:
    case PathKind::kMinus:
      return "-";
    case PathKind::kMultiply:
      return "*";
    case PathKind::kDivide:
      return "/";
    case PathKind::kModulo:
      return "%";
    case PathKind::kAnd:
      return "&&";
    case PathKind::kOr:
      return "||";
    case PathKind::kEqual:
      return "==";
    case PathKind::kNotEqual:
      return "!=";
    case PathKind::kLess:
      return "<";
    case PathKind::kLessOrEqual:
      return "<=";
    case PathKind::kGreater:
      return ">";
    case PathKind::kGreaterOrEqual:
      return ">=";
    case PathKind::kStartsWith:
      return "starts with";
    default:
      return "";
  }
}

std::string print_jsonpath(const JsonPath& path) {
  return Printer(path).print();
}

}  // namespace sqlmill::rt::sql
