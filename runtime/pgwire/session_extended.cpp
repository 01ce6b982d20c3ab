// The extended query protocol: Parse, Bind, Describe, Execute, Close, Sync.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "runtime/base/duty.h"
#include "runtime/pgwire/relation_listing.h"
#include "runtime/pgwire/session.h"
#include "runtime/pgwire/words.h"

namespace sqlmill::rt::pgwire {

namespace {

WireFormat format_of(int16_t code) {
  if (code != 0 && code != 1) throw WireError("22023", fmt::format("unsupported format code: {}", code));
  return static_cast<WireFormat>(code);
}

std::vector<WireFormat> read_formats(FieldReader& fields) {
  std::vector<WireFormat> formats;
  for (int16_t count = fields.read_int16(); count > 0; --count)
    formats.push_back(format_of(fields.read_int16()));
  return formats;
}

bool same_types(const SharedColumns& described, const SharedColumns& other) {
  const Columns& a = described ? described->columns : Columns();
  const Columns& b = other ? other->columns : Columns();
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const auto& x, const auto& y) { return x.type == y.type; });
}

void write_parameters(const std::vector<uint32_t>& oids, std::string& out) {
  MessageWriter message(out);
  message.begin('t').int16(static_cast<int16_t>(oids.size()));
  for (const uint32_t oid : oids) message.int32(static_cast<int32_t>(oid));
  message.end();
}

}  // namespace

std::shared_ptr<const Statement> Session::statement(const std::string& name) {
  const auto found = statements_.find(name);
  if (found != statements_.end()) {
    const Statement& old = *found->second;
    if (old.tables_version == temporary_.version() || !old.prepared) return found->second;
    std::shared_ptr<const Statement> made = make_statement(old.sql, old.parameter_oids);
    if (!same_types(columns_of(old), columns_of(*made)))
      throw WireError("0A000", "cached plan must not change result type");
    return found->second = std::move(made);
  }
  throw WireError("26000", name.empty() ? "unnamed prepared statement does not exist"
                                        : fmt::format("prepared statement \"{}\" does not exist", name));
}

std::shared_ptr<Portal> Session::portal(const std::string& name) const {
  const auto found = portals_.find(name);
  if (found != portals_.end()) return found->second;
  const auto cursor = cursors_.find(name);  // Of DECLARE: psycopg asks what it gives.
  if (cursor != cursors_.end()) return cursor->second.portal;
  throw WireError("34000", fmt::format("portal \"{}\" does not exist", name));
}

void Session::handle_parse(FieldReader fields) {
  const std::string name(fields.read_string());
  const std::string sql(fields.read_string());
  std::vector<uint32_t> oids;
  for (int16_t count = fields.read_int16(); count > 0; --count)
    oids.push_back(static_cast<uint32_t>(fields.read_int32()));
  fields.expect_end();
  if (name.empty()) {
    statements_.erase(name);
  } else if (statements_.contains(name)) {
    throw WireError("42P05", fmt::format("prepared statement \"{}\" already exists", name));
  }
  check_text(sql);
  const std::vector<StatementText> texts = split_statements(sql);
  if (texts.size() > 1) throw WireError("42601", "cannot insert multiple commands into a prepared statement");
  std::shared_ptr<const Statement> made =
      texts.empty() ? std::make_shared<const Statement>()
                    : make_statement(texts[0].sql, std::move(oids), sql, texts[0].begin);
  if (block_ == Block::kFailed) check_allowed(*made);
  statements_[name] = std::move(made);
  MessageWriter(*out_).put('1');
}

void Session::handle_bind(FieldReader fields) {
  const std::string portal_name(fields.read_string());
  const std::string statement_name(fields.read_string());
  auto made = std::make_shared<Portal>(statement(statement_name));
  const Statement& statement = *made->statement;
  const std::vector<WireFormat> formats = read_formats(fields);
  const auto count = static_cast<uint16_t>(fields.read_int16());
  if (formats.size() > 1 && formats.size() != count) {
    throw WireError("08P01", fmt::format("bind message has {} parameter formats but {} parameters",
                                         formats.size(), count));
  }
  const std::vector<sql::Type>& types = statement.parameter_types();
  if (count != types.size()) {
    throw WireError(
        "08P01", fmt::format("bind message supplies {} parameters, but prepared statement \"{}\" requires {}",
                             count, statement_name, types.size()));
  }
  if (block_ == Block::kFailed) check_allowed(statement);
  sql::Context context(made->memory);
  for (size_t i = 0; i < count; ++i) {
    const int32_t size = fields.read_int32();
    if (size < 0) {
      made->parameters.push_back(sql::Datum::null(types[i].id));
      continue;
    }
    const WireFormat format = formats.empty() ? WireFormat::kText : formats[formats.size() == 1 ? 0 : i];
    made->parameters.push_back(
        read_value(context, types[i], format, fields.read_bytes(static_cast<size_t>(size))));
  }
  made->formats = ResultFormats(read_formats(fields));
  fields.expect_end();
  made->described = columns_of(statement);
  made->formats.check(made->columns().size());
  if (!portal_name.empty() && portals_.contains(portal_name))
    throw WireError("42P03", fmt::format("cursor \"{}\" already exists", portal_name));
  portals_[portal_name] = std::move(made);
  MessageWriter(*out_).put('2');
}

/// What Describe says of the rows; what a cursor or another statement gives is theirs.
SharedColumns Session::columns_of(const Statement& of) {
  if (of.prepared) return described(*of.prepared);
  if (!of.command) return {};
  if (const auto* execute = std::get_if<command::Execute>(&*of.command))
    return columns_of(*statement(execute->name));
  if (const auto* fetch = std::get_if<command::Fetch>(&*of.command)) {
    const auto found = cursors_.find(fetch->name);
    return found == cursors_.end() || fetch->is_move ? nullptr : found->second.portal->described;
  }
  Columns columns = columns_of_command(*of.command);
  return columns.empty() ? nullptr : std::make_shared<const query::ResultColumns>(std::move(columns));
}

void Session::handle_describe(FieldReader fields) {
  const char kind = static_cast<char>(fields.read_byte());
  const std::string name(fields.read_string());
  fields.expect_end();
  if (kind != 'S' && kind != 'P')
    throw ProtocolError(fmt::format("invalid DESCRIBE message subtype {}", static_cast<int>(kind)));
  SharedColumns columns;
  ResultFormats formats;
  if (kind == 'S') {
    const std::shared_ptr<const Statement> described = statement(name);
    if (block_ == Block::kFailed) check_allowed(*described);
    write_parameters(described->parameter_oids, *out_);
    columns = columns_of(*described);
  } else {
    const std::shared_ptr<Portal> described = portal(name);
    if (block_ == Block::kFailed) check_allowed(*described->statement);
    columns = described->described;
    formats = described->formats;
  }
  if (!columns)
    MessageWriter(*out_).put('n');
  else
    write_row_description(*columns, formats, *out_);
}

void Session::handle_execute(FieldReader fields) {
  const std::string name(fields.read_string());
  const int32_t max_rows = fields.read_int32();
  fields.expect_end();
  std::shared_ptr<Portal> run = portal(name);
  if (run->statement->is_empty()) {
    MessageWriter(*out_).put('I');
    return;
  }
  if (!run->has_begun) {
    begin_portal(*run);
  } else if (run->rows) {
    check_allowed(*run->statement);
    watch(*run);
  } else {
    throw WireError("55000", fmt::format("portal \"{}\" cannot be run", name));
  }
  start(std::move(run), max_rows > 0 ? max_rows : command::Fetch::kAll);
}

void Session::handle_close(FieldReader fields) {
  const char kind = static_cast<char>(fields.read_byte());
  const std::string name(fields.read_string());
  fields.expect_end();
  if (kind != 'S' && kind != 'P')
    throw ProtocolError(fmt::format("invalid CLOSE message subtype {}", static_cast<int>(kind)));
  if (kind == 'S') {
    statements_.erase(name);
  } else {
    portals_.erase(name);
    cursors_.erase(name);
  }
  MessageWriter(*out_).put('3');
}

void Session::handle_sync() {
  is_skipping_ = false;
  if (block_ == Block::kNone) {
    if (std::any_of(portals_.begin(), portals_.end(),
                    [](const auto& entry) { return !entry.second->statement->is_quick(); }))
      base::give_duty_away();  // It may have kept much.
    portals_.clear();
    close_cursors(false);
  }
  ready();
}

}  // namespace sqlmill::rt::pgwire
