#include "compiler/codegen/write_changes.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace sqlmill::codegen {

namespace {

constexpr size_t kLastBit = 63;

using Columns = std::set<uint32_t>;

void collect(const plan::ExprRef& expr, Columns& columns) {
  if (expr) plan::for_each_column(expr, [&](const plan::Column& c) { columns.insert(c.index); });
}

/// Whether the columns are identical in the rows `was` and `row`.
std::string identical(const OperatorModel& producer, const Columns& columns) {
  std::string out;
  for (const uint32_t c : columns) {
    const std::string on_row = producer.stored(c);
    const std::string path = on_row.substr(on_row.find('.'));
    out += fmt::format("{}sql::identical(was{}, row{})", out.empty() ? "" : " && ", path, path);
  }
  return out;
}

}  // namespace

std::string call_bit(size_t i) {
  return fmt::format("uint64_t{{1}} << {}", std::min(i, kLastBit));
}

ChangeCode write_changes(const OperatorModel& producer, const incremental::Aggregate& aggregate,
                         bool follows_groups) {
  Columns place;
  for (const plan::ExprRef& filter : aggregate.filters) collect(filter, place);
  for (const plan::ExprRef& key : aggregate.keys) collect(key, place);
  ChangeCode code;
  code.keeps_place = follows_groups  ? "was.origin == row.origin"
                     : place.empty() ? "true"
                                     : identical(producer, place);

  std::vector<Columns> read(std::min(aggregate.calls.size(), kLastBit + 1));
  for (size_t i = 0; i < aggregate.calls.size(); ++i) {
    Columns& columns = read[std::min(i, kLastBit)];
    collect(aggregate.calls[i].argument, columns);
    collect(aggregate.calls[i].filter, columns);
  }
  std::string always;
  for (size_t i = 0; i < read.size(); ++i) {
    if (read[i].empty()) {
      always += (always.empty() ? "" : " | ") + call_bit(i);
    } else {
      code.unchanged += fmt::format("if ({}) same |= {};\n", identical(producer, read[i]), call_bit(i));
    }
  }
  code.unchanged =
      fmt::format("uint64_t same = {};\n{}return same;", always.empty() ? "0" : always, code.unchanged);
  return code;
}

}  // namespace sqlmill::codegen
