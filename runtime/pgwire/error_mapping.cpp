#include "runtime/pgwire/error_mapping.h"

#include <algorithm>
#include <exception>
#include <new>

#include "runtime/engine/readers.h"
#include "runtime/pgwire/messages.h"
#include "runtime/sql/utf8.h"

namespace sqlmill::rt::pgwire {

uint32_t characters_before(std::string_view text, size_t byte) {
  return static_cast<uint32_t>(std::count_if(text.begin(), text.begin() + static_cast<ptrdiff_t>(byte),
                                             [](char c) { return !sql::is_utf8_continuation(c); }));
}

WireError wire_error(const query::StatementError& error, std::string_view text, size_t begin) {
  std::optional<uint32_t> position = error.position();
  if (position) *position += characters_before(text, begin);
  return {Severity::kError, error.sqlstate(), error.what(), error.hint(), position};
}

WireError current_wire_error() {
  try {
    throw;
  } catch (const WireError& error) {
    return error;
  } catch (const query::StatementError& error) {
    return wire_error(error, {}, 0);
  } catch (const query::QueryError& error) {
    return {sql::sqlstate(error.code()), error.what()};
  } catch (const query::CommitError& error) {
    return {error.sqlstate(), error.what()};
  } catch (const engine::ReadError& error) {
    const bool is_lost = error.reason() == engine::ReadEnd::kPinLost;
    const bool is_whole = error.reason() != engine::ReadEnd::kNotWhole;
    return {is_lost ? "72000" : is_whole ? "57014" : "55000", error.what()};
  } catch (const ProtocolError& error) {
    return {Severity::kFatal, "08P01", error.what()};
  } catch (const std::bad_alloc&) {
    return {"53200", "out of memory"};
  } catch (const std::exception& error) {
    return {"XX000", error.what()};
  }
}

}  // namespace sqlmill::rt::pgwire
