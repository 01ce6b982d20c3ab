#include "runtime/pgwire/session.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "runtime/base/duty.h"
#include "runtime/pgwire/error_mapping.h"
#include "runtime/pgwire/words.h"

namespace sqlmill::rt::pgwire {

namespace {

/// Beyond that the client must read before more is made.
constexpr size_t kOutputBytes = 64 * 1024;

/// Others need not wait for what is that long to be read.
constexpr size_t kLongMessage = 16 * 1024;

/// Levels of client_min_messages below which notices are sent.
bool wants_notices(const std::string& level) {
  return level != "warning" && level != "error" && level != "fatal" && level != "panic";
}

}  // namespace

Session::Session(query::Database& database, Settings settings, SessionInfo info, Interrupt& interrupt,
                 Alarm& alarm, std::function<void()> wake)
    : database_(database),
      settings_(std::move(settings)),
      info_(std::move(info)),
      interrupt_(interrupt),
      alarm_(alarm),
      wake_(std::move(wake)),
      temporary_(database.catalog()) {
  settings_.on_report([this](std::string_view name, const std::string& value) {
    if (info_.all && name == "application_name") info_.all->rename(info_.process, value);
    MessageWriter(*out_).begin('S').string(name).string(value).end();
  });
}

Session::~Session() {
  alarm_.clear();
  stop_.request_stop();
}

void Session::greet(std::string& out) {
  out_ = &out;
  settings_.report_all();
  MessageWriter(out).begin('K').int32(info_.process).int32(info_.secret).end();
  ready();
}

std::chrono::steady_clock::time_point Session::wait_until() const {
  return sending_->wait_until;
}

Session::Next Session::work(MessageBuffer& in, std::string& out) {
  out_ = &out;
  while (!is_closing_) {
    if (out.size() >= kOutputBytes) return Next::kWrite;
    try {
      if (!step(in)) return sending_ ? Next::kWait : Next::kRead;
    } catch (...) {
      fail(current_wire_error());
    }
  }
  return Next::kClose;
}

/// False: it waits for rows, or needs a message that has not come.
bool Session::step(MessageBuffer& in) {
  if (sending_) return send();
  if (interrupt_.is_closed()) {
    throw WireError(Severity::kFatal, "57P01", "terminating connection due to administrator command");
  }
  if (script_ && !copy_in_) {
    run_next_part();
    return true;
  }
  const std::optional<Message> message = in.next();
  if (!message) return false;
  handle(*message);
  return true;
}

void Session::handle(const Message& message) {
  if (message.type == 'X') {
    is_closing_ = true;
    return;
  }
  if (is_skipping_ && message.type != 'S') return;
  if (copy_in_) {
    base::give_duty_away();
    handle_copy_data(message);
    return;
  }
  if (message.body.size() > kLongMessage) base::give_duty_away();
  const FieldReader fields(message.body);
  switch (message.type) {
    case 'Q': {
      FieldReader query = fields;
      const std::string sql(query.read_string());
      query.expect_end();
      handle_query(sql);
      return;
    }
    case 'P':
      return handle_parse(fields);
    case 'B':
      return handle_bind(fields);
    case 'D':
      return handle_describe(fields);
    case 'E':
      return handle_execute(fields);
    case 'C':
      return handle_close(fields);
    case 'S':
      return handle_sync();
    case 'H':  // All that is there is sent anyway.
    case 'd':  // Rest of a COPY that has failed.
    case 'c':
    case 'f':
      return;
    case 'F':
      fail(WireError("0A000", "the function call message is not supported"));
      ready();
      return;
    default:
      throw ProtocolError(fmt::format("invalid frontend message type {}",
                                      static_cast<int>(static_cast<unsigned char>(message.type))));
  }
}

// ---- Simple queries ----

void Session::handle_query(const std::string& sql) {
  script_ = Script{sql, temporary_.version(), {}};  // Errors are of a simple query from here on.
  portals_.erase("");
  check_text(sql);
  const std::vector<StatementText> texts = split_statements(script_->text);
  if (texts.empty()) {
    MessageWriter(*out_).put('I');
    script_.reset();
    ready();
    return;
  }
  // A syntax error anywhere in the text comes before anything is run; what else is wrong with a statement is
  // said when it is its turn.
  for (const StatementText& text : texts) {
    try {
      script_->parts.push_back({text, make_statement(text.sql, {}, sql, text.begin), std::nullopt});
    } catch (const WireError& error) {
      if (error.sqlstate() == "42601") throw;
      script_->parts.push_back({text, nullptr, error});
    }
  }
}

void Session::run_next_part() {
  if (script_->parts.empty()) {
    script_.reset();
    if (block_ == Block::kNone) close_cursors(false);
    ready();
    return;
  }
  Script::Part part = std::move(script_->parts.front());
  script_->parts.pop_front();
  if (script_->tables_version != temporary_.version() && block_ != Block::kFailed) {
    part.error.reset();
    part.statement = make_statement(part.sql.sql, {}, script_->text, part.sql.begin);
  }
  if (part.error) {
    if (block_ == Block::kFailed) check_allowed(Statement{});
    throw WireError(*part.error);
  }
  auto portal = std::make_shared<Portal>(part.statement);
  begin_portal(*portal);
  if (portal->described) write_row_description(*portal->described, portal->formats, *out_);
  start(std::move(portal), command::Fetch::kAll);
}

// ---- Sending rows ----

/// Until all is sent, or the output is full.
bool Session::send() {
  if (!sending_->portal->statement->is_quick()) base::give_duty_away();
  if (sending_->live) return send_changes();
  if (sending_->portal->rows) send_rows();
  if (out_->size() < kOutputBytes) finish_sending();
  return true;
}

/// What there is; if that is nothing, it waits for something, but not for more.
bool Session::send_changes() {
  Sending& sending = *sending_;
  while (true) {
    if (sending.rows_sent == 0) {
      sending.wakes_when_stopped.reset();
      sending.live->catch_up(sending.portal->stop.get_token());
      sending.portal->rows->resume();
    }
    send_rows();
    if (out_->size() >= kOutputBytes) return true;
    const bool waits = sending.rows_sent == 0 && sending.rows_left > 0 &&
                       std::chrono::steady_clock::now() < sending.wait_until;
    if (!waits) break;
    if (!sending.live->call_at_change(wake_)) continue;
    sending.wakes_when_stopped =
        std::make_unique<std::stop_callback<std::function<void()>>>(sending.portal->stop.get_token(), wake_);
    return false;
  }
  finish_sending();
  return true;
}

void Session::send_rows() {
  Sending& sending = *sending_;
  RowStream& rows = *sending.portal->rows;
  while (sending.rows_left > 0 && rows.has_row()) {
    if (out_->size() >= kOutputBytes) return;
    if (sending.copy)
      sending.copy->write_row(rows.chunk(), rows.row(), *out_);
    else if (!sending.is_move)
      write_data_row(rows.chunk(), rows.row(), sending.portal->columns(), sending.formats, *out_);
    rows.advance();
    ++sending.rows_sent;
    --sending.rows_left;
  }
}

void Session::finish_sending() {
  const Sending sending = std::move(*sending_);
  sending_.reset();
  end_statement();
  if (sending.ends_with_limit && sending.rows_left == 0) {
    MessageWriter(*out_).put('s');
    return;
  }
  if (sending.copy) sending.copy->finish(*out_);
  if (!sending.tag.empty()) return complete(fmt::format("{} {}", sending.tag, sending.rows_sent));
  if (!sending.portal->rows) return complete(sending.portal->tag);
  // Of a SELECT that is taken in parts, the rows of this part.
  const std::string tag = sending.portal->rows->result().tag();
  complete(tag.starts_with("SELECT ") ? fmt::format("SELECT {}", sending.rows_sent) : tag);
}

// ---- What is common ----

void Session::end_statement() {
  interrupt_.end();
  alarm_.clear();
}

void Session::fail(const WireError& given) {
  end_statement();
  WireError error = given;
  if (const std::optional<InterruptReason> reason = interrupt_.reason();
      reason && error.sqlstate() == "57014") {
    switch (*reason) {
      case InterruptReason::kCancel:
        error = WireError("57014", "canceling statement due to user request");
        break;
      case InterruptReason::kTimeout:
        error = WireError("57014", "canceling statement due to statement timeout");
        break;
      case InterruptReason::kGone:
        error = WireError(Severity::kFatal, "08006", "connection to client lost");
        break;
      case InterruptReason::kShutdown:
        error = WireError(Severity::kFatal, "57P01", "terminating connection due to administrator command");
        break;
    }
  }
  write_error(error, *out_);
  if (error.is_fatal()) {
    is_closing_ = true;
    return;
  }
  sending_.reset();
  copy_in_.reset();
  if (block_ != Block::kNone) block_ = Block::kFailed;
  portals_.clear();
  if (savepoints_.empty()) {  // Nothing of the transaction will be used any more.
    close_cursors(false);
    transaction_ = {};
  }
  if (script_) {
    script_.reset();
    ready();
  } else {
    is_skipping_ = true;
  }
}

void Session::ready() {
  if (block_ == Block::kNone) temporary_.commit();
  const char status = block_ == Block::kNone ? 'I' : block_ == Block::kOpen ? 'T' : 'E';
  MessageWriter(*out_).begin('Z').byte(status).end();
}

void Session::complete(std::string_view tag) {
  MessageWriter(*out_).begin('C').string(tag).end();
}

void Session::notice(const WireError& notice) {
  const std::string level = settings_.show("client_min_messages");
  if (wants_notices(level) || (level == "warning" && notice.severity() == Severity::kWarning))
    write_notice(notice, *out_);
}

}  // namespace sqlmill::rt::pgwire
