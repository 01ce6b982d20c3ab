#include "bench/baseline/ab_test/print_views.h"

#include <fmt/format.h>

#include <string>
#include <vector>

#include "bench/baseline/csv.h"

namespace sqlmill::bench::baseline::ab_test {
namespace {

constexpr const char* kVariantNames[] = {"control", "treatment"};

void print_visitors(const Views& views, std::FILE* out) {
  std::vector<std::string> rows;
  for (uint32_t row = 0; row < views.visitors().size(); ++row) {
    const Visitor& visitor = views.visitors()[row];
    rows.push_back(fmt::format(
        "{},{},{},{},{},{},{}", csv(visitor.user_id), csv(views.devices().text(visitor.device)),
        kVariantNames[Views::variant(visitor.user_id)], visitor.events, visitor.carts, visitor.purchases,
        visitor.purchases > 0    ? "t"
        : visitor.has_event_type ? "f"
                                 : ""));
  }
  print_view(out, "ab_visitors", "user_id,device_type,variant,events,carts,purchases,converted", rows);
}

void print_variants(const Views& views, std::FILE* out) {
  std::vector<std::string> rows;
  for (uint32_t i = 0; i < views.variants().size(); ++i) {
    const VariantTotals& totals = views.variants()[i];
    if (totals.visitors == 0) continue;
    rows.push_back(fmt::format("{},{},{},{},{},{},{}", kVariantNames[i % kVariantCount],
                               csv(views.devices().text(i / kVariantCount)), totals.visitors,
                               totals.converted, totals.purchases, totals.most_events,
                               format_decimal(totals.conversion_percent(), 2)));
  }
  print_view(out, "ab_variants",
             "variant,device_type,visitors,converted,purchases,most_events,conversion_percent", rows);
}

void print_uplift(const Views& views, std::FILE* out) {
  const Uplift row = views.uplift();
  const auto number = [](const Uplift::Number& value, int decimals) {
    return value.is_null ? std::string() : format_decimal(value.value, decimals);
  };
  std::vector<std::string> rows = {fmt::format(
      "{},{},{},{},{}", number(row.visitors[kControl], 0), number(row.visitors[kTreatment], 0),
      number(row.percent[kControl], 2), number(row.percent[kTreatment], 2), number(row.uplift_percent, 1))};
  print_view(out, "ab_uplift",
             "control_visitors,treatment_visitors,control_percent,treatment_percent,uplift_percent", rows);
}

}  // namespace

void print_views(const Views& views, std::FILE* out) {
  print_visitors(views, out);
  print_variants(views, out);
  print_uplift(views, out);
}

}  // namespace sqlmill::bench::baseline::ab_test
