// From records of a JSON source to rows of generated types. What does not decode goes to the error log, with
// the record.
#pragma once

#include <algorithm>
#include <span>
#include <string>
#include <string_view>

#include "runtime/base/prefetch.h"
#include "runtime/delta/raw_record.h"
#include "runtime/formats/json_scanner.h"
#include "runtime/formats/json_value.h"
#include "runtime/ops/environment.h"

namespace sqlmill::rt::formats {

/// A column declared NOT NULL.
template <class T>
T required(sql::Context& context, const sql::Nullable<T>& value, std::string_view column) {
  if (!value.has_value()) [[unlikely]] {
    context.fail(sql::ErrorCode::kNotNullViolation,
                 "column \"" + std::string(column) + "\" must not be NULL");
  }
  return value.value();
}

/// One input of one worker.
template <class Row, class Words>
class JsonInput {
 public:
  /// `decode(context, words, record, fields, row)`.
  using Decode = void (*)(sql::Context&, Words&, const delta::RawRecord&, const JsonField*, Row&);

  JsonInput(std::string_view relation, std::span<const JsonColumn> columns, Decode decode, Words& words)
      : relation_(relation), scanner_(columns), fields_(columns.size()), decode_(decode), words_(words) {}

  /// Appends a row for each record that decodes.
  template <class Batch>
  void read(ops::Environment& env, std::span<const delta::RawRecord> records, Batch& batch) {
    for (size_t i = 0; i < records.size(); ++i) {
      if (i + kAskedAhead < records.size()) {
        if (const auto& later = records[i + kAskedAhead].payload; later && !later->empty())
          base::prefetch(later->data(), std::min(later->size(), kMostAsked));
      }
      const delta::RawRecord& record = records[i];
      if (!record.payload) [[unlikely]] {
        log(env, record, "22000", "the record has no value (a tombstone), and FORMAT PLAIN needs one");
        continue;
      }
      if (!scanner_.scan(*record.payload, fields_.data())) [[unlikely]] {
        log(env, record, "22032", scanner_.error());
        continue;
      }
      decode_(env.context, words_, record, fields_.data(), batch.add_empty());
      if (env.context.failed()) [[unlikely]] {
        batch.drop_last();
        const sql::Error error = env.context.take_error();
        log(env, record, sql::sqlstate(error.code), error.message);
      }
    }
  }

  void end_epoch() { scanner_.forget(); }

 private:
  /// Records, whose payloads have left the nearest cache since they were delivered, and bytes of each.
  static constexpr size_t kAskedAhead = 3;
  static constexpr size_t kMostAsked = 1024;

  [[gnu::cold, gnu::noinline]] void log(ops::Environment& env, const delta::RawRecord& record,
                                        std::string_view state, std::string_view reason) {
    std::optional<std::string> raw;
    if (record.payload) raw.emplace(*record.payload);
    env.errors.add({relation_, relation_, record.partition, record.offset, std::string(state),
                    std::string(reason), std::move(raw)});
  }

  std::string_view relation_;
  JsonScanner scanner_;
  std::vector<JsonField> fields_;
  Decode decode_;
  Words& words_;  // Of all workers.
};

}  // namespace sqlmill::rt::formats
