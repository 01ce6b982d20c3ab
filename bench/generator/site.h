// The imaginary shop whose visitors the generator follows: its pages and where its visitors come from.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "bench/generator/random.h"

namespace sqlmill::bench {

/// A few bytes that end up between quotes. Padded, so that it is copied with fixed-size moves.
struct Word {
  static constexpr uint32_t kCapacity = 60;
  char bytes[kCapacity] = {};
  uint32_t size = 0;

  explicit Word(const std::string& text);
};

class Site {
 public:
  /// Pages that visitors are sent to by name; the ranks below are their places in the list of pages.
  enum NamedPage : uint32_t {
    kHome,
    kProducts,
    kProPlan,
    kPricing,
    kDocs,
    kCheckout,
    kConfirm,
    kNamedPages,
  };

  /// `pages` is at least kNamedPages; fewer are rounded up.
  explicit Site(uint32_t pages);

  const Word& page(uint32_t page) const { return pages_[page]; }
  bool is_product(uint32_t page) const { return is_product_[page]; }
  /// A page by popularity: zipf with exponent 1 over the list. Checkout pages are reached by buying only.
  uint32_t draw_page(Random& random) const { return popularity_.draw(random); }

  const Word& device(uint32_t device) const { return devices_[device]; }
  const Word& country(uint32_t country) const { return countries_[country]; }
  const Word& referrer(uint32_t referrer) const { return referrers_[referrer]; }
  /// The part of a URL by which a campaign knows its visitors, the question mark included.
  const Word& campaign(uint32_t campaign) const { return campaigns_[campaign]; }
  uint32_t draw_device(Random& random) const { return device_shares_.draw(random); }
  uint32_t draw_country(Random& random) const { return country_shares_.draw(random); }
  uint32_t draw_referrer(Random& random) const {
    return random.below(static_cast<uint32_t>(referrers_.size()));
  }
  uint32_t draw_campaign(Random& random) const {
    return random.below(static_cast<uint32_t>(campaigns_.size()));
  }

 private:
  std::vector<Word> pages_;
  std::vector<bool> is_product_;
  WeightedChoice popularity_;
  std::vector<Word> devices_;
  WeightedChoice device_shares_;
  std::vector<Word> countries_;
  WeightedChoice country_shares_;
  std::vector<Word> referrers_;
  std::vector<Word> campaigns_;
};

}  // namespace sqlmill::bench
