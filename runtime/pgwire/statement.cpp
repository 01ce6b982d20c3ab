#include "runtime/pgwire/statement.h"

namespace sqlmill::rt::pgwire {

bool Statement::is_write() const {
  if (!prepared) return false;
  const auto& node = prepared->bound().node;
  return std::holds_alternative<bind::InsertStatement>(node) ||
         std::holds_alternative<bind::UpdateStatement>(node) ||
         std::holds_alternative<bind::DeleteStatement>(node);
}

bool Statement::is_temporary_write() const {
  if (!prepared) return false;
  const auto& node = prepared->bound().node;
  const auto* insert = std::get_if<bind::InsertStatement>(&node);
  const auto* update = std::get_if<bind::UpdateStatement>(&node);
  const auto* remove = std::get_if<bind::DeleteStatement>(&node);
  const catalog::Relation* table = insert   ? insert->table
                                   : update ? update->table
                                   : remove ? remove->table
                                            : nullptr;
  return table && query::is_temporary(*table);
}

const std::vector<sql::Type>& Statement::parameter_types() const {
  static const std::vector<sql::Type> none;
  return prepared && literals.empty() ? prepared->parameter_types() : none;
}

bool Statement::is_quick() const {
  if (prepared) return prepared->is_quick();
  if (!command) return true;
  return std::visit(
      []<class T>(const T&) {
        using namespace command;  // NOLINT: all of them are
        return std::is_same_v<T, Begin> || std::is_same_v<T, Savepoint> || std::is_same_v<T, SetModes> ||
               std::is_same_v<T, Set> || std::is_same_v<T, Reset> || std::is_same_v<T, Show> ||
               std::is_same_v<T, Deallocate> || std::is_same_v<T, Nothing> || std::is_same_v<T, Refused>;
      },
      *command);
}

SharedColumns described(const query::Prepared& prepared) {
  return prepared.gives_rows() ? prepared.result() : nullptr;
}

const Columns& Portal::columns() const {
  static const Columns kNone;
  return described ? described->columns : kNone;
}

bool RowStream::has_row() {
  while (!at_end_ && (!chunk_ || row_ >= chunk_->rows)) {
    row_ = 0;
    chunk_ = result_->next();
    at_end_ = !chunk_;
  }
  return !at_end_;
}

}  // namespace sqlmill::rt::pgwire
