#include "runtime/query/live_result.h"

#include <fmt/format.h>

#include <charconv>
#include <numeric>
#include <utility>

#include "runtime/query/engine_relations.h"
#include "runtime/query/values.h"

namespace sqlmill::rt::query {

namespace {

using engine::ChangeKind;
using engine::ChangePlace;

constexpr std::string_view kSnapshotTooOld = "72000";
constexpr std::string_view kFollowAnew =
    "Declare the cursor without SINCE: it then begins with the rows as they are.";

std::string_view name_of(ChangeKind kind) {
  switch (kind) {
    case ChangeKind::kInsert:
      return "Insert";
    case ChangeKind::kDelete:
      return "Delete";
    case ChangeKind::kUpdateDelete:
      return "UpdateDelete";
    case ChangeKind::kUpdateInsert:
      return "UpdateInsert";
  }
  __builtin_unreachable();
}

/// Of a relation that keeps its rows, and can be asked for its changes.
size_t output_of(const engine::PipelineInfo& pipeline, const catalog::Relation& relation) {
  for (size_t i = 0; i < pipeline.outputs.size(); ++i) {
    if (pipeline.outputs[i].name == relation.name && pipeline.outputs[i].is_readable) return i;
  }
  throw StatementError("42809", fmt::format("the changes of \"{}\" cannot be followed", relation.name),
                       "Those of tables and materialized views can.", std::nullopt);
}

struct EpochName {
  uint32_t incarnation = 0;
  ChangePlace place;
};

/// What fill_place() writes.
std::optional<EpochName> read_epoch(std::string_view text) {
  EpochName name;
  const char* at = text.data();
  const char* const end = at + text.size();
  const auto read = [&](auto& number, int base) {
    const std::from_chars_result result = std::from_chars(at, end, number, base);
    const bool is_number = result.ec == std::errc() && result.ptr != at;
    at = result.ptr;
    return is_number;
  };
  const auto take = [&](char c) {
    if (at == end || *at != c) return false;
    ++at;
    return true;
  };
  if (!read(name.incarnation, 16) || !take('-') || !read(name.place.epoch, 10)) return std::nullopt;
  if (at != end && (!take('.') || !read(name.place.rows, 10))) return std::nullopt;
  return at == end ? std::optional(name) : std::nullopt;
}

[[noreturn]] void raise(const engine::ChangesGone& error) {
  const bool is_early = error.reason() == engine::ChangesGone::Reason::kNotYet;
  throw StatementError(is_early ? "22023" : kSnapshotTooOld, error.what(), std::string(kFollowAnew),
                       std::nullopt);
}

}  // namespace

LiveResult::LiveResult(const engine::PipelineInfo& pipeline, engine::Engine& engine,
                       const catalog::Relation& relation, const LiveStart& start, const Limits& limits)
    : logs_(engine.change_logs()), output_(output_of(pipeline, relation)) {
  const engine::OutputInfo& info = engine.output(output_);
  for (uint32_t i = 0; i < info.visible_columns; ++i)
    columns_.push_back({std::string(info.columns[i].name), info.columns[i].type, true});
  columns_.push_back({"op", {TypeId::kText}, false});
  columns_.push_back({"epoch", {TypeId::kText}, true});
  for (const plan::OutputColumn& column : columns_) out_.columns.emplace_back(column.type.id);
  try {
    if (start.from == LiveStart::From::kRows)
      begin_rows(limits);
    else
      resume(start, limits);
  } catch (const engine::ReadError& error) {
    query::raise(error);
  } catch (const engine::ChangesGone& error) {
    raise(error);
  }
}

LiveResult::~LiveResult() = default;

void LiveResult::begin_rows(const Limits& limits) {
  engine::ChangeLogs::Beginning beginning = logs_.begin(output_, {limits.stop, limits.deadline});
  snapshot_ = std::move(beginning.snapshot);
  changes_ = std::move(beginning.changes);
  std::vector<uint32_t> visible(columns_.size() - 2);
  std::iota(visible.begin(), visible.end(), 0);
  scan_ = snapshot_->scan(output_, std::move(visible));
}

void LiveResult::resume(const LiveStart& start, const Limits& limits) {
  std::optional<ChangePlace> place;
  if (start.from == LiveStart::From::kEpoch) {
    const std::optional<EpochName> name = read_epoch(start.epoch);
    if (!name) {
      throw StatementError("22023", fmt::format("\"{}\" is no epoch", start.epoch),
                           "SINCE takes what the column epoch of an earlier row has shown, or now().",
                           std::nullopt);
    }
    if (name->incarnation != logs_.incarnation()) {
      throw StatementError(
          kSnapshotTooOld,
          fmt::format("the epoch {} is of an earlier run of the pipeline, whose changes are not kept",
                      start.epoch),
          std::string(kFollowAnew), std::nullopt);
    }
    place = name->place;
  }
  changes_ = logs_.resume(output_, place, {limits.stop, limits.deadline});
}

void LiveResult::catch_up(std::stop_token stop) {
  stop_ = std::move(stop);
  last_epoch_ = changes_->last_epoch();
}

const Chunk* LiveResult::next() {
  if (stop_.stop_requested())
    throw QueryError(ErrorCode::kQueryCanceled, "canceling statement due to user request");
  out_.rows = 0;
  memory_.reset();
  try {
    if (next_rows() || next_changes()) return &out_;
  } catch (const engine::ReadError& error) {
    query::raise(error);
  } catch (const engine::ChangesGone& error) {
    raise(error);
  }
  return nullptr;
}

void LiveResult::read_ahead() {
  while (scan_ && rows_ahead_.rows == 0) {
    if (!scan_->next(rows_ahead_)) scan_.reset();
  }
}

/// False: they have all been given.
bool LiveResult::next_rows() {
  read_ahead();
  if (rows_ahead_.rows == 0) {
    snapshot_.reset();  // What was given before is not looked at any more.
    return false;
  }
  Chunk rows = std::exchange(rows_ahead_, {});
  read_ahead();
  const size_t width = rows.columns.size();
  for (size_t i = 0; i < width; ++i) out_.columns[i] = std::move(rows.columns[i]);
  for (uint32_t row = 0; row < rows.rows; ++row) {
    out_.columns[width].set(row, sql::Text(name_of(ChangeKind::kInsert)));
    out_.columns[width + 1].set_null(row);
  }
  out_.rows = rows.rows;
  if (!scan_) fill_place(rows.rows - 1, {snapshot_->epoch()});
  return true;
}

bool LiveResult::next_changes() {
  borrowed_ = changes_->next(last_epoch_);
  if (!borrowed_.segment) return false;
  const engine::ChangeSegment& segment = *borrowed_.segment;
  const uint32_t count = borrowed_.end - borrowed_.begin;
  const size_t width = segment.columns.size();
  for (size_t i = 0; i < width; ++i) {
    out_.columns[i] =
        Vector(segment.columns[i].type());  // The old one may share its values with a chunk of rows.
    copy_rows(segment.columns[i], borrowed_.begin, count, out_.columns[i], 0);
  }
  for (uint32_t row = 0; row < count; ++row) {
    const engine::ChangeMark& mark = segment.marks[borrowed_.begin + row];
    out_.columns[width].set(row, sql::Text(name_of(mark.kind)));
    fill_place(row, mark.behind);
  }
  out_.rows = count;
  return true;
}

void LiveResult::fill_place(uint32_t row, const ChangePlace& place) {
  fmt::memory_buffer text;
  fmt::format_to(std::back_inserter(text), "{:08x}-{}", logs_.incarnation(), place.epoch);
  if (place.rows != ChangePlace::kAll) fmt::format_to(std::back_inserter(text), ".{}", place.rows);
  out_.columns.back().set(row, sql::Text(memory_.copy({text.data(), text.size()})));
}

}  // namespace sqlmill::rt::query
