#include "runtime/pgwire/temporary_commands.h"

#include <algorithm>
#include <cctype>

#include "runtime/pgwire/command_reader.h"
#include "runtime/pgwire/errors.h"

namespace sqlmill::rt::pgwire {

namespace {

using namespace command;

/// The statement with spaces in the place of some of it, so that errors keep their positions.
class Blanked {
 public:
  explicit Blanked(std::string_view sql) : sql_(sql) {}
  void blank(uint32_t begin, uint32_t end) { std::fill(sql_.begin() + begin, sql_.begin() + end, ' '); }
  InnerSql until(uint32_t end) const { return {sql_.substr(0, end), 0}; }

 private:
  std::string sql_;
};

bool is_temporary_schema(std::string_view schema) {
  return schema == "pg_temp" || schema == catalog::kTemporarySchema;
}

OfTemporary::Name read_name(CommandReader& words) {
  OfTemporary::Name name{"", words.name()};
  if (words.take_symbol('.')) name = {name.name, words.name()};
  if (is_temporary_schema(name.schema)) name.schema.clear();
  return name;
}

bool take_temporary(CommandReader& words) {
  words.take_any({"local", "global"});
  return words.take_any({"temp", "temporary"});
}

query::OnCommit read_on_commit(CommandReader& words) {
  if (!words.take("on", "commit")) return query::OnCommit::kPreserveRows;
  if (words.take("drop")) return query::OnCommit::kDrop;
  if (words.take("delete", "rows")) return query::OnCommit::kDeleteRows;
  words.expect("preserve");
  words.expect("rows");
  return query::OnCommit::kPreserveRows;
}

/// What stands behind the columns; how rows are stored makes no difference.
query::OnCommit read_table_options(CommandReader& words) {
  if (words.take("using")) words.name();
  if (words.sees("with") && words.peek(1) && words.peek(1)->is_symbol('(')) {
    words.take("with");
    words.in_parentheses();
  } else {
    words.take("without", "oids");
  }
  const query::OnCommit on_commit = read_on_commit(words);
  if (words.take("tablespace")) words.name();
  return on_commit;
}

/// The query, and whether its rows are wanted.
void read_query(CommandReader& words, CreateTemporary& create) {
  create.query = words.rest();
  const std::vector<Word> inside = words_of(create.query.sql);
  const size_t count = inside.size();
  if (count < 3 || !inside[count - 1].is("data")) return;
  const bool is_without = inside[count - 2].is("no");
  const size_t with = count - (is_without ? 3 : 2);
  if (!inside[with].is("with")) return;
  create.with_data = !is_without;
  create.query.sql.resize(inside[with].begin);
}

std::optional<Command> read_create_table(CommandReader& words, std::string_view sql) {
  Blanked definition(sql);
  const uint32_t after_create = words.peek()->end;
  words.take("create");
  bool is_temporary = take_temporary(words);
  if (!words.sees("table")) return std::nullopt;
  definition.blank(after_create, words.peek()->begin);
  words.take("table");
  CreateTemporary create;
  if (words.take("if", "not")) {
    words.expect("exists");
    create.if_not_exists = true;
  }
  const uint32_t begin = words.peek() ? words.peek()->begin : 0;
  create.name = words.name();
  if (words.sees_symbol('.')) {
    const bool in_schema = is_temporary_schema(create.name);
    if (is_temporary && !in_schema)
      throw WireError("42P16", "cannot create temporary relation in non-temporary schema");
    is_temporary = in_schema;
    definition.blank(begin, words.peek()->end);
    words.take_symbol('.');
    create.name = words.name();
  }
  if (!is_temporary) return std::nullopt;
  uint32_t end = 0;
  InnerSql inside;
  if (words.sees_symbol('(')) {
    inside = words.in_parentheses();
    end = inside.begin + static_cast<uint32_t>(inside.sql.size()) + 1;
  }
  create.on_commit = read_table_options(words);
  if (words.take("as")) {
    if (end > 0) {
      CommandReader columns(inside.sql);
      do create.columns.push_back(columns.name());
      while (columns.take_symbol(','));
      columns.expect_end();
    }
    read_query(words, create);
    return create;
  }
  words.expect_if(end > 0);
  words.expect_end();
  create.definition = definition.until(end);
  return create;
}

std::optional<Command> read_names(CommandReader& words, OfTemporary statement) {
  if (words.take("if", "exists")) statement.if_exists = true;
  do {
    words.take("only");
    statement.names.push_back(read_name(words));
    words.take_symbol('*');
  } while (words.take_symbol(','));
  if (words.take_any({"restart", "continue"})) words.expect("identity");
  words.take_any({"cascade", "restrict"});
  words.expect_end();
  return statement;
}

/// A table of a session is small: it is looked through, whatever is indexed.
std::optional<Command> read_create_index(CommandReader& words, const Refused& refused) {
  words.take("create");
  if (!words.take("index")) return std::nullopt;
  words.take("concurrently");
  if (words.take("if", "not")) words.expect("exists");
  if (!words.take("on")) {
    words.name();
    words.expect("on");
  }
  words.take("only");
  OfTemporary index{OfTemporary::What::kIndex, {read_name(words)}, false, refused};
  if (words.take("using")) words.name();
  words.in_parentheses();
  return index;
}

}  // namespace

std::optional<Command> read_temporary(std::string_view sql, const Refused& refused) {
  CommandReader words(sql);
  if (words.sees("create")) {
    if (auto create = read_create_table(words, sql)) return create;
    CommandReader again(sql);
    return read_create_index(again, refused);
  }
  if (words.take("drop", "table")) return read_names(words, {OfTemporary::What::kDrop, {}, false, refused});
  if (words.take("truncate")) {
    words.take("table");
    return read_names(words, {OfTemporary::What::kTruncate, {}, false, refused});
  }
  return std::nullopt;
}

std::optional<Command> read_select_into(std::string_view sql) {
  constexpr std::string_view kInto = "into";
  const auto same = [](char a, char b) { return std::tolower(static_cast<unsigned char>(a)) == b; };
  if (std::search(sql.begin(), sql.end(), kInto.begin(), kInto.end(), same) == sql.end()) return std::nullopt;
  const std::vector<Word> words = words_of(sql);
  int depth = 0;
  for (size_t i = 0; i < words.size(); ++i) {
    depth += words[i].is_symbol('(');
    depth -= words[i].is_symbol(')');
    if (words[i].is("insert")) return std::nullopt;  // WITH … INSERT INTO.
    if (depth > 0 || !words[i].is(kInto)) continue;
    const uint32_t begin = words[i].begin;
    CommandReader target(sql.substr(begin));
    target.take(kInto);
    CreateTemporary create;
    const bool is_temporary = take_temporary(target);
    target.take("table");
    OfTemporary::Name name{"", target.name()};
    bool in_schema = false;
    if (target.take_symbol('.')) {
      in_schema = is_temporary_schema(name.name);
      name.name = target.name();
    }
    if (!is_temporary && !in_schema) {
      return Refused{"SELECT INTO is not possible: what a pipeline is made of was fixed when it was compiled",
                     "SELECT ... INTO TEMPORARY makes a table for this session."};
    }
    create.name = name.name;
    Blanked query(sql);
    query.blank(begin, target.peek() ? begin + target.peek()->begin : static_cast<uint32_t>(sql.size()));
    create.query = query.until(static_cast<uint32_t>(sql.size()));
    return create;
  }
  return std::nullopt;
}

}  // namespace sqlmill::rt::pgwire
