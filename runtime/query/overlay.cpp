#include "runtime/query/overlay.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <numeric>

#include "runtime/engine/row_encoding.h"
#include "runtime/ops/reading.h"
#include "runtime/query/table_columns.h"

namespace sqlmill::rt::query {

namespace {

/// All of the table's columns, then the row's number.
std::vector<uint32_t> numbered_columns(const catalog::Relation& table) {
  std::vector<uint32_t> columns(table.columns.size());
  std::iota(columns.begin(), columns.end(), 0);
  columns.push_back(ops::kRowNumber);
  return columns;
}

/// The canonical bytes of the first columns of a row.
std::string encoding_of(const Chunk& rows, uint32_t row, size_t columns) {
  std::vector<Datum> values;
  for (size_t c = 0; c < columns; ++c) values.push_back(rows.columns[c].datum(row));
  std::string bytes;
  engine::append_encoding(values, bytes);
  return bytes;
}

[[noreturn]] void raise_changed(bool is_gone) {
  throw CommitError(
      "40001", fmt::format("could not serialize access due to concurrent {}", is_gone ? "delete" : "update"));
}

}  // namespace

Overlay::Overlay(const catalog::Relation& table)
    : table_(table), rows_(types_of(table), execution_), keys_(0, key_types(table), execution_) {}

// ---- Entries ----

uint32_t Overlay::keep(const Chunk& rows, uint32_t row) {
  std::vector<const Vector*> columns;
  for (size_t c = 0; c < table_.columns.size(); ++c) columns.push_back(&rows.columns[c]);
  rows_.add(columns, row);
  return static_cast<uint32_t>(rows_.rows() - 1);
}

Datum Overlay::kept(uint32_t row, size_t column) const {
  return rows_.chunks()[row / sql::kVectorRows].columns[column].datum(row % sql::kVectorRows);
}

std::string Overlay::encoding(uint32_t row) const {
  return encoding_of(rows_.chunks()[row / sql::kVectorRows], row % sql::kVectorRows, table_.columns.size());
}

void Overlay::set(uint32_t entry, Sight sight) {
  Entry& e = entries_[entry];
  touched_ += (sight.state != State::kAsItIs) - (e.now.state != State::kAsItIs);
  changes_.push_back({entry, e.last_change, e.now});
  e.last_change = static_cast<uint32_t>(changes_.size() - 1);
  e.now = sight;
}

Overlay::Sight Overlay::sight(uint32_t entry, uint32_t version) const {
  Sight sight = entries_[entry].now;
  for (uint32_t change = entries_[entry].last_change; change != kNone && change >= version;
       change = changes_[change].earlier) {
    sight = changes_[change].before;
  }
  return sight;
}

void Overlay::undo(uint32_t version) {
  for (uint32_t change = this->version(); change-- > version;) {
    const uint32_t entry = changes_[change].entry;
    const Sight sight = this->sight(entry, version);
    if (sight != entries_[entry].now) set(entry, sight);
  }
}

uint32_t Overlay::add_entry(int64_t number) {
  entries_.push_back({});
  entries_.back().number = number;
  return static_cast<uint32_t>(entries_.size() - 1);
}

std::vector<uint32_t> Overlay::identity() const {
  return has_key() ? table_.primary_key : std::vector<uint32_t>{ops::kRowNumber};
}

void Overlay::find(std::span<const Vector* const> identity, uint32_t rows, uint32_t* entries) {
  if (has_key()) return keys_.find(identity, rows, entries);
  for (uint32_t i = 0; i < rows; ++i) {
    const auto found = by_number_.find(identity[0]->get<int64_t>(i));
    entries[i] = found == by_number_.end() ? kNone : found->second;
  }
}

void Overlay::find_or_add(const Chunk& rows, uint32_t* entries) {
  keys_.find_or_add(key_columns(table_, rows), nullptr, rows.rows, entries, [&](char*) { add_entry(0); });
}

void Overlay::read(uint32_t entry, uint32_t row, std::span<const uint32_t> columns, Chunk& out,
                   uint32_t to) const {
  const Chunk& from = rows_.chunks()[row / sql::kVectorRows];
  for (size_t c = 0; c < columns.size(); ++c) {
    if (columns[c] == ops::kRowNumber) {
      out.columns[c].set(to, -1 - static_cast<int64_t>(entry));
    } else {
      copy_rows(from.columns[columns[c]], row % sql::kVectorRows, 1, out.columns[c], to);
    }
  }
}

// ---- Adding ----

void Overlay::add(const ChangedRows& rows, Relations& base, Insertion insertion) {
  const uint32_t start = version();
  try {
    if (has_key())
      add_by_key(rows, base, insertion);
    else
      add_by_number(rows);
  } catch (...) {
    undo(start);
    throw;
  }
}

void Overlay::insert_by_key(const Chunk& rows, Relations& base, Insertion insertion) {
  std::array<uint32_t, sql::kVectorRows> found;
  find_or_add(rows, found.data());
  std::vector<Datum> keys;
  std::vector<uint32_t> fresh;  // Entries that nothing is known of.
  for (uint32_t i = 0; i < rows.rows; ++i) {
    if (entries_[found[i]].now.state == State::kAsItIs) {
      fresh.push_back(found[i]);
      for (const Vector* column : key_columns(table_, rows)) keys.push_back(column->datum(i));
    }
  }
  for (const uint32_t entry : fresh) {
    entries_[entry].before = kNone;
    entries_[entry].insertion = insertion;
  }
  if (!fresh.empty() && insertion != Insertion::kBlind) {
    const Chunk there = base.find(table_, numbered_columns(table_), keys);
    std::array<uint32_t, sql::kVectorRows> entries;
    find(key_columns(table_, there), there.rows, entries.data());
    for (uint32_t i = 0; i < there.rows; ++i) {
      if (entries_[entries[i]].before == kNone) entries_[entries[i]].before = keep(there, i);
    }
  }
  for (uint32_t i = 0; i < rows.rows; ++i) set(found[i], {State::kPut, keep(rows, i)});
}

void Overlay::add_by_key(const ChangedRows& rows, Relations& base, Insertion insertion) {
  if (rows.before.empty()) {
    for (const Chunk& chunk : rows.after) insert_by_key(chunk, base, insertion);
    return;
  }
  // A row keeps its key when it is changed.
  std::array<uint32_t, sql::kVectorRows> found;
  for (size_t chunk = 0; chunk < rows.before.size(); ++chunk) {
    const Chunk& before = rows.before[chunk];
    find_or_add(before, found.data());
    for (uint32_t i = 0; i < before.rows; ++i) {
      if (Entry& entry = entries_[found[i]]; entry.now.state == State::kAsItIs) {
        entry.insertion = Insertion::kChecked;
        entry.before = keep(before, i);
      }
      set(found[i],
          rows.after.empty() ? Sight{State::kGone} : Sight{State::kPut, keep(rows.after[chunk], i)});
    }
  }
}

void Overlay::add_by_number(const ChangedRows& rows) {
  if (rows.before.empty()) {
    for (const Chunk& chunk : rows.after) {
      for (uint32_t i = 0; i < chunk.rows; ++i) set(add_entry(-1), {State::kPut, keep(chunk, i)});
    }
    return;
  }
  size_t at = 0;
  for (size_t chunk = 0; chunk < rows.before.size(); ++chunk) {
    for (uint32_t i = 0; i < rows.before[chunk].rows; ++i, ++at) {
      const int64_t number = rows.numbers[at];
      uint32_t entry = static_cast<uint32_t>(-1 - number);
      if (number >= 0) {
        const auto [place, is_new] = by_number_.try_emplace(number, kNone);
        if (is_new) place->second = add_entry(number);
        entry = place->second;
        if (entries_[entry].now.state == State::kAsItIs) entries_[entry].before = keep(rows.before[chunk], i);
      }
      set(entry, rows.after.empty() ? Sight{State::kGone} : Sight{State::kPut, keep(rows.after[chunk], i)});
    }
  }
}

// ---- Applying ----

bool Overlay::changes_table(const Entry& entry) const {
  switch (entry.now.state) {
    case State::kAsItIs:
      return false;
    case State::kGone:
      return entry.before != kNone;
    case State::kPut:
      return entry.before == kNone || encoding(entry.before) != encoding(entry.now.row);
  }
  __builtin_unreachable();
}

/// `newest`: has in `row` what the table has now; null: it has nothing.
void Overlay::check(const Entry& entry, const Chunk* newest, uint32_t row) const {
  if (entry.insertion == Insertion::kBlind) return;
  if (entry.before != kNone) {
    if (!newest) raise_changed(true);
    if (encoding_of(*newest, row, table_.columns.size()) != encoding(entry.before)) raise_changed(false);
  } else if (newest) {
    if (entry.insertion == Insertion::kOnConflict) raise_changed(false);
    throw CommitError("23505",
                      fmt::format("duplicate key value violates unique constraint \"{}_pkey\"", table_.name));
  }
}

void Overlay::check_some(std::span<const uint32_t> some, Relations& newest, engine::TableWrite& write) {
  std::vector<Datum> keys;
  for (const uint32_t entry : some) {
    const Entry& e = entries_[entry];
    const uint32_t row = e.now.state == State::kPut ? e.now.row : e.before;
    for (const uint32_t column : table_.primary_key) keys.push_back(kept(row, column));
  }
  const Chunk there = newest.find(table_, numbered_columns(table_), keys);
  std::array<uint32_t, sql::kVectorRows> found;
  find(key_columns(table_, there), there.rows, found.data());
  std::unordered_map<uint32_t, uint32_t> row_of;
  for (uint32_t i = 0; i < there.rows; ++i) row_of.emplace(found[i], i);
  for (const uint32_t entry : some) {
    const auto row = row_of.find(entry);
    const bool is_there = row != row_of.end();
    check(entries_[entry], is_there ? &there : nullptr, is_there ? row->second : 0);
    if (is_there && entries_[entry].now.state == State::kGone)
      write.erased.push_back(static_cast<uint64_t>(there.columns.back().get<int64_t>(row->second)));
  }
}

void Overlay::check_by_key(Relations& newest, engine::TableWrite& write) {
  std::vector<uint32_t> changed;
  for (uint32_t entry = 0; entry < entries(); ++entry) {
    if (entries_[entry].insertion != Insertion::kBlind && changes_table(entries_[entry]))
      changed.push_back(entry);
  }
  for (size_t begin = 0; begin < changed.size(); begin += sql::kVectorRows) {
    const size_t count = std::min<size_t>(changed.size() - begin, sql::kVectorRows);
    check_some(std::span(changed).subspan(begin, count), newest, write);
  }
}

/// A row's number may be another's by now if nothing has kept the epoch that it is from; the bytes tell.
void Overlay::check_by_number(Relations& newest, engine::TableWrite& write) {
  size_t expected = 0;
  for (const Entry& entry : entries_) expected += entry.before != kNone && changes_table(entry);
  if (expected == 0) return;
  const OperatorPtr rows = newest.scan(table_, numbered_columns(table_), execution_);
  while (const Chunk* chunk = rows->next()) {
    for (uint32_t i = 0; i < chunk->rows; ++i) {
      const int64_t number = chunk->columns.back().get<int64_t>(i);
      const auto found = by_number_.find(number);
      if (found == by_number_.end() || !changes_table(entries_[found->second])) continue;
      check(entries_[found->second], chunk, i);
      write.erased.push_back(static_cast<uint64_t>(number));
    }
  }
  if (write.erased.size() < expected) raise_changed(true);
}

engine::TableWrite Overlay::write(size_t input, Relations& newest) {
  engine::TableWrite write{input, {}, {}};
  if (has_key())
    check_by_key(newest, write);
  else
    check_by_number(newest, write);
  std::vector<uint32_t> columns(table_.columns.size());
  std::iota(columns.begin(), columns.end(), 0);
  for (uint32_t entry = 0; entry < entries(); ++entry) {
    const Entry& e = entries_[entry];
    if (e.now.state != State::kPut || !changes_table(e)) continue;
    if (write.inserted.empty() || write.inserted.back().rows == sql::kVectorRows) {
      Chunk& chunk = write.inserted.emplace_back();
      for (const TypeId type : types_of(table_)) chunk.columns.emplace_back(type);
    }
    Chunk& chunk = write.inserted.back();
    read(entry, e.now.row, columns, chunk, chunk.rows++);
  }
  return write;
}

}  // namespace sqlmill::rt::query
