// Page URLs as numbers, and what the funnel knows of each.
#pragma once

#include <cstdint>
#include <string_view>

#include "bench/baseline/text_table.h"

namespace sqlmill::bench::baseline::clickstream {

/// The conditions of the funnel, as bits. The last two come from the event's type.
enum FunnelStep : uint8_t {
  kSawHome = 1,
  kSawProducts = 2,
  kSawProductDetail = 4,
  kAddedToCart = 8,
  kReachedCheckout = 16,
  kConverted = 32,
};
inline constexpr int kFunnelSteps = 6;

struct PageFacts {
  uint8_t steps;  // FunnelStep bits that an event on this page sets

  explicit PageFacts(std::string_view url)
      : steps(url == "/home"                  ? kSawHome
              : url == "/products"            ? kSawProducts
              : url.starts_with("/products/") ? kSawProductDetail
              : url == "/checkout"            ? kReachedCheckout
                                              : 0) {}
};

class PageTable : public TextTable<PageFacts> {
 public:
  /// Pages with smaller numbers fit the inline lists of sessions and users.
  static constexpr uint32_t kSmallMax = 65'535;
  /// /checkout, whether or not somebody has been there.
  static constexpr uint32_t kCheckout = kFirst;

  PageTable() {
    static constexpr char kCheckoutUrl[32] = "/checkout";
    number(kCheckoutUrl, std::string_view(kCheckoutUrl).size());
  }
};
static_assert(sizeof(PageTable::Entry) == 64);

}  // namespace sqlmill::bench::baseline::clickstream
