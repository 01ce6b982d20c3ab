#include "runtime/query/list_accumulators.h"

#include "runtime/sql/array.h"
#include "runtime/sql/jsonb_writer.h"
#include "runtime/state/own.h"

namespace sqlmill::rt::query {

namespace {

using sql::ErrorCode;

/// The next array's elements; false if it cannot stand beside those before it.
bool add_elements(sql::Context& context, const sql::Datum& value, std::vector<sql::Dimension>& dimensions,
                  sql::ArrayBuilder& builder) {
  if (value.is_null()) {
    context.fail(ErrorCode::kNullValueNotAllowed, "cannot accumulate null arrays");
    return false;
  }
  const auto array = value.as<sql::Array>();
  const sql::ArrayReader reader(array);
  if (reader.size() == 0) {
    context.fail(ErrorCode::kArraySubscriptError, "cannot accumulate empty arrays");
    return false;
  }
  const std::vector<sql::Dimension> found = reader.all_dimensions();
  if (dimensions.empty()) dimensions = found;
  if (found != dimensions) {
    context.fail(ErrorCode::kArraySubscriptError, "cannot accumulate arrays of different dimensionality");
    return false;
  }
  for (int32_t i = 0; i < reader.size(); ++i) builder.add(reader.at(i));
  return true;
}

sql::Nullable<sql::Array> array_of_arrays(sql::Context& context, const KeptValues& values) {
  const sql::Datum first = values.at(0);
  std::vector<sql::Dimension> dimensions;
  TypeId element = TypeId::kUnknown;
  if (!first.is_null()) {
    const auto array = first.as<sql::Array>();
    element = sql::ArrayReader(array).element_type();
  }
  sql::ArrayBuilder builder(element);
  for (size_t i = 0; i < values.size(); ++i) {
    if (!add_elements(context, values.at(i), dimensions, builder)) return {};
  }
  if (dimensions.size() >= static_cast<size_t>(sql::kMaxDimensions)) {
    context.fail(ErrorCode::kProgramLimitExceeded,
                 "number of array dimensions exceeds the maximum allowed (6)");
    return {};
  }
  dimensions.insert(dimensions.begin(), {static_cast<int32_t>(values.size()), 1});
  return builder.finish(context, dimensions);
}

}  // namespace

void KeptValues::add(base::Heap& heap, const sql::Datum& value) {
  const sql::Datum kept =
      value.is_null() ? value : sql::visit_type(value.type(), [&]<class T>(std::type_identity<T>) {
        return sql::Datum(state::own(heap, value.as<T>()));
      });
  bytes_.append(heap, {reinterpret_cast<const char*>(&kept), sizeof kept});
}

sql::Nullable<sql::Array> ArrayAgg::value(sql::Context& context) const {
  if (values_.size() == 0) return {};
  const TypeId type = values_.at(0).type();
  if (type == TypeId::kArray) return array_of_arrays(context, values_);
  sql::ArrayBuilder builder(type);
  for (size_t i = 0; i < values_.size(); ++i) builder.add(values_.at(i));
  return builder.finish(context);
}

sql::Nullable<sql::Jsonb> JsonbAgg::value(sql::Context& context) const {
  if (values_.size() == 0) return {};
  std::string text;
  sql::JsonArrayWriter writer(text);
  for (size_t i = 0; i < values_.size(); ++i) sql::append_as_json(context, values_.at(i), writer.next());
  writer.finish();
  if (context.failed() || !fits_one_value(context, text.size())) return {};
  return sql::jsonb_result(context.arena(), text);
}

sql::Nullable<sql::Jsonb> JsonbObjectAgg::value(sql::Context& context) const {
  if (keys_.size() == 0) return {};
  sql::JsonObjectWriter writer;
  for (size_t i = 0; i < keys_.size(); ++i) {
    const sql::Datum key = keys_.at(i);
    if (key.is_null()) {
      context.fail(ErrorCode::kInvalidParameterValue, "field name must not be null");
      return {};
    }
    if (key.type() == TypeId::kArray || key.type() == TypeId::kJsonb) {
      context.fail(ErrorCode::kInvalidParameterValue,
                   "key value must be scalar, not array, composite, or json");
      return {};
    }
    std::string value;
    sql::append_as_json(context, values_.at(i), value);
    writer.add(sql::json_key(key), std::move(value));
  }
  std::string text;
  writer.append_to(text);
  if (context.failed() || !fits_one_value(context, text.size())) return {};
  return sql::jsonb_result(context.arena(), text);
}

}  // namespace sqlmill::rt::query
