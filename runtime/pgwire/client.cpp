#include "runtime/pgwire/client.h"

#include <fmt/format.h>

#include <asio/connect.hpp>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/write.hpp>
#include <optional>
#include <utility>

#include "runtime/base/arena.h"
#include "runtime/pgwire/errors.h"
#include "runtime/pgwire/messages.h"
#include "runtime/pgwire/scram.h"
#include "runtime/pgwire/values.h"

namespace sqlmill::rt::pgwire {

namespace {

using asio::ip::tcp;

constexpr int kVersion = 3 << 16;
constexpr size_t kReadBytes = 64 * 1024;

/// What an ErrorResponse says, on several lines.
std::string error_text(std::string_view body, std::string_view sql) {
  FieldReader fields(body);
  std::string message, sqlstate, detail, hint, position;
  while (const char field = static_cast<char>(fields.read_byte())) {
    const std::string value(fields.read_string());
    if (field == 'M') message = value;
    if (field == 'C') sqlstate = value;
    if (field == 'D') detail = value;
    if (field == 'H') hint = value;
    if (field == 'P') position = value;
  }
  std::string text = fmt::format("{} (SQLSTATE {})", message, sqlstate);
  if (!position.empty() && !sql.empty()) text += fmt::format(", at character {}", position);
  if (!detail.empty()) text += "\ndetail: " + detail;
  if (!hint.empty()) text += "\nhint: " + hint;
  return text;
}

}  // namespace

class Client::Implementation {
 public:
  explicit Implementation(const ClientOptions& options) : options_(options), socket_(io_) {
    asio::error_code error;
    tcp::resolver resolver(io_);
    const auto endpoints = resolver.resolve(options.host, std::to_string(options.port), error);
    if (!error) asio::connect(socket_, endpoints, error);
    if (error) {
      throw ClientError(
          fmt::format("nothing answers at {}:{} ({}): is the pipeline running, and does it listen there?",
                      options.host, options.port, error.message()));
    }
    log_in();
  }

  void run(std::string_view sql) {
    sql_ = sql;
    MessageWriter message(out_);
    message.begin('P').string("").string(sql).int16(0).end();
    message.begin('B').string("").string("").int16(0).int16(0).int16(1).int16(1).end();
    message.begin('D').byte('P').string("").end();
    message.begin('E').string("").int32(0).end();
    message.put('S');
    send();
    while (true) {
      const Message answer = receive();
      if (answer.type == 'E') fail(answer.body);
      if (answer.type == 'n') break;
      if (answer.type != 'T') continue;
      describe(FieldReader(answer.body));
      break;
    }
  }

  const sql::Chunk* next() {
    chunk_.rows = 0;
    memory_.reset();
    while (!is_done_ && chunk_.rows < sql::kVectorRows) {
      const Message message = receive();
      switch (message.type) {
        case 'D':
          add_row(FieldReader(message.body));
          break;
        case 'C':
          tag_ = FieldReader(message.body).read_string();
          break;
        case 'E':
          fail(message.body);
        case 'Z':
          is_done_ = true;
          break;
        default:  // Notices, and what needs no answer.
          break;
      }
    }
    return chunk_.rows > 0 ? &chunk_ : nullptr;
  }

  const Columns& columns() const { return columns_; }
  const std::string& tag() const { return tag_; }

 private:
  [[noreturn]] void fail(std::string_view body) { throw ClientError(error_text(body, sql_)); }

  void log_in() {
    std::string packet;
    append_int32(kVersion, packet);
    for (const std::string_view text :
         {std::string_view("user"), std::string_view(options_.user), std::string_view("application_name"),
          std::string_view("sqlmill query")})
      packet.append(text).push_back('\0');
    packet += '\0';
    append_int32(static_cast<int32_t>(packet.size() + 4), out_);
    out_ += packet;
    send();
    std::optional<ScramClient> scram;
    for (Message message = receive(); message.type != 'Z'; message = receive()) {
      if (message.type == 'E') fail(message.body);
      if (message.type == 'R') answer(FieldReader(message.body), scram);
    }
  }

  void answer(FieldReader fields, std::optional<ScramClient>& scram) {
    MessageWriter message(out_);
    switch (fields.read_int32()) {
      case 0:
        return;
      case 3:
        message.begin('p').string(password()).end();
        break;
      case 10:
        scram.emplace(password());
        message.begin('p').string("SCRAM-SHA-256").int32(static_cast<int32_t>(scram->first().size()));
        message.bytes(scram->first()).end();
        break;
      case 11:
        if (!scram) throw ClientError("the server's login makes no sense");
        message.begin('p').bytes(scram->last(fields.rest())).end();
        break;
      case 12:
        if (!scram || !scram->is_right(fields.rest()))
          throw ClientError(
              "the server does not know the password either: it is not the one that it seems to be");
        return;
      default:
        throw ClientError("the server asks for a login that is not supported");
    }
    send();
  }

  const std::string& password() const {
    if (options_.password.empty()) throw ClientError("the server asks for a password: set PGPASSWORD");
    return options_.password;
  }

  void send() {
    asio::error_code error;
    asio::write(socket_, asio::buffer(out_), error);
    out_.clear();
    if (error) throw ClientError(fmt::format("the connection is lost: {}", error.message()));
  }

  Message receive() {
    while (true) {
      if (const std::optional<Message> message = in_.next(UINT32_MAX)) return *message;
      char* room = in_.room(kReadBytes);
      asio::error_code error;
      const size_t bytes = socket_.read_some(asio::buffer(room, in_.room_size()), error);
      if (error) throw ClientError(fmt::format("the connection is lost: {}", error.message()));
      in_.filled(bytes);
    }
  }

  void describe(FieldReader fields) {
    chunk_.columns.clear();
    for (int16_t count = fields.read_int16(); count > 0; --count) {
      plan::OutputColumn column{std::string(fields.read_string()), {}, true};
      fields.read_bytes(6);
      const std::optional<sql::Type> type = type_of(static_cast<uint32_t>(fields.read_int32()));
      column.type = type && type->id != sql::TypeId::kUnknown ? *type : sql::Type{sql::TypeId::kText};
      fields.read_bytes(8);
      chunk_.columns.emplace_back(column.type.id);
      columns_.push_back(std::move(column));
    }
  }

  void add_row(FieldReader fields) {
    sql::Context context(memory_);
    fields.read_int16();
    for (size_t i = 0; i < columns_.size(); ++i) {
      const int32_t size = fields.read_int32();
      if (size < 0) {
        chunk_.columns[i].set_null(chunk_.rows);
        continue;
      }
      chunk_.columns[i].set_datum(chunk_.rows, read_value(context, columns_[i].type, WireFormat::kBinary,
                                                          fields.read_bytes(static_cast<size_t>(size))));
    }
    ++chunk_.rows;
  }

  const ClientOptions options_;
  asio::io_context io_;
  tcp::socket socket_;
  std::string out_;
  MessageBuffer in_;
  std::string sql_;
  Columns columns_;
  base::Arena memory_;
  sql::Chunk chunk_;
  std::string tag_;
  bool is_done_ = false;
};

namespace {

/// What goes wrong below is a lie of the server's.
template <class Do>
auto guarded(Do action) {
  try {
    return action();
  } catch (const ClientError&) {
    throw;
  } catch (const std::exception& error) {
    throw ClientError(fmt::format("the server does not keep to the protocol: {}", error.what()));
  }
}

}  // namespace

Client::Client(const ClientOptions& options)
    : implementation_(guarded([&] { return std::make_unique<Implementation>(options); })) {}

Client::~Client() = default;

void Client::run(std::string_view sql) {
  guarded([&] { implementation_->run(sql); });
}

const Columns& Client::columns() const {
  return implementation_->columns();
}

const sql::Chunk* Client::next() {
  return guarded([&] { return implementation_->next(); });
}

const std::string& Client::tag() const {
  return implementation_->tag();
}

}  // namespace sqlmill::rt::pgwire
