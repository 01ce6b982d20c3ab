#include "bench/baseline/campaign_attribution/print_views.h"

#include <fmt/format.h>

#include <string>
#include <vector>

#include "bench/baseline/csv.h"

namespace sqlmill::bench::baseline::campaign_attribution {
namespace {

std::string key(const PairNumbers::Pair& pair) {
  return csv(std::string_view(pair.first)) + ',' + csv(std::string_view(pair.second));
}

void print_visitors(const Views& views, std::FILE* out) {
  std::vector<std::string> rows;
  for (uint32_t row = 0; row < views.visitors().size(); ++row) {
    const Visitor& visitor = views.visitors()[row];
    const VisitorTotals& totals = visitor.totals;
    std::string first_touch;
    if (totals.first_touch != Touches::kNone) {
      first_touch =
          csv(std::string_view(first_touch_text(totals.first_ms, views.touches()[totals.first_touch])));
    }
    rows.push_back(
        fmt::format("{},{},{},{}", csv(visitor.user_id), first_touch, totals.touches, totals.purchases));
  }
  print_view(out, "campaign_visitors", "user_id,first_touch,touches,purchases", rows);
}

void print_revenue(const Views& views, std::FILE* out) {
  std::vector<std::string> rows;
  for (uint32_t number = 1; number < views.revenue().end(); ++number) {
    const RevenueRow& row = views.revenue()[number];
    if (row.visitors == 0) continue;
    rows.push_back(fmt::format("{},{},{},{},{}", key(views.touches().revenues()[number]), row.visitors,
                               row.buyers, format_decimal(row.revenue_cents(), 2),
                               format_decimal(row.conversion_percent(), 1)));
  }
  print_view(out, "campaign_revenue", "source,campaign,visitors,buyers,revenue,conversion_percent", rows);
}

void print_landings(const Views& views, std::FILE* out) {
  std::vector<std::string> rows;
  for (uint32_t number = 1; number < views.landings().end(); ++number) {
    const LandingRow& row = views.landings()[number];
    if (row.landings == 0) continue;
    rows.push_back(
        fmt::format("{},{},{}", key(views.touches().landings()[number]), row.landings, row.visitors));
  }
  print_view(out, "campaign_landings", "source,landing_page,landings,visitors", rows);
}

}  // namespace

void print_views(const Views& views, std::FILE* out) {
  print_visitors(views, out);
  print_revenue(views, out);
  print_landings(views, out);
}

}  // namespace sqlmill::bench::baseline::campaign_attribution
