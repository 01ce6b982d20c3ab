// Cursors of SQL: DECLARE, FETCH, MOVE, CLOSE.
#include <fmt/format.h>

#include <utility>

#include "runtime/pgwire/session.h"

namespace sqlmill::rt::pgwire {

namespace {

using command::Fetch;
using Direction = Fetch::Direction;

}  // namespace

/// Throws WireError.
Session::Cursor& Session::cursor(const std::string& name) {
  const auto found = cursors_.find(name);
  if (found != cursors_.end()) return found->second;
  // A portal that Bind has made is a cursor, too. Once it has been taken for one it is one.
  const auto bound = portals_.find(name);
  if (!name.empty() && bound != portals_.end() && bound->second->statement->prepared &&
      !bound->second->statement->is_write()) {
    if (!bound->second->has_begun) begin_portal(*bound->second);
    Cursor made;
    made.portal = bound->second;
    return cursors_.emplace(name, std::move(made)).first->second;
  }
  throw WireError("34000", fmt::format("cursor \"{}\" does not exist", name));
}

void Session::close_cursors(bool with_held) {
  std::erase_if(cursors_, [&](const auto& entry) { return with_held || !entry.second.with_hold; });
}

/// Takes what is left of its rows.
void Session::keep(Cursor& cursor) {
  if (cursor.kept || cursor.live) return;
  cursor.kept = std::make_unique<KeptRows>(*cursor.portal->rows);
  cursor.portal->rows.reset();  // Its epoch is not needed any more.
}

std::optional<std::string> Session::run(const command::Declare& declare, Portal& portal) {
  if (block_ == Block::kNone && !declare.with_hold && !script_)
    throw WireError("25P01", "DECLARE CURSOR can only be used in transaction blocks");
  if (cursors_.contains(declare.name))
    throw WireError("42P03", fmt::format("cursor \"{}\" already exists", declare.name));
  Cursor cursor;
  cursor.portal = make_inner_portal(declare.query, portal.statement->sql);
  cursor.can_scroll = declare.can_scroll;
  cursor.with_hold = declare.with_hold;
  cursor.is_binary = declare.is_binary;
  if (declare.is_binary) cursor.portal->formats = ResultFormats::all(WireFormat::kBinary);
  if (declare.can_scroll || (declare.with_hold && block_ == Block::kNone)) keep(cursor);
  cursors_[declare.name] = std::move(cursor);
  return "DECLARE CURSOR";
}

/// It is of the session: no transaction's epoch is what it gives, and no end of one closes it.
std::optional<std::string> Session::run(const command::DeclareSubscription& declare, Portal& portal) {
  if (cursors_.contains(declare.name))
    throw WireError("42P03", fmt::format("cursor \"{}\" already exists", declare.name));
  const catalog::Relation* relation = database_.catalog().find(declare.relation);
  if (!relation) throw WireError("42P01", fmt::format("relation \"{}\" does not exist", declare.relation));
  query::Limits limits;
  limits.stop = portal.stop.get_token();
  std::unique_ptr<query::LiveResult> live = database_.follow(*relation, declare.start, limits);
  Cursor cursor;
  cursor.portal = std::make_shared<Portal>(portal.statement);
  cursor.portal->described = std::make_shared<const query::ResultColumns>(live->columns());
  cursor.portal->has_begun = true;
  cursor.live = live.get();
  cursor.portal->rows = std::make_unique<RowStream>(std::move(live));
  cursor.with_hold = true;
  cursors_[declare.name] = std::move(cursor);
  return "DECLARE CURSOR";
}

/// Those that FETCH was bound with; a cursor that is BINARY gives binary.
ResultFormats Session::formats_of(const Cursor& cursor, const Portal& portal) const {
  return cursor.is_binary ? ResultFormats::all(WireFormat::kBinary) : portal.formats;
}

std::optional<std::string> Session::run(const command::Fetch& fetch, Portal& portal) {
  Cursor& from = cursor(fetch.name);
  const std::string tag = fetch.is_move ? "MOVE" : "FETCH";
  const ResultFormats formats = formats_of(from, portal);
  formats.check(from.portal->columns().size());
  if (!fetch.is_move) portal.described = from.portal->described;
  if (from.kept) {
    if (!fetch.is_move && is_simple()) write_row_description(*portal.described, formats, *out_);
    portal.described.reset();  // They have been described.
    return fmt::format("{} {}", tag, fetch_kept(from, fetch, formats));
  }
  const bool is_forward =
      fetch.direction == Direction::kForward || (fetch.direction == Direction::kRelative && fetch.count == 1);
  if (!is_forward) {
    throw WireError("55000", "cursor can only scan forward",
                    "Declare it with SCROLL option to enable backward scan.");
  }
  portal.formats = formats;
  if (from.live) from.portal->stop = std::stop_source();  // What was cancelled before goes on.
  watch(*from.portal);                                    // Its rows are computed as they are fetched.
  sending_ = Sending();
  sending_->portal = from.portal;
  sending_->formats = formats;
  sending_->rows_left = fetch.count;
  sending_->is_move = fetch.is_move;
  sending_->tag = tag;
  sending_->live = from.live;
  sending_->wait_until = std::chrono::steady_clock::now() + fetch.timeout;
  return std::nullopt;
}

/// Moves, and sends the rows that it comes to. Returns their number.
std::string Session::fetch_kept(Cursor& cursor, const Fetch& fetch, const ResultFormats& formats) {
  KeptRows& rows = *cursor.kept;
  int64_t sent = 0;
  const auto send_row = [&] {
    const int64_t at = rows.position();
    if (at < 1 || at > rows.size()) return;
    ++sent;
    if (!fetch.is_move)
      write_data_row(rows.chunk(at), KeptRows::index(at), cursor.portal->columns(), formats, *out_);
  };
  if (!cursor.can_scroll &&
      (fetch.direction == Direction::kBackward || fetch.direction == Direction::kAbsolute))
    throw WireError("55000", "cursor can only scan forward",
                    "Declare it with SCROLL option to enable backward scan.");
  switch (fetch.direction) {
    case Direction::kAbsolute:
      rows.move_to(fetch.count >= 0 ? fetch.count : rows.size() + 1 + fetch.count);
      send_row();
      break;
    case Direction::kRelative:
      rows.move_to(rows.position() + fetch.count);
      send_row();
      break;
    case Direction::kForward:
    case Direction::kBackward: {
      const int64_t step = fetch.direction == Direction::kForward ? 1 : -1;
      if (fetch.count == 0) send_row();  // The row at which it is, again.
      for (int64_t left = fetch.count; left > 0; --left) {
        rows.move_to(rows.position() + step);
        if (rows.position() < 1 || rows.position() > rows.size()) break;
        send_row();
      }
      break;
    }
  }
  return std::to_string(sent);
}

std::optional<std::string> Session::run(const command::CloseCursor& close, Portal&) {
  if (close.name.empty()) {
    close_cursors(true);
    return "CLOSE CURSOR ALL";
  }
  cursor(close.name);
  cursors_.erase(close.name);
  portals_.erase(close.name);
  return "CLOSE CURSOR";
}

}  // namespace sqlmill::rt::pgwire
