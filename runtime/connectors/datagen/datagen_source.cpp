#include "runtime/connectors/datagen/datagen_source.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

#include "runtime/base/arena.h"
#include "runtime/connectors/datagen/generator.h"
#include "runtime/formats/json_writer.h"

namespace sqlmill::rt::connectors {

namespace {

using Clock = std::chrono::steady_clock;

constexpr int64_t kDefaultRowsPerSecond = 10;  // RisingWave's.

struct GeneratedColumn {
  std::string key;  // `"name":`
  std::unique_ptr<Generator> generator;
};

class DatagenSource : public engine::Source {
 public:
  DatagenSource(std::vector<GeneratedColumn> columns, int64_t rows_per_second, std::optional<uint64_t> rows,
                uint64_t first_row)
      : columns_(std::move(columns)), rows_per_second_(rows_per_second), rows_(rows), next_row_(first_row) {}

  size_t poll(std::vector<delta::RawRecord>& records, const engine::Bounds& bounds) override {
    if (!started_) {
      start_ = Clock::now();
      started_ = next_row_;
    }
    size_t bytes = 0;
    for (uint64_t n = std::min<uint64_t>(rows_due(), bounds.records); n > 0 && bytes < bounds.bytes; --n) {
      append_row(records);
      bytes += json_.size();
    }
    return bytes;
  }

  engine::Wake wake() const override {
    if (reached_end() || !started_ || rows_per_second_ == 0) return {};
    const double seconds =
        static_cast<double>(next_row_ - *started_ + 1) / static_cast<double>(rows_per_second_);
    // Rounded up: a moment too early would be waited out by asking again and again.
    return {-1, start_ + std::chrono::nanoseconds(static_cast<int64_t>(seconds * 1e9) + 1)};
  }

  void release() override { arena_.reset(); }
  engine::Offsets next_offsets() const override { return {{0, static_cast<int64_t>(next_row_)}}; }
  bool reached_end() const override { return rows_ && next_row_ >= *rows_; }

 private:
  uint64_t rows_due() const {
    if (reached_end()) return 0;
    const uint64_t left = rows_ ? *rows_ - next_row_ : UINT64_MAX;
    if (rows_per_second_ == 0) return left;
    const double seconds = std::chrono::duration<double>(Clock::now() - start_).count();
    const auto allowed = static_cast<uint64_t>(seconds * static_cast<double>(rows_per_second_));
    const uint64_t made = next_row_ - *started_;
    return allowed > made ? std::min(allowed - made, left) : 0;
  }

  void append_row(std::vector<delta::RawRecord>& records) {
    json_.clear();
    json_ += '{';
    for (const GeneratedColumn& column : columns_) {
      if (json_.size() > 1) json_ += ',';
      json_ += column.key;
      column.generator->append(next_row_, json_);
    }
    json_ += '}';
    delta::RawRecord& record = records.emplace_back();
    record.payload = arena_.copy(json_);
    record.offset = static_cast<int64_t>(next_row_++);
  }

  std::vector<GeneratedColumn> columns_;
  int64_t rows_per_second_;  // 0: no limit.
  std::optional<uint64_t> rows_;
  uint64_t next_row_;
  std::optional<uint64_t> started_;  // The first row of this run, made at start_.
  Clock::time_point start_;
  base::Arena arena_;  // Payloads until release().
  std::string json_;
};

}  // namespace

std::unique_ptr<engine::Source> open_datagen_source(const ResolvedInput& input) {
  const Options& options = input.options;
  const auto seed = static_cast<uint64_t>(options.integer("datagen.seed", 0));
  std::vector<GeneratedColumn> columns;
  for (const engine::Column& column : input.columns) {
    std::string key;
    formats::append_json_string(column.name, key);
    key += ':';
    // Columns of one seed must not all draw the same numbers.
    const uint64_t own_seed = seed * 0x9e3779b97f4a7c15u + (columns.size() + 1) * 0xd1342543de82ef95u;
    columns.push_back({std::move(key), make_generator(options, column, own_seed)});
  }
  for (const auto& [name, value] : options.values) {
    const base::Connector* connector = base::find_connector("datagen", OptionUse::kSource);
    const base::ConnectorOption* option = base::find_option(*connector, OptionUse::kSource, name);
    const auto wanted = option == nullptr ? std::nullopt : base::option_column(*option, name);
    const auto is_wanted = [&](const engine::Column& column) { return column.name == *wanted; };
    if (wanted && std::none_of(input.columns.begin(), input.columns.end(), is_wanted)) {
      throw OptionError(
          fmt::format("{}: option \"{}\": there is no column \"{}\"", options.relation, name, *wanted));
    }
  }
  std::optional<uint64_t> rows;
  if (options.find("datagen.rows")) rows = static_cast<uint64_t>(options.integer("datagen.rows", 0));
  const auto resumed = input.start_offsets.find(0);
  const uint64_t first_row =
      resumed == input.start_offsets.end() ? 0 : static_cast<uint64_t>(resumed->second);
  return std::make_unique<DatagenSource>(
      std::move(columns), options.integer("datagen.rows.per.second", kDefaultRowsPerSecond), rows, first_row);
}

}  // namespace sqlmill::rt::connectors
