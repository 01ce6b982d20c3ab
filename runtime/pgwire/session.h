// A client's session behind its login: what its messages mean. It never waits for the client: where it has
// written enough, or needs more messages, work() returns and is called again later. So a client that does not
// read, or does not write, costs no thread.
#pragma once

#include <chrono>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <variant>
#include <vector>

#include "runtime/pgwire/copy_in.h"
#include "runtime/pgwire/copy_out.h"
#include "runtime/pgwire/errors.h"
#include "runtime/pgwire/interrupt.h"
#include "runtime/pgwire/kept_rows.h"
#include "runtime/pgwire/messages.h"
#include "runtime/pgwire/sessions.h"
#include "runtime/pgwire/settings.h"
#include "runtime/pgwire/statement.h"
#include "runtime/pgwire/words.h"
#include "runtime/query/database.h"
#include "runtime/query/live_result.h"
#include "runtime/query/temporary_tables.h"

namespace sqlmill::rt::pgwire {

/// Ends a statement that takes too long: calls interrupt(kTimeout, number) when the time is over.
class Alarm {
 public:
  virtual ~Alarm() = default;
  virtual void set(std::chrono::milliseconds time, uint64_t statement) = 0;
  virtual void clear() = 0;
};

struct SessionInfo {
  std::string user;
  std::string database;
  bool is_read_only = false;
  int32_t process = 0;  // What a cancel request says.
  int32_t secret = 0;
  Sessions* all = nullptr;  // Of the server; null: there is this one only.
};

class Session : private query::SessionFacts {
 public:
  /// All must outlive it. `settings` are those of the start-up packet. `wake` is called, by any thread, when
  /// there is work again before wait_until().
  Session(query::Database& database, Settings settings, SessionInfo info, Interrupt& interrupt, Alarm& alarm,
          std::function<void()> wake);
  ~Session() override;
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  /// What follows AuthenticationOk.
  void greet(std::string& out);

  enum class Next : uint8_t { kRead, kWrite, kWait, kClose };
  /// Handles what has come. kWrite: `out` is full, and there is more to do when it is written. kWait: there
  /// is more to do when it was woken, or at wait_until().
  Next work(MessageBuffer& in, std::string& out);

  std::chrono::steady_clock::time_point wait_until() const;

  /// How long it may wait for the next message; zero: for ever.
  std::chrono::milliseconds idle_limit() const {
    return block_ == Block::kNone ? std::chrono::milliseconds(0) : settings_.idle_in_transaction_timeout();
  }

 private:
  enum class Block : uint8_t { kNone, kOpen, kFailed };

  /// What is being sent: rows of a portal, as DataRow or as COPY.
  struct Sending {
    std::shared_ptr<Portal> portal;
    ResultFormats formats;
    int64_t rows_left = 0;  // That may be sent.
    int64_t rows_sent = 0;
    bool is_move = false;  // Counted, not sent.
    bool ends_with_limit = false;
    std::string tag;                // FETCH, MOVE, COPY; empty: the result's.
    std::unique_ptr<CopyOut> copy;  // Null: DataRow.
    query::LiveResult* live =
        nullptr;  // Of the portal, if that has such; until then it waits for a first row.
    std::chrono::steady_clock::time_point wait_until;
    /// While it waits.
    std::unique_ptr<std::stop_callback<std::function<void()>>> wakes_when_stopped;
  };
  /// The statements of a simple query that are left.
  struct Script {
    std::string text;
    uint64_t tables_version = 0;  // With which they were made.
    struct Part {
      StatementText sql;
      std::shared_ptr<const Statement> statement;
      std::optional<WireError> error;  // Why there is none.
    };
    std::deque<Part> parts;
  };

  // session_facts.cpp: what statements ask
  std::string user() const override { return info_.user; }
  std::string database() const override { return info_.database; }
  int32_t process() const override { return info_.process; }
  bool is_read_only() const override { return info_.is_read_only; }
  std::optional<std::string> setting(std::string_view name) const override;
  std::vector<Setting> settings() const override;
  void set(std::string_view name, const std::string& value, bool is_local) override;
  std::vector<Other> sessions() const override;

  // session.cpp
  bool step(MessageBuffer& in);
  void handle(const Message& message);
  void handle_query(const std::string& sql);
  void run_next_part();
  /// False: it waits.
  bool send();
  bool send_changes();
  void send_rows();
  void finish_sending();
  void fail(const WireError& error);
  void end_statement();
  void ready();
  void complete(std::string_view tag);
  void notice(const WireError& notice);
  bool is_simple() const { return script_.has_value(); }

  // session_extended.cpp
  void handle_parse(FieldReader fields);
  void handle_bind(FieldReader fields);
  void handle_describe(FieldReader fields);
  void handle_execute(FieldReader fields);
  void handle_close(FieldReader fields);
  void handle_sync();
  /// It is prepared again if there are other temporary tables than when it was.
  std::shared_ptr<const Statement> statement(const std::string& name);
  std::shared_ptr<Portal> portal(const std::string& name) const;
  SharedColumns columns_of(const Statement& statement);

  // session_run.cpp
  /// Throws WireError. `begin`: of the statement in a longer text, whose positions errors have.
  std::shared_ptr<const Statement> make_statement(std::string_view sql, std::vector<uint32_t> oids,
                                                  std::string_view text = {}, uint32_t begin = 0);
  bool take_literals(std::string_view sql, Statement& statement);
  std::optional<std::string> explained(std::string_view sql);
  void begin_portal(Portal& portal);
  void start(std::shared_ptr<Portal> portal, int64_t max_rows);
  void run_statement(Portal& portal);
  /// Throws WireError for what the transaction or the role does not allow now.
  void check_allowed(const Statement& statement) const;
  /// Of a query inside another statement.
  std::shared_ptr<Portal> make_inner_portal(const command::InnerSql& inner, std::string_view outer);
  /// Null: the statement is one by itself.
  query::Transaction* transaction();
  /// From here on the portal is what is cancelled.
  void watch(const Portal& portal);

  // session_commands.cpp: each gives the tag, or has begun to send.
  std::optional<std::string> run_command(Portal& portal);
  std::optional<std::string> run(const command::Begin& begin, Portal& portal);
  std::optional<std::string> run(const command::End& end, Portal& portal);
  std::optional<std::string> run(const command::Savepoint& savepoint, Portal& portal);
  std::optional<std::string> run(const command::SetModes& set, Portal& portal);
  std::optional<std::string> run(const command::Set& set, Portal& portal);
  std::optional<std::string> run(const command::Reset& reset, Portal& portal);
  std::optional<std::string> run(const command::Show& show, Portal& portal);
  std::optional<std::string> run(const command::ShowRelations& show, Portal& portal);
  std::optional<std::string> run(const command::ShowColumns& show, Portal& portal);
  std::optional<std::string> run(const command::ShowCreate& show, Portal& portal);
  std::optional<std::string> run(const command::Discard& discard, Portal& portal);
  std::optional<std::string> run(const command::Prepare& prepare, Portal& portal);
  std::optional<std::string> run(const command::Execute& execute, Portal& portal);
  std::optional<std::string> run(const command::Deallocate& deallocate, Portal& portal);
  std::optional<std::string> run(const command::Declare& declare, Portal& portal);
  std::optional<std::string> run(const command::DeclareSubscription& declare, Portal& portal);
  std::optional<std::string> run(const command::Fetch& fetch, Portal& portal);
  std::optional<std::string> run(const command::CloseCursor& close, Portal& portal);
  std::optional<std::string> run(const command::Copy& copy, Portal& portal);
  std::optional<std::string> run(const command::Flush& flush, Portal& portal);
  std::optional<std::string> run(const command::CreateTemporary& create, Portal& portal);
  std::optional<std::string> run(const command::OfTemporary& statement, Portal& portal);
  std::optional<std::string> run(const command::Nothing& nothing, Portal& portal);
  std::optional<std::string> run(const command::Refused& refused, Portal& portal);
  void apply_modes(const command::TransactionModes& modes);
  void end_block(bool is_commit, Portal& portal);
  std::vector<sql::Datum> arguments(const command::Execute& execute, const std::string& outer,
                                    const Statement& statement, base::Arena& memory);

  // session_temporary.cpp
  const catalog::Catalog& catalog() const;
  void check_may_create() const;

  // session_cursors.cpp
  /// A cursor that DECLARE has made.
  struct Cursor {
    std::shared_ptr<Portal> portal;     // Whose rows are taken as they are fetched,
    std::unique_ptr<KeptRows> kept;     // or kept, so that it can go back or outlive its transaction.
    query::LiveResult* live = nullptr;  // What gives the portal's rows, if it follows a relation.
    bool can_scroll = false;
    bool with_hold = false;
    bool is_binary = false;
  };
  Cursor& cursor(const std::string& name);
  void keep(Cursor& cursor);
  std::string fetch_kept(Cursor& cursor, const command::Fetch& fetch, const ResultFormats& formats);
  ResultFormats formats_of(const Cursor& cursor, const Portal& portal) const;
  void close_cursors(bool with_held);

  // session_copy.cpp
  std::optional<std::string> copy_out(const command::Copy& copy, const std::string& outer);
  std::optional<std::string> copy_in(const command::Copy& copy);
  void handle_copy_data(const Message& message);
  void insert_copied(std::shared_ptr<const CopyIn> copy);

  query::Database& database_;
  Settings settings_;
  const SessionInfo info_;
  Interrupt& interrupt_;
  Alarm& alarm_;
  const std::function<void()> wake_;
  std::string* out_ = nullptr;  // While it works.

  Block block_ = Block::kNone;
  query::Transaction transaction_;  // While a block is open.
  std::stop_source stop_;           // When the session ends.
  struct Place {
    std::string name;
    size_t changes;  // Of the transaction, before it.
    query::TemporaryTables::State temporary;
  };
  std::vector<Place> savepoints_;
  query::TemporaryTables temporary_;
  query::TemporaryTables::State temporary_before_;  // The block.

  std::map<std::string, std::shared_ptr<const Statement>, std::less<>> statements_;
  std::map<std::string, std::shared_ptr<Portal>, std::less<>> portals_;
  std::map<std::string, Cursor, std::less<>> cursors_;

  std::optional<Script> script_;
  std::optional<Sending> sending_;
  std::shared_ptr<CopyIn> copy_in_;
  bool is_skipping_ = false;  // Until Sync.
  bool is_closing_ = false;
};

}  // namespace sqlmill::rt::pgwire
