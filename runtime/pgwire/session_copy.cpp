// COPY of the session: what it copies, and what becomes of the rows that a client sends.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "runtime/pgwire/session.h"

namespace sqlmill::rt::pgwire {

namespace {

/// Rows of one INSERT: enough that what a statement costs does not show, few enough that it is parsed fast.
constexpr size_t kInsertRows = 128;

std::string name_list(const std::vector<std::string>& names) {
  std::string list;
  for (const std::string& name : names) list += (list.empty() ? "" : ", ") + quoted_name(name);
  return list;
}

/// `INSERT INTO t (a, b) VALUES ($1, $2), ($3, $4)`.
std::string insert_of(const std::string& table, const std::vector<std::string>& columns, size_t rows) {
  std::string sql = fmt::format("INSERT INTO {} ({}) VALUES ", quoted_name(table), name_list(columns));
  for (size_t row = 0, parameter = 0; row < rows; ++row) {
    sql += row == 0 ? "(" : ", (";
    for (size_t i = 0; i < columns.size(); ++i) sql += fmt::format("{}${}", i == 0 ? "" : ", ", ++parameter);
    sql += ")";
  }
  return sql;
}

}  // namespace

std::optional<std::string> Session::run(const command::Copy& copy, Portal& portal) {
  return copy.is_from ? copy_in(copy) : copy_out(copy, portal.statement->sql);
}

std::optional<std::string> Session::copy_out(const command::Copy& copy, const std::string& outer) {
  command::InnerSql query = copy.query;
  std::string_view text = outer;
  if (!copy.relation.empty()) {
    query = {fmt::format("SELECT {} FROM {}", copy.columns.empty() ? "*" : name_list(copy.columns),
                         quoted_name(copy.relation)),
             0};
    text = {};
  }
  std::shared_ptr<Portal> rows = make_inner_portal(query, text);
  watch(*rows);
  sending_ = Sending();
  sending_->copy = std::make_unique<CopyOut>(copy.options, rows->columns());
  sending_->copy->begin(*out_);
  sending_->portal = std::move(rows);
  sending_->rows_left = command::Fetch::kAll;
  sending_->tag = "COPY";
  return std::nullopt;
}

std::optional<std::string> Session::copy_in(const command::Copy& copy) {
  const catalog::Relation* table = catalog().find(copy.relation);
  if (!table) throw WireError("42P01", fmt::format("relation \"{}\" does not exist", copy.relation));
  std::vector<std::string> columns = copy.columns;
  if (columns.empty()) {
    for (const catalog::Column& column : table->columns) columns.push_back(column.name);
  }
  // The statement says what is wrong with the table or its columns, and what the types are.
  const std::shared_ptr<const Statement> insert = make_statement(insert_of(copy.relation, columns, 1), {});
  copy_in_ = std::make_shared<CopyIn>(copy.relation, columns, insert->parameter_types(), copy.options);
  write_copy_response('G', copy.options.format, columns.size(), *out_);
  return std::nullopt;
}

/// CopyData, CopyDone, CopyFail; Flush and Sync mean nothing in between.
void Session::handle_copy_data(const Message& message) {
  switch (message.type) {
    case 'd':
      copy_in_->add(message.body);
      return;
    case 'c': {
      copy_in_->finish();
      const std::shared_ptr<const CopyIn> copy = std::move(copy_in_);
      insert_copied(copy);
      complete(fmt::format("COPY {}", copy->rows()));
      return;
    }
    case 'f': {
      FieldReader fields(message.body);
      throw WireError("57014", fmt::format("COPY from stdin failed: {}", fields.read_string()));
    }
    case 'H':
    case 'S':
      return;
    default:
      throw WireError("08P01", fmt::format("unexpected message type 0x{:02X} during COPY from stdin",
                                           static_cast<unsigned char>(message.type)));
  }
}

/// All rows in one epoch, which is that of the transaction if there is one.
void Session::insert_copied(std::shared_ptr<const CopyIn> copy) {
  Portal portal(std::make_shared<Statement>());
  watch(portal);
  query::Limits limits;
  limits.stop = portal.stop.get_token();
  limits.session = this;
  limits.temporary = &temporary_;
  limits.write_until = settings_.write_until();
  query::Transaction alone;
  alone.is_blind = true;
  query::Transaction* transaction = this->transaction();
  if (!transaction) transaction = &alone;
  std::shared_ptr<const Statement> insert;
  const size_t width = copy->columns().size();
  for (size_t row = 0; row < copy->rows();) {
    const size_t rows = std::min(kInsertRows, copy->rows() - row);
    if (!insert || insert->parameter_types().size() != rows * width)
      insert = make_statement(insert_of(copy->table(), copy->columns(), rows), {});
    const auto first = copy->values().begin() + static_cast<ptrdiff_t>(row * width);
    database_.run(insert->prepared,
                  std::vector<sql::Datum>(first, first + static_cast<ptrdiff_t>(rows * width)), limits,
                  transaction);
    row += rows;
  }
  if (transaction == &alone) database_.commit(std::move(alone), limits);
  end_statement();
}

}  // namespace sqlmill::rt::pgwire
