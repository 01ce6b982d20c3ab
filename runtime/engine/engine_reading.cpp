// What readers ask of the engine: epochs that stay readable, rows by scan, key and index.
#include <memory>
#include <numeric>

#include "runtime/engine/engine.h"
#include "runtime/engine/secondary_index.h"

namespace sqlmill::rt::engine {

uint32_t Engine::sealed_state_epoch() {
  return workers_[0].dataflow->pins().epoch() - 1;
}

bool Engine::renumbers_state() {
  return workers_[0].dataflow->pins().renumbers();
}

size_t Engine::kept_bytes() {
  size_t bytes = 0;
  for (Worker& worker : workers_) bytes += worker.dataflow->pins().kept_bytes();
  return bytes;
}

void Engine::set_pins(uint64_t oldest_epoch, uint32_t oldest, uint32_t newest) {
  errors_.keep_from(oldest_epoch);
  for (Worker& worker : workers_) worker.dataflow->pins().set(oldest, newest);
}

uint32_t Engine::read(size_t worker, size_t output, const Reading& reading, uint64_t epoch, Cursor& cursor,
                      uint32_t max_records, sql::Chunk& rows) {
  if (output == errors_output()) return errors_.read(epoch, reading.columns, cursor, max_records, rows);
  return workers_[worker].dataflow->read(output, reading, cursor, max_records, rows);
}

void Engine::find(size_t output, std::span<const uint32_t> columns, std::span<const sql::Datum> keys,
                  const Pin& pin, sql::Chunk& rows) {
  const size_t width = this->output(output).key.size();
  rows =
      make_chunk(this->output(output), columns, static_cast<uint32_t>(width > 0 ? keys.size() / width : 0));
  for (size_t at = 0; width > 0 && at < keys.size(); at += width) {
    for (size_t i = 0; i < workers_.size(); ++i) {
      workers_[i].dataflow->find(output, {pin.state_epoch, columns, pin.memory[i]->context},
                                 keys.subspan(at, width), rows);
    }
  }
}

size_t Engine::add_index(std::string name, size_t output, std::vector<uint32_t> columns) {
  const OutputInfo& info = this->output(output);
  index_infos_.push_back({std::move(name), output});
  std::vector<uint32_t> all(info.columns.size());
  std::iota(all.begin(), all.end(), 0);
  sql::Chunk chunk = make_chunk(info, all);
  std::vector<sql::Datum> row(all.size());
  for (size_t i = 0; i < workers_.size(); ++i) {
    Worker& worker = workers_[i];
    worker.dataflow->watch(output, true);
    worker.indexes.push_back(std::make_unique<SecondaryIndex>(columns, info.key, worker.dataflow->pins()));
    base::Arena arena;
    sql::Context context(arena);
    for (Cursor cursor; !cursor.at_end;) {
      chunk.rows = 0;
      read(i, output, {state::Pins::kLatest, all, context}, epochs_, cursor, UINT32_MAX, chunk);
      for (uint32_t r = 0; r < chunk.rows; ++r) {
        for (size_t c = 0; c < row.size(); ++c) row[c] = chunk.columns[c].datum(r);
        worker.indexes.back()->apply(1, row);
      }
      arena.reset();
    }
  }
  return index_infos_.size() - 1;
}

bool Engine::find_keys(size_t index, std::span<const sql::Datum> values, size_t most, base::Arena& memory,
                       std::vector<sql::Datum>& keys) {
  size_t count = 0;
  for (const Worker& worker : workers_) count += worker.indexes[index]->count(values);
  if (count > most) return false;
  for (const Worker& worker : workers_) {
    worker.indexes[index]->find(values, [&](std::span<const sql::Datum> key) {
      for (const sql::Datum& value : key) keys.push_back(sql::copy(value, memory));
    });
  }
  return true;
}

}  // namespace sqlmill::rt::engine
