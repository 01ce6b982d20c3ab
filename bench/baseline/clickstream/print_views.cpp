#include "bench/baseline/clickstream/print_views.h"

#include <fmt/format.h>

#include <string>
#include <string_view>
#include <vector>

#include "bench/baseline/csv.h"
#include "bench/baseline/timestamp.h"

namespace sqlmill::bench::baseline::clickstream {
namespace {

std::string session_key(const Views& views, const Session& session) {
  return fmt::format("{},{},{},{}", csv(session.session_id), csv(session.user_id),
                     csv(views.devices().text(session.device)), csv(views.countries().text(session.country)));
}

void print_session_summary(const Views& views, std::FILE* out) {
  std::vector<std::string> rows;
  for (uint32_t row = 1; row < views.sessions().end(); ++row) {
    const Session& session = views.sessions()[row];
    const SessionTotals& totals = session.totals;
    std::string times = ",,";
    if (totals.first_time_us != kNoFirstTime) {
      const int64_t duration_us = totals.last_time_us - totals.first_time_us;
      times = fmt::format("{},{},{}.{:06}", format_timestamp(totals.first_time_us),
                          format_timestamp(totals.last_time_us), duration_us / 1'000'000,
                          duration_us % 1'000'000);
    }
    rows.push_back(fmt::format("{},{},{},{},{},{}", session_key(views, session), times, totals.events,
                               totals.page_views, totals.add_to_carts, totals.purchases));
  }
  print_view(out, "click_mv_session_summary",
             "session_id,user_id,device_type,country,session_start,session_end,duration_seconds,total_events,"
             "page_views,add_to_carts,purchases",
             rows);
}

void print_funnel(const Views& views, std::FILE* out) {
  std::vector<std::string> rows(1);
  for (uint64_t count : views.funnel()) {
    if (!rows[0].empty()) rows[0] += ',';
    rows[0] += std::to_string(count);
  }
  print_view(out, "click_mv_funnel_analysis",
             "total_sessions,step_home,step_products,step_product_detail,step_add_to_cart,step_checkout,step_"
             "purchase",
             rows);
}

void print_page_traffic(const Views& views, std::FILE* out) {
  std::vector<std::string> rows;
  for (uint32_t page = PageTable::kNull; page < views.pages().size(); ++page) {
    const PageTotals& totals = views.page_totals(page);
    if (totals.views == 0) continue;
    rows.push_back(fmt::format("{},{},{},{}", csv(views.pages().text(page)), totals.views, totals.users,
                               totals.sessions));
  }
  print_view(out, "click_mv_page_traffic", "page_url,total_views,unique_users,unique_sessions", rows);
}

const char* outcome_name(Outcome outcome) {
  switch (outcome) {
    case Outcome::kNoRow:
      break;
    case Outcome::kCartAbandonment:
      return "cart_abandonment";
    case Outcome::kCheckoutAbandonment:
      return "checkout_abandonment";
    case Outcome::kBrowseAbandonment:
      return "browse_abandonment";
  }
  return nullptr;
}

void print_conversion_metrics(const Views& views, std::FILE* out) {
  std::vector<std::string> rows;
  for (uint32_t row = 1; row < views.sessions().end(); ++row) {
    const Session& session = views.sessions()[row];
    const char* outcome = outcome_name(views.outcome(session.totals));
    if (outcome != nullptr) rows.push_back(fmt::format("{},{}", session_key(views, session), outcome));
  }
  print_view(out, "click_mv_conversion_metrics", "session_id,user_id,device_type,country,outcome", rows);
}

}  // namespace

void print_views(const Views& views, std::FILE* out) {
  print_session_summary(views, out);
  print_funnel(views, out);
  print_page_traffic(views, out);
  print_conversion_metrics(views, out);
}

}  // namespace sqlmill::bench::baseline::clickstream
